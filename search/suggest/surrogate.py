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
    ITERATIONS,
    JITTER,
    MEAN_VARIANCE,
    SETTLED_ITERATIONS,
    Array,
    Fork,
    Integers,
    Kernel,
    Scores,
    factorised,
    fit,
    matern,
)

# Beyond these the cost would grow with the third power: scores that predictions rest on, those
# that the kernels' parameters are fitted to, and rungs.
KNOWN, FITTED, RUNGS = 120, 60, 5
# So many trunks say what structures differ by; with fewer it is siblings that are compared.
FEW_TRUNKS = 3
# Scores that the kernels' parameters are fitted to once there are more than are known: their answer
# has long settled by then, and the time goes with the third power.
SETTLED = 30


@dataclass(frozen=True)
class Trunk:
    """What configurations may share: until `step` training follows from these columns alone.

    Told by who knows the parameters' names (`xlt.search.suggest.shared_prefix.Shared`); among rungs it is a `Fork`.
    """

    step: int
    columns: Integers


class Surrogate:
    """The process, given scores. Configurations are n rows of c columns.

    `groups` names each column's parameter: those of a category share one length. `trunk`: the
    columns that all follows from until the kernel's fork.
    """

    def __init__(
        self,
        points: Array,
        groups: Integers,
        scores: Scores,
        kernel: Kernel,
        *,
        whole: bool = False,
        trunk: Integers | None = None,
    ) -> None:
        assert (trunk is None) == (kernel.fork is None)
        self.points, self.groups, self.scores, self.kernel = points, groups, scores, kernel
        self.whole, self.trunk = whole, trunk
        self._shared, self._rest = kernel.shared, kernel.rest
        self._among = self._matern(points) + kernel.alone * np.eye(len(points))
        self._siblings = self._trunks(points)
        at, rung = scores.configuration, scores.rung
        pairs, rungs = np.ix_(at, at), np.ix_(rung, rung)
        covariance = self._rest[rungs] * self._among[pairs]
        if self._siblings is not None:
            covariance += self._shared[rungs] * self._siblings[pairs]
        covariance += MEAN_VARIANCE * (rung[:, None] == rung) + JITTER * np.eye(len(rung))
        self._factor = factorised(covariance)
        self._weights = solve_triangular(
            self._factor.T, solve_triangular(self._factor, scores.score, lower=True)
        )

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean and deviation of the last rung's score for m new configurations, (m,) each.

        Without what may belong to one of them alone where all trainings were whole.
        """
        own = 0.0 if self.whole else self.kernel.alone
        return self._posterior(self._matern(points), self._trunks(points), own)

    def predict_seen(self) -> tuple[Array, Array]:
        """The same for the n known ones, whose own scores count.

        Where all trainings were whole, this is the noise-free mean: the luckiest of many noisy
        scores would else be the incumbent that all others are compared with.
        """
        if self.whole:
            return self.predict(self.points)
        return self._posterior(self._among, self._siblings, self.kernel.alone)

    def believing(self, points: Array) -> "Surrogate":
        """As if m new configurations had scored, at the last rung, what is expected of them.

        Means stay, deviations shrink around what is running already (the "kriging believer" of
        Ginsbourger et al., 2010).
        """
        last = len(self._rest) - 1
        known, more = len(self.points), np.arange(len(points))
        scores = Scores(
            np.concatenate([self.scores.configuration, known + more]),
            np.concatenate([self.scores.rung, np.full(len(points), last)]),
            np.concatenate([self.scores.score, self.predict(points)[0]]),
        )
        everywhere = np.vstack([self.points, points])
        return Surrogate(
            everywhere, self.groups, scores, self.kernel, whole=self.whole, trunk=self.trunk
        )

    def _matern(self, points: Array, columns: Integers | slice = slice(None)) -> Array:
        lengths = self.kernel.lengths[self.groups[columns]]
        return matern(points[:, columns] / lengths, self.points[:, columns] / lengths)

    def _trunks(self, points: Array) -> Array | None:
        """The covariance of what m configurations have at the fork and of what the n known have."""
        if self.trunk is None:
            return None
        same = cdist(points[:, self.trunk], self.points[:, self.trunk]) == 0
        covariance: Array = self._matern(points, self.trunk) + self.kernel.own * same
        return covariance

    def _posterior(self, among: Array, siblings: Array | None, own: float) -> tuple[Array, Array]:
        at, rung, last = self.scores.configuration, self.scores.rung, len(self._rest) - 1
        cross = among[:, at] * self._rest[last, rung]
        if siblings is not None:
            cross = cross + siblings[:, at] * self._shared[last, rung]
        cross = cross + MEAN_VARIANCE * (rung == last)
        half = solve_triangular(self._factor, cross.T, lower=True, check_finite=False)
        prior = (1 + own) * self._rest[last, last] + MEAN_VARIANCE
        prior += (1 + self.kernel.own) * self._shared[last, last]
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


def learned(
    points: Array,
    seen: Sequence[Mapping[int, float]],
    groups: Sequence[int] | None = None,
    *,
    whole: bool = False,
    trunk: Trunk | None = None,
) -> tuple[Surrogate, Integers]:
    """The process for n configurations with their finite scores by step; more is better.

    Also which of them it rests on: all, or those that matter most where there are many. The last
    rung is the highest step that was seen. `whole`: all trainings have come to their end, and none
    was scored on its way. `trunk`: what they share, if anything. Raises `ValueError` without any
    score.

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
        None if trunk is None else (trunk.step, trunk.columns.tobytes()),
    )
    kept = _kept.get("last")
    if kept is None or kept[0] != given:
        kept = _kept["last"] = given, _learned(points, seen, columns, whole, trunk)
    return kept[1]


