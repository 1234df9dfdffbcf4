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

from xlt.search.suggest.candidates import drop_seen, neighbours, sobol
from xlt.search.suggest.encoding import SpaceEncoder
from xlt.search.suggest.history import ConfigHistory, observed_configs
from xlt.search.suggest.kernel import Array, Integers, matern52
from xlt.search.suggest.surrogate import MultiFidelityGP, PrefixColumns, fit_surrogate

# So many configurations are spread over the space before the first is chosen.
N_STARTUP_TRIALS = 5
# Up to this size a space is looked through as a whole; else so many random places, and what is near
# the best few.
MAX_ENUMERATED, N_RANDOM_CANDIDATES, N_LOCAL_STARTS = 2048, 512, 8
# A configuration comes through with this chance, and this evidence, before anything is known.
SUCCESS_PRIOR_MEAN, SUCCESS_PRIOR_WEIGHT = 0.95, 0.25
# How far failures speak, times the root of the number of parameters: they lie beyond a border.
FAILURE_LENGTHSCALE = 0.2
# Where configurations share trunks, to be better by less than this, in deviations, is no improvement:
# a structure's fine-tunings are many, cheap and alike, and some are always a little better by luck.
EI_XI = 0.2
# Of so many that promise most it is looked at what they cost.
N_COST_RERANKED = 16
# Trials whose parameters make up the space: all are always asked for.
SPACE_WINDOW = 16


@dataclass(frozen=True)
class AcquisitionContext:
    """What a configuration, by a trial's parameters, costs: positive, in any unit.

    Improvement is divided by cost to the power `power` (Lee et al., 2020, "Cost-aware Bayesian
    optimization", who let it fall to 0 as the budget is spent). `may`: whether there is time for it.
    """

    cost_fn: Callable[[Mapping[str, Any]], float]
    cost_exponent: float
    # Parameters that cost follows from, where it is the same for all values of the others.
    shared_params: frozenset[str] | None
    is_affordable: Callable[[Mapping[str, Any]], bool]
    # The step until which scores follow from them, too.
    shared_until: int | None = None
    # What a trial is sampled from. None: what the latest trials have in common, which is less once
    # a trial was added that has other ranges, or was killed while it was sampled.
    space: Mapping[str, BaseDistribution] | None = None


