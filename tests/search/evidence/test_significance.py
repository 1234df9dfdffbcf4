"""Comparisons of the winner with the runner-up and the baseline."""

from statistics import fmean

import pytest
from confirmations import candidate, confirmation
from scipy.stats import ttest_ind
from toy_objective import spoilt

from xlt.search.evidence.significance import compare


def test_compare() -> None:
    """Welch's interval equals SciPy's; significant is what seeds and sentences both show."""
    first, second, base = [30.0, 30.5, 30.2], [29.0, 29.6, 29.4], [28.9, 31.0, 27.0]
    confirmed = confirmation(
        candidate(1, second), candidate(2, first), candidate(3, base, baseline=True)
    )
    similar = {
        (trial, seed): {"en": spoilt(30, 10 * trial + seed)}
        for trial in (1, 2, 3)
        for seed in range(3)
    }
    runner_up, baseline = compare(confirmed, similar)
    assert (runner_up.against, runner_up.trial) == ("runner-up", 1)
    assert (baseline.against, baseline.trial) == ("baseline", 3)
    for comparison, sample in ((runner_up, second), (baseline, base)):
        interval = ttest_ind(first, sample, equal_var=False).confidence_interval(0.95)
        assert comparison.difference == pytest.approx(fmean(first) - fmean(sample))
        assert (comparison.low, comparison.high) == pytest.approx((interval.low, interval.high))
        differences = [one - other for one, other in zip(first, sample, strict=True)]
        assert [test.difference for test in comparison.sentences] == differences
    # Significant over seeds but not over sentences, of which both have the same share right.
    assert runner_up.low
    assert runner_up.low > 0
    assert not runner_up.significant
    assert "significant over sentences on 0 of 3 seeds" in runner_up.verdict
    better = {(2, seed): {"en": spoilt(45, seed)} for seed in range(3)}
    runner_up, baseline = compare(confirmed, similar | better)
    assert runner_up.significant
    assert "with 3 seeds the interval is wide" in runner_up.verdict
    assert not baseline.significant
    assert "not significant over seeds" in baseline.verdict
    (no_sentences, _) = compare(confirmed, {})
    assert no_sentences.significant
    assert not no_sentences.sentences
    (single,) = compare(confirmation(candidate(1, [29.0]), candidate(2, [30.0])), {})
    assert single.low is None
    assert not single.significant
    assert single.verdict == "not shown to be better: unknown over seeds"


def test_a_candidate_with_a_failed_run_is_not_compared() -> None:
    assert not compare(confirmation(candidate(1, [29.0, None]), candidate(2, [30.0, 31.0])), {})
