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

Where configurations share the beginning of their training, their trunk (in the league those with
the same structure do), f is such a process on a tree:

    cov(f_s(x), f_t(y)) = E_st (k'(x, y) + own' [same trunk]) + (R_st - E_st) (k(x, y) + own [x is y])

k' is k over the parameters that a trunk follows from, own' what belongs to one trunk alone (what a
structure has of its own says nothing about what fine-tunings have), and E_st the part of R_st that
was there at the fork, where trunks end: all of it if s or t is not after that, else R_s,fork
R_fork,t. So what one has shown until then is known of its siblings, and how much they may still
differ is learned.

Where all trainings were whole, nothing is to be told from earlier rungs. Then scores count as they
are, standardised, trunks do not, and `own` is luck, which is not looked for: as Gaussian processes
are otherwise used for such searches.

Parameters of the kernels are the most probable ones, under log-normal priors whose lengths grow
with the root of the dimension (Hvarfner et al., 2024, "Vanilla Bayesian optimization performs
great in high dimensions").
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.spatial.distance import cdist
from scipy.stats import norm, rankdata

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

# Beyond these the cost would grow with the third power: scores that predictions rest on, those
# that the kernels' parameters are fitted to, and rungs.
MAX_OBS, MAX_FIT_OBS, MAX_RUNGS = 120, 60, 5
# So many trunks say what structures differ by; with fewer it is siblings that are compared.
MIN_PREFIXES_TO_RANK = 3
# Scores that the kernels' parameters are fitted to once there are more than are known: their answer
# has long settled by then, and the time goes with the third power.
FIT_OBS_LARGE = 30


@dataclass(frozen=True)
class PrefixColumns:
    """What configurations may share: until `step` training follows from these columns alone.

    Told by who knows the parameters' names (`xlt.search.suggest.shared_prefix.Shared`); among rungs it is a `Fork`.
    """

    step: int
    columns: Integers


class MultiFidelityGP:
    """The process, given scores. Configurations are n rows of c columns.

    `groups` names each column's parameter: those of a category share one length. `trunk`: the
    columns that all follows from until the kernel's fork.
    """

    def __init__(
        self,
        points: Array,
        column_param: Integers,
        observations: Observations,
        kernel: Kernel,
        *,
        single_fidelity: bool = False,
        prefix_columns: Integers | None = None,
    ) -> None:
        assert (prefix_columns is None) == (kernel.branch is None)
        self.points, self.column_param, self.observations, self.kernel = (
            points,
            column_param,
            observations,
            kernel,
        )
        self.single_fidelity, self.prefix_columns = single_fidelity, prefix_columns
        self._shared_cov, self._private_cov = kernel.shared_cov, kernel.private_cov
        self._config_cov = self._matern(points) + kernel.private_nugget * np.eye(len(points))
        self._prefix_cov = self._prefix_covariance(points)
        at, rung = observations.configuration, observations.rung
        pairs, rungs = np.ix_(at, at), np.ix_(rung, rung)
        covariance = self._private_cov[rungs] * self._config_cov[pairs]
        if self._prefix_cov is not None:
            covariance += self._shared_cov[rungs] * self._prefix_cov[pairs]
        covariance += MEAN_PRIOR_VARIANCE * (rung[:, None] == rung) + JITTER * np.eye(len(rung))
        self._factor = cholesky_factor(covariance)
        self._weights = solve_triangular(
            self._factor.T, solve_triangular(self._factor, observations.score, lower=True)
        )

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean and deviation of the last rung's score for m new configurations, (m,) each.

        Without what may belong to one of them alone where all trainings were whole.
        """
        own = 0.0 if self.single_fidelity else self.kernel.private_nugget
        return self._posterior(self._matern(points), self._prefix_covariance(points), own)

    def predict_train(self) -> tuple[Array, Array]:
        """The same for the n known ones, whose own scores count.

        Where all trainings were whole, this is the noise-free mean: the luckiest of many noisy
        scores would else be the incumbent that all others are compared with.
        """
        if self.single_fidelity:
            return self.predict(self.points)
        return self._posterior(self._config_cov, self._prefix_cov, self.kernel.private_nugget)

    def fantasize(self, points: Array) -> "MultiFidelityGP":
        """As if m new configurations had scored, at the last rung, what is expected of them.

        Means stay, deviations shrink around what is running already (the "kriging believer" of
        Ginsbourger et al., 2010).
        """
        last = len(self._private_cov) - 1
        known, more = len(self.points), np.arange(len(points))
        scores = Observations(
            np.concatenate([self.observations.configuration, known + more]),
            np.concatenate([self.observations.rung, np.full(len(points), last)]),
            np.concatenate([self.observations.score, self.predict(points)[0]]),
        )
        everywhere = np.vstack([self.points, points])
        return MultiFidelityGP(
            everywhere,
            self.column_param,
            scores,
            self.kernel,
            single_fidelity=self.single_fidelity,
            prefix_columns=self.prefix_columns,
        )

    def _matern(self, points: Array, columns: Integers | slice = slice(None)) -> Array:
        lengths = self.kernel.lengths[self.column_param[columns]]
        return matern52(points[:, columns] / lengths, self.points[:, columns] / lengths)

    def _prefix_covariance(self, points: Array) -> Array | None:
        """The covariance of what m configurations have at the fork and of what the n known have."""
        if self.prefix_columns is None:
            return None
        same = cdist(points[:, self.prefix_columns], self.points[:, self.prefix_columns]) == 0
        covariance: Array = self._matern(points, self.prefix_columns) + self.kernel.nugget * same
        return covariance

    def _posterior(
        self, config_cov: Array, prefix_cov: Array | None, nugget: float
    ) -> tuple[Array, Array]:
        at, rung, last = (
            self.observations.configuration,
            self.observations.rung,
            len(self._private_cov) - 1,
        )
        cross = config_cov[:, at] * self._private_cov[last, rung]
        if prefix_cov is not None:
            cross = cross + prefix_cov[:, at] * self._shared_cov[last, rung]
        cross = cross + MEAN_PRIOR_VARIANCE * (rung == last)
        half = solve_triangular(self._factor, cross.T, lower=True, check_finite=False)
        prior = (1 + nugget) * self._private_cov[last, last] + MEAN_PRIOR_VARIANCE
        prior += (1 + self.kernel.nugget) * self._shared_cov[last, last]
        variance = prior - np.sum(half * half, axis=0)
        return cross @ self._weights, np.sqrt(np.maximum(variance, 1e-12))


def normal_scores(values: Array) -> Array:
    """Ranks on a normal's scale: (n,), from worst to best; equal values get equal ones."""
    ranked: Array = norm.ppf((rankdata(values) - 0.5) / len(values))
    return ranked


def standardised(values: Array) -> Array:
    """(n,) with mean 0 and deviation 1; equal values get 0."""
    spread = float(np.std(values))
    result: Array = (values - values.mean()) / (spread if spread > 0 else 1.0)
    return result


def fit_surrogate(
    points: Array,
    scores: Sequence[Mapping[int, float]],
    column_param: Sequence[int] | None = None,
    *,
    single_fidelity: bool = False,
    prefix: PrefixColumns | None = None,
) -> tuple[MultiFidelityGP, Integers]:
    """The process for n configurations with their finite scores by step; more is better.

    Also which of them it rests on: all, or those that matter most where there are many. The last
    rung is the highest step that was seen. `whole`: all trainings have come to their end, and none
    was scored on its way. `trunk`: what they share, if anything. Raises `ValueError` without any
    score.

    Who climbs and what is tried next are often asked about the same scores: the last answer is
    kept, by all that it follows from.
    """
    columns = np.arange(points.shape[1]) if column_param is None else np.array(column_param)
    given = (
        points.shape,
        points.tobytes(),
        columns.tobytes(),
        [tuple(scores.items()) for scores in scores],
        single_fidelity,
        None if prefix is None else (prefix.step, prefix.columns.tobytes()),
    )
    kept = _last_fit.get("last")
    if kept is None or kept[0] != given:
        kept = _last_fit["last"] = (
            given,
            _fit_surrogate(points, scores, columns, single_fidelity, prefix),
        )
    return kept[1]


# What `learned` was asked last, and its answer.
_last_fit: dict[str, tuple[object, tuple[MultiFidelityGP, Integers]]] = {}


def _fit_surrogate(
    points: Array,
    scores: Sequence[Mapping[int, float]],
    columns: Integers,
    single_fidelity: bool,
    prefix: PrefixColumns | None,
) -> tuple[MultiFidelityGP, Integers]:
    steps = sorted(set().union(*scores))
    if not steps:
        raise ValueError("nothing was scored yet")
    if len(steps) > MAX_RUNGS:
        kept = np.linspace(0, len(steps) - 1, MAX_RUNGS).round().astype(int)
        steps = [steps[place] for place in kept]
    fork = None if prefix is None or single_fidelity else _branch_rung(steps, prefix)
    ranks = np.full((len(scores), len(steps)), np.nan)
    for rung, step in enumerate(steps):
        there = np.array([place for place, by_step in enumerate(scores) if step in by_step])
        values = np.array([scores[place][step] for place in there])
        ranks[there, rung] = (
            standardised(values)
            if single_fidelity
            else _normal_ranks(values, points[there], fork, rung)
        )
    chosen = _select_subset(ranks, points, fork, MAX_OBS)
    most = MAX_FIT_OBS if _distinct(ranks, points, fork).sum() <= MAX_OBS else FIT_OBS_LARGE
    few = chosen[_select_subset(ranks[chosen], points[chosen], fork, most)]
    iterations = FIT_ITERATIONS if most == MAX_FIT_OBS else FIT_ITERATIONS_LARGE
    kernel = fit_map(
        points[few], columns, _to_long(ranks[few], points[few], fork), iterations, fork
    )
    observations = _to_long(ranks[chosen], points[chosen], fork)
    shared = None if fork is None else fork.columns
    return MultiFidelityGP(
        points[chosen],
        columns,
        observations,
        kernel,
        single_fidelity=single_fidelity,
        prefix_columns=shared,
    ), chosen


def _branch_rung(steps: Sequence[int], prefix: PrefixColumns) -> BranchRung:
    # After the last rung siblings may part as they will.
    rung = min(bisect_left(steps, prefix.step), len(steps) - 1)
    return BranchRung(rung, prefix.columns, between=steps[rung] > prefix.step)


def _normal_ranks(values: Array, points: Array, branch: BranchRung | None, rung: int) -> Array:
    """Scores of a rung, (n,), as ranks on a normal's scale.

    Trainings have them, however many siblings share one. Once siblings have parted their trunks
    have them, by the best of each, and siblings lie between as their scores do: a dozen
    fine-tunings that hardly differ would else fill the scale, and seem to differ as structures do.
    """
    if branch is None or not branch.is_after(rung):
        first, runs = _distinct_runs(points, branch, rung)
        return normal_scores(values[first])[runs]
    trunk = _by_prefix(points, branch)[1]
    best = np.full(trunk.max() + 1, -np.inf)
    np.maximum.at(best, trunk, values)
    if len(best) < MIN_PREFIXES_TO_RANK:
        return normal_scores(values)
    marks = np.append(best, values.min()) if values.min() < best.min() else best
    ranked: Array = np.interp(values, np.unique(marks), np.unique(normal_scores(marks)))
    return ranked


def _distinct_runs(
    points: Array, branch: BranchRung | None, rung: int
) -> tuple[Integers, Integers]:
    """The first configuration of each training up to a rung, and the training of each: (n,)."""
    if branch is None or branch.is_after(rung):
        everyone = np.arange(len(points))
        return everyone, everyone
    return _by_prefix(points, branch)


def _by_prefix(points: Array, branch: BranchRung) -> tuple[Integers, Integers]:
    """The first configuration on each trunk, and the trunk of each: (n,)."""
    found = np.unique(points[:, branch.columns], axis=0, return_index=True, return_inverse=True)
    return found[1], found[2].ravel()


def _distinct(ranks: Array, points: Array, branch: BranchRung | None) -> NDArray[np.bool_]:
    """Which scores of a table with gaps count: what siblings share is the first one's."""
    once = np.zeros(ranks.shape, dtype=bool)
    for place, column in enumerate(ranks.T):
        there = np.flatnonzero(~np.isnan(column))
        once[there[_distinct_runs(points[there], branch, place)[0]], place] = True
    return once


def _to_long(ranks: Array, points: Array, branch: BranchRung | None) -> Observations:
    """One row for each score that counts."""
    rung, at = np.nonzero(_distinct(ranks, points, branch).T)
    return Observations(at, rung if branch is None else branch.kernel_rung(rung), ranks[at, rung])


def _select_subset(ranks: Array, points: Array, branch: BranchRung | None, most: int) -> Integers:
    """Rows with at most so many scores: the furthest and best, and others from best to worst."""
    scored = ~np.isnan(ranks)
    known = np.flatnonzero(scored.any(axis=1))
    if _distinct(ranks, points, branch).sum() <= most:
        return known
    furthest = ranks.shape[1] - 1 - scored[known, ::-1].argmax(axis=1)
    order = known[np.lexsort((-ranks[known, furthest], -furthest))]
    counts = _distinct(ranks[order], points[order], branch).sum(axis=1).cumsum()
    best = order[counts <= most // 2]
    others = order[len(best) :]
    left = (most - most // 2) // ranks.shape[1]
    spread = np.linspace(0, len(others) - 1, min(left, len(others))).round().astype(int)
    return np.sort(np.concatenate([best, others[spread]]))
