"""The events of a working command, as plain data for its display. `--json` prints their fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from xlt.objectives.objective import Configuration, Evaluation, Progress
from xlt.search.storage.store import RankedConfig
from xlt.search.tables import Table

# The job of a `JobProgress` before the data are loaded.
PREPARATION = "preparation"


@dataclass(frozen=True)
class DataLoaded:
    """Which data are used. Only `JobProgress` of `PREPARATION` may come before it."""

    source: str
    description: str
    fingerprint: str
    synthetic: bool


@dataclass(frozen=True)
class Notice:
    """Something to know about the study or the machine."""

    text: str


@dataclass(frozen=True)
class StudyOpened:
    """A study is started or resumed."""

    study: str
    tried: int  # configurations, by earlier commands
    total: int  # configurations that are requested
    workers: int
    best: RankedConfig | None
    elapsed_seconds: float | None = None  # of the time budget; None: there is none
    budget_seconds: float | None = None


@dataclass(frozen=True)
class TrialStarted:
    """The first training of a configuration starts."""

    trial: int  # the configuration's number, in every event
    configuration: Configuration


@dataclass(frozen=True)
class TrialPromoted:
    """A paused configuration is resumed."""

    trial: int
    step: int  # where it was paused
    configuration: Configuration


@dataclass(frozen=True)
class JobProgress:
    """The progress of a running job, a few times a second at most."""

    job: str  # like "trial 3"
    progress: Progress


@dataclass(frozen=True)
class TrialEvaluated:
    """A configuration was scored on the validation set."""

    trial: int
    evaluation: Evaluation


@dataclass(frozen=True)
class TrialFinished:
    """The training of a configuration stopped: it is paused, or has ended for good."""

    trial: int
    state: str  # Optuna's: COMPLETE, PRUNED or FAIL
    reason: str
    tried: int  # configurations, now
    paused: int  # of those that were tried
    best: RankedConfig | None  # so far
    elapsed_seconds: float | None = None  # of the time budget; None: there is none


@dataclass(frozen=True)
class SeedRunStarted:
    """A configuration is trained to its full length on a new seed."""

    job: str
    configuration: Configuration
    step: int  # of the full run


@dataclass(frozen=True)
class SeedRunFinished:
    """A run on a new seed has ended."""

    job: str
    metric: str
    score: float | None  # on validation; None if it diverged or failed
    reason: str | None = None  # why there is no score


@dataclass(frozen=True)
class ProofFinished:
    """The winner is chosen, and proven or not."""

    text: str
    record: Mapping[str, Any]  # as in `best.toml`


@dataclass(frozen=True)
class SearchFinished:
    """All trainings of the search have ended."""

    configurations: int
    reason: str  # why there are no more
    full_steps: int  # steps of one full run
    steps_without_sharing: (
        int  # of all configurations, with steps that several share counted for each
    )
    steps_trained: int  # with steps that several share counted once


@dataclass(frozen=True)
class FinalStarted:
    """The final run starts. It trains the winner to the last step, if that was not done, and tests it."""

    winner: RankedConfig
    step: int  # of the full run
    bounded: bool = False  # whether a deadline may end it earlier


@dataclass(frozen=True)
class TestScore:
    """The final score, on the test set."""

    trial: int  # the winner
    configuration: Configuration
    step: int  # that the tested model was trained to
    score: float
    metric: str  # the score's metric, like BLEU
    metrics: Mapping[str, Any]
    opened_now: bool  # False: an earlier command has tested
    languages: str = ""  # the languages that the score is the mean of; empty for one
    score_note: str = ""  # what has to stand beside the score
    summary: tuple[str, ...] = ()  # lines: what tuning gained, and why the search ended


@dataclass(frozen=True)
class FileWritten:
    """A result file or folder was written."""

    what: str  # like "report"
    path: Path


@dataclass(frozen=True)
class TransferRunTested:
    """One run of the strategies' comparison was tested."""

    job: str
    metric: str
    scores: Mapping[str, float]  # on the test set, by language; empty if it diverged
    diverged: str | None = None  # where it diverged


@dataclass(frozen=True)
class TableReady:
    """A table of the strategies' comparison."""

    table: Table


@dataclass(frozen=True)
class Crossover:
    """The number of sentences from which a strategy scores higher than zero-shot.

    0 means fewer than were tried. None means more than were tried, or unknown; `text` says which.
    """

    strategy: str
    language: str
    text: str
    at: float | None
    low: float | None  # of the 95 % interval
    high: float | None
    unseen: bool = False  # whether leaked test sentences are left out


@dataclass(frozen=True)
class Reproduced:
    """The configuration of a `best.toml` was trained again, and all results are equal bit for bit."""

    what: str  # what was compared


Event: TypeAlias = (
    DataLoaded
    | Notice
    | StudyOpened
    | TrialStarted
    | TrialPromoted
    | JobProgress
    | TrialEvaluated
    | TrialFinished
    | SeedRunStarted
    | SeedRunFinished
    | ProofFinished
    | SearchFinished
    | FinalStarted
    | TestScore
    | FileWritten
    | TransferRunTested
    | TableReady
    | Crossover
    | Reproduced
)
EventSink: TypeAlias = Callable[[Event], None]
