"""A Gaussian process over configurations, for scores that were taken at several rungs.

What a configuration scores at rung s is modelled as m_s + a_s f_s(x), with
cov(f_s(x), f_t(y)) = R_st (k(x, y) + own [x is y]):

- k is the Matern-5/2 kernel with a length for each parameter;
- `own` is what belongs to one configuration alone: that interactions, and luck, made;
- R_st is the product of the correlations between consecutive rungs from s to t, as an
  autoregressive process has it (Kennedy and O'Hagan, 2000). They are learned from
  configurations scored at both: a rung that misleads is trusted less;
- m_s and a_s make up for promoted configurations being better than most, and for rungs on
  measures of their own. Scores are ranks, put on a normal's scale, within each rung: the worst
  runs are far below the rest in translation, and how far says nothing about the best.

Where all trainings were whole, nothing is to be told from earlier rungs. Then scores count as they
are, standardised, and `own` is luck, which is not looked for: as Gaussian processes are otherwise
used for such searches.

Parameters of the kernels are the most probable ones, under log-normal priors whose lengths grow
with the root of the dimension (Hvarfner et al., 2024, "Vanilla Bayesian optimization performs
great in high dimensions").
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from scipy.stats import norm, rankdata

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# The variance of each rung's mean, in its ranks' units: a rung that only the promoted have
# reached has a mean of all far below what was seen there.
MEAN_VARIANCE = 4.0
# Added to the diagonal: keeps the factorisation well-conditioned.
JITTER = 1e-5

# The priors: logarithms have these means and deviations; correlations on the logit's scale.
LENGTH, LENGTH_DEVIATION = 1.0, 1.0  # times the root of the number of parameters
OWN, OWN_DEVIATION = 0.1, 1.0
SCALE, SCALE_DEVIATION = 1.0, 0.5
CORRELATION, CORRELATION_DEVIATION = 0.82, 1.0
# Nothing is looked for further out, in deviations.
FURTHEST = 4.0
# Steps of the search for the most probable kernel; fewer once it has settled.
ITERATIONS, SETTLED_ITERATIONS = 25, 8

# Beyond these the cost would grow with the third power: scores that predictions rest on, those
# that the kernels' parameters are fitted to, and rungs.
KNOWN, FITTED, RUNGS = 120, 60, 5
# Scores that the kernels' parameters are fitted to once there are more than are known: their answer
# has long settled by then, and the time goes with the third power.
SETTLED = 30


@dataclass(frozen=True)
class Kernel:
    """The kernels' parameters, for p parameters and s rungs."""

    lengths: Array  # (p,)
    own: float  # a variance; that of k is 1
    scales: Array  # (s,)
    correlations: Array  # (s - 1,), between 0 and 1

    @property
    def rungs(self) -> Array:
        """(s, s): R scaled by a."""
        logs = np.concatenate([[0.0], np.cumsum(np.log(self.correlations))])
        covariance: Array = np.exp(-np.abs(logs[:, None] - logs)) * np.outer(
            self.scales, self.scales
        )
        return covariance


@dataclass(frozen=True)
class Scores:
    """What was seen, a row for each score: of which configuration, at which rung."""

    configuration: Integers
    rung: Integers
    score: Array


