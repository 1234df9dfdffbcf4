"""What a study's trials have told of the places in its space: what a suggestion goes by.

What has finished is looked at once.
"""

import math
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from xlt.search.storage.keys import DIVERGED, FAILED
from xlt.search.suggest.encoding import Coordinates, keys

# The rung of a trial's own value where it reported nothing there: after all others.
END = 2**62


@dataclass(frozen=True)
class _Trial:
    """Where a trial lies, and what it says. No scores, and not bad: nothing."""

    row: list[float]
    key: bytes
    scores: Mapping[int, float] = field(default_factory=dict)
    bad: bool = False
    whole: bool = False  # trained to its end, and scored there alone
    final: bool = False  # nothing of this changes any more


@dataclass
class Known:
    """A configuration: the trial of it that got furthest."""

    row: list[float]
    scores: Mapping[int, float]
    bad: bool
    whole: bool
    running: bool


@dataclass
class _Read:
    """What is remembered of a study in one space: what has finished is looked at once."""

    space: Mapping[str, BaseDistribution]
    trials: dict[int, _Trial] = field(default_factory=dict)
    # What the first so many trials, all of them finished, make known.
    settled: int = 0
    known: dict[bytes, Known] = field(default_factory=dict)


_read: "weakref.WeakKeyDictionary[optuna.Study, _Read]" = weakref.WeakKeyDictionary()


def known_of(study: optuna.Study, asking: int, box: Coordinates) -> dict[bytes, Known]:
    """All configurations but that of the trial that asks, by key, in the order they were asked."""
    if len(study.directions) != 1:
        raise ValueError(f"one objective was expected, not {len(study.directions)}")
    read = _read.setdefault(study, _Read(box.space))
    if read.space != box.space:
        read = _read[study] = _Read(box.space)
    trials = study.get_trials(deepcopy=False)[read.settled :]
    placed = _placed(trials, asking, study.direction, box, read.trials)
    settling = True
    known = read.known
    for number, trial in enumerate(trials, read.settled):
        # Those of others may be missing still, where they are asked for now and then only.
        settled = trial.state.is_finished() and trial.number == number
        if settling and not settled:
            settling, known = False, dict(known)
        if trial.number in placed:
            _note(known, placed[trial.number], running=not trial.state.is_finished())
        if settling:
            read.settled = number + 1
            read.trials.pop(number, None)
    return dict(known) if settling else known


def _note(known: dict[bytes, Known], trial: _Trial, *, running: bool) -> None:
    """Add a trial, later than all that are known."""
    before = known.get(trial.key)
    if before is None:
        scores, bad = trial.scores, trial.bad
    else:
        scores = max(trial.scores, before.scores, key=_furthest)
        bad = trial.bad or before.bad
    whole = trial.whole or (before is not None and before.whole)
    # One that diverged on its way left scores that say nothing of where it came to.
    known[trial.key] = Known(trial.row, {} if bad else scores, bad, whole, running)


def _placed(
    trials: Iterable[FrozenTrial],
    asking: int,
    direction: StudyDirection,
    box: Coordinates,
    read: dict[int, _Trial],
) -> dict[int, _Trial]:
    """By number, those that say something of a place in the space. `read`: those placed before."""
    given = [
        trial
        for trial in trials
        if trial.number in read
        or (trial.number != asking and box.space.keys() <= trial.params.keys())
    ]
    unread = [trial for trial in given if trial.number not in read]
    rows = [box.row(trial.params) for trial in unread]
    names = keys(box.points(np.array(rows))) if rows else []
    for trial, row, key in zip(unread, rows, names, strict=True):
        read[trial.number] = _Trial(row, key)
    sign = -1 if direction == StudyDirection.MINIMIZE else 1
    found = {}
    for trial in given:
        known = read[trial.number]
        if not known.final:
            scores, bad = _scores(trial, sign), bool({DIVERGED, FAILED} & trial.user_attrs.keys())
            whole = trial.state == TrialState.COMPLETE and len(scores) == 1
            known = _Trial(known.row, known.key, scores, bad, whole, trial.state.is_finished())
            read[trial.number] = known
        # One that was given up is asked for again.
        if trial.state != TrialState.FAIL or known.bad:
            found[trial.number] = known
    return found


def _furthest(scores: Mapping[int, float]) -> int:
    return max(scores, default=-1)


def _scores(trial: FrozenTrial, sign: int) -> dict[int, float]:
    """Finite ones by rung; more is better."""
    reported = trial.intermediate_values.items()
    scores = {step: sign * value for step, value in reported if math.isfinite(value)}
    if trial.state == TrialState.COMPLETE and not scores and trial.value is not None:
        return {END: sign * trial.value}
    return scores
