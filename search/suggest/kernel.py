"""Covariances of scores at several rungs, and their most probable parameters.

What they model is said in `xlt.search.suggest.surrogate`.
"""

import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# The variance of each rung's mean, in its ranks' units: a rung that only the promoted have
# reached has a mean of all far below what was seen there.
MEAN_PRIOR_VARIANCE = 4.0
# Added to the diagonal: keeps the factorisation well-conditioned.
JITTER = 1e-5

# The priors: logarithms have these means and deviations; correlations on the logit's scale.
LENGTHSCALE_PRIOR, LENGTHSCALE_PRIOR_STD = 1.0, 1.0  # times the root of the number of parameters
NUGGET_PRIOR, NUGGET_PRIOR_STD = 0.1, 1.0
SCALE_PRIOR, SCALE_PRIOR_STD = 1.0, 0.5
CORRELATION_PRIOR, CORRELATION_PRIOR_STD = 0.82, 1.0
# Nothing is looked for further out, in deviations.
BOUND_STDS = 4.0
# Steps of the search for the most probable kernel; fewer once it has settled.
FIT_ITERATIONS, FIT_ITERATIONS_LARGE = 25, 8


@dataclass(frozen=True)
class Kernel:
    """The kernels' parameters, for p parameters and s rungs."""

    lengths: Array  # (p,)
    nugget: float  # a variance; that of k is 1
    scales: Array  # (s,)
    correlations: Array  # (s - 1,), between 0 and 1
    branch: int | None = None  # the rung where siblings part; None: there are none
    nugget_after: float = 0.0  # `own` of what is added after the fork; before it, that of trunks

    @property
    def rung_cov(self) -> Array:
        """(s, s): R scaled by a."""
        covariance: Array = np.exp(-np.abs(self._logs[:, None] - self._logs)) * self._scaled
        return covariance

    @property
    def shared_cov(self) -> Array:
        """(s, s): that part of it which was there at the fork."""
        if self.branch is None:
            return np.zeros_like(self._scaled)
        logs = self._logs
        before = logs[np.minimum(np.arange(len(logs)), self.branch)]
        after = before - logs
        way = np.abs(before[:, None] - before) + after[:, None] + after
        covariance: Array = np.exp(-way) * self._scaled
        return covariance

    @property
    def private_cov(self) -> Array:
        """(s, s): what is added after the fork, to each configuration alone."""
        rest = self.rung_cov - self.shared_cov
        if self.branch is not None:  # but for what rounding leaves
            rest[: self.branch + 1] = rest[:, : self.branch + 1] = 0.0
        return rest

    @property
    def private_nugget(self) -> float:
        """The variance of what belongs to one configuration alone, not to its trunk."""
        return self.nugget if self.branch is None else self.nugget_after

    @property
    def _logs(self) -> Array:
        return np.concatenate([[0.0], np.cumsum(np.log(self.correlations))])

    @property
    def _scaled(self) -> Array:
        scaled: Array = np.outer(self.scales, self.scales)
        return scaled


@dataclass(frozen=True)
class Observations:
    """What was seen, a row for each score: of which configuration, at which rung."""

    configuration: Integers
    rung: Integers
    score: Array


@dataclass(frozen=True)
class BranchRung:
    """A trunk's end among rungs: at one of them, or as a rung of its own that has no scores."""

    rung: int
    columns: Integers
    between: bool

    def is_after(self, rung: int) -> bool:
        """Whether siblings differ at a rung that has scores."""
        return rung > self.rung or (rung == self.rung and self.between)

    def kernel_rung(self, rung: Integers) -> Integers:
        """The numbers of rungs when it is one of them."""
        return rung + (rung >= self.rung) if self.between else rung


def matern52(left: Array, right: Array) -> Array:
    """The Matern-5/2 kernel of length 1: (m, c) and (n, c) to (m, n)."""
    distance = math.sqrt(5) * cdist(left, right)
    kernel: Array = (1 + distance + distance * distance / 3) * np.exp(-distance)
    return kernel


