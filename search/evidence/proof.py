"""Whether a configuration is better than another one: a paired test over new seeds.

Both are trained on the same seeds, so what a seed does to both cancels. The test is Student's paired
t-test. With flat priors its p-value is also a probability: 1 - p is the probability that the mean
difference over all seeds is positive.

Two things make a lead look too good, and both are corrected for. Of several configurations the best
is shown: p-values are Holm's (1979). And training goes on until the proof succeeds: each look at
the data may use only its share of the allowed error.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

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
        p_value: One-sided p-value of "the first one is not better"; 1 for fewer than two seeds.
    """

    n_seeds: int
    difference: float
    low: float | None
    high: float | None
    p_value: float


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
    differences = np.array([first[seed] - second[seed] for seed in shared])
    mean = float(differences.mean())
    if len(shared) < 2:
        return PairedTest(len(shared), mean, None, None, 1.0)
    if np.ptp(differences) == 0:
        # The t statistic would divide by 0, and scores can be equal by chance: the sign test.
        return PairedTest(len(shared), mean, mean, mean, 0.5 ** len(shared) if mean > 0 else 1.0)
    degrees, error = len(shared) - 1, float(differences.std(ddof=1)) / math.sqrt(len(shared))
    # From scipy.special, because scipy.stats takes half a second to import.
    half = float(stdtrit(degrees, (1 + confidence) / 2)) * error
    p_value = float(stdtr(degrees, -mean / error))
    return PairedTest(len(shared), mean, mean - half, mean + half, p_value)


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
