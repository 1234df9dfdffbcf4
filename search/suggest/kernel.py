"""Covariance of scores at several rungs, and the maximum a posteriori fit of its hyperparameters.

`xlt.search.suggest.surrogate` defines the model and its symbols. In addition:

symbol          meaning                                                             shape
theta           unconstrained hyperparameters: logarithms of the length scales,     (p + 2S,)
                nuggets and scales, logits of the correlations; with a shared
                prefix there is one more nugget, u', before u
interval        between two consecutive rungs; each has a correlation               (S - 1,)
signal          covariance of the a_s f_s(x)                                        (N, N)
fixed           covariance of the means m_s, with jitter on the diagonal            (N, N)
precision       inverse of signal + fixed                                           (N, N)
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

# The prior variance of a rung's mean m_s, in units of normal scores. It is large, because only
# promoted configurations are scored at high rungs: the mean of all would be far below theirs.
MEAN_PRIOR_VARIANCE = 4.0
# Added to the diagonal of covariances, for a well-conditioned factorisation.
JITTER = 1e-5

# Priors: medians, and standard deviations of the logarithm (for correlations, of the logit).
LENGTHSCALE_PRIOR, LENGTHSCALE_PRIOR_STD = 1.0, 1.0  # times sqrt(p) (Hvarfner et al., 2024)
NUGGET_PRIOR, NUGGET_PRIOR_STD = 0.1, 1.0
SCALE_PRIOR, SCALE_PRIOR_STD = 1.0, 0.5
CORRELATION_PRIOR, CORRELATION_PRIOR_STD = 0.82, 1.0
# Bounds of the fit, in prior standard deviations from the median.
BOUND_STDS = 4.0
# Iterations of the fit. With many observations fewer are enough, and one takes longer.
FIT_ITERATIONS, FIT_ITERATIONS_LARGE = 25, 8


@dataclass(frozen=True)
class Kernel:
    """Hyperparameters of the covariance of p parameters and S rungs.

    Attributes:
        lengths: The length scale of each parameter, (p,).
        nugget: The variance u of one configuration's effect, where the variance of k is 1.
        scales: The scale a of each rung, (S,).
        correlations: The correlation of each rung with the next, (S - 1,), between 0 and 1.
        branch: The rung where the shared prefix ends; None without one.
        prefix_nugget: The variance u' of one prefix's effect; not used without a shared prefix.
    """

    lengths: Array
    nugget: float
    scales: Array
    correlations: Array
    branch: int | None = None
    prefix_nugget: float = 0.0

    @property
    def rung_cov(self) -> Array:
        """a_s R_st a_t, (S, S)."""
        logs = self._cumulative_log_correlations
        covariance: Array = np.exp(-np.abs(logs[:, None] - logs)) * self._scale_products
        return covariance

    @property
    def shared_cov(self) -> Array:
        """a_s E_st a_t, (S, S): the part of `rung_cov` that siblings share; 0 without a prefix."""
        if self.branch is None:
            return np.zeros_like(self._scale_products)
        logs = self._cumulative_log_correlations
        before = logs[np.minimum(np.arange(len(logs)), self.branch)]
        after = before - logs
        distance = np.abs(before[:, None] - before) + after[:, None] + after  # (S, S)
        covariance: Array = np.exp(-distance) * self._scale_products
        return covariance

    @property
    def private_cov(self) -> Array:
        """a_s (R_st - E_st) a_t, (S, S): the part of `rung_cov` that siblings do not share."""
        covariance = self.rung_cov - self.shared_cov
        if self.branch is not None:  # removes rounding errors: exactly 0 within the prefix
            covariance[: self.branch + 1] = covariance[:, : self.branch + 1] = 0.0
        return covariance

    @property
    def _cumulative_log_correlations(self) -> Array:
        """Logarithms of the correlations with the first rung, (S,)."""
        return np.concatenate([[0.0], np.cumsum(np.log(self.correlations))])

    @property
    def _scale_products(self) -> Array:
        """a_s a_t, (S, S)."""
        products: Array = np.outer(self.scales, self.scales)
        return products


@dataclass(frozen=True)
class Observations:
    """N scores: the configuration's row among the points, the rung and the score, (N,) each."""

    row: Integers
    rung: Integers
    score: Array


@dataclass(frozen=True)
class BranchRung:
    """Where a shared prefix ends among the rungs.

    Attributes:
        rung: The first scored rung at or after the prefix's end.
        columns: The encoded columns that the prefix depends on.
        between: Whether the prefix ends before that rung. Then the kernel has one rung more,
            without scores, at the end itself: it takes the number `rung`, and the numbers of
            scored rungs from `rung` on grow by one.
    """

    rung: int
    columns: Integers
    between: bool

    def separates_siblings_at(self, rung: int) -> bool:
        """Whether siblings can have different scores at this rung."""
        return rung > self.rung or (rung == self.rung and self.between)

    def kernel_rung(self, rung: Integers) -> Integers:
        """Convert numbers of scored rungs to the kernel's."""
        return rung + (rung >= self.rung) if self.between else rung


