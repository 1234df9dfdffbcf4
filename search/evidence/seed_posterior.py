"""The expected scores of the best configurations over seeds, and which to train on a new seed.

Notation:

symbol      meaning                                                             shape
n           configurations
theta       expected score of each configuration over seeds                     (n,)
s           scores of the search, one for each configuration                    (n,)
y           scores on new seeds, any number for each configuration
a           mean of s - theta: positive because high scores were selected,      scalar
            large in absolute value if the search scores at an earlier step
sigma       standard deviation of a configuration's score over seeds            scalar
r           standard deviation of theta, relative to sigma                      scalar
m           mean of theta                                                       scalar
b           effect of a seed on all configurations with one shared prefix       one per prefix and seed
c           effect of a shared prefix on all seeds                              one per prefix
v           variance of b and of c, relative to sigma^2                         scalar

The model is

    theta_i ~ N(m, (r sigma)^2),  s_i ~ N(a + theta_i, sigma^2),  y_ij ~ N(theta_i, sigma^2)

with a flat prior on m. The prior of sigma^2 is scaled inverse-chi-square around var(s) / (1 + r^2). The
offset a is unknown, so scores of the search tell only about differences between configurations. Scores on new
seeds also tell about the level. Every mean is shrunk towards the others, because the best of several
noisy means is too high. For given r and prior variance of a, the posterior is a multivariate t distribution
in closed form. Both are integrated over a grid, weighted by their marginal likelihood.

Configurations that share a prefix of the training also share its luck. If several of them have
scores, b ~ N(0, v sigma^2) is added to s and y, and c ~ N(0, v sigma^2) to theta, with a grid over v. Without b,
a seed on which a prefix trains badly would count as noise of the configurations, and those not trained on it
would seem better. Without c, a prefix that trains badly on many seeds would seem as good as any other.

A new run goes where it promises the largest expected gain of the score of the final choice, the
knowledge gradient (Frazier et al., 2008, "A knowledge-gradient policy for sequential information
collection"). One run alone may be unable to change the choice, so several runs on one configuration
are considered as well, and their gain is divided by their number (KG(*), Frazier and Powell, 2010).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from xlt.search.storage.store import RankedConfig, config_key

Array = NDArray[np.float64]

# The grids: values of r, and prior variances of a relative to sigma^2. The last one stands for a
# search that scores at an earlier step.
RELATIVE_DEVIATIONS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
OFFSET_VARIANCES = (0.1, 1000.0)
# Values of v.
EFFECT_VARIANCES = (0.1, 1.0, 100.0, 10_000.0)
# The weight of the prior of sigma^2, in observations.
NOISE_WEIGHT = 1.0
# Prior variance of m relative to sigma^2: flat.
FLAT = 1e8
# Quantiles of the normal distribution over which a gain is averaged, and the most runs considered.
QUANTILES = np.array([NormalDist().inv_cdf((i + 0.5) / 48) for i in range(48)])
MAX_LOOKAHEAD = 8
# Configurations that the model is fitted to: the best of the search. With the worst ones the spread
# would say nothing about the best.
MAX_FITTED_CONFIGS = 16


@dataclass(frozen=True)
class Posterior:
    """Belief about the expected scores theta of n configurations.

    Attributes:
        mean: Their means, (n,).
        covariance: Their covariance, (n, n).
        noise_variance: The variance of one run on a new seed.
        degrees: Degrees of freedom of the t distribution.
    """

    mean: Array
    covariance: Array
    noise_variance: float
    degrees: float

    def interval(self, index: int, confidence: float) -> tuple[float, float]:
        """The central credible interval of one expected score."""
        # Imported here because it takes half a second, and few commands need it.
        from scipy.stats import t as student_t

        deviation = np.sqrt(max(self.covariance[index, index], 0.0))
        half = student_t.ppf((1 + confidence) / 2, self.degrees) * deviation
        return float(self.mean[index] - half), float(self.mean[index] + half)

    def with_pending(self, indices: Collection[int]) -> "Posterior":
        """The belief after one more run on each of `indices`, if their scores are as expected."""
        covariance = self.covariance
        for index in indices:
            variance = covariance[index, index] + self.noise_variance
            change = covariance[:, index] / np.sqrt(max(variance, 1e-300))
            covariance = covariance - np.outer(change, change)
        return Posterior(self.mean, covariance, self.noise_variance, self.degrees)

    def gain_per_run(self) -> Array:
        """Expected gain of the score of the best configuration by a run on each one, (n,)."""
        counts = np.arange(1, MAX_LOOKAHEAD + 1)
        variance = np.diag(self.covariance)[:, None] + self.noise_variance / counts
        # What a run changes in every mean, per standard deviation, (n, n, counts).
        change = self.covariance[:, :, None] / np.sqrt(np.maximum(variance, 1e-300))
        outcomes = self.mean[:, None, None, None] + change[..., None] * QUANTILES
        gains = outcomes.max(axis=0).mean(axis=-1) - self.mean.max()  # (n, counts)
        best: Array = np.maximum(gains / counts, 0.0).max(axis=1)
        return best


def posterior(
    search: Sequence[float],
    new: Sequence[Mapping[int, float]],
    prefixes: Sequence[str] | None = None,
) -> Posterior:
    """Combine the scores of the search with those on new seeds.

    Args:
        search: Score of each configuration in the search, (n,); at least two.
        new: Its scores on new seeds, by seed.
        prefixes: A key for each configuration, equal for those that share a prefix; None: no two do.

    Returns:
        The posterior of the expected scores. Without any score on a new seed, their common level is
        as uncertain as the offset a.
    """
    n = len(search)
    rows = np.concatenate([np.arange(n), np.repeat(np.arange(n), [len(runs) for runs in new])])
    scores = np.array([*search, *(score for runs in new for score in runs.values())], dtype=float)
    shift = float(scores.mean())
    scores = scores - shift
    effects = _seed_effects(new, prefixes)  # (scores, g)
    variances = EFFECT_VARIANCES if effects.size else (0.0,)
    # The columns are theta, the offset a, and the g effects b.
    design = np.hstack(
        [rows[:, None] == np.arange(n), np.arange(len(scores))[:, None] < n, effects]
    )
    design = design.astype(float)
    grid = np.array(list(product(RELATIVE_DEVIATIONS, OFFSET_VARIANCES, variances)))  # (k, 3)
    relative, offset, effect = grid.T
    precision = np.zeros((len(grid), design.shape[1], design.shape[1]))
    names = np.arange(n) if prefixes is None else np.array(prefixes)
    siblings = names[:, None] == names
    prior_of_theta = relative[:, None, None] ** 2 * np.eye(n) + effect[:, None, None] * siblings
    inverse_prior = np.linalg.inv(prior_of_theta)
    row_sums = inverse_prior.sum(2)  # (k, n)
    total = row_sums.sum(1)  # (k,)
    # Flat along the mean of theta.
    flat = (
        np.einsum("ki,kj->kij", row_sums, row_sums)
        * (1 / total - 1 / (total**2 * FLAT))[:, None, None]
    )
    precision[:, :n, :n] = inverse_prior - flat
    precision[:, n, n] = 1 / offset
    if effects.size:
        diagonal = np.arange(n + 1, design.shape[1])
        precision[:, diagonal, diagonal] = 1 / effect[:, None]
    precision += design.T @ design
    inverse = np.linalg.inv(precision)
    projected = design.T @ scores
    fitted = inverse @ projected  # (k, n + 1 + g)
    degrees = len(scores) - 1 + NOISE_WEIGHT
    prior = NOISE_WEIGHT * prior_noise(np.asarray(search, dtype=float), relative)
    spread = prior + np.maximum(scores @ scores - fitted @ projected, 0.0)  # (k,)
    noise = spread / degrees
    log_weight = -(np.linalg.slogdet(prior_of_theta)[1] + np.log(total) + np.log(offset)) / 2
    if effects.size:
        log_weight -= effects.shape[1] / 2 * np.log(effect)
    log_weight += NOISE_WEIGHT / 2 * np.log(prior)
    log_weight -= (np.linalg.slogdet(precision)[1] + degrees * np.log(spread)) / 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = weight @ fitted[:, :n]
    deviation = fitted[:, :n] - mean
    covariance = np.einsum("k,kij->ij", weight * noise, inverse[:, :n, :n])
    covariance += np.einsum("k,ki,kj->ij", weight, deviation, deviation)
    # A run on one more seed has the noise of a configuration and the effect of the seed.
    return Posterior(mean + shift, covariance, float(weight @ (noise * (1 + effect))), degrees)


def _seed_effects(new: Sequence[Mapping[int, float]], prefixes: Sequence[str] | None) -> Array:
    """One column for each pair of prefix and seed, 1 where a score has it.

    There are no columns if every pair has a single score.
    """
    names = list(range(len(new))) if prefixes is None else prefixes
    groups: list[tuple[object, int | None]] = [(name, None) for name in names]  # in the search
    groups += [(name, seed) for name, runs in zip(names, new, strict=True) for seed in runs]
    distinct = list(dict.fromkeys(groups))
    if len(distinct) == len(groups):
        return np.zeros((len(groups), 0))
    return np.array([[group == column for column in distinct] for group in groups], dtype=float)


def prior_noise(search: Array, relative: Array) -> Array:
    """The prior guess of sigma^2 for each r, (k,): the variance of s is sigma^2 (1 + r^2)."""
    # The floor keeps scores that are all equal from dividing by 0.
    variances: Array = (float(np.var(search, ddof=1)) + 1e-18) / (1 + relative**2)
    return variances


def furthest_configs(
    ranking: Sequence[RankedConfig], prefix_params: Sequence[str]
) -> list[RankedConfig]:
    """The configurations that may win, best first: `MAX_FITTED_CONFIGS` that have come furthest.

    The best one of every shared prefix is among them before the second one of any: siblings, which
    are many and alike, must not hide other prefixes.
    """
    furthest = [row for row in ranking if row.step == ranking[0].step]
    count: Counter[str] = Counter()
    places = []  # of each configuration within its prefix
    for row in furthest:
        key = config_key(row.configuration, prefix_params)
        places.append(count[key])
        count[key] += 1
    chosen = sorted(range(len(furthest)), key=places.__getitem__)[:MAX_FITTED_CONFIGS]
    return [furthest[index] for index in sorted(chosen)]
