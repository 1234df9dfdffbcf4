"""What happens to a study while a command works on it: plain data, for whoever shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from xlt.objectives.objective import Configuration, Evaluation, Progress
from xlt.search.storage.store import RankedConfig
from xlt.search.tables import Table

# The job of a `Beat` that comes before the data are known.
PREPARATION = "preparation"


@dataclass(frozen=True)
class DataLoaded:
    """Which data are used; the first event but for the beats of `PREPARATION`."""

    source: str
    description: str
    fingerprint: str
    synthetic: bool


@dataclass(frozen=True)
class Notice:
    text: str


@dataclass(frozen=True)
class StudyOpened:
    """A study is worked on: `finished` of `total` configurations are there already."""

    study: str
    finished: int
    total: int
    workers: int
    best: RankedConfig | None


@dataclass(frozen=True)
class TrialStarted:
    trial: int
    configuration: Configuration


@dataclass(frozen=True)
class TrialPromoted:
    """A paused configuration goes on as a new trial."""

    trial: int
    paused: int  # the trial it goes on from
    step: int


@dataclass(frozen=True)
class JobProgress:
    """A sign of life."""

    job: str  # like "trial 3"
    progress: Progress


@dataclass(frozen=True)
class TrialEvaluated:
    trial: int
    evaluation: Evaluation


@dataclass(frozen=True)
class TrialFinished:
    """A trial is over; `finished` configurations are there now, and `best` leads."""

    trial: int
    state: str  # COMPLETE or PRUNED
    reason: str
    finished: int
    best: RankedConfig | None


@dataclass(frozen=True)
class ConfirmationStarted:
    """The best configurations are trained on fresh seeds, where that has not been done yet."""

    configurations: int
    seeds: int
    step: int
    runs: int  # to do


@dataclass(frozen=True)
class ConfirmationRun:
    """One run of a confirmation: its score, or why there is none."""

    job: str
    measure: str
    score: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Confirmed:
    """What the confirmation has found; `record` as in `best.toml`."""

    text: str
    record: Mapping[str, Any]


@dataclass(frozen=True)
class SearchFinished:
    """The trials are over: what `configurations` would have cost one by one, and what they did."""

    configurations: int
    full: int  # steps of each, one by one
    asked: int  # steps that they came to, all told
    trained: int  # of these, each shared one once


@dataclass(frozen=True)
class FinalStarted:
    """The winner is trained to full length, or as far as time allows, or read from the record."""

    winner: RankedConfig
    step: int
    bounded: bool = False  # by a deadline


@dataclass(frozen=True)
class TestScore:
    """The final score, on the test split."""

    score: float
    measure: str  # what the score is, like BLEU
    metrics: Mapping[str, Any]
    opened_now: bool  # False: answered from the record
    languages: str = ""  # what the score is the mean of, and each language's; of one: empty


@dataclass(frozen=True)
class FileWritten:
    what: str
    path: Path


@dataclass(frozen=True)
class TransferRunTested:
    """One run of a comparison: a score a language, or why there is none."""

    job: str
    measure: str
    scores: Mapping[str, float]
    diverged: str | None = None


@dataclass(frozen=True)
class TableReady:
    """A table of a comparison."""

    table: Table


@dataclass(frozen=True)
class Crossover:
    """From how many sentences of a language on few-shot beats zero-shot, with its interval.

    0 is fewer than were tried, None more, or unknown: the text says which.
    """

    language: str
    text: str
    at: float | None
    low: float | None
    high: float | None
    unseen: bool = False  # without test sentences that stand in a training file


@dataclass(frozen=True)
class Reproduced:
    """An export trained again gave the same, bit for bit."""

    what: str


Event: TypeAlias = (
    DataLoaded
    | Notice
    | StudyOpened
    | TrialStarted
    | TrialPromoted
    | JobProgress
    | TrialEvaluated
    | TrialFinished
    | ConfirmationStarted
    | ConfirmationRun
    | Confirmed
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