class Surrogate:
    """The process, given scores. Configurations are n rows of c columns.

    `groups` names each column's parameter: those of a category share one length.
    """

    def __init__(
        self,
        points: Array,
        groups: Integers,
        scores: Scores,
        kernel: Kernel,
        *,
        whole: bool = False,
    ) -> None:
        self.points, self.groups, self.scores, self.kernel = points, groups, scores, kernel
        self.whole = whole
        self._rungs = kernel.rungs
        self._among = self._matern(points) + kernel.own * np.eye(len(points))
        at, rung = scores.configuration, scores.rung
        covariance = self._among[np.ix_(at, at)] * self._rungs[np.ix_(rung, rung)]
        covariance += MEAN_VARIANCE * (rung[:, None] == rung) + JITTER * np.eye(len(rung))
        self._factor = cholesky(covariance, lower=True)
        self._weights = solve_triangular(
            self._factor.T, solve_triangular(self._factor, scores.score, lower=True)
        )

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean and deviation of the last rung's score for m new configurations, (m,) each.

        Without what may belong to one of them alone where all trainings were whole.
        """
        return self._posterior(self._matern(points), 0.0 if self.whole else self.kernel.own)

    def predict_seen(self) -> tuple[Array, Array]:
        """The same for the n known ones, whose own scores count."""
        return self._posterior(self._among, self.kernel.own)

    def believing(self, points: Array) -> "Surrogate":
        """As if m new configurations had scored, at the last rung, what is expected of them.

        Means stay, deviations shrink around what is running already (the "kriging believer" of
        Ginsbourger et al., 2010).
        """
        last = len(self._rungs) - 1
        known, more = len(self.points), np.arange(len(points))
        scores = Scores(
            np.concatenate([self.scores.configuration, known + more]),
            np.concatenate([self.scores.rung, np.full(len(points), last)]),
            np.concatenate([self.scores.score, self.predict(points)[0]]),
        )
        everywhere = np.vstack([self.points, points])
        return Surrogate(everywhere, self.groups, scores, self.kernel, whole=self.whole)

    def _matern(self, points: Array) -> Array:
        lengths = self.kernel.lengths[self.groups]
        return matern(points / lengths, self.points / lengths)

    def _posterior(self, among: Array, own: float) -> tuple[Array, Array]:
        rung, last = self.scores.rung, len(self._rungs) - 1
        cross = among[:, self.scores.configuration] * self._rungs[last, rung]
        cross = cross + MEAN_VARIANCE * (rung == last)
        half = solve_triangular(self._factor, cross.T, lower=True, check_finite=False)
        prior = (1 + own) * self._rungs[last, last] + MEAN_VARIANCE
        variance = prior - np.sum(half * half, axis=0)
        return cross @ self._weights, np.sqrt(np.maximum(variance, 1e-12))


def matern(left: Array, right: Array) -> Array:
    """The Matern-5/2 kernel of length 1: (m, c) and (n, c) to (m, n)."""
    distance = math.sqrt(5) * cdist(left, right)
    kernel: Array = (1 + distance + distance * distance / 3) * np.exp(-distance)
    return kernel


def normal_scores(values: Array) -> Array:
    """Ranks on a normal's scale: (n,), from worst to best; equal values get equal ones."""
    ranked: Array = norm.ppf((rankdata(values) - 0.5) / len(values))
    return ranked


def standardised(values: Array) -> Array:
    """(n,) with mean 0 and deviation 1; equal values get 0."""
    spread = float(np.std(values))
    result: Array = (values - values.mean()) / (spread if spread > 0 else 1.0)
    return result


def learned(
    points: Array,
    seen: Sequence[Mapping[int, float]],
    groups: Sequence[int] | None = None,
    *,
    whole: bool = False,
) -> tuple[Surrogate, Integers]:
    """The process for n configurations with their finite scores by step; more is better.

    Also which of them it rests on: all, or those that matter most where there are many. The
    last rung is the highest step that was seen. `whole`: all trainings have come to their end, and
    none was scored on its way. Raises `ValueError` without any score.

    Who climbs and what is tried next are often asked about the same scores: the last answer is
    kept, by all that it follows from.
    """
    columns = np.arange(points.shape[1]) if groups is None else np.array(groups)
    given = (
        points.shape,
        points.tobytes(),
        columns.tobytes(),
        [tuple(scores.items()) for scores in seen],
        whole,
    )
    kept = _kept.get("last")
    if kept is None or kept[0] != given:
        kept = _kept["last"] = given, _learned(points, seen, columns, whole)
    return kept[1]


# What `learned` was asked last, and its answer.
_kept: dict[str, tuple[object, tuple[Surrogate, Integers]]] = {}


def _learned(
    points: Array, seen: Sequence[Mapping[int, float]], columns: Integers, whole: bool
) -> tuple[Surrogate, Integers]:
    steps = sorted(set().union(*seen))
    if not steps:
        raise ValueError("nothing was scored yet")
    if len(steps) > RUNGS:
        kept = np.linspace(0, len(steps) - 1, RUNGS).round().astype(int)
        steps = [steps[place] for place in kept]
    measured = standardised if whole else normal_scores
    ranks = np.full((len(seen), len(steps)), np.nan)
    for rung, step in enumerate(steps):
        there = [place for place, scores in enumerate(seen) if step in scores]
        ranks[there, rung] = measured(np.array([seen[place][step] for place in there]))
    chosen = _informative(ranks, KNOWN)
    few = chosen[_informative(ranks[chosen], _fitted(ranks))]
    iterations = ITERATIONS if _fitted(ranks) == FITTED else SETTLED_ITERATIONS
    kernel = fit(points[few], columns, _long(ranks[few]), iterations)
    process = Surrogate(points[chosen], columns, _long(ranks[chosen]), kernel, whole=whole)
    return process, chosen


def _fitted(ranks: Array) -> int:
    return FITTED if np.isfinite(ranks).sum() <= KNOWN else SETTLED


def _long(ranks: Array) -> Scores:
    """One row for each score of a table with gaps."""
    rung, at = np.nonzero(~np.isnan(ranks.T))
    return Scores(at, rung, ranks[at, rung])


