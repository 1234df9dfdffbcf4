"""The paired test against scipy's one-sample test, Holm's correction, and the shares of the looks."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_1samp

from xlt.search.evidence.proof import holm, look_share, paired_test

FIRST = {1: 20.5, 2: 21.7, 3: 19.9, 4: 22.0}
SECOND = {2: 20.9, 4: 20.1, 5: 30.0, 1: 20.1, 3: 19.7}


def test_is_the_test_of_the_differences() -> None:
    """Only seeds of both count, and seeds are paired whatever their order."""
    test = paired_test(FIRST, SECOND, 0.9)
    assert test is not None
    differences = [FIRST[seed] - SECOND[seed] for seed in FIRST]
    expected = ttest_1samp(differences, 0, alternative="greater")
    interval = ttest_1samp(differences, 0).confidence_interval(0.9)
    assert test.n_seeds == 4
    assert test.difference == pytest.approx(np.mean(differences))
    assert test.p_value == pytest.approx(expected.pvalue)
    assert (test.low, test.high) == pytest.approx((interval.low, interval.high))


def test_swapped_configurations() -> None:
    one, two = paired_test(FIRST, SECOND, 0.9), paired_test(SECOND, FIRST, 0.9)
    assert one is not None
    assert two is not None
    assert one.low is not None
    assert (one.difference, one.low, one.p_value) == pytest.approx(
        (-two.difference, -(two.high or 0), 1 - two.p_value)
    )


def test_what_all_configurations_have_in_common_on_a_seed_does_not_count() -> None:
    effects = {1: 100.0, 2: -50.0, 3: 7.0, 4: 0.0, 5: 1.0}
    first = {seed: score + effects[seed] for seed, score in FIRST.items()}
    second = {seed: score + effects[seed] for seed, score in SECOND.items()}
    plain, shifted = paired_test(FIRST, SECOND, 0.9), paired_test(first, second, 0.9)
    assert plain is not None
    assert shifted is not None
    assert shifted.p_value == pytest.approx(plain.p_value)
    assert shifted.low == pytest.approx(plain.low)


def test_too_few_seeds() -> None:
    """One seed has no interval; none in common is no test."""
    test = paired_test({1: 3.0}, {1: 2.0, 2: 5.0}, 0.9)
    assert test is not None
    assert (test.difference, test.low, test.high, test.p_value) == (1, None, None, 1)
    assert paired_test({1: 3.0}, {2: 2.0}, 0.9) is None


@pytest.mark.parametrize(("lead", "p_value"), [(1.0, 1 / 8), (0.0, 1.0), (-1.0, 1.0)])
def test_equal_differences_are_no_certainty(lead: float, p_value: float) -> None:
    """Scores on few sentences repeat by chance. Then the test is the sign test."""
    test = paired_test({seed: lead for seed in range(3)}, dict.fromkeys(range(3), 0.0), 0.9)
    assert test is not None
    assert (test.low, test.difference, test.high, test.p_value) == (lead, lead, lead, p_value)


def test_holm() -> None:
    """An example worked out by hand: the smallest of four is multiplied by 4, the next one by 3."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_holm_lies_between_no_correction_and_bonferronis() -> None:
    """It never rejects less than Bonferroni's, nor more than Benjamini and Hochberg's."""
    p_values = np.random.default_rng(0).random((50, 6)) ** 3
    for row in p_values:
        adjusted = np.array(holm(row.tolist()))
        assert np.all(adjusted <= np.minimum(1, 6 * row))
        assert np.all(adjusted >= false_discovery_control(row) - 1e-12)
        assert np.array_equal(np.argsort(row), np.argsort(adjusted, kind="stable")) or np.all(
            np.diff(adjusted[np.argsort(row)]) >= 0
        )


@pytest.mark.parametrize("first_look", [2, 3, 5])
def test_looks_use_the_allowed_error_once(first_look: int) -> None:
    """The shares add up to at most 1, and are 0 for nobody; between looks the next share counts."""
    shares = [look_share(first_look * 2**look, first_look) for look in range(30)]
    assert math.fsum(shares) == pytest.approx(1)
    assert all(earlier > later > 0 for earlier, later in itertools.pairwise(shares))
    assert look_share(first_look + 1, first_look) == shares[1]
    assert look_share(1, first_look) == shares[0]