def cholesky_factor(covariance: Array) -> Array:
    """The lower Cholesky factor of a covariance, (k, k).

    Rounding may leave a covariance that is not positive definite: then more is added to its
    diagonal, up to a hundredth of it, as GPyTorch's `psd_safe_cholesky` does.

    Raises:
        numpy.linalg.LinAlgError: that was not enough.
    """
    diagonal = np.diag(np.diag(covariance))
    for share in (0.0, 1e-8, 1e-6, 1e-4):
        with suppress(np.linalg.LinAlgError):
            return _cholesky(covariance + share * diagonal)
    return _cholesky(covariance + 1e-2 * diagonal)


def _cholesky(covariance: Array) -> Array:
    factor: Array = cholesky(covariance, lower=True, check_finite=False)
    return factor


def fit_map(
    points: Array,
    column_param: Integers,
    observations: Observations,
    iterations: int = FIT_ITERATIONS,
    branch: BranchRung | None = None,
) -> Kernel:
    """The most probable kernel: the highest posterior density, found from the priors' middle.

    Where the density cannot be computed, the kernel at the priors' middle.
    """
    parameters, rungs = int(column_param.max()) + 1, int(observations.rung.max()) + 1
    correlations = np.full(rungs - 1, CORRELATION_PRIOR)
    if branch is not None and branch.between:  # a way with a fork in it is as long as one without
        correlations[max(branch.rung - 1, 0) : branch.rung + 1] **= 0.5
    owns = _n_nuggets(branch)
    mean = np.concatenate(
        [
            np.full(parameters, math.log(LENGTHSCALE_PRIOR * math.sqrt(parameters))),
            np.full(owns, math.log(NUGGET_PRIOR)),
            np.full(rungs, math.log(SCALE_PRIOR)),
            np.log(correlations / (1 - correlations)),
        ]
    )
    deviation = np.concatenate(
        [
            np.full(parameters, LENGTHSCALE_PRIOR_STD),
            np.full(owns, NUGGET_PRIOR_STD),
            np.full(rungs, SCALE_PRIOR_STD),
            np.full(rungs - 1, CORRELATION_PRIOR_STD),
        ]
    )
    density = _NegLogMarginal(points, column_param, observations, parameters, rungs, branch)

    def objective(place: Array) -> tuple[float, Array]:
        value, gradient = density(place)
        off = (place - mean) / deviation
        return value + 0.5 * float(off @ off), gradient + off / deviation

    try:
        found = minimize(
            objective,
            mean,
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([mean - BOUND_STDS * deviation, mean + BOUND_STDS * deviation], axis=1),
            options={"maxiter": iterations},
        )
    except np.linalg.LinAlgError:
        return density.kernel(mean)
    return density.kernel(found.x)


