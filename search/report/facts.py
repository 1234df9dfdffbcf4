"""The data of a report, read from a study's database. The sections draw it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from optuna.trial import FrozenTrial

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.evidence.diagnostics import at_bounds
from xlt.search.evidence.record import Candidate, ProofRecord
from xlt.search.report.human_ratings import ratings
from xlt.search.results import export
from xlt.search.storage.keys import (
    BUDGET_ELAPSED,
    CONFIGURATION,
    DATA,
    DIVERGED,
    END_OF_SEARCH,
    END_REASON,
    EVALUATIONS,
    EXAMPLES,
    FAILED,
    PROOF,
    PROVENANCE,
    STEPS_TRAINED,
    STUDY_CONFIG,
    TEST_ACCESSES,
)
from xlt.search.storage.store import RESULT_STATES, Store, config_key, seconds_by_part
from xlt.studies import study as studies
from xlt.studies.study import Study

# Configurations with a score at a step that are enough to compare them there.
ENOUGH = 3

# A sentence: "source", "reference" and "hypothesis".
Example: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class RungScore:
    """The score of a configuration at a rung.

    Rungs are the fixed steps at which configurations are scored and may be paused
    (`budget.rungs`).
    """

    step: int
    metric: str
    score: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class ConfigSummary:
    """A configuration and its training, over all of its trials."""

    trial: int  # its number: see `Store.config_number`
    rank: int | None  # among the configurations with a score, from 1 for the best
    configuration: Configuration
    scores: Sequence[RungScore]
    end_reason: str  # in words
    has_no_valid_score: bool  # it diverged or failed
    seconds: Mapping[str, float]  # of its training from step 0 on, by part
    examples_by_step: Mapping[int, Sequence[Example]]  # validation sentences

    @property
    def examples(self) -> Sequence[Example]:
        """The outputs at the last step that has any."""
        return self.examples_by_step[max(self.examples_by_step)] if self.examples_by_step else ()

    @property
    def last_score(self) -> RungScore | None:
        return self.scores[-1] if self.scores else None

    def score_at(self, step: int) -> RungScore | None:
        return next((score for score in self.scores if score.step == step), None)


@dataclass(frozen=True)
class TrialPoint:
    """The scores of a configuration until it was paused or complete, and when that was."""

    trial: int  # the configuration's number
    minutes: float  # training minutes of the search until then, without pauses
    scores: Sequence[RungScore]

    @property
    def score(self) -> RungScore:
        return self.scores[-1]


@dataclass(frozen=True)
class Facts:
    """A study as it is now."""

    name: str
    study: Study
    metric: str  # the metric of a full run
    stages: Mapping[str, int]  # the last step of each stage; empty for a task of one stage
    configs: Sequence[ConfigSummary]  # in the order in which they were suggested
    points: Sequence[TrialPoint]  # in the order in which the trials ended
    minutes: float  # training minutes of the search; pauses between two commands are not counted
    baseline: ConfigSummary | None  # the configuration that the study starts from
    winner: ConfigSummary | None  # on new seeds, if any were trained
    proof: ProofRecord | None
    end_of_search: str  # why it ended; empty if it has not
    seed_runs: Sequence[Mapping[str, Any]]  # as the study's database has them
    final: Mapping[str, Any] | None
    test_accesses: int
    data: Mapping[str, Any]
    provenance: Mapping[str, Any]
    trained_steps: int  # steps of a shared training prefix count once
    seconds_spent: float | None  # of the time budget, if there is one
    flags: Sequence[str]  # warnings about the winner
    ratings: Mapping[int, Sequence[Sequence[float]]]  # trial: answers, as `human_ratings.ratings`

    @property
    def ranked(self) -> list[ConfigSummary]:
        """The configurations with a score, from best to worst."""
        scored = (config for config in self.configs if config.rank is not None)
        return sorted(scored, key=lambda config: config.rank or 0)

    @property
    def compared_step(self) -> int:
        """The last step at which enough configurations have a score; 0 if none has one.

        Scores are compared at one step only, because other steps may have another metric.
        """
        counts = Counter(score.step for config in self.ranked for score in config.scores)
        return max(counts, key=lambda step: (min(counts[step], ENOUGH), step), default=0)

    @property
    def compared(self) -> list[tuple[ConfigSummary, RungScore]]:
        """The configurations with a score at `compared_step`, and this score, best first."""
        step = self.compared_step
        scored = [(c, score) for c in self.ranked if (score := c.score_at(step)) is not None]
        return sorted(scored, key=lambda row: row[1].score, reverse=True)

    @property
    def reached(self) -> list[tuple[TrialPoint, RungScore]]:
        """The trials that reached `compared_step`, one a configuration, and the scores there."""
        scores = {config.trial: score for config, score in self.compared}
        first: dict[int, TrialPoint] = {}
        for point in self.points:
            if point.trial in scores and point.score.step >= self.compared_step:
                first.setdefault(point.trial, point)
        return [(point, scores[trial]) for trial, point in first.items()]

    def candidate(self, config: ConfigSummary | None) -> Candidate | None:
        """The runs of a configuration on new seeds, if any of them has a score."""
        if self.proof is None or config is None:
            return None
        matches = (
            candidate
            for candidate in self.proof.candidates
            if candidate.configuration == config.configuration and candidate.scores
        )
        return next(matches, None)


def read(store: Store, runs: Path | None = None) -> Facts:
    """Read a study. It may still be running.

    Args:
        store: The study.
        runs: The folder of runs, for the ratings by people; None leaves them out.
    """
    attributes = store.attributes
    study = studies.from_tables(attributes[STUDY_CONFIG], f"the study {store.study.study_name}")
    ranks = {config_key(row.configuration): rank for rank, row in enumerate(store.ranking(), 1)}
    trials = store.study.get_trials(deepcopy=False)
    examples = _examples(trials)
    summaries = (
        _summary(key, trial, store, ranks, examples)
        for key, trial in store.results_by_config().items()
    )
    configs = sorted(summaries, key=lambda config: config.trial)
    leading = export.selected(store).configuration if ranks else None
    winner = next((config for config in configs if config.configuration == leading), None)
    baseline = next((c for c in configs if c.configuration == study.space.baseline_config), None)
    clock = _Clock(store, trials)
    proof = export.current_proof(store) if ranks else None
    task = TASKS[study.task]
    return Facts(
        name=store.study.study_name,
        study=study,
        metric=task.metric,
        stages=getattr(task.protocol, "stages", {}),
        configs=configs,
        points=list(clock.points()),
        minutes=clock.total,
        baseline=baseline,
        winner=winner,
        proof=proof,
        end_of_search=attributes.get(END_OF_SEARCH, ""),
        seed_runs=attributes.get(PROOF, {}).get("runs", ()),
        final=export.final_record(store, winner.configuration) if winner else None,
        test_accesses=len(attributes.get(TEST_ACCESSES, [])),
        data=attributes[DATA],
        provenance=attributes.get(PROVENANCE, {}),
        trained_steps=attributes.get(STEPS_TRAINED, 0),
        seconds_spent=attributes.get(BUDGET_ELAPSED),
        flags=_flags(study, winner, proof),
        ratings=ratings(runs, store.study.study_name) if runs else {},
    )


def _flags(study: Study, winner: ConfigSummary | None, proof: ProofRecord | None) -> Sequence[str]:
    if winner is None:
        return []
    if proof is None:
        return at_bounds(study.space, winner.configuration)
    return proof.flags


def _examples(trials: Iterable[FrozenTrial]) -> dict[str, dict[int, Sequence[Example]]]:
    """Outputs by `config_key` and step."""
    examples = defaultdict[str, dict[int, Sequence[Example]]](dict)
    for trial in trials:
        if outputs := trial.system_attrs.get(EXAMPLES):
            key = config_key(trial.user_attrs[CONFIGURATION])
            examples[key] |= {int(step): sentences for step, sentences in outputs.items()}
    return examples


def _summary(
    key: str,
    trial: FrozenTrial,
    store: Store,
    ranks: Mapping[str, int],
    examples: Mapping[str, Mapping[int, Sequence[Example]]],
) -> ConfigSummary:
    attributes = trial.user_attrs
    config = attributes[CONFIGURATION]
    return ConfigSummary(
        trial=store.config_number(config),
        rank=ranks.get(key),
        configuration=config,
        scores=_scores(trial),
        end_reason=attributes.get(END_REASON, ""),
        has_no_valid_score=bool({DIVERGED, FAILED} & attributes.keys()),
        seconds=seconds_by_part(trial),
        examples_by_step=examples.get(key, {}),
    )


def _scores(trial: FrozenTrial) -> list[RungScore]:
    return [RungScore(**row) for row in trial.system_attrs.get(EVALUATIONS, ())]


class _Clock:
    """Counts the minutes in which at least one trial ran.

    Pauses are not counted: days may pass between two commands on a study.
    """

    def __init__(self, store: Store, trials: Iterable[FrozenTrial]) -> None:
        self._store = store
        finished = (t for t in trials if t.state in RESULT_STATES)
        runs = [
            (t.datetime_start.timestamp(), t.datetime_complete.timestamp(), t)
            for t in finished
            if t.datetime_start is not None and t.datetime_complete is not None
        ]
        self._runs = sorted(runs, key=lambda run: (run[1], run[2].number))
        self._intervals: list[list[float]] = []
        for start, end, _ in sorted(runs, key=lambda run: run[0]):
            if self._intervals and start <= self._intervals[-1][1]:
                self._intervals[-1][1] = max(self._intervals[-1][1], end)
            else:
                self._intervals.append([start, end])

    @property
    def total(self) -> float:
        return sum(end - start for start, end in self._intervals) / 60

    def points(self) -> Iterable[TrialPoint]:
        for _, now, trial in self._runs:
            scores = _scores(trial)
            if scores and DIVERGED not in trial.user_attrs:
                passed = (max(0.0, min(end, now) - start) for start, end in self._intervals)
                number = self._store.config_number(trial.user_attrs[CONFIGURATION])
                yield TrialPoint(number, sum(passed) / 60, scores)
