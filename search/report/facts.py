"""What a report tells of a study, read from its record: plain data, nothing drawn yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from optuna.trial import FrozenTrial

from xlt.objectives.objective import Configuration
from xlt.search.evidence.diagnostics import at_bounds
from xlt.search.evidence.record import Candidate, Confirmation
from xlt.search.report.human_ratings import ratings
from xlt.search.results import export
from xlt.search.storage.keys import (
    BUDGET_ELAPSED,
    CONFIGURATION,
    DATA,
    DIVERGED,
    END_REASON,
    EVALUATIONS,
    EXAMPLES,
    FAILED,
    PROVENANCE,
    ROOT_TRIAL,
    STEPS_TRAINED,
    STUDY_CONFIG,
    TEST_ACCESSES,
)
from xlt.search.storage.store import FINISHED_STATES, Store, config_key, seconds_by_part
from xlt.spaces.catalogue import TASKS
from xlt.studies import study as studies
from xlt.studies.study import Study

# A sentence with its source, reference and hypothesis.
Example: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Scored:
    """A configuration at a rung."""

    step: int
    measure: str
    score: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Tried:
    """A configuration and how far it came."""

    trial: int  # the one that got furthest
    first: int  # the one it began as
    place: int | None  # among those with a score, from 1
    configuration: Configuration
    path: Sequence[Scored]
    complete: bool
    ended: str  # why, in words
    lost: bool  # it diverged or failed: what it scored says nothing
    seconds: Mapping[str, float]  # of its run from step 0 on, by part
    examples: Sequence[Example]

    @property
    def last(self) -> Scored | None:
        return self.path[-1] if self.path else None

    def at(self, step: int) -> Scored | None:
        return next((each for each in self.path if each.step == step), None)


@dataclass(frozen=True)
class Point:
    """A trial's last score, on the search's own clock."""

    trial: int
    minutes: float  # in which something was trained; times between commands do not count
    scored: Scored


@dataclass(frozen=True)
class Facts:
    """Of one study as it stands."""

    name: str
    study: Study
    measure: str  # of a full run
    stages: Mapping[str, int]  # each one's last step, where there are several
    tried: Sequence[Tried]  # in the order they were asked for
    points: Sequence[Point]  # in the order of their ends
    minutes: float  # in which something was trained
    baseline: Tried | None
    winner: Tried | None
    confirmation: Confirmation | None
    final: Mapping[str, Any] | None
    opened: int  # times that the test set was
    data: Mapping[str, Any]
    made: Mapping[str, Any]
    trained: int  # steps, those that configurations share counted once
    spent: float | None  # seconds of the budget, if there is one
    flags: Sequence[str]
    ratings: Mapping[int, Sequence[Sequence[float]]]  # by trial: answers, each from 0 to 1

    @property
    def ranked(self) -> list[Tried]:
        """Those with a score, from best to worst."""
        return sorted(
            (each for each in self.tried if each.place is not None),
            key=lambda each: each.place or 0,
        )

    @property
    def asked(self) -> int:
        """Steps that the configurations came to, each counted for itself."""
        return sum(each.path[-1].step for each in self.tried if each.path)

    def candidate(self, tried: Tried | None) -> Candidate | None:
        """What confirmation found of it, where it came to something."""
        if self.confirmation is None or tried is None:
            return None
        found = (
            each
            for each in self.confirmation.candidates
            if each.configuration == tried.configuration and each.mean is not None
        )
        return next(found, None)


def read(store: Store) -> Facts:
    """Of a study that may have only begun."""
    attributes = store.attributes
    study = studies.restored(attributes[STUDY_CONFIG], f"the study {store.study.study_name}")
    places = {config_key(row.configuration): n for n, row in enumerate(store.ranking(), 1)}
    found = (_tried(trial, places) for trial in store.latest_by_config().values())
    tried = sorted(found, key=lambda each: each.first)
    leading = export.selected(store).configuration if places else None
    winner = next((each for each in tried if each.configuration == leading), None)
    baseline = next((each for each in tried if each.configuration == study.space.start), None)
    clock = _Clock(store.study.get_trials(deepcopy=False))
    confirmation = export.current_confirmation(store) if places else None
    task = TASKS[study.task]
    return Facts(
        name=store.study.study_name,
        study=study,
        measure=task.measure,
        stages=getattr(task.protocol, "stages", {}),
        tried=tried,
        points=list(clock.points()),
        minutes=clock.total,
        baseline=baseline,
        winner=winner,
        confirmation=confirmation,
        final=export.final_record(store, winner.configuration) if winner else None,
        opened=len(store.attributes.get(TEST_ACCESSES, [])),
        data=attributes[DATA],
        made=attributes.get(PROVENANCE, {}),
        trained=attributes.get(STEPS_TRAINED, 0),
        spent=attributes.get(BUDGET_ELAPSED),
        flags=_flags(study, winner, confirmation),
        ratings=ratings(store.storage, store.study.study_name),
    )


def _flags(study: Study, winner: Tried | None, found: Confirmation | None) -> Sequence[str]:
    """What to look at twice: as confirmation has said, or of what leads without it."""
    if winner is None:
        return []
    return at_bounds(study.space, winner.configuration) if found is None else found.flags


def _tried(trial: FrozenTrial, places: Mapping[str, int]) -> Tried:
    attributes = trial.user_attrs
    config = attributes[CONFIGURATION]
    return Tried(
        trial=trial.number,
        first=attributes.get(ROOT_TRIAL, trial.number),
        place=places.get(config_key(config)),
        configuration=config,
        path=_path(trial),
        complete=trial.state.name == "COMPLETE",
        ended=attributes.get(END_REASON, ""),
        lost=bool({DIVERGED, FAILED} & attributes.keys()),
        seconds=seconds_by_part(trial),
        examples=trial.system_attrs.get(EXAMPLES, ()),
    )


def _path(trial: FrozenTrial) -> list[Scored]:
    return [Scored(**each) for each in trial.system_attrs.get(EVALUATIONS, ())]


class _Clock:
    """Minutes in which at least one trial ran: a study may rest for days between two commands."""

    def __init__(self, trials: Iterable[FrozenTrial]) -> None:
        ran = (
            (t.datetime_start, t.datetime_complete, t) for t in trials if t.state in FINISHED_STATES
        )
        times = [(start, end, t) for start, end, t in ran if start is not None and end is not None]
        self._ended = sorted(times, key=lambda each: (each[1], each[2].number))
        self._spans: list[list[float]] = []
        for start, end, _ in sorted(times, key=lambda each: each[0]):
            begin, stop = start.timestamp(), end.timestamp()
            if self._spans and begin <= self._spans[-1][1]:
                self._spans[-1][1] = max(self._spans[-1][1], stop)
            else:
                self._spans.append([begin, stop])

    @property
    def total(self) -> float:
        return sum(stop - begin for begin, stop in self._spans) / 60

    def points(self) -> Iterable[Point]:
        for _, end, trial in self._ended:
            path = _path(trial)
            if path and DIVERGED not in trial.user_attrs:
                at = end.timestamp()
                passed = (max(0.0, min(stop, at) - begin) for begin, stop in self._spans)
                yield Point(trial.number, sum(passed) / 60, path[-1])
