"""Statistics over seeds: means with their spread, differences, where a curve crosses a line.

Values are scores in per cent; a sample is one score a seed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np

# Of an interval that is reported.
CONFIDENCE = 0.95
# Draws of seeds with replacement.
N_BOOTSTRAP = 10_000


def format_mean_std(sample: Sequence[float]) -> str:
    """Mean and standard deviation: "87.31 ± 0.22"; of a single seed, the mean alone."""
    mean = f"{fmean(sample):.2f}"
    return f"{mean} ± {stdev(sample):.2f}" if len(sample) > 1 else mean


@dataclass(frozen=True)
class Difference:
    """By how much one sample's mean is above another's, with its confidence interval."""

    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        if math.isnan(self.low):
            return "unknown"
        return "significant" if self.low > 0 or self.high < 0 else "not significant"


def welch_difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Second minus first, with Welch's interval; without one (NaN) if a sample is a single seed."""
    mean = fmean(second) - fmean(first)
    if min(len(first), len(second)) < 2:
        return Difference(mean, math.nan, math.nan)
    if stdev(first) == stdev(second) == 0:  # where Welch divides by nothing
        return Difference(mean, mean, mean)
    # It takes half a second to import, and few commands compare anything.
    from scipy.stats import ttest_ind

    test = ttest_ind(second, first, equal_var=False)
    interval = test.confidence_interval(CONFIDENCE)
    return Difference(mean, float(interval.low), float(interval.high))


def crossover_size(curve: Mapping[int, float], line: float) -> float:
    """From how many sentences on a curve stays at or above the line.

    Interpolated over the logarithm of their number. 0 if all of it does, infinite if its end does
    not.
    """
    sizes = sorted(curve)
    below = [size for size in sizes if curve[size] < line]
    if not below:
        return 0.0
    if below[-1] == sizes[-1]:
        return math.inf
    before, after = below[-1], sizes[sizes.index(below[-1]) + 1]
    share = (line - curve[before]) / (curve[after] - curve[before])
    return math.exp(math.log(before) + share * (math.log(after) - math.log(before)))


@dataclass(frozen=True)
class Crossover:
    """Where the means cross, and where they do if other seeds had been drawn."""

    at: float  # 0: before the first size; infinite: not up to the last
    low: float
    high: float
    first: int  # the sizes that were tried
    last: int

    def __str__(self) -> str:
        if self.at == math.inf:
            found = f"no crossover up to {self.last:,} sentences"
        else:
            found = f"crossover at {self._words(self.at)} sentences"
        if math.isnan(self.low):
            return f"{found}; no interval with one seed"
        if self.low == self.high:
            return f"{found}, for all resampled seeds"
        interval = f"{self._words(self.low)} to {self._words(self.high)}"
        return f"{found}; {CONFIDENCE:.0%} interval over seeds: {interval}"

    def _words(self, size: float) -> str:
        if size == 0:
            return f"fewer than {self.first:,}"
        return f"more than {self.last:,}" if size == math.inf else f"{size:,.0f}"


def find_crossover(curve: Mapping[int, Sequence[float]], line: Sequence[float]) -> Crossover:
    """A curve's crossing of a line, both with a score a seed, and its bootstrap interval.

    Efron's percentile interval: seeds are drawn anew, with replacement, for each point of the
    curve and for the line. Of two or three seeds it is a rough one, and too narrow.
    """
    sizes = sorted(curve)
    at = crossover_size({size: fmean(curve[size]) for size in sizes}, fmean(line))
    if min(map(len, (line, *curve.values()))) < 2:
        return Crossover(at, math.nan, math.nan, sizes[0], sizes[-1])
    rng = np.random.default_rng(0)

    def means(sample: Sequence[float]) -> list[float]:
        drawn: list[float] = rng.choice(sample, (N_BOOTSTRAP, len(sample))).mean(axis=1).tolist()
        return drawn

    lines = means(line)
    points = {size: means(curve[size]) for size in sizes}
    draws = [
        crossover_size({size: points[size][i] for size in sizes}, lines[i])
        for i in range(N_BOOTSTRAP)
    ]
    tail = (1 - CONFIDENCE) / 2
    # No interpolation: between a number and infinity there is nothing.
    low, high = np.quantile(draws, [tail, 1 - tail], method="nearest")
    return Crossover(at, float(low), float(high), sizes[0], sizes[-1])
