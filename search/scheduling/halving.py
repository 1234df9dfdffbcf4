"""Asynchronous successive halving that pauses and resumes: which training goes on next.

Every configuration is trained to the first rung. Of those scored at a rung the best 1/eta go
on, the highest rung first, without waiting for a rung to fill (Li et al., 2020, "A system for
massively parallel hyperparameter tuning", ASHA); the others stay paused and may go on later.

Configurations may share their training up to a rung, and so their score there. Then it is these
paths that are compared, and a path that goes on takes all its configurations with it: they part
company beyond, and what leads there is trained already.

"Best" is by what is expected at the last rung, given all scores at all rungs (see
`xlt.search.suggest.surrogate`): where a rung has misled so far, its scores count less and those of
similar configurations more. Pure: knows neither Optuna nor what is trained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from xlt.search.suggest import surrogate

# One of four goes on: see `xlt.search.scheduling.pruners`.
REDUCTION_FACTOR = 4
# Until so many configurations were scored, the scores themselves say which is best.
MIN_FOR_MODEL = 5


class Status(Enum):
    """What may become of a configuration."""

    PAUSED = "may go on"
    RUNNING = "goes on already"
    ENDED = "at the last rung, or given up"


@dataclass(frozen=True)
class RungState:
    """A configuration that was begun.

    `point`: its coordinates in [0, 1], those of a category as `xlt.search.suggest.encoding` has them.
    `scores`: finite, by rung; more is better.
    """

    number: int
    point: tuple[float, ...]
    scores: Mapping[int, float]
    status: Status
    # By rung, what tells its training up to there from others'. Empty: it shares none.
    prefix_ids: Mapping[int, str] = field(default_factory=dict)

    def prefix_id(self, rung: int) -> str:
        return self.prefix_ids.get(rung, str(self.number))


@dataclass(frozen=True)
class Promote:
    """Have this configuration trained to its next rung."""

    number: int


@dataclass(frozen=True)
class SampleNew:
    """Begin a new configuration."""


@dataclass(frozen=True)
class Wait:
    """Wait for what is running; without any, the search is over."""


Action: TypeAlias = Promote | SampleNew | Wait


def next_action(
    rungs: Sequence[int],
    states: Sequence[RungState],
    can_start: bool,
    column_param: Sequence[int] | None = None,
    reduction_factor: int = REDUCTION_FACTOR,
    prefix: surrogate.PrefixColumns | None = None,
) -> Action:
    """What a free worker does next.

    `rungs`: increasing steps; the last is where a training ends. `groups`: the parameter that each
    coordinate belongs to; None: one each. `trunk`: the coordinates that paths follow from. Once no
    configuration may be begun, the best 1/eta are rounded up, so that at least one is brought to the
    last rung, if any can be.

    Raises `ValueError` where a paused configuration has no score, or has one at the last rung.
    """
    _check(rungs, states)
    ranked: dict[int, float] | None = None
    for rung, following in reversed(list(pairwise(rungs))):
        # What was given up here says nothing about the rest, and takes nobody's place.
        here = [
            each
            for each in states
            if rung in each.scores and (each.status != Status.ENDED or following in each.scores)
        ]
        places = _n_promoted(here, rung, can_start, reduction_factor)
        if not places or not any(_is_paused_at(each, rung) for each in here):
            continue
        if ranked is None:
            ranked = _expected_scores(states, column_param, prefix)
        expected = ranked
        here.sort(key=lambda each: (-expected.get(each.number, each.scores[rung]), each.number))
        best = list(dict.fromkeys(each.prefix_id(rung) for each in here))[:places]
        for each in here:
            if each.prefix_id(rung) in best and _is_paused_at(each, rung):
                others = [other for other in here if other.prefix_id(rung) == each.prefix_id(rung)]
                gone = any(following in other.scores for other in others)
                # While one is on its way, what the others need is being trained.
                if gone or not any(other.status == Status.RUNNING for other in others):
                    return Promote(each.number)
    return SampleNew() if can_start else Wait()


def _n_promoted(
    here: Sequence[RungState], rung: int, can_start: bool, reduction_factor: int
) -> int:
    """How many of the paths of those that stand on a rung, or have gone on from there, are best."""
    paths = len({each.prefix_id(rung) for each in here})
    if not can_start:
        return -(-paths // reduction_factor)
    # A space may hold few structures, or one: then the rungs where they are judged say little, and
    # the others are what matters.
    few = len(here) >= reduction_factor**2 or (paths == 1 and len(here) > 1)
    return max(paths // reduction_factor, int(few))


def _is_paused_at(each: RungState, rung: int) -> bool:
    return each.status == Status.PAUSED and max(each.scores) == rung


def _expected_scores(
    states: Sequence[RungState],
    column_param: Sequence[int] | None,
    prefix: surrogate.PrefixColumns | None,
) -> dict[int, float]:
    """What is expected at the last rung, by number; empty where scores speak for themselves.

    That is so at the start, and where there are more scores than the process can rest on: then a
    quarter of a rung is many, and which of them go on first matters little.
    """
    scored = [each for each in states if each.scores]
    different = {(rung, each.prefix_id(rung)) for each in scored for rung in each.scores}
    if len(scored) < MIN_FOR_MODEL or len(different) > surrogate.MAX_OBS:
        return {}
    points = np.array([each.point for each in scored], dtype=float)
    scores = [each.scores for each in scored]
    process, chosen = surrogate.fit_surrogate(points, scores, column_param, prefix=prefix)
    means, _ = process.predict_train()
    return {scored[at].number: float(mean) for at, mean in zip(chosen, means, strict=True)}


def _check(rungs: Sequence[int], states: Sequence[RungState]) -> None:
    if not rungs or list(rungs) != sorted(set(rungs)):
        raise ValueError(f"rungs must increase: {list(rungs)}")
    for each in states:
        if each.status == Status.PAUSED and (not each.scores or rungs[-1] in each.scores):
            raise ValueError(
                f"configuration {each.number} is paused with scores at {sorted(each.scores)}; "
                f"expected some of {list(rungs[:-1])}"
            )
