"""The best of several scores: what to expect of a budget, and what luck alone explains.

Notation: N scores of the study, n configurations of a budget, s the seeds' standard deviation.
"""

import math
from collections.abc import Sequence
from statistics import variance

import numpy as np

# Points of the quantile function over which the mean of a maximum is averaged.
_N_QUANTILES = 10_000


def expected_best(scores: Sequence[float], count: int) -> tuple[float, float]:
    """Mean and standard deviation of the best of `count` scores, drawn with replacement.

    The estimator of Dodge et al. (2019, "Show Your Work: Improved Reporting of Experimental
    Results", section 3.1): with the empirical distribution function F of the N scores, the best of n
    draws is at most v with the probability F(v)^n. It is slightly too low for n near N (Dodge et
    al. 2021). Draws are independent, whereas a sampler that learns improves with time.

    Args:
        scores: The scores of N configurations at one step.
        count: The budget n, in configurations.
    """
    values = np.sort(np.asarray(scores, dtype=float))  # (N,)
    at_most = (np.arange(len(values) + 1) / len(values)) ** count  # (N + 1,)
    weights = np.diff(at_most)  # (N,): the probability that the i-th value is the best
    # Within the scores, which rounding can leave.
    mean = min(max(float(weights @ values), float(values[0])), float(values[-1]))
    return mean, math.sqrt(max(0.0, float(weights @ (values - mean) ** 2)))


def seed_deviation(samples: Sequence[Sequence[float]]) -> float | None:
    """The standard deviation over seeds, pooled over configurations.

    Args:
        samples: For each configuration, its scores on several seeds.

    Returns:
        The deviation; None if no configuration has two seeds.
    """
    several = [sample for sample in samples if len(sample) > 1]
    degrees = sum(len(sample) - 1 for sample in several)
    if not degrees:
        return None
    return math.sqrt(sum((len(sample) - 1) * variance(sample) for sample in several) / degrees)


def best_by_luck(count: int, deviation: float) -> tuple[float, float]:
    """How much better than their common mean the best of equal configurations looks by luck.

    The scores of equal configurations are taken as normal, with the seeds' deviation s.

    Args:
        count: The number of configurations.
        deviation: s.

    Returns:
        The expected lead of the best, and the lead that it exceeds in 5 % of such searches.
    """
    # Imported here because it takes half a second, and few commands need it.
    from scipy.special import ndtri

    middles = (np.arange(_N_QUANTILES) + 0.5) / _N_QUANTILES
    leads = ndtri(np.append(middles, 0.95) ** (1 / count))  # quantiles of the maximum
    return deviation * float(leads[:-1].mean()), deviation * float(leads[-1])
