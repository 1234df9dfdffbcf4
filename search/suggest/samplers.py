"""Optuna's samplers and ours by name, seeded so that a resumed study repeats an uninterrupted one.

A sampler is created anew for every suggestion, from the study's seed and the number of suggestions
so far. Its suggestion depends only on these and on the study's trials. So with one worker `auto`,
`tpe`, `gp`, `random` and `qmc` suggest the same configurations however often the study was
interrupted. `cmaes` does not: it adds the trial's number to its seed, and an interrupted trial uses
up a number.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import (
    BaseSampler,
    CmaEsSampler,
    GPSampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration
from xlt.search.suggest.distributions import distributions
from xlt.spaces.space import Space

if TYPE_CHECKING:
    from xlt.search.suggest.gp_sampler import AcquisitionContext


def make_sampler(
    name: str, seed: int, *ask_index: int, context: "AcquisitionContext | None" = None
) -> BaseSampler:
    """Create the sampler `name` for one suggestion.

    Args:
        name: A key of `SAMPLERS`.
        seed: The study's seed.
        ask_index: Non-negative numbers that distinguish this suggestion from the study's others.
        context: What configurations cost and share. Only `auto` uses it.
    """
    ask_seed = int(np.random.SeedSequence([seed, *ask_index]).generate_state(1)[0])
    return SAMPLERS[name](seed, ask_seed, context)


def sample_params(
    sampler: BaseSampler, study: optuna.Study, search_space: Mapping[str, BaseDistribution]
) -> dict[str, Any]:
    """Sample the parameters of a trial that is not in the storage yet.

    A trial can then be stored together with its parameters in one transaction; `Study.ask` takes
    one per parameter. The sampler must not be in `NEED_STORED_TRIAL`.
    """
    trial = optuna.trial.create_trial(state=TrialState.WAITING)
    free = {name: dist for name, dist in search_space.items() if not dist.single()}
    params = sampler.sample_relative(study, trial, free)
    for name, distribution in search_space.items():
        if name not in params:
            params[name] = sampler.sample_independent(study, trial, name, distribution)
    return params


def random_params(
    space: Space, seed: int, study: optuna.Study, *ask_index: int
) -> Iterator[tuple[dict[str, Any], Configuration]]:
    """Yield random trial parameters with their configuration, without end."""
    sampler, search_space = make_sampler("random", seed, *ask_index), distributions(space)
    while True:
        params = sample_params(sampler, study, search_space)
        yield params, space.from_trial_params(params)


def _auto(seed: int, ask_seed: int, context: "AcquisitionContext | None") -> BaseSampler:
    # Imported here because it imports scipy.stats, which `xlt-search show` would wait for.
    from xlt.search.suggest.gp_sampler import MultiFidelityGPSampler

    return MultiFidelityGPSampler(seed, ask_seed, context)


def _qmc(seed: int, ask_seed: int, _context: "AcquisitionContext | None") -> BaseSampler:
    # QMCSampler stores in the study how many points of a seed's sequence are used, so every
    # suggestion must have the same seed.
    independent_sampler = RandomSampler(seed=ask_seed)
    with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
        return QMCSampler(
            scramble=True,
            seed=seed,
            independent_sampler=independent_sampler,
            warn_independent_sampling=False,
        )


# Creates a sampler from the study's seed, the suggestion's own seed, and the context.
_Factory: TypeAlias = Callable[[int, int, "AcquisitionContext | None"], BaseSampler]
SAMPLERS: Mapping[str, _Factory] = {
    "auto": _auto,
    "tpe": lambda _, ask_seed, __: TPESampler(seed=ask_seed),
    "gp": lambda _, ask_seed, __: GPSampler(seed=ask_seed),
    "random": lambda _, ask_seed, __: RandomSampler(seed=ask_seed),
    "qmc": _qmc,
    # It samples categorical parameters at random, because CMA-ES is defined on numbers only.
    "cmaes": lambda _, ask_seed, __: CmaEsSampler(seed=ask_seed, warn_independent_sampling=False),
}
# These write attributes to the trial that they suggest parameters for, so it must be stored.
NEED_STORED_TRIAL = frozenset({"tpe", "gp", "cmaes"})
