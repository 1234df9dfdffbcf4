"""ASHA ends, completes a configuration, and gives a misleading rung less weight."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.search.scheduling.asha import (
    ConfigState,
    Status,
    promoted_index,
)

RUNGS = (1, 3, 9)


def config(number: int, *scores: float, state: Status | None = None) -> ConfigState:
    """A configuration scored at the first rungs."""
    by_rung = dict(zip(RUNGS, scores, strict=False))
    if state is None:
        state = Status.ENDED if len(scores) == len(RUNGS) else Status.PAUSED
    return ConfigState(number, (number * 0.381966 % 1,), by_rung, state)


def run_search(
    curves: Sequence[Sequence[float]], bad: frozenset[int] = frozenset()
) -> list[ConfigState]:
    """One worker follows `promoted_index` to its end; a promotion of a `bad` configuration fails."""
    states: list[ConfigState] = []
    for _ in range(len(curves) * len(RUNGS) + 1):
        can_start = len(states) < len(curves)
        number = promoted_index(RUNGS, states, can_start)
        if number is None:
            if not can_start:
                return states
            states.append(config(len(states), curves[len(states)][0]))
            continue
        assert states[number].status == Status.PAUSED
        reached = len(states[number].scores)
        if number in bad:
            scores = tuple(states[number].scores.values())
            states[number] = config(number, *scores, state=Status.ENDED)
        else:
            states[number] = config(number, *curves[number][: reached + 1])
    raise AssertionError("the search does not end")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(-5, 5)] * 3), min_size=1, max_size=14),
    st.frozensets(st.integers(0, 13), max_size=5),
)
def test_it_ends_and_completes_one_if_any_can(
    curves: list[tuple[float, float, float]], bad: frozenset[int]
) -> None:
    """Even if some promotions fail. The same scores give the same search."""
    states = run_search(curves, bad)
    assert len(states) == len(curves)
    good = [state for state in states if state.index not in bad]
    assert not good or any(len(state.scores) == len(RUNGS) for state in good)
    assert states == run_search(curves, bad)


def test_a_quarter_is_promoted() -> None:
    """If all rungs rank alike, of 32 about 8 reach the second rung and 2 the last, with the best."""
    quality = np.random.default_rng(0).permutation(32) / 32
    states = run_search([(score,) * 3 for score in quality])
    assert 8 <= sum(len(state.scores) > 1 for state in states) <= 16
    ended = [state.index for state in states if len(state.scores) == 3]
    assert len(ended) <= 8  # more than 2, because the best quarter changes with new scores
    assert int(np.argmax(quality)) in ended


@pytest.mark.parametrize(
    ("states", "can_start", "expected"),
    [
        ([], True, None),
        ([], False, None),
        ([config(0, 1.0), config(1, 2.0)], True, None),
        ([config(0, 1.0), config(1, 2.0)], False, 1),
        ([config(n, float(-n)) for n in range(4)], True, 0),
        (
            [config(0, 9.0, state=Status.RUNNING), *(config(n, 1.0) for n in (1, 2, 3))],
            True,
            None,
        ),
        ([config(0, 9.0, state=Status.RUNNING), config(1, 1.0)], False, None),
        ([config(0, 9.0, state=Status.ENDED), config(1, 1.0)], False, 1),
        ([*(config(n, 1.0, float(n)) for n in range(4)), config(4, 5.0)], True, 3),
    ],
)
def test_decisions(states: list[ConfigState], can_start: bool, expected: int | None) -> None:
    """The best of the highest rung comes first, and running configurations keep their ranks."""
    assert promoted_index(RUNGS, states, can_start) == expected


def test_a_first_rung_that_misleads() -> None:
    """The first rung ranked 16 ended configurations the wrong way round: their points decide."""
    rows = []
    for number in range(16):
        x = number / 16
        rows.append(ConfigState(number, (x,), {1: -x, 3: x, 9: x}, Status.ENDED))
    more = [
        ConfigState(20, (0.05,), {1: -0.1}, Status.PAUSED),
        ConfigState(21, (0.97,), {1: -0.9}, Status.PAUSED),
    ]
    filler = [ConfigState(30 + n, (0.4,), {1: -0.4}, Status.PAUSED) for n in range(46)]
    decision = promoted_index(RUNGS, rows + more + filler, can_start=True)
    assert decision == 21


def sibling(prefix: str, number: int, *scores: float, state: Status | None = None) -> ConfigState:
    """A configuration that shares its training up to the second rung with those of its prefix."""
    return replace(
        config(number, *scores, state=state), prefix_ids={1: prefix, 3: prefix, 9: str(number)}
    )


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        # Siblings of a promoted configuration are promoted, and nobody else.
        (
            [sibling("a", 0, 5.0, 5.0), sibling("a", 1, 5.0), *(config(n, 1.0) for n in (2, 3, 4))],
            1,
        ),
        # A prefix counts once among those that are compared.
        ([*(sibling("a", n, 5.0) for n in range(3)), config(3, 6.0)], None),
        (
            [*(sibling("a", n, 5.0) for n in range(3)), *(config(n, 4.0) for n in (3, 4, 5))],
            0,
        ),
        # Of few prefixes none is promoted yet: the next test has one configuration more.
        ([sibling("ab"[n % 2], n, float(n % 2)) for n in range(15)], None),
        # Siblings of a running configuration would wait for the same training.
        (
            [
                sibling("a", 0, 5.0, state=Status.RUNNING),
                sibling("a", 1, 5.0),
                sibling("a", 2, 5.0),
            ],
            None,
        ),
        # If there is only one prefix, a second configuration has it promoted.
        ([sibling("a", n, 5.0) for n in range(2)], 0),
        ([sibling("a", 0, 5.0)], None),
    ],
)
def test_shared_prefixes(states: list[ConfigState], expected: int | None) -> None:
    assert promoted_index(RUNGS, states, can_start=True) == expected


def test_of_few_prefixes_one_is_promoted_in_the_end() -> None:
    decision = promoted_index(
        RUNGS, [sibling("ab"[n % 2], n, float(n % 2)) for n in range(16)], can_start=True
    )
    assert decision is not None
    assert decision % 2 == 1


@pytest.mark.parametrize("rungs", [(), (3, 1), (1, 1)])
def test_rungs_increase(rungs: tuple[int, ...]) -> None:
    """Others are refused."""
    with pytest.raises(ValueError, match="rungs must increase"):
        promoted_index(rungs, [], True)


def test_a_paused_configuration_has_scores() -> None:
    """Others are refused."""
    with pytest.raises(ValueError, match="configuration 3 is paused"):
        promoted_index(RUNGS, [config(3, state=Status.PAUSED)], True)