# What `learned` was asked last, and its answer.
_kept: dict[str, tuple[object, tuple[Surrogate, Integers]]] = {}


def _learned(
    points: Array,
    seen: Sequence[Mapping[int, float]],
    columns: Integers,
    whole: bool,
    trunk: Trunk | None,
) -> tuple[Surrogate, Integers]:
    steps = sorted(set().union(*seen))
    if not steps:
        raise ValueError("nothing was scored yet")
    if len(steps) > RUNGS:
        kept = np.linspace(0, len(steps) - 1, RUNGS).round().astype(int)
        steps = [steps[place] for place in kept]
    fork = None if trunk is None or whole else _fork(steps, trunk)
    ranks = np.full((len(seen), len(steps)), np.nan)
    for rung, step in enumerate(steps):
        there = np.array([place for place, scores in enumerate(seen) if step in scores])
        values = np.array([seen[place][step] for place in there])
        ranks[there, rung] = (
            standardised(values) if whole else _ranked(values, points[there], fork, rung)
        )
    chosen = _informative(ranks, points, fork, KNOWN)
    most = FITTED if _once(ranks, points, fork).sum() <= KNOWN else SETTLED
    few = chosen[_informative(ranks[chosen], points[chosen], fork, most)]
    iterations = ITERATIONS if most == FITTED else SETTLED_ITERATIONS
    kernel = fit(points[few], columns, _long(ranks[few], points[few], fork), iterations, fork)
    scores = _long(ranks[chosen], points[chosen], fork)
    shared = None if fork is None else fork.columns
    return Surrogate(points[chosen], columns, scores, kernel, whole=whole, trunk=shared), chosen


def _fork(steps: Sequence[int], trunk: Trunk) -> Fork:
    # After the last rung siblings may part as they will.
    rung = min(bisect_left(steps, trunk.step), len(steps) - 1)
    return Fork(rung, trunk.columns, between=steps[rung] > trunk.step)


def _ranked(values: Array, points: Array, fork: Fork | None, rung: int) -> Array:
    """Scores of a rung, (n,), as ranks on a normal's scale.

    Trainings have them, however many siblings share one. Once siblings have parted their trunks
    have them, by the best of each, and siblings lie between as their scores do: a dozen
    fine-tunings that hardly differ would else fill the scale, and seem to differ as structures do.
    """
    if fork is None or not fork.parted(rung):
        first, runs = _runs(points, fork, rung)
        return normal_scores(values[first])[runs]
    trunk = _on_trunks(points, fork)[1]
    best = np.full(trunk.max() + 1, -np.inf)
    np.maximum.at(best, trunk, values)
    if len(best) < FEW_TRUNKS:
        return normal_scores(values)
    marks = np.append(best, values.min()) if values.min() < best.min() else best
    ranked: Array = np.interp(values, np.unique(marks), np.unique(normal_scores(marks)))
    return ranked


def _runs(points: Array, fork: Fork | None, rung: int) -> tuple[Integers, Integers]:
    """The first configuration of each training up to a rung, and the training of each: (n,)."""
    if fork is None or fork.parted(rung):
        everyone = np.arange(len(points))
        return everyone, everyone
    return _on_trunks(points, fork)


def _on_trunks(points: Array, fork: Fork) -> tuple[Integers, Integers]:
    """The first configuration on each trunk, and the trunk of each: (n,)."""
    found = np.unique(points[:, fork.columns], axis=0, return_index=True, return_inverse=True)
    return found[1], found[2].ravel()


def _once(ranks: Array, points: Array, fork: Fork | None) -> NDArray[np.bool_]:
    """Which scores of a table with gaps count: what siblings share is the first one's."""
    once = np.zeros(ranks.shape, dtype=bool)
    for place, column in enumerate(ranks.T):
        there = np.flatnonzero(~np.isnan(column))
        once[there[_runs(points[there], fork, place)[0]], place] = True
    return once


def _long(ranks: Array, points: Array, fork: Fork | None) -> Scores:
    """One row for each score that counts."""
    rung, at = np.nonzero(_once(ranks, points, fork).T)
    return Scores(at, rung if fork is None else fork.among(rung), ranks[at, rung])


def _informative(ranks: Array, points: Array, fork: Fork | None, most: int) -> Integers:
    """Rows with at most so many scores: the furthest and best, and others from best to worst."""
    scored = ~np.isnan(ranks)
    known = np.flatnonzero(scored.any(axis=1))
    if _once(ranks, points, fork).sum() <= most:
        return known
    furthest = ranks.shape[1] - 1 - scored[known, ::-1].argmax(axis=1)
    order = known[np.lexsort((-ranks[known, furthest], -furthest))]
    counts = _once(ranks[order], points[order], fork).sum(axis=1).cumsum()
    best = order[counts <= most // 2]
    others = order[len(best) :]
    left = (most - most // 2) // ranks.shape[1]
    spread = np.linspace(0, len(others) - 1, min(left, len(others))).round().astype(int)
    return np.sort(np.concatenate([best, others[spread]]))
