"""Halving that promotes: it ends, completes something, and is not led astray."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.search.scheduling.asha import (
    Action,
    ConfigState,
    Promote,
    SampleNew,
    Status,
    Wait,
    next_action,
)

RUNGS = (1, 3, 9)


def seen(number: int, *scores: float, state: Status | None = None) -> ConfigState:
    """A configuration scored at the first rungs."""
    by_rung = dict(zip(RUNGS, scores, strict=False))
    if state is None:
        state = Status.ENDED if len(scores) == len(RUNGS) else Status.PAUSED
    return ConfigState(number, (number * 0.381966 % 1,), by_rung, state)


def searched(
    curves: Sequence[Sequence[float]], bad: frozenset[int] = frozenset()
) -> list[ConfigState]:
    """One worker trains what is decided, until nothing is left; the bad ones leave the numbers."""
    known: list[ConfigState] = []
    for _ in range(len(curves) * len(RUNGS) + 1):
        match next_action(RUNGS, known, can_start=len(known) < len(curves)):
            case SampleNew():
                number = len(known)
                known.append(seen(number, curves[number][0]))
            case Promote(index=number):
                assert known[number].status == Status.PAUSED
                reached = len(known[number].scores)
                if number in bad:
                    scores = tuple(known[number].scores.values())
                    known[number] = seen(number, *scores, state=Status.ENDED)
                else:
                    known[number] = seen(number, *curves[number][: reached + 1])
            case Wait():
                return known
    raise AssertionError("it goes on for ever")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(-5, 5)] * 3), min_size=1, max_size=14),
    st.frozensets(st.integers(0, 13), max_size=5),
)
def test_it_ends_and_completes_one_if_any_can(
    curves: list[tuple[float, float, float]], bad: frozenset[int]
) -> None:
    """Also where some fail on their way; the same again from the same scores."""
    known = searched(curves, bad)
    assert len(known) == len(curves)
    able = [each for each in known if each.index not in bad]
    assert not able or any(len(each.scores) == len(RUNGS) for each in able)
    assert known == searched(curves, bad)


def test_a_quarter_goes_on() -> None:
    """Where rungs tell the truth: of 32, about 8 reach the second and 2 the last, the best too."""
    worth = np.random.default_rng(0).permutation(32) / 32
    known = searched([(each,) * 3 for each in worth])
    assert 8 <= sum(len(each.scores) > 1 for each in known) <= 16
    ended = [each.index for each in known if len(each.scores) == 3]
    assert len(ended) <= 8  # who is best changes as scores come in
    assert int(np.argmax(worth)) in ended


@pytest.mark.parametrize(
    ("known", "may_begin", "expected"),
    [
        ([], True, SampleNew()),
        ([], False, Wait()),
        ([seen(0, 1.0), seen(1, 2.0)], True, SampleNew()),
        ([seen(0, 1.0), seen(1, 2.0)], False, Promote(1)),
        ([seen(n, float(-n)) for n in range(4)], True, Promote(0)),
        (
            [seen(0, 9.0, state=Status.RUNNING), *(seen(n, 1.0) for n in (1, 2, 3))],
            True,
            SampleNew(),
        ),
        ([seen(0, 9.0, state=Status.RUNNING), seen(1, 1.0)], False, Wait()),
        ([seen(0, 9.0, state=Status.ENDED), seen(1, 1.0)], False, Promote(1)),
        ([*(seen(n, 1.0, float(n)) for n in range(4)), seen(4, 5.0)], True, Promote(3)),
    ],
)
def test_decisions(known: list[ConfigState], may_begin: bool, expected: Action) -> None:
    """Highest rung first, the best there, and the running keep their places."""
    assert next_action(RUNGS, known, may_begin) == expected


def test_a_first_rung_that_misleads() -> None:
    """Nine have ended as their first rung did not foretell, but their place: place decides."""
    rows = []
    for number in range(16):
        place = number / 16
        rows.append(ConfigState(number, (place,), {1: -place, 3: place, 9: place}, Status.ENDED))
    more = [
        ConfigState(20, (0.05,), {1: -0.1}, Status.PAUSED),
        ConfigState(21, (0.97,), {1: -0.9}, Status.PAUSED),
    ]
    filler = [ConfigState(30 + n, (0.4,), {1: -0.4}, Status.PAUSED) for n in range(46)]
    decision = next_action(RUNGS, rows + more + filler, can_start=True)
    assert decision == Promote(21)


def on(path: str, number: int, *scores: float, state: Status | None = None) -> ConfigState:
    """It shares its training up to the second rung with those on the same path."""
    return replace(
        seen(number, *scores, state=state), prefix_ids={1: path, 3: path, 9: str(number)}
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        # A path that has gone on takes along who shares it, and nobody else.
        ([on("a", 0, 5.0, 5.0), on("a", 1, 5.0), *(seen(n, 1.0) for n in (2, 3, 4))], Promote(1)),
        # It counts once among those that are compared.
        ([*(on("a", n, 5.0) for n in range(3)), seen(3, 6.0)], SampleNew()),
        ([*(on("a", n, 5.0) for n in range(3)), *(seen(n, 4.0) for n in (3, 4, 5))], Promote(0)),
        # Of few structures one goes on once enough was tried on them.
        ([on("ab"[n % 2], n, float(n % 2)) for n in range(15)], SampleNew()),
        # Who shares a path with one that is on its way would wait for the same training.
        (
            [on("a", 0, 5.0, state=Status.RUNNING), on("a", 1, 5.0), on("a", 2, 5.0)],
            SampleNew(),
        ),
        # There is nothing to compare on a path alone.
        ([on("a", n, 5.0) for n in range(2)], Promote(0)),
        ([on("a", 0, 5.0)], SampleNew()),
    ],
)
def test_paths(known: list[ConfigState], expected: Action) -> None:
    assert next_action(RUNGS, known, can_start=True) == expected


def test_of_few_paths_one_goes_on_in_the_end() -> None:
    decision = next_action(
        RUNGS, [on("ab"[n % 2], n, float(n % 2)) for n in range(16)], can_start=True
    )
    assert isinstance(decision, Promote)
    assert decision.index % 2 == 1


@pytest.mark.parametrize("rungs", [(), (3, 1), (1, 1)])
def test_rungs_increase(rungs: tuple[int, ...]) -> None:
    """Others are refused."""
    with pytest.raises(ValueError, match="rungs must increase"):
        next_action(rungs, [], True)


def test_a_paused_one_has_scores_to_go_on_from() -> None:
    """Others are refused."""
    with pytest.raises(ValueError, match="configuration 3 is paused"):
        next_action(RUNGS, [seen(3, state=Status.PAUSED)], True)
