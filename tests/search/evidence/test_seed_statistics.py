"""Statistics over seeds against second ways to compute them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.search.evidence.seed_statistics import (
    crossover_size,
    find_crossover,
    format_mean_std,
)


def test_spread() -> None:
    assert format_mean_std([1.0, 2.0, 3.0]) == "2.00 ± 1.00"
    assert format_mean_std([1.5]) == "1.50"


def test_crossing_by_hand() -> None:
    """Half of the way up is half of the way along the logarithm."""
    assert crossover_size({250: 60.0, 1000: 80.0}, 70.0) == pytest.approx(500)
    assert crossover_size({250: 60.0, 1000: 80.0}, 60.0) == 0
    assert crossover_size({250: 60.0, 1000: 80.0}, 80.5) == math.inf
    # It counts from where on the curve stays above.
    assert crossover_size({250: 75.0, 500: 60.0, 1000: 80.0}, 70.0) == pytest.approx(
        500 * math.sqrt(2)
    )


@given(st.dictionaries(st.integers(1, 10_000), st.integers(0, 99), min_size=1), st.integers(0, 99))
def test_crossing_is_where_the_curve_crosses(curve: dict[int, int], line: int) -> None:
    """All sizes beyond lie at or above the line, and the last one before lies below."""
    at = crossover_size(curve, line)
    assert all(value >= line for size, value in curve.items() if size > at * (1 + 1e-9))
    before = [size for size in sorted(curve) if size < at * (1 - 1e-9)]
    assert not before or curve[before[-1]] < line


def test_crossed_says_how_sure_it_is() -> None:
    curve = {250: [60.0, 61.0, 62.0], 500: [69.0, 70.0, 71.0], 1000: [80.0, 80.5, 79.5]}
    found = find_crossover(curve, [71.0, 70.5, 71.5])
    assert found.at == pytest.approx(500 * 2 ** (1 / 10))
    assert 450 < found.low < found.at < found.high < 600
    assert str(found).startswith("crossover at 536 sentences; 95% interval over seeds: ")
    assert find_crossover(curve, [71.0, 70.5, 71.5]) == found


def test_crossed_at_either_end() -> None:
    curve = {250: [60.0, 60.5], 500: [70.0, 70.5]}
    assert str(find_crossover(curve, [90.0, 91.0])) == (
        "no crossover up to 500 sentences, for all resampled seeds"
    )
    assert str(find_crossover(curve, [10.0, 11.0])) == (
        "crossover at fewer than 250 sentences, for all resampled seeds"
    )
    assert str(find_crossover({250: [60.0], 500: [70.0]}, [65.0])) == (
        "crossover at 354 sentences; no interval with one seed"
    )
    unsure = str(find_crossover({250: [60.0, 60.0], 500: [69.0, 71.0]}, [70.2, 70.2]))
    assert unsure.startswith("no crossover up to 500 sentences; 95% interval over seeds: ")
    assert unsure.endswith(" to more than 500")