class _NegLogMarginal:
    """The scores' negative log-density, and its gradient, by the kernel's parameters' logs."""

    def __init__(
        self,
        points: Array,
        column_param: Integers,
        observations: Observations,
        parameters: int,
        rungs: int,
        branch: BranchRung | None = None,
    ) -> None:
        self.parameters, self.rungs, self.branch = parameters, rungs, branch
        at, self.rung, self.score = (
            observations.configuration,
            observations.rung,
            observations.score,
        )
        where = points[at]
        self.all = _PairwiseKernel(where, column_param, parameters, at[:, None] == at)
        self.fixed = MEAN_PRIOR_VARIANCE * (self.rung[:, None] == self.rung) + JITTER * np.eye(
            len(at)
        )
        # Pairs of scores on either side of the way from one rung to the next.
        self.across = _rung_pairs(self.rung, rungs)
        if branch is not None:
            same = cdist(where[:, branch.columns], where[:, branch.columns]) == 0
            trunk = np.isin(np.arange(points.shape[1]), branch.columns)
            self.siblings = _PairwiseKernel(where * trunk, column_param, parameters, same)
            # How often that way lies between two siblings' scores: to the fork, and from it.
            before = np.minimum(self.rung, branch.rung)
            beyond = [(before <= each) & (each < self.rung) for each in range(rungs - 1)]
            self.turns = [
                way.astype(float) + after[:, None] + after
                for way, after in zip(_rung_pairs(before, rungs), beyond, strict=True)
            ]

    def kernel(self, theta: Array) -> Kernel:
        sizes = [self.parameters, _n_nuggets(self.branch), self.rungs]
        lengths, owns, scales, logits = np.split(theta, np.cumsum(sizes))
        correlations = 1 / (1 + np.exp(-logits))
        own, *after = np.exp(owns).tolist()
        if self.branch is None:
            return Kernel(np.exp(lengths), own, np.exp(scales), correlations)
        return Kernel(np.exp(lengths), own, np.exp(scales), correlations, self.branch.rung, *after)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        kernel = self.kernel(theta)
        rungs = np.ix_(self.rung, self.rung)
        among, slope = self.all(kernel, kernel.private_nugget)
        whole, shared = kernel.rung_cov[rungs], kernel.shared_cov[rungs]
        parts = [(self.all, kernel.private_cov[rungs], slope, kernel.private_nugget)]
        signal = among * parts[0][1]
        if self.branch is not None:
            siblings, slope = self.siblings(kernel, kernel.nugget)
            parts.insert(0, (self.siblings, shared, slope, kernel.nugget))
            signal += siblings * shared
        factor = cholesky_factor(signal + self.fixed)
        half, _ = dpotri(factor, lower=1)
        precision = half + np.tril(half, -1).T
        weights = precision @ self.score
        value = 0.5 * float(self.score @ weights) + float(np.log(np.diag(factor)).sum())
        # The gradient is the sum of `pull` times each derivative of the covariance.
        pull = 0.5 * (precision - np.outer(weights, weights))
        pulled = pull * whole * among
        correlations = [pulled[across].sum() for across in self.across]
        if self.branch is not None:
            turned = pull * shared * (siblings - among)
            for each, turns in enumerate(self.turns):
                correlations[each] += np.sum(turned * turns)
        gradient = np.concatenate(
            [
                sum(
                    pairs.squared @ (pull * weight * slope).ravel()
                    for pairs, weight, slope, _ in parts
                )
                / kernel.lengths**2,
                [own * np.sum(pull * weight * pairs.same) for pairs, weight, _, own in parts],
                2 * np.bincount(self.rung, (pull * signal).sum(axis=1), self.rungs),
                correlations * (1 - kernel.correlations),
            ]
        )
        return value, gradient


class _PairwiseKernel:
    """Pairs of k scores' configurations, by some parameters: (k, c), and which are the same."""

    def __init__(
        self, where: Array, column_param: Integers, parameters: int, same: NDArray[np.bool_]
    ):
        squared = (where[:, None] - where) ** 2
        # (p, pairs of scores): the squared distance along each parameter.
        self.squared = np.stack(
            [squared[..., column_param == each].sum(-1).ravel() for each in range(parameters)]
        )
        self.same = same.astype(float)

    def __call__(self, kernel: Kernel, nugget: float) -> tuple[Array, Array]:
        """Covariances, (k, k), and their derivatives by minus half a squared, scaled distance."""
        distance = np.sqrt(5 * (kernel.lengths**-2 @ self.squared)).reshape(self.same.shape)
        decay = np.exp(-distance)
        covariance = (1 + distance + distance * distance / 3) * decay + nugget * self.same
        return covariance, (5 / 3) * (1 + distance) * decay


def _n_nuggets(branch: BranchRung | None) -> int:
    """Of trunks and of what comes after them, or of configurations."""
    return 1 if branch is None else 2


def _rung_pairs(rung: Integers, rungs: int) -> list[NDArray[np.bool_]]:
    """By way from one rung to the next, the pairs of scores that lie on either side of it."""
    below = rung[:, None] <= np.arange(rungs - 1)
    return [below[:, None, each] != below[None, :, each] for each in range(rungs - 1)]