class MultiFidelityGPSampler(BaseSampler):
    """Suggestions from the study's `seed`, one question's own `fresh` seed, and the trials told.

    `context`: None where all configurations cost the same. One objective only: raises `ValueError`
    for more.
    """

    def __init__(self, seed: int, ask_seed: int, context: AcquisitionContext | None = None) -> None:
        self.seed, self.ask_seed, self.context = seed, ask_seed, context
        self._random = RandomSampler(seed=ask_seed)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        if self.context is not None and self.context.space is not None:
            return {name: each for name, each in self.context.space.items() if not each.single()}
        trials = study.get_trials(deepcopy=False)
        seen = [each for each in trials if each.distributions and each.number != trial.number]
        if not seen:
            return {}
        latest = seen[-SPACE_WINDOW:]
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
        box = SpaceEncoder(search_space)
        return box.from_internal(
            self._suggest_point(box, observed_configs(study, trial.number, box))
        )

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def _suggest_point(
        self, encoder: SpaceEncoder, history: Mapping[bytes, ConfigHistory]
    ) -> Array:
        """The values, (p,), of the next configuration."""
        scored = [each for each in history.values() if each.scores]
        if len(history) < N_STARTUP_TRIALS or len(scored) < 2:
            return self._initial_design_point(encoder, history)
        rows = np.array([each.row for each in scored])
        points = encoder.encode(rows)
        trunk = self._prefix_columns(encoder)
        surrogate, chosen = fit_surrogate(
            points,
            [each.scores for each in scored],
            list(encoder.column_param),
            single_fidelity=all(each.single_fidelity for each in scored),
            prefix=trunk,
        )
        means, _ = surrogate.predict_train()
        running = [each.row for each in history.values() if each.running and not each.scores]
        came_through = surrogate.points  # not with the guesses below: what runs may still fail
        if running:
            surrogate = surrogate.fantasize(encoder.encode(np.array(running)))
        best = self._local_starts(encoder, rows[chosen[np.argsort(-means, kind="stable")]], trunk)
        source = np.random.default_rng([self.ask_seed, len(history)])
        goal = float(means.max()) + (0.0 if trunk is None else EI_XI)

        def gain(values: Array) -> Array:
            return self._log_acquisition(encoder, values, surrogate, goal, history, came_through)

        if encoder.size <= MAX_ENUMERATED:
            # In no order: siblings that have not parted yet promise the same.
            candidates = source.permutation(encoder.grid())
        else:
            somewhere = sobol(len(encoder.distributions), self.ask_seed, N_RANDOM_CANDIDATES)
            candidates = np.vstack(
                [encoder.from_unit(somewhere), neighbours(encoder, best, source)]
            )
        candidates = drop_seen(encoder, candidates, history)
        if not len(candidates):
            return self._initial_design_point(encoder, history)
        gains = gain(candidates)
        if encoder.size > MAX_ENUMERATED:
            again = candidates[np.argsort(-gains, kind="stable")[:N_LOCAL_STARTS]]
            nearby = drop_seen(encoder, neighbours(encoder, again, source), history)
            if len(nearby):
                candidates = np.vstack([candidates, nearby])
                gains = np.concatenate([gains, gain(nearby)])
        return self._cost_aware_best(encoder, candidates, gains)

    def _local_starts(
        self, encoder: SpaceEncoder, rows: Array, prefix: PrefixColumns | None
    ) -> Array:
        """Of configurations from best to worst a few, half of them each the best of its trunk.

        Siblings that are all about as good would else be all that is looked around.
        """
        order = np.arange(len(rows))
        if prefix is not None:
            leading = self._dedupe_by_shared(encoder, rows, order)[: N_LOCAL_STARTS // 2]
            order = np.concatenate([leading, np.setdiff1d(order, leading)])
        return rows[order[:N_LOCAL_STARTS]]

    def _prefix_columns(self, encoder: SpaceEncoder) -> PrefixColumns | None:
        if (
            self.context is None
            or self.context.shared_params is None
            or self.context.shared_until is None
        ):
            return None
        return PrefixColumns(
            self.context.shared_until, encoder.columns_of(self.context.shared_params)
        )

    def _cost_aware_best(self, encoder: SpaceEncoder, candidates: Array, gains: Array) -> Array:
        """Of the candidates that there is time for, the one that brings most for what it costs."""
        order = np.argsort(-gains, kind="stable")
        if self.context is not None:
            few = self._dedupe_by_shared(encoder, candidates, order)[:N_COST_RERANKED]
            costs = np.array(
                [self.context.cost_fn(encoder.from_internal(candidates[place])) for place in few]
            )
            weighed = gains[few] - self.context.cost_exponent * np.log(costs)
            rest = order[~np.isin(order, few)]
            order = np.concatenate([few[np.argsort(-weighed, kind="stable")], rest])
        return self._first_affordable(encoder, candidates[order])

    def _dedupe_by_shared(
        self, encoder: SpaceEncoder, candidates: Array, order: Integers
    ) -> Integers:
        """Of those whose cost is the same, the one that promises most, in order."""
        assert self.context is not None
        names = self.context.shared_params
        columns = [
            i for i, name in enumerate(encoder.distributions) if names is None or name in names
        ]
        _, first = np.unique(candidates[order][:, columns], axis=0, return_index=True)
        return order[np.sort(first)]

    def _first_affordable(self, encoder: SpaceEncoder, values: Array) -> Array:
        """The first that there is time for, or of all where there is for none."""
        may = self.context.is_affordable if self.context is not None else lambda _: True
        found: Array = next((row for row in values if may(encoder.from_internal(row))), values[0])
        return found

    def _initial_design_point(
        self, encoder: SpaceEncoder, history: Mapping[bytes, ConfigHistory]
    ) -> Array:
        """The first new point of the study's own quasi-random sequence."""
        count = 1 << (len(history) + 64).bit_length()
        values = encoder.from_unit(sobol(len(encoder.distributions), self.seed, count))
        new = drop_seen(encoder, values, history)
        if not len(new) and encoder.size <= MAX_ENUMERATED:
            new = drop_seen(encoder, encoder.grid(), history)
        if len(new):
            return self._first_affordable(encoder, new)
        again: Array = values[self.ask_seed % len(values)]
        return again

    def _log_acquisition(
        self,
        encoder: SpaceEncoder,
        values: Array,
        surrogate: MultiFidelityGP,
        incumbent: float,
        history: Mapping[bytes, ConfigHistory],
        succeeded: Array,
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
        points = encoder.encode(values)
        mean, deviation = surrogate.predict(points)
        gain = np.log(deviation) + log_ei((mean - incumbent) / deviation)
        ends = [each for each in history.values() if each.failed]
        if ends:
            length = FAILURE_LENGTHSCALE * math.sqrt(len(encoder.distributions))
            bad = encoder.encode(np.array([each.row for each in ends])) / length
            missed = matern52(points / length, bad).sum(axis=1)
            reached = matern52(points / length, succeeded / length).sum(axis=1)
            chance = (SUCCESS_PRIOR_WEIGHT * SUCCESS_PRIOR_MEAN + reached) / (
                SUCCESS_PRIOR_WEIGHT + reached + missed
            )
            gain = gain + np.log(chance)
        return gain


def log_ei(z: Array) -> Array:
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
