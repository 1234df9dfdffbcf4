"""The best of several scores agrees with simulations and with published constants."""

from itertools import product
from statistics import fmean, pstdev, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.search.evidence.expected_best import best_by_luck, expected_best, seed_deviation


@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=5), st.integers(min_value=1, max_value=4)
)
def test_the_expected_best_is_the_mean_over_all_draws(scores: list[float], count: int) -> None:
    """All draws with replacement are enumerated."""
    best = [max(draw) for draw in product(scores, repeat=count)]
    mean, deviation = expected_best(scores, count)
    assert mean == pytest.approx(fmean(best), abs=1e-9)
    assert deviation == pytest.approx(pstdev(best), abs=1e-5)


@given(st.floats(-100, 100), st.integers(1, 500), st.integers(1, 500))
def test_the_expected_best_of_equal_scores_is_exact(score: float, number: int, count: int) -> None:
    """Rounding errors would appear as labels of 17 digits on the report's axis."""
    assert expected_best([score] * number, count) == (score, 0.0)


@pytest.mark.parametrize(
    ("count", "expected"), [(2, 0.56419), (5, 1.16296), (10, 1.53875), (100, 2.50759)]
)
def test_luck_is_the_mean_of_normal_order_statistics(count: int, expected: float) -> None:
    """The constants are those of Harter (1961, "Expected values of normal order statistics")."""
    assert best_by_luck(count, 2.0)[0] == pytest.approx(2 * expected, rel=1e-3)


def test_one_configuration_has_no_luck() -> None:
    mean, bound = best_by_luck(1, 1.0)
    assert mean == pytest.approx(0, abs=1e-9)
    assert bound == pytest.approx(1.6449, abs=1e-4)


def test_the_deviation_over_seeds_ignores_differences_between_configurations() -> None:
    assert seed_deviation([[1.0, 2.0, 4.0], [101.0, 102.0, 104.0], [7.0]]) == pytest.approx(
        stdev([1.0, 2.0, 4.0])
    )
    assert seed_deviation([[1.0], []]) is None
