"""A Gaussian process over configurations, from scores at several rungs.

Notation:

symbol      meaning                                                                     shape
n, m        observed and new configurations
c, p        columns of an encoded configuration; parameters
S; s, t     number of rungs (steps at which configurations are scored); their indices
N           observations: one for each configuration and rung with a score
x, x'       encoded configurations                                                      (c,)
k(x, x')    Matern-5/2 kernel with a length scale for each parameter                    scalar
k'(x, x')   the same, on the parameters of the shared prefix only                       scalar
u, u'       variance of the effect of one configuration, or one prefix, that k or k'    scalar
            does not explain: interactions, luck; the kernel's nuggets
f_s(x)      latent score at rung s                                                      scalar
m_s, a_s    mean and scale of rung s                                                    scalar
R           correlations between rungs: R_st is the product of the correlations         (S, S)
            of the consecutive rungs from s to t
E           the part of R that siblings share                                           (S, S)

Siblings are configurations with the same shared prefix. [.] is 1 if a condition holds, else 0.

The score of x at rung s is m_s + a_s f_s(x). Without shared prefixes

    cov(f_s(x), f_t(x')) = R_st (k(x, x') + u [x = x'])

This is an autoregressive process over rungs (Kennedy and O'Hagan, 2000). The correlations are
learned from configurations scored at both rungs, so a misleading rung gets less weight. Each rung
has its own m_s and a_s, because promoted configurations are better than most, and rungs may use
different metrics.

With shared prefixes, the process runs along a tree that branches at the prefix's end b:

    cov(f_s(x), f_t(x')) = E_st (k'(x, x') + u' [same prefix])
                           + (R_st - E_st) (k(x, x') + u [x = x'])

where E_st = R_st if s or t is not after b, else R_sb R_bt. A score within the prefix then holds for
all siblings, and how much siblings differ later is learned.

Scores are replaced by normal scores (normal quantiles of their ranks within a rung), because the
distance of the worst runs from the others says nothing about the best.

If all trainings ran to their end and were scored only there (`single_fidelity`), scores are
standardised instead, prefixes are ignored, and u is the variance of noise, as in other Gaussian
processes for hyperparameter search.

Hyperparameters are maximum a posteriori (MAP) estimates. The priors are log-normal; the median
length scale grows with sqrt(p) (Hvarfner et al., 2024, "Vanilla Bayesian optimization performs
great in high dimensions"). The logit of a correlation has a normal prior.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.linalg import solve_triangular
from scipy.spatial.distance import cdist

from xlt.search.suggest.kernel import (
    FIT_ITERATIONS,
    FIT_ITERATIONS_LARGE,
    JITTER,
    MEAN_PRIOR_VARIANCE,
    Array,
    BranchRung,
    Integers,
    Kernel,
    Observations,
    cholesky_factor,
    fit_map,
    matern52,
)
from xlt.search.suggest.observations import ScoreTable

# The most observations that predictions use, the most that the kernel is fitted to, and the most
# rungs. The time grows with the third power of the number of observations.
MAX_OBS, MAX_FIT_OBS, MAX_RUNGS = 120, 60, 5
# The most that the kernel is fitted to if there are more than MAX_OBS: the hyperparameters hardly
# change by then.
FIT_OBS_LARGE = 30
# Scored configurations that a prediction needs.
MIN_SCORED_CONFIGS = 5


@dataclass(frozen=True)
class PrefixColumns:
    """A `SharedPrefix` when encoded: up to `step`, scores depend on `columns` alone."""

    step: int
    columns: Integers


@dataclass(eq=False)
class MultiFidelityGP:
    """The Gaussian process, conditioned on observations.

    Attributes:
        points: Observed configurations, (n, c).
        column_param: The parameter of each column, (c,); columns of a category share one.
        observations: Their scores.
        kernel: The hyperparameters.
        single_fidelity: Whether all observed trainings were scored only at their end.
        prefix_columns: The columns of the shared prefix; None if `kernel.branch` is.
    """

    points: Array
    column_param: Integers
    observations: Observations
    kernel: Kernel
    _: KW_ONLY
    single_fidelity: bool = False
    prefix_columns: Integers | None = None

    def __post_init__(self) -> None:
        assert (self.prefix_columns is None) == (self.kernel.branch is None)
        self._shared_cov, self._private_cov = self.kernel.shared_cov, self.kernel.private_cov
        self._last_rung = len(self.kernel.scales) - 1
        self._config_cov = self._matern(self.points)  # (n, n)
        self._config_cov += self.kernel.nugget * np.eye(len(self.points))
        self._prefix_cov = self._prefix_covariance(self.points)
        row, rung = self.observations.row, self.observations.rung
        pairs, rungs = np.ix_(row, row), np.ix_(rung, rung)
        covariance = self._private_cov[rungs] * self._config_cov[pairs]  # (N, N)
        if self._prefix_cov is not None:
            covariance += self._shared_cov[rungs] * self._prefix_cov[pairs]
        covariance += MEAN_PRIOR_VARIANCE * (rung[:, None] == rung) + JITTER * np.eye(len(rung))
        self._factor = cholesky_factor(covariance)
        self._weights = solve_triangular(  # (N,)
            self._factor.T, solve_triangular(self._factor, self.observations.score, lower=True)
        )

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation at the last rung, in normal scores (not the metric's unit),, (m,) each.

        Args:
            points: New configurations, (m, c).

        Returns:
            Predictions of scores; if `single_fidelity`, of noise-free scores.
        """
        nugget = 0.0 if self.single_fidelity else self.kernel.nugget
        return self._posterior(self._matern(points), self._prefix_covariance(points), nugget)

    def predict_train(self) -> tuple[Array, Array]:
        """Mean and standard deviation of the observed configurations at the last rung, (n,) each.

        If `single_fidelity`, these are of noise-free scores. Otherwise the best one would be the
        luckiest of many noisy scores.
        """
        if self.single_fidelity:
            return self.predict(self.points)
        return self._posterior(self._config_cov, self._prefix_cov, self.kernel.nugget)

    def fantasize(self, points: Array) -> "MultiFidelityGP":
        """Add configurations, (m, c), as if their expected scores at the last rung were observed.

        Means stay, and deviations near `points` shrink ("kriging believer", Ginsbourger et al.,
        2010).
        """
        observed, new = self.observations, np.arange(len(points))
        observations = Observations(
            np.concatenate([observed.row, len(self.points) + new]),
            np.concatenate([observed.rung, np.full(len(points), self._last_rung)]),
            np.concatenate([observed.score, self.predict(points)[0]]),
        )
        return replace(self, points=np.vstack([self.points, points]), observations=observations)

    def _matern(self, points: Array, columns: Integers | slice = slice(None)) -> Array:
        lengths = self.kernel.lengths[self.column_param[columns]]
        return matern52(points[:, columns] / lengths, self.points[:, columns] / lengths)

    def _prefix_covariance(self, points: Array) -> Array | None:
        """k' + u' [same prefix] of new and observed configurations, (m, n)."""
        if self.prefix_columns is None:
            return None
        same = cdist(points[:, self.prefix_columns], self.points[:, self.prefix_columns]) == 0
        covariance: Array = self._matern(points, self.prefix_columns)
        covariance += self.kernel.prefix_nugget * same
        return covariance

    def _posterior(
        self, config_cov: Array, prefix_cov: Array | None, nugget: float
    ) -> tuple[Array, Array]:
        row, rung, last = self.observations.row, self.observations.rung, self._last_rung
        cross = config_cov[:, row] * self._private_cov[last, rung]  # (m, N)
        if prefix_cov is not None:
            cross = cross + prefix_cov[:, row] * self._shared_cov[last, rung]
        cross = cross + MEAN_PRIOR_VARIANCE * (rung == last)
        half = solve_triangular(self._factor, cross.T, lower=True, check_finite=False)  # (N, m)
        prior = (1 + nugget) * self._private_cov[last, last] + MEAN_PRIOR_VARIANCE
        prior += (1 + self.kernel.prefix_nugget) * self._shared_cov[last, last]
        variance = prior - np.sum(half * half, axis=0)  # (m,)
        return cross @ self._weights, np.sqrt(np.maximum(variance, 1e-12))