def matern52(left: Array, right: Array) -> Array:
    """The Matern-5/2 kernel with length scale 1: (m, c) and (n, c) to (m, n)."""
    distance = math.sqrt(5) * cdist(left, right)
    kernel: Array = (1 + distance + distance * distance / 3) * np.exp(-distance)
    return kernel


def cholesky_factor(covariance: Array) -> Array:
    """The lower Cholesky factor of a covariance, (N, N).

    If rounding has made the covariance indefinite, up to a hundredth of its diagonal is added, as
    GPyTorch's `psd_safe_cholesky` does.

    Raises:
        numpy.linalg.LinAlgError: That was not enough.
    """
    diagonal = np.diag(np.diag(covariance))
    for share in (0.0, 1e-8, 1e-6, 1e-4, 1e-2):
        with suppress(np.linalg.LinAlgError):
            factor: Array = cholesky(covariance + share * diagonal, lower=True, check_finite=False)
            return factor
    raise np.linalg.LinAlgError("the covariance is not positive definite")


def fit_map(
    points: Array,
    column_param: Integers,
    observations: Observations,
    iterations: int = FIT_ITERATIONS,
    branch: BranchRung | None = None,
) -> Kernel:
    """Finds the MAP hyperparameters with L-BFGS-B, starting at the priors' medians.

    Args:
        points: Encoded configurations, (n, c).
        column_param: The parameter of each column, (c,).
        observations: Their scores.
        iterations: The maximum number of iterations.
        branch: Where the shared prefix ends, if there is one.

    Returns:
        The fitted kernel, or that of the priors' medians if a covariance cannot be factorised.
    """
    neg_log_likelihood = _NegLogMarginal(points, column_param, observations, branch)
    sizes = [neg_log_likelihood.n_params, neg_log_likelihood.n_nuggets, neg_log_likelihood.n_rungs]
    medians = [
        LENGTHSCALE_PRIOR * math.sqrt(neg_log_likelihood.n_params),
        NUGGET_PRIOR,
        SCALE_PRIOR,
    ]
    correlations = np.full(neg_log_likelihood.n_rungs - 1, CORRELATION_PRIOR)
    if branch is not None and branch.between:  # two correlations whose product is the prior's
        correlations[max(branch.rung - 1, 0) : branch.rung + 1] **= 0.5
    mean = np.concatenate(
        [
            np.repeat([math.log(median) for median in medians], sizes),
            np.log(correlations / (1 - correlations)),
        ]
    )
    std = np.repeat(
        [LENGTHSCALE_PRIOR_STD, NUGGET_PRIOR_STD, SCALE_PRIOR_STD, CORRELATION_PRIOR_STD],
        [*sizes, neg_log_likelihood.n_rungs - 1],
    )

    def objective(theta: Array) -> tuple[float, Array]:
        value, gradient = neg_log_likelihood(theta)
        z = (theta - mean) / std
        return value + 0.5 * float(z @ z), gradient + z / std

    try:
        result = minimize(
            objective,
            mean,
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([mean - BOUND_STDS * std, mean + BOUND_STDS * std], axis=1),
            options={"maxiter": iterations},
        )
    except np.linalg.LinAlgError:
        return neg_log_likelihood.kernel(mean)
    return neg_log_likelihood.kernel(result.x)


