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
from xlt.search.suggest.encoding import SpaceEncoder, row_keys

# The rung of a trial's own value where it reported nothing there: after all others.
FINAL_STEP = 2**62


@dataclass(frozen=True)
class _Trial:
    """Where a trial lies, and what it says. No scores, and not bad: nothing."""

    row: list[float]
    key: bytes
    scores: Mapping[int, float] = field(default_factory=dict)
    failed: bool = False
    single_fidelity: bool = False  # trained to its end, and scored there alone
    final: bool = False  # nothing of this changes any more


@dataclass
class ConfigHistory:
    """A configuration: the trial of it that got furthest."""

    row: list[float]
    scores: Mapping[int, float]
    failed: bool
    single_fidelity: bool
    running: bool


@dataclass
class _Cache:
    """What is remembered of a study in one space: what has finished is looked at once."""

    space: Mapping[str, BaseDistribution]
    trials: dict[int, _Trial] = field(default_factory=dict)
    # What the first so many trials, all of them finished, make known.
    settled: int = 0
    histories: dict[bytes, ConfigHistory] = field(default_factory=dict)


_caches: "weakref.WeakKeyDictionary[optuna.Study, _Cache]" = weakref.WeakKeyDictionary()


def observed_configs(
    study: optuna.Study, asking: int, encoder: SpaceEncoder
) -> dict[bytes, ConfigHistory]:
    """All configurations but that of the trial that asks, by key, in the order they were asked."""
    if len(study.directions) != 1:
        raise ValueError(f"one objective was expected, not {len(study.directions)}")
    read = _caches.setdefault(study, _Cache(encoder.distributions))
    if read.space != encoder.distributions:
        read = _caches[study] = _Cache(encoder.distributions)
    trials = study.get_trials(deepcopy=False)[read.settled :]
    placed = _encoded_trials(trials, asking, study.direction, encoder, read.trials)
    settling = True
    known = read.histories
    for number, trial in enumerate(trials, read.settled):
        # Those of others may be missing still, where they are asked for now and then only.
        settled = trial.state.is_finished() and trial.number == number
        if settling and not settled:
            settling, known = False, dict(known)
        if trial.number in placed:
            _add(known, placed[trial.number], running=not trial.state.is_finished())
        if settling:
            read.settled = number + 1
            read.trials.pop(number, None)
    return dict(known) if settling else known


def _add(histories: dict[bytes, ConfigHistory], trial: _Trial, *, running: bool) -> None:
    """Add a trial, later than all that are known."""
    before = histories.get(trial.key)
    if before is None:
        scores, bad = trial.scores, trial.failed
    else:
        scores = max(trial.scores, before.scores, key=_furthest)
        bad = trial.failed or before.failed
    whole = trial.single_fidelity or (before is not None and before.single_fidelity)
    # One that diverged on its way left scores that say nothing of where it came to.
    histories[trial.key] = ConfigHistory(trial.row, {} if bad else scores, bad, whole, running)


def _encoded_trials(
    trials: Iterable[FrozenTrial],
    asking: int,
    direction: StudyDirection,
    encoder: SpaceEncoder,
    cache: dict[int, _Trial],
) -> dict[int, _Trial]:
    """By number, those that say something of a place in the space. `read`: those placed before."""
    given = [
        trial
        for trial in trials
        if trial.number in cache
        or (trial.number != asking and encoder.distributions.keys() <= trial.params.keys())
    ]
    unread = [trial for trial in given if trial.number not in cache]
    rows = [encoder.to_internal(trial.params) for trial in unread]
    names = row_keys(encoder.encode(np.array(rows))) if rows else []
    for trial, row, key in zip(unread, rows, names, strict=True):
        cache[trial.number] = _Trial(row, key)
    sign = -1 if direction == StudyDirection.MINIMIZE else 1
    found = {}
    for trial in given:
        known = cache[trial.number]
        if not known.final:
            scores, bad = _scores(trial, sign), bool({DIVERGED, FAILED} & trial.user_attrs.keys())
            whole = trial.state == TrialState.COMPLETE and len(scores) == 1
            known = _Trial(known.row, known.key, scores, bad, whole, trial.state.is_finished())
            cache[trial.number] = known
        # One that was given up is asked for again.
        if trial.state != TrialState.FAIL or known.failed:
            found[trial.number] = known
    return found


def _furthest(scores: Mapping[int, float]) -> int:
    return max(scores, default=-1)


def _scores(trial: FrozenTrial, sign: int) -> dict[int, float]:
    """Finite ones by rung; more is better."""
    reported = trial.intermediate_values.items()
    scores = {step: sign * value for step, value in reported if math.isfinite(value)}
    if trial.state == TrialState.COMPLETE and not scores and trial.value is not None:
        return {FINAL_STEP: sign * trial.value}
    return scores
