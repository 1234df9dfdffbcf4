"""Statistics over seeds: means and deviations, crossovers of learning curves.

A sample has one score per seed, in per cent.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np

# Confidence level of all intervals.
CONFIDENCE = 0.95
# Bootstrap resamples of the seeds.
N_BOOTSTRAP = 10_000


def format_mean_std(sample: Sequence[float]) -> str:
    """Mean and standard deviation, as in "87.31 ± 0.22"; only the mean of a single seed."""
    mean = f"{fmean(sample):.2f}"
    return f"{mean} ± {stdev(sample):.2f}" if len(sample) > 1 else mean


def crossover_size(curve: Mapping[int, float], line: float) -> float:
    """The number of training sentences from which on a curve stays at or above a line.

    Args:
        curve: Scores by the number of sentences.
        line: The score to reach.

    Returns:
        The number, interpolated linearly over its logarithm; 0 if the whole curve lies at or above
        the line, infinity if its last point lies below.
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
    """The size at which a curve of means crosses a line, with its bootstrap interval.

    Attributes:
        at: See `crossover_size`.
        low: Lower end of the interval; NaN for single seeds.
        high: Upper end of the interval.
        first: The smallest size of the curve.
        last: The largest size of the curve.
    """

    at: float
    low: float
    high: float
    first: int
    last: int

    def __str__(self) -> str:
        if self.at == math.inf:
            text = f"no crossover up to {self.last:,} sentences"
        else:
            text = f"crossover at {self._format(self.at)} sentences"
        if math.isnan(self.low):
            return f"{text}; no interval with one seed"
        if self.low == self.high:
            return f"{text}, for all resampled seeds"
        interval = f"{self._format(self.low)} to {self._format(self.high)}"
        return f"{text}; {CONFIDENCE:.0%} interval over seeds: {interval}"

    def _format(self, size: float) -> str:
        if size == 0:
            return f"fewer than {self.first:,}"
        return f"more than {self.last:,}" if size == math.inf else f"{size:,.0f}"


def find_crossover(curve: Mapping[int, Sequence[float]], line: Sequence[float]) -> Crossover:
    """Find where a curve of means crosses a line, with Efron's bootstrap percentile interval.

    Seeds are resampled for each point of the curve and for the line. With two or three seeds the
    interval is rough and too narrow.

    Args:
        curve: A sample for each number of training sentences.
        line: The sample to compare with.
    """
    sizes = sorted(curve)
    at = crossover_size({size: fmean(curve[size]) for size in sizes}, fmean(line))
    if min(map(len, (line, *curve.values()))) < 2:
        return Crossover(at, math.nan, math.nan, sizes[0], sizes[-1])
    rng = np.random.default_rng(0)

    # The line first, then the points of the curve: shape (1 + n_sizes, n_resamples).
    samples = (line, *(curve[size] for size in sizes))
    means = [rng.choice(sample, (N_BOOTSTRAP, len(sample))).mean(axis=1) for sample in samples]
    crossovers = [
        crossover_size(dict(zip(sizes, points, strict=True)), line_mean)
        for line_mean, *points in np.transpose(means).tolist()
    ]
    tail = (1 - CONFIDENCE) / 2
    # Not `scipy.stats.bootstrap`: it interpolates between resamples, which may be infinite.
    low, high = np.quantile(crossovers, [tail, 1 - tail], method="nearest")
    return Crossover(at, float(low), float(high), sizes[0], sizes[-1])
