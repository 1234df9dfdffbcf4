"""Turns scores of configurations at several rungs into observations for the Gaussian process.

`xlt.search.suggest.surrogate` defines the symbols. Siblings have the same scores within their
shared prefix, so these count once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from xlt.search.suggest.kernel import Array, BranchRung, Integers, Observations

# With fewer prefixes, scores after the prefix are ranked among configurations, not prefixes.
MIN_PREFIXES_TO_RANK = 3


@dataclass(frozen=True)
class ScoreTable:
    """n configurations and their normal or standardised scores at S rungs.

    Attributes:
        points: Encoded configurations, (n, c).
        scores: (n, S); NaN where a configuration has no score.
        branch: Where the shared prefix ends among the rungs; None without one.
    """

    points: Array
    scores: Array
    branch: BranchRung | None

    @classmethod
    def from_scores(
        cls,
        points: Array,
        scores: Sequence[Mapping[int, float]],
        steps: Sequence[int],
        branch: BranchRung | None,
        *,
        single_fidelity: bool,
    ) -> "ScoreTable":
        """Take the scores at `steps`; standardised if `single_fidelity`, else normal scores."""
        table = np.array([[by_step.get(step, np.nan) for step in steps] for by_step in scores])
        for rung, column in enumerate(table.T):  # views: written in place
            scored = ~np.isnan(column)
            column[scored] = (
                standardised(column[scored])
                if single_fidelity
                else _normal_ranks(column[scored], points[scored], branch, rung)
            )
        return cls(points, table, branch)

    def rows(self, rows: Integers) -> "ScoreTable":
        return replace(self, points=self.points[rows], scores=self.scores[rows])

    @property
    def counted(self) -> NDArray[np.bool_]:
        """The scores that count, (n, S): of a score that siblings share, only the first one's."""
        counted = np.zeros(self.scores.shape, dtype=bool)
        for rung, column in enumerate(self.scores.T):
            scored = np.flatnonzero(~np.isnan(column))
            first, _ = _distinct_runs(self.points[scored], self.branch, rung)
            counted[scored[first], rung] = True
        return counted

    def observations(self) -> Observations:
        """The scores that count, ordered by rung."""
        rung, row = np.nonzero(self.counted.T)
        kernel_rung = rung if self.branch is None else self.branch.kernel_rung(rung)
        return Observations(row, kernel_rung, self.scores[row, rung])

    def select_rows(self, max_obs: int) -> Integers:
        """Select rows with at most `max_obs` scores that count, in increasing order.

        The best configurations, by highest rung and score there, get half of `max_obs`. The other
        half is spread evenly over the remaining configurations, from best to worst.
        """
        scored = ~np.isnan(self.scores)
        rows = np.flatnonzero(scored.any(axis=1))
        if self.counted.sum() <= max_obs:
            return rows
        n_rungs = self.scores.shape[1]
        furthest = n_rungs - 1 - scored[rows, ::-1].argmax(axis=1)
        order = rows[np.lexsort((-self.scores[rows, furthest], -furthest))]
        n_counted = self.rows(order).counted.sum(axis=1).cumsum()
        best = order[n_counted <= max_obs // 2]
        others = order[len(best) :]
        n_others = min((max_obs - max_obs // 2) // n_rungs, len(others))
        spread = np.linspace(0, len(others) - 1, n_others).round().astype(int)
        return np.sort(np.concatenate([best, others[spread]]))


def normal_scores(values: Array) -> Array:
    """Normal quantiles of ranks, (n,) to (n,); equal values get equal ones."""
    quantiles: Array = norm.ppf((rankdata(values) - 0.5) / len(values))
    return quantiles


def standardised(values: Array) -> Array:
    """Values with mean 0 and standard deviation 1, (n,) to (n,); equal values get 0."""
    std = float(np.std(values))
    result: Array = (values - values.mean()) / (std if std > 0 else 1.0)
    return result


def _normal_ranks(values: Array, points: Array, branch: BranchRung | None, rung: int) -> Array:
    """Normal scores of the configurations scored at a rung, (n,).

    Within the prefix, siblings count once. After it, prefixes are ranked by their best scores, and
    the other siblings' normal scores are interpolated between these. Otherwise a dozen siblings
    that hardly differ would fill the scale, and seem to differ as much as prefixes do.
    """
    if branch is None or not branch.separates_siblings_at(rung):
        first, run = _distinct_runs(points, branch, rung)
        return normal_scores(values[first])[run]
    _, prefix = _by_prefix(points, branch)
    best = np.full(prefix.max() + 1, -np.inf)
    np.maximum.at(best, prefix, values)
    if len(best) < MIN_PREFIXES_TO_RANK:
        return normal_scores(values)
    marks = np.append(best, values.min()) if values.min() < best.min() else best
    ranks: Array = np.interp(values, np.unique(marks), np.unique(normal_scores(marks)))
    return ranks


def _distinct_runs(
    points: Array, branch: BranchRung | None, rung: int
) -> tuple[Integers, Integers]:
    """Groups configurations whose training up to a rung is the same, see `_by_prefix`."""
    if branch is None or branch.separates_siblings_at(rung):
        rows = np.arange(len(points))
        return rows, rows
    return _by_prefix(points, branch)


def _by_prefix(points: Array, branch: BranchRung) -> tuple[Integers, Integers]:
    """The row of the first configuration of each prefix, and the prefix index of each row, (n,)."""
    _, first, prefix = np.unique(
        points[:, branch.columns], axis=0, return_index=True, return_inverse=True
    )
    return first, prefix.ravel()
