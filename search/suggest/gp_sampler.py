"""The sampler `auto`: multi-fidelity Bayesian optimisation with a Gaussian process.

The first configurations are a space-filling design. After that, the next configuration has the
largest expected improvement (Jones et al., 1998) at the last rung, under the Gaussian process of
`xlt.search.suggest.surrogate`, which uses the scores of all trials at all rungs. Its logarithm is
maximised (LogEI, Ament et al., 2023): it still ranks candidates whose improvement underflows.
No configuration is suggested twice before all have been suggested.

A trial that diverged or failed has no score. From such trials the sampler learns the probability
that a configuration succeeds, and multiplies the expected improvement by it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial
from scipy.special import log_ndtr
from scipy.stats import norm

from xlt.search.suggest.candidates import drop_seen, neighbours, siblings, sobol
from xlt.search.suggest.encoding import SpaceEncoder
from xlt.search.suggest.history import ConfigHistory, observed_configs
from xlt.search.suggest.kernel import Array, Integers, matern52
from xlt.search.suggest.surrogate import MultiFidelityGP, PrefixColumns, fit_surrogate

# Configurations that must be known before the surrogate chooses, baseline and enqueued ones
# included. Until then they come from the space-filling design.
N_STARTUP_CONFIGS = 5
# In a space of up to MAX_ENUMERATED configurations, every one is a candidate. In a larger one,
# candidates are N_RANDOM_CANDIDATES Sobol points, the neighbours of N_LOCAL_STARTS observed
# configurations, siblings of the best ones, and then the neighbours of as many candidates.
MAX_ENUMERATED, N_RANDOM_CANDIDATES, N_LOCAL_STARTS = 2048, 512, 8
# The prior probability of success, and its weight in observations. Assumed.
SUCCESS_PRIOR_MEAN, SUCCESS_PRIOR_WEIGHT = 0.95, 0.25
# The length scale of the probability of success, times sqrt(p). Short, because failures lie beyond
# a boundary. Assumed.
FAILURE_LENGTHSCALE = 0.2
# The least improvement that counts if configurations share prefixes, in standard deviations.
# Siblings are many, cheap and alike, and some are always a little better by luck.
EI_XI = 0.2
# The candidates with the largest expected improvement that are reranked by improvement per cost.
N_COST_RERANKED = 16
# Latest trials that the search space is inferred from, if it is not given.
SPACE_WINDOW = 16


@dataclass(frozen=True)
class AcquisitionContext:
    """What configurations cost, what they share, and which may be suggested now.

    The functions take a trial's parameters. By default all configurations cost the same, share
    nothing and may be suggested.

    Attributes:
        cost_fn: The positive cost of a configuration, in any unit.
        cost_exponent: The expected improvement is divided by the cost to this power (Lee et al.,
            2020, "Cost-aware Bayesian optimization").
        shared_params: The parameters of the shared prefix, which alone decide the cost; None if
            all parameters do.
        may_suggest: Whether the configuration may be suggested now.
        shared_until: The step at which the shared prefix ends. None: only the cost is shared.
        space: The search space. If None, it is inferred from the latest trials. Parameters are missed
            if a recent trial has other ranges, or was killed while it was sampled.
    """

    cost_fn: Callable[[Mapping[str, Any]], float] = lambda _: 1.0
    cost_exponent: float = 0.0
    shared_params: frozenset[str] | None = None
    may_suggest: Callable[[Mapping[str, Any]], bool] = lambda _: True
    shared_until: int | None = None
    space: Mapping[str, BaseDistribution] | None = None


class MultiFidelityGPSampler(BaseSampler):
    """Suggests a configuration from the trials of a study with one objective.

    Args:
        seed: The study's seed, for the space-filling design.
        ask_seed: A seed of this suggestion alone, for its candidates.
        context: What configurations cost and share.
    """

    def __init__(self, seed: int, ask_seed: int, context: AcquisitionContext | None = None) -> None:
        self.seed, self.ask_seed, self.context = seed, ask_seed, context or AcquisitionContext()
        self._random = RandomSampler(seed=ask_seed)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        if self.context.space is not None:
            return {name: dist for name, dist in self.context.space.items() if not dist.single()}
        spaces = [
            earlier.distributions
            for earlier in study.get_trials(deepcopy=False)
            if earlier.distributions and earlier.number != trial.number
        ][-SPACE_WINDOW:]
        return {
            name: dist
            for name, dist in sorted(spaces[-1].items() if spaces else ())
            if not dist.single() and all(space.get(name) == dist for space in spaces)
        }

    def sample_relative(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        if not search_space:
            return {}
        encoder = SpaceEncoder(search_space)
        history = observed_configs(study, trial.number, encoder)
        return encoder.from_internal(self._suggest_point(encoder, history))

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
        """The internal values of the next configuration, (p,)."""
        scored = [config for config in history.values() if config.scores]
        if len(history) < N_STARTUP_CONFIGS or len(scored) < 2:
            return self._initial_design_point(encoder, history)
        rows = np.array([config.row for config in scored])  # (n, p)
        prefix = self._prefix_columns(encoder)
        surrogate, chosen = fit_surrogate(
            encoder.encode(rows),
            [config.scores for config in scored],
            encoder.column_param.tolist(),
            single_fidelity=all(config.single_fidelity for config in scored),
            prefix=prefix,
        )
        means, _ = surrogate.predict_train()
        ranked = rows[chosen[np.argsort(-means, kind="stable")]]
        threshold = float(means.max()) + (0.0 if prefix is None else EI_XI)
        acquisition = _Acquisition(encoder, surrogate, history, threshold)
        rng = np.random.default_rng([self.ask_seed, len(history)])
        enumerable = encoder.size <= MAX_ENUMERATED
        if enumerable:
            # Shuffled to break ties at random: siblings tie while their prefix is not trained.
            candidates = rng.permutation(encoder.grid())
        else:
            unit = sobol(len(encoder.distributions), self.ask_seed, N_RANDOM_CANDIDATES)
            spread = encoder.from_unit(unit)
            starts = self._local_starts(encoder, ranked, prefix)
            leaders = ranked[self._leaders(encoder, ranked)] if prefix is not None else ranked[:0]
            cheap = siblings(leaders, spread, self._is_shared(encoder))
            candidates = np.vstack([spread, neighbours(encoder, starts, rng), cheap])
        candidates = drop_seen(encoder, candidates, history)
        if not len(candidates):
            return self._initial_design_point(encoder, history)
        log_gains = acquisition(candidates)
        if not enumerable:
            best = candidates[np.argsort(-log_gains, kind="stable")[:N_LOCAL_STARTS]]
            nearby = drop_seen(encoder, neighbours(encoder, best, rng), history)
            if len(nearby):
                candidates = np.vstack([candidates, nearby])
                log_gains = np.concatenate([log_gains, acquisition(nearby)])
        return self._cost_aware_best(encoder, candidates, log_gains)

    def _prefix_columns(self, encoder: SpaceEncoder) -> PrefixColumns | None:
        step, names = self.context.shared_until, self.context.shared_params
        if step is None or names is None:
            return None
        return PrefixColumns(step, encoder.columns_of(names))

    def _local_starts(
        self, encoder: SpaceEncoder, ranked: Array, prefix: PrefixColumns | None
    ) -> Array:
        """Configurations whose neighbours become candidates, from (n, p) ranked ones.

        If there are shared prefixes, half of them are the best of their prefixes. The best ones
        alone might all be siblings.
        """
        order = np.arange(len(ranked))
        if prefix is not None:
            leaders = self._leaders(encoder, ranked)
            order = np.concatenate([leaders, np.setdiff1d(order, leaders)])
        return ranked[order[:N_LOCAL_STARTS]]

    def _leaders(self, encoder: SpaceEncoder, ranked: Array) -> Integers:
        """The rows of the best configurations of the best prefixes, from (n, p) ranked ones."""
        order = np.arange(len(ranked))
        return self._dedupe_by_shared(encoder, ranked, order)[: N_LOCAL_STARTS // 2]

    def _cost_aware_best(self, encoder: SpaceEncoder, candidates: Array, log_gains: Array) -> Array:
        """The affordable candidate with the largest expected improvement per cost."""
        order = np.argsort(-log_gains, kind="stable")
        top = self._dedupe_by_shared(encoder, candidates, order)[:N_COST_RERANKED]
        costs = [self.context.cost_fn(encoder.from_internal(row)) for row in candidates[top]]
        log_gains_per_cost = log_gains[top] - self.context.cost_exponent * np.log(costs)
        reranked = top[np.argsort(-log_gains_per_cost, kind="stable")]
        order = np.concatenate([reranked, order[~np.isin(order, top)]])
        return self._first_allowed(encoder, candidates[order])

    def _dedupe_by_shared(self, encoder: SpaceEncoder, rows: Array, order: Integers) -> Integers:
        """Of the rows in `order`, the first of every combination of `shared_params`."""
        shared = self._is_shared(encoder)
        _, first = np.unique(rows[order][:, shared], axis=0, return_index=True)
        return order[np.sort(first)]

    def _is_shared(self, encoder: SpaceEncoder) -> NDArray[np.bool_]:
        """Whether a parameter is one of `shared_params`, (p,)."""
        names = self.context.shared_params
        return np.array([names is None or name in names for name in encoder.distributions])

    def _first_allowed(self, encoder: SpaceEncoder, rows: Array) -> Array:
        """The first configuration that may be suggested; if none may, the first."""
        may_suggest = self.context.may_suggest
        allowed = (row for row in rows if may_suggest(encoder.from_internal(row)))
        first: Array = next(allowed, rows[0])
        return first

    def _initial_design_point(
        self, encoder: SpaceEncoder, history: Mapping[bytes, ConfigHistory]
    ) -> Array:
        """The first new point of the study's space-filling design; an old one if all are seen."""
        # A power of two, with points to spare: several can fall on one configuration.
        count = 1 << (len(history) + 64).bit_length()
        rows = encoder.from_unit(sobol(len(encoder.distributions), self.seed, count))
        new = drop_seen(encoder, rows, history)
        if not len(new) and encoder.size <= MAX_ENUMERATED:
            new = drop_seen(encoder, encoder.grid(), history)
        if len(new):
            return self._first_allowed(encoder, new)
        repeated: Array = rows[self.ask_seed % len(rows)]
        return repeated