class _NegLogMarginal:
    """The negative log marginal likelihood of observations, and its gradient, by theta."""

    def __init__(
        self,
        points: Array,
        column_param: Integers,
        observations: Observations,
        branch: BranchRung | None = None,
    ) -> None:
        self.rung, self.score, self.branch = observations.rung, observations.score, branch
        self.n_params, self.n_rungs = int(column_param.max()) + 1, int(self.rung.max()) + 1
        self.n_nuggets = 1 if branch is None else 2
        row = observations.row
        observed = points[row]  # (N, c)
        self.private = _PairwiseKernel(observed, column_param, row[:, None] == row)
        self.fixed = MEAN_PRIOR_VARIANCE * (self.rung[:, None] == self.rung)
        self.fixed = self.fixed + JITTER * np.eye(len(row))
        self.across = _pairs_across(self.rung, self.n_rungs)
        if branch is not None:
            prefixes = observed[:, branch.columns]
            in_prefix = np.isin(np.arange(points.shape[1]), branch.columns)
            self.shared = _PairwiseKernel(
                observed * in_prefix, column_param, cdist(prefixes, prefixes) == 0
            )
            # How often the path between two siblings' scores crosses each interval. A score after
            # the branch is reached through the branch.
            before = np.minimum(self.rung, branch.rung)
            after = [
                (before <= interval) & (interval < self.rung)
                for interval in range(self.n_rungs - 1)
            ]
            self.crossings = [
                across.astype(float) + beyond[:, None] + beyond
                for across, beyond in zip(_pairs_across(before, self.n_rungs), after, strict=True)
            ]

    def kernel(self, theta: Array) -> Kernel:
        sizes = [self.n_params, self.n_nuggets, self.n_rungs]
        log_lengths, log_nuggets, log_scales, logits = np.split(theta, np.cumsum(sizes))
        *prefix_nugget, nugget = np.exp(log_nuggets).tolist()
        correlations = 1 / (1 + np.exp(-logits))
        branch = None if self.branch is None else self.branch.rung
        return Kernel(
            np.exp(log_lengths), nugget, np.exp(log_scales), correlations, branch, *prefix_nugget
        )

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """The value and its gradient, which has theta's shape."""
        kernel = self.kernel(theta)
        rungs = np.ix_(self.rung, self.rung)
        rung_cov, shared_cov = kernel.rung_cov[rungs], kernel.shared_cov[rungs]  # (N, N) each
        private_cov = kernel.private_cov[rungs]
        private, slope = self.private(kernel, kernel.nugget)
        # In the order of the nuggets in theta.
        terms = [(self.private, private_cov, slope, kernel.nugget)]
        signal = private * private_cov
        if self.branch is not None:
            shared, slope = self.shared(kernel, kernel.prefix_nugget)
            terms.insert(0, (self.shared, shared_cov, slope, kernel.prefix_nugget))
            signal += shared * shared_cov
        factor = cholesky_factor(signal + self.fixed)
        half, _ = dpotri(factor, lower=1)
        precision = half + np.tril(half, -1).T
        weights = precision @ self.score  # (N,)
        value = 0.5 * float(self.score @ weights) + float(np.log(np.diag(factor)).sum())
        # The derivative of the value by each entry of the covariance, (N, N).
        d_covariance = 0.5 * (precision - np.outer(weights, weights))
        # The signal is rung_cov * private + shared_cov * (shared - private).
        by_pair = d_covariance * rung_cov * private
        d_log_correlations = [by_pair[across].sum() for across in self.across]
        if self.branch is not None:
            by_pair = d_covariance * shared_cov * (shared - private)
            for interval, crossings in enumerate(self.crossings):
                d_log_correlations[interval] += np.sum(by_pair * crossings)
        gradient = np.concatenate(
            [
                sum(
                    pairs.squared @ (d_covariance * covariance * slope).ravel()
                    for pairs, covariance, slope, _ in terms
                )
                / kernel.lengths**2,
                [
                    nugget * np.sum(d_covariance * covariance * pairs.same)
                    for pairs, covariance, _, nugget in terms
                ],
                2 * np.bincount(self.rung, (d_covariance * signal).sum(axis=1), self.n_rungs),
                # d log r / d logit(r) = 1 - r
                d_log_correlations * (1 - kernel.correlations),
            ]
        )
        return value, gradient


class _PairwiseKernel:
    """k plus a nugget where `same`, (N, N), for all pairs of N observations with points (N, c)."""

    def __init__(self, points: Array, column_param: Integers, same: NDArray[np.bool_]) -> None:
        squared = (points[:, None] - points) ** 2  # (N, N, c)
        n_params = int(column_param.max()) + 1
        self.squared = np.stack(
            [squared[..., column_param == param].sum(-1).ravel() for param in range(n_params)]
        )  # (p, N * N): squared distances along each parameter
        self.same = same.astype(float)

    def __call__(self, kernel: Kernel, nugget: float) -> tuple[Array, Array]:
        """Covariances, and their derivatives by -1/2 squared scaled distances: (N, N) each."""
        distance = np.sqrt(5 * (kernel.lengths**-2 @ self.squared)).reshape(self.same.shape)
        decay = np.exp(-distance)
        covariance = (1 + distance + distance * distance / 3) * decay + nugget * self.same
        return covariance, (5 / 3) * (1 + distance) * decay


def _pairs_across(rung: Integers, n_rungs: int) -> list[NDArray[np.bool_]]:
    """For each interval, the pairs of observations on different sides of it, (N, N)."""
    below = rung[:, None] <= np.arange(n_rungs - 1)  # (N, S - 1)
    return [below[:, None, i] != below[None, :, i] for i in range(n_rungs - 1)]
