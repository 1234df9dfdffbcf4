"""Whether a configuration is better than another one: a paired test over new seeds.

Both are trained on the same seeds, so what a seed does to both cancels. The test is Student's paired
t-test, two-sided, so that the confidence interval of a proven difference lies above 0. With
flat priors, the posterior of the mean difference is the same t distribution, which gives the
probability that it is positive.

Two things make a lead look too good, and both are corrected for. Of several configurations the best
is shown: p-values are adjusted by Holm's method (1979). And training goes on until the proof
succeeds: each repetition of the test, a look, uses only a share of the significance level (alpha
spending).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# The share of the allowed error that the first look may use. Every later look, at twice as many
# seeds, may use this share of what is left.
LOOK_SHARE = 0.8


@dataclass(frozen=True)
class PairedTest:
    """The difference between two configurations on the seeds that both were trained on.

    Attributes:
        n_seeds: The number of these seeds.
        difference: The mean difference; positive if the first one is better.
        low: Lower end of its confidence interval; None for fewer than two seeds.
        high: Upper end.
        probability: The probability that the first one is better; None for fewer than two seeds.
        p_value: Two-sided p-value of a difference; 1 for fewer than two seeds.
    """

    n_seeds: int
    difference: float
    low: float | None
    high: float | None
    probability: float | None
    p_value: float

    @property
    def p_value_if_better(self) -> float:
        """The p-value if the first one is better, else 1."""
        return self.p_value if self.difference > 0 else 1.0


def paired_test(
    first: Mapping[int, float], second: Mapping[int, float], confidence: float
) -> PairedTest | None:
    """Compare two configurations by their scores on each seed.

    Args:
        first: Scores by seed.
        second: Scores by seed.
        confidence: The confidence level of the interval.

    Returns:
        The test over the seeds that both have; None if there is none.
    """
    shared = [seed for seed in first if seed in second]
    if not shared:
        return None
    better, worse = ([scores[seed] for seed in shared] for scores in (first, second))
    differences = np.subtract(better, worse)
    mean = float(differences.mean())
    if len(shared) < 2:
        return PairedTest(len(shared), mean, None, None, None, 1.0)
    if np.allclose(differences, mean, rtol=1e-9, atol=0.0):
        # The t statistic would divide by 0, and scores can be equal by chance: the sign test.
        p_value = 2 * 0.5 ** len(shared) if mean else 1.0
        probability = 1 - p_value / 2 if mean > 0 else p_value / 2
        return PairedTest(len(shared), mean, mean, mean, probability, p_value)
    # Imported here because it takes half a second, and few commands need it.
    from scipy.stats import ttest_rel

    test = ttest_rel(better, worse)
    interval, p_value = test.confidence_interval(confidence), float(test.pvalue)
    return PairedTest(
        len(shared),
        mean,
        float(interval.low),
        float(interval.high),
        probability=1 - p_value / 2 if mean > 0 else p_value / 2,
        p_value=p_value,
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the same order (Holm, 1979)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def look_share(n_seeds: int, first_look: int) -> float:
    """The share of the allowed error that a look at `n_seeds` seeds may use.

    Looks are at `first_look` seeds and at every doubling of them; all shares add up to 1.
    """
    look = math.ceil(math.log2(max(1.0, n_seeds / first_look)))
    return LOOK_SHARE * (1 - LOOK_SHARE) ** look
