"""What to try next: quasi-random at first, then where most is to be gained.

After a few space-filling points the next configuration is the one whose score at the last rung
promises the largest expected improvement (Jones et al., 1998; its logarithm, which is meaningful
where improvement is hopeless, too: Ament et al., 2023) under the Gaussian process of
`xlt.search.suggest.surrogate`. That knows scores at all rungs, of pruned trials as well. What was asked
for before is never asked for again while anything else is left.

A trial that diverged or failed has no score. The chance that a configuration comes through is
learned from it, and improvements count with that chance.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial
from scipy.special import log_ndtr
from scipy.stats import norm

from xlt.search.suggest.candidates import near, sobol, unasked
from xlt.search.suggest.encoding import Coordinates
from xlt.search.suggest.history import Known, known_of
from xlt.search.suggest.kernel import Array, Integers, matern
from xlt.search.suggest.surrogate import Surrogate, Trunk, learned

# So many configurations are spread over the space before the first is chosen.
STARTS = 5
# Up to this size a space is looked through as a whole; else so many random places, and what is near
# the best few.
WHOLE, PLACES, NEAR = 2048, 512, 8
# A configuration comes through with this chance, and this evidence, before anything is known.
COMES_THROUGH, EVIDENCE = 0.95, 0.25
# How far failures speak, times the root of the number of parameters: they lie beyond a border.
LOCAL = 0.2
# Where configurations share trunks, to be better by less than this, in deviations, is no improvement:
# a structure's fine-tunings are many, cheap and alike, and some are always a little better by luck.
MARGIN = 0.2
# Of so many that promise most it is looked at what they cost.
WEIGHED = 16
# Trials whose parameters make up the space: all are always asked for.
LOOKED_AT = 16


@dataclass(frozen=True)
class Weigh:
    """What a configuration, by a trial's parameters, costs: positive, in any unit.

    Improvement is divided by cost to the power `power` (Lee et al., 2020, "Cost-aware Bayesian
    optimization", who let it fall to 0 as the budget is spent). `may`: whether there is time for it.
    """

    cost: Callable[[Mapping[str, Any]], float]
    power: float
    # Parameters that cost follows from, where it is the same for all values of the others.
    names: frozenset[str] | None
    may: Callable[[Mapping[str, Any]], bool]
    # The step until which scores follow from them, too.
    until: int | None = None
    # What a trial is sampled from. None: what the latest trials have in common, which is less once
    # a trial was added that has other ranges, or was killed while it was sampled.
    space: Mapping[str, BaseDistribution] | None = None


class AutoSampler(BaseSampler):
    """Suggestions from the study's `seed`, one question's own `fresh` seed, and the trials told.

    `weigh`: None where all configurations cost the same. One objective only: raises `ValueError`
    for more.
    """

    def __init__(self, seed: int, fresh: int, weigh: Weigh | None = None) -> None:
        self.seed, self.fresh, self.weigh = seed, fresh, weigh
        self._random = RandomSampler(seed=fresh)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        if self.weigh is not None and self.weigh.space is not None:
            return {name: each for name, each in self.weigh.space.items() if not each.single()}
        trials = study.get_trials(deepcopy=False)
        seen = [each for each in trials if each.distributions and each.number != trial.number]
        if not seen:
            return {}
        latest = seen[-LOOKED_AT:]
        return {
            name: each
            for name, each in sorted(latest[-1].distributions.items())
            if not each.single() and all(other.distributions.get(name) == each for other in latest)
        }

    def sample_relative(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        if not search_space:
            return {}
        box = Coordinates(search_space)
        return box.params(self._choose(box, known_of(study, trial.number, box)))

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def _choose(self, box: Coordinates, known: Mapping[bytes, Known]) -> Array:
        """The values, (p,), of the next configuration."""
        scored = [each for each in known.values() if each.scores]
        if len(known) < STARTS or len(scored) < 2:
            return self._spread(box, known)
        rows = np.array([each.row for each in scored])
        points = box.points(rows)
        trunk = self._trunk(box)
        surrogate, chosen = learned(
            points,
            [each.scores for each in scored],
            list(box.groups),
            whole=all(each.whole for each in scored),
            trunk=trunk,
        )
        means, _ = surrogate.predict_seen()
        running = [each.row for each in known.values() if each.running and not each.scores]
        came_through = surrogate.points  # not with the guesses below: what runs may still fail
        if running:
            surrogate = surrogate.believing(box.points(np.array(running)))
        best = self._few(box, rows[chosen[np.argsort(-means, kind="stable")]], trunk)
        source = np.random.default_rng([self.fresh, len(known)])
        goal = float(means.max()) + (0.0 if trunk is None else MARGIN)

        def gain(values: Array) -> Array:
            return self._gain(box, values, surrogate, goal, known, came_through)

        if box.size <= WHOLE:
            # In no order: siblings that have not parted yet promise the same.
            candidates = source.permutation(box.everything())
        else:
            somewhere = sobol(len(box.space), self.fresh, PLACES)
            candidates = np.vstack([box.values(somewhere), near(box, best, source)])
        candidates = unasked(box, candidates, known)
        if not len(candidates):
            return self._spread(box, known)
        gains = gain(candidates)
        if box.size > WHOLE:
            again = candidates[np.argsort(-gains, kind="stable")[:NEAR]]
            nearby = unasked(box, near(box, again, source), known)
            if len(nearby):
                candidates = np.vstack([candidates, nearby])
                gains = np.concatenate([gains, gain(nearby)])
        return self._best(box, candidates, gains)

    def _few(self, box: Coordinates, rows: Array, trunk: Trunk | None) -> Array:
        """Of configurations from best to worst a few, half of them each the best of its trunk.

        Siblings that are all about as good would else be all that is looked around.
        """
        order = np.arange(len(rows))
        if trunk is not None:
            leading = self._different(box, rows, order)[: NEAR // 2]
            order = np.concatenate([leading, np.setdiff1d(order, leading)])
        return rows[order[:NEAR]]

    def _trunk(self, box: Coordinates) -> Trunk | None:
        if self.weigh is None or self.weigh.names is None or self.weigh.until is None:
            return None
        return Trunk(self.weigh.until, box.columns(self.weigh.names))

    def _best(self, box: Coordinates, candidates: Array, gains: Array) -> Array:
        """Of the candidates that there is time for, the one that brings most for what it costs."""
        order = np.argsort(-gains, kind="stable")
        if self.weigh is not None:
            few = self._different(box, candidates, order)[:WEIGHED]
            costs = np.array([self.weigh.cost(box.params(candidates[place])) for place in few])
            weighed = gains[few] - self.weigh.power * np.log(costs)
            rest = order[~np.isin(order, few)]
            order = np.concatenate([few[np.argsort(-weighed, kind="stable")], rest])
        return self._first(box, candidates[order])

    def _different(self, box: Coordinates, candidates: Array, order: Integers) -> Integers:
        """Of those whose cost is the same, the one that promises most, in order."""
        assert self.weigh is not None
        names = self.weigh.names
        columns = [i for i, name in enumerate(box.space) if names is None or name in names]
        _, first = np.unique(candidates[order][:, columns], axis=0, return_index=True)
        return order[np.sort(first)]

    def _first(self, box: Coordinates, values: Array) -> Array:
        """The first that there is time for, or of all where there is for none."""
        may = self.weigh.may if self.weigh is not None else lambda _: True
        found: Array = next((row for row in values if may(box.params(row))), values[0])
        return found

    def _spread(self, box: Coordinates, known: Mapping[bytes, Known]) -> Array:
        """The first new point of the study's own quasi-random sequence."""
        count = 1 << (len(known) + 64).bit_length()
        values = box.values(sobol(len(box.space), self.seed, count))
        new = unasked(box, values, known)
        if not len(new) and box.size <= WHOLE:
            new = unasked(box, box.everything(), known)
        if len(new):
            return self._first(box, new)
        again: Array = values[self.fresh % len(values)]
        return again

    def _gain(
        self,
        box: Coordinates,
        values: Array,
        surrogate: Surrogate,
        goal: float,
        known: Mapping[bytes, Known],
        came_through: Array,
    ) -> Array:
        """The logarithm of the expected improvement, (m,), times the chance to come through.

        Args:
            box: the space.
            values: m configurations, (m, p).
            surrogate: the process, with its guesses for what runs.
            goal: the score to improve on.
            known: all configurations that were asked for.
            came_through: points of trainings that were scored, (n, c), without those that run.
        """
        points = box.points(values)
        mean, deviation = surrogate.predict(points)
        gain = np.log(deviation) + log_improvement((mean - goal) / deviation)
        ends = [each for each in known.values() if each.bad]
        if ends:
            length = LOCAL * math.sqrt(len(box.space))
            bad = box.points(np.array([each.row for each in ends])) / length
            missed = matern(points / length, bad).sum(axis=1)
            reached = matern(points / length, came_through / length).sum(axis=1)
            chance = (EVIDENCE * COMES_THROUGH + reached) / (EVIDENCE + reached + missed)
            gain = gain + np.log(chance)
        return gain


def log_improvement(z: Array) -> Array:
    """The logarithm of E[max(0, z + N)], N standard normal: z Phi(z) + phi(z), (m,)."""
    z = np.asarray(z, dtype=float)
    low = z < -5
    plain = np.where(low, 0.0, z)
    middle = np.log(plain * norm.cdf(plain) + norm.pdf(plain))
    # Far below, the sum cancels; the ratio of both terms doesn't: 1 / z**2 to the first orders.
    far = np.where(low, z, -6.0)
    ratio = -far * np.exp(log_ndtr(far) - norm.logpdf(far))
    tail = norm.logpdf(far) + np.log(np.maximum(1 - ratio, 1 / (far * far + 3)))
    result: Array = np.where(low, tail, middle)
    return result
