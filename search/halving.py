"""Asynchronous successive halving that pauses and resumes: who goes on to the next rung.

Li et al., "A System for Massively Parallel Hyperparameter Tuning" (MLSys 2020), algorithm 2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

ETA = 3


class State(Enum):
    """What a configuration is doing."""

    RUNNING = "running"
    PAUSED = "paused"  # scored at its furthest rung; may go on
    ENDED = "ended"  # complete, or not to be trained further


@dataclass(frozen=True)
class Seen:
    """A configuration as far as it has come."""

    key: str
    scores: Mapping[int, float]  # by rung's step
    state: State


class New(Enum):
    NEW = "a new configuration"


NEW = New.NEW


def choose(rungs: Sequence[int], seen: Iterable[Seen], may_begin: bool) -> Seen | New | None:
    """The paused one to promote; `NEW`; or None: nothing to do until something comes in."""
    everyone = list(seen)
    for rung in reversed(rungs[:-1]):
        there = [each for each in everyone if rung in each.scores]
        there.sort(key=lambda each: each.scores[rung], reverse=True)
        for each in there[: len(there) // ETA]:
            if each.state == State.PAUSED and max(each.scores) == rung:
                return each
    if may_begin:
        return NEW
    if any(each.state == State.RUNNING for each in everyone):
        return None
    # Few configurations, or many that ended early: the furthest and best goes on to the end.
    if not any(rungs[-1] in each.scores for each in everyone):
        paused = [each for each in everyone if each.state == State.PAUSED]
        if paused:
            return max(paused, key=lambda each: (max(each.scores), each.scores[max(each.scores)]))
    return None