class _Acquisition:
    """The logarithm of the expected improvement over `threshold`, times the probability of success.

    Running configurations count as if they had their expected scores. The probability of success
    is a kernel regression on the scored and the failed configurations.
    """

    def __init__(
        self,
        encoder: SpaceEncoder,
        surrogate: MultiFidelityGP,
        history: Mapping[bytes, ConfigHistory],
        threshold: float,
    ) -> None:
        self.encoder, self.surrogate, self.threshold = encoder, surrogate, threshold
        self.succeeded = surrogate.points  # without running ones, which can still fail
        configs = history.values()
        running = [config.row for config in configs if config.running and not config.scores]
        if running:
            self.surrogate = surrogate.fantasize(encoder.encode(np.array(running)))
        failed = [config.row for config in configs if config.failed]
        self.failed = encoder.encode(np.array(failed)) if failed else None

    def __call__(self, rows: Array) -> Array:
        """Internal values of m configurations, (m, p), to (m,)."""
        points = self.encoder.encode(rows)
        mean, std = self.surrogate.predict(points)
        log_gain: Array = np.log(std) + log_ei((mean - self.threshold) / std)
        if self.failed is None:
            return log_gain
        length = FAILURE_LENGTHSCALE * math.sqrt(len(self.encoder.distributions))
        failed = matern52(points / length, self.failed / length).sum(axis=1)
        succeeded = matern52(points / length, self.succeeded / length).sum(axis=1)
        probability = (SUCCESS_PRIOR_WEIGHT * SUCCESS_PRIOR_MEAN + succeeded) / (
            SUCCESS_PRIOR_WEIGHT + succeeded + failed
        )
        log_gain += np.log(probability)
        return log_gain


def log_ei(z: Array) -> Array:
    """The logarithm of E[max(0, z + N)] for a standard normal N: log(z Phi(z) + phi(z)), (m,)."""
    z = np.asarray(z, dtype=float)
    low = z < -5
    plain = np.where(low, 0.0, z)
    log_plain = np.log(plain * norm.cdf(plain) + norm.pdf(plain))
    # Far below 0 the two terms cancel, so the tail is phi(z) (1 - ratio of the terms). Where that
    # difference is lost to rounding as well, its lower bound 1 / (z**2 + 3) is close enough.
    far = np.where(low, z, -6.0)
    ratio = -far * np.exp(log_ndtr(far) - norm.logpdf(far))
    log_tail = norm.logpdf(far) + np.log(np.maximum(1 - ratio, 1 / (far * far + 3)))
    result: Array = np.where(low, log_tail, log_plain)
    return result