def fit_surrogate(
    points: Array,
    scores: Sequence[Mapping[int, float]],
    column_param: Sequence[int] | None = None,
    *,
    single_fidelity: bool = False,
    prefix: PrefixColumns | None = None,
) -> tuple[MultiFidelityGP, Integers]:
    """Fits the process to configurations and their scores.

    The last fit is cached, because the sampler often needs the same fit right after the scheduler.

    Args:
        points: Encoded configurations, (n, c).
        scores: The finite scores of every configuration, by step; higher is better. The last rung
            is the highest step of all.
        column_param: The parameter of each column, (c,); None if every column is a parameter.
        single_fidelity: Whether all trainings ran to their end and were scored only there.
        prefix: The prefix that configurations can share, if any.

    Returns:
        The process, and the rows of `points` that it uses: all with a score, or the most
        informative ones if there are many.

    Raises:
        ValueError: There is no score.
    """
    return _fit(
        points.tobytes(),
        tuple(range(points.shape[1]) if column_param is None else column_param),
        tuple(tuple(by_step.items()) for by_step in scores),
        single_fidelity,
        None if prefix is None else (prefix.step, tuple(prefix.columns)),
    )


@lru_cache(maxsize=1)
def _fit(
    encoded: bytes,
    column_param: tuple[int, ...],
    scores: tuple[tuple[tuple[int, float], ...], ...],
    single_fidelity: bool,
    prefix: tuple[int, tuple[int, ...]] | None,
) -> tuple[MultiFidelityGP, Integers]:
    """`fit_surrogate` with arguments that can be hashed."""
    by_step = [dict(items) for items in scores]
    steps = sorted(set().union(*by_step))
    if not steps:
        raise ValueError("nothing was scored yet")
    if len(steps) > MAX_RUNGS:
        kept = np.linspace(0, len(steps) - 1, MAX_RUNGS).round().astype(int)
        steps = [steps[index] for index in kept]
    branch = None
    if prefix is not None and not single_fidelity:
        branch = _branch_rung(steps, PrefixColumns(prefix[0], np.array(prefix[1], dtype=int)))
    columns = np.array(column_param)
    points = np.frombuffer(encoded).reshape(len(scores), len(columns))
    table = ScoreTable.from_scores(points, by_step, steps, branch, single_fidelity=single_fidelity)
    chosen = table.select_rows(MAX_OBS)
    large = table.counted.sum() > MAX_OBS
    used = table.rows(chosen)
    fitted = used.rows(used.select_rows(FIT_OBS_LARGE if large else MAX_FIT_OBS))
    iterations = FIT_ITERATIONS_LARGE if large else FIT_ITERATIONS
    kernel = fit_map(fitted.points, columns, fitted.observations(), iterations, branch)
    process = MultiFidelityGP(
        used.points,
        columns,
        used.observations(),
        kernel,
        single_fidelity=single_fidelity,
        prefix_columns=None if branch is None else branch.columns,
    )
    return process, chosen


def _branch_rung(steps: Sequence[int], prefix: PrefixColumns) -> BranchRung:
    # A prefix that ends after the last rung is treated as ending there: nothing is scored later.
    rung = min(bisect_left(steps, prefix.step), len(steps) - 1)
    return BranchRung(rung, prefix.columns, between=steps[rung] > prefix.step)