def _informative(ranks: Array, most: int) -> Integers:
    """Rows with at most so many scores: the furthest and best, and others from best to worst."""
    scored = ~np.isnan(ranks)
    known = np.flatnonzero(scored.any(axis=1))
    if scored.sum() <= most:
        return known
    furthest = ranks.shape[1] - 1 - scored[known, ::-1].argmax(axis=1)
    order = known[np.lexsort((-ranks[known, furthest], -furthest))]
    counts = scored[order].sum(axis=1).cumsum()
    best = order[counts <= most // 2]
    others = order[len(best) :]
    left = (most - most // 2) // ranks.shape[1]
    spread = np.linspace(0, len(others) - 1, min(left, len(others))).round().astype(int)
    return np.sort(np.concatenate([best, others[spread]]))


def fit(points: Array, groups: Integers, scores: Scores, iterations: int = ITERATIONS) -> Kernel:
    """The most probable kernel: the highest posterior density, found from the priors' middle."""
    parameters, rungs = int(groups.max()) + 1, int(scores.rung.max()) + 1
    mean = np.concatenate(
        [
            np.full(parameters, math.log(LENGTH * math.sqrt(parameters))),
            [math.log(OWN)],
            np.full(rungs, math.log(SCALE)),
            np.full(rungs - 1, math.log(CORRELATION / (1 - CORRELATION))),
        ]
    )
    deviation = np.concatenate(
        [
            np.full(parameters, LENGTH_DEVIATION),
            [OWN_DEVIATION],
            np.full(rungs, SCALE_DEVIATION),
            np.full(rungs - 1, CORRELATION_DEVIATION),
        ]
    )
    density = _Density(points, groups, scores, parameters, rungs)

    def objective(place: Array) -> tuple[float, Array]:
        value, gradient = density(place)
        off = (place - mean) / deviation
        return value + 0.5 * float(off @ off), gradient + off / deviation

    found = minimize(
        objective,
        mean,
        jac=True,
        method="L-BFGS-B",
        bounds=np.stack([mean - FURTHEST * deviation, mean + FURTHEST * deviation], axis=1),
        options={"maxiter": iterations},
    )
    return density.kernel(found.x)


class _Density:
    """The scores' negative log-density, and its gradient, by the kernel's parameters' logs."""

    def __init__(
        self, points: Array, groups: Integers, scores: Scores, parameters: int, rungs: int
    ) -> None:
        self.parameters, self.rungs = parameters, rungs
        at, self.rung, self.score = scores.configuration, scores.rung, scores.score
        where = points[at]
        squared = (where[:, None] - where) ** 2
        # (p, pairs of scores): the squared distance along each parameter.
        self.squared = np.stack(
            [squared[..., groups == each].sum(-1).ravel() for each in range(parameters)]
        )
        self.same = (at[:, None] == at).astype(float)
        self.fixed = MEAN_VARIANCE * (self.rung[:, None] == self.rung) + JITTER * np.eye(len(at))
        # Pairs of scores on either side of the way from one rung to the next.
        below = self.rung[:, None] <= np.arange(rungs - 1)
        self.across = [below[:, None, each] != below[None, :, each] for each in range(rungs - 1)]

    def kernel(self, place: Array) -> Kernel:
        lengths, own, scales, logits = np.split(place, np.cumsum([self.parameters, 1, self.rungs]))
        return Kernel(np.exp(lengths), math.exp(own[0]), np.exp(scales), 1 / (1 + np.exp(-logits)))

    def __call__(self, place: Array) -> tuple[float, Array]:
        kernel = self.kernel(place)
        inverse = 1 / kernel.lengths**2
        distance = np.sqrt(5 * (inverse @ self.squared)).reshape(self.same.shape)
        decay = np.exp(-distance)
        rungs = kernel.rungs[np.ix_(self.rung, self.rung)]
        own = kernel.own * self.same
        signal = ((1 + distance + distance * distance / 3) * decay + own) * rungs
        factor = cholesky(signal + self.fixed, lower=True, check_finite=False)
        half, _ = dpotri(factor, lower=1)
        precision = half + np.tril(half, -1).T
        weights = precision @ self.score
        value = 0.5 * float(self.score @ weights) + float(np.log(np.diag(factor)).sum())
        # The gradient is the sum of `pull` times each derivative of the covariance.
        pull = 0.5 * (precision - np.outer(weights, weights))
        slope = pull * rungs * (5 / 3) * (1 + distance) * decay
        pulled = pull * signal
        gradient = np.concatenate(
            [
                (self.squared @ slope.ravel()) * inverse,
                [np.sum(pull * rungs * own)],
                2 * np.bincount(self.rung, pulled.sum(axis=1), self.rungs),
                [pulled[across].sum() for across in self.across] * (1 - kernel.correlations),
            ]
        )
        return value, gradient
