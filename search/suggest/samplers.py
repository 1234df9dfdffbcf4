"""Optuna's samplers by name, seeded so that a resumed study asks what an unbroken one would.

A sampler is built anew before each question, from the study's seed and the number of
questions asked before. What it suggests then depends on those two and on the trials told,
not on what the process has done before. So with one worker `auto`, `tpe`, `gp`, `random` and `qmc`
suggest the same configurations however often the study was interrupted. `cmaes` adds the
trial's own number to its seed, and that moves on with every interrupted trial.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

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
    name: str, seed: int, *question: int, context: "AcquisitionContext | None" = None
) -> BaseSampler:
    """The sampler `name` for one question, told from others by non-negative numbers.

    `context`: what configurations cost, for those that can context it.
    """
    fresh = int(np.random.SeedSequence([seed, *question]).generate_state(1)[0])
    return SAMPLERS[name](seed, fresh, context)


def sample_params(
    chosen: BaseSampler, study: optuna.Study, ranges: Mapping[str, BaseDistribution]
) -> dict[str, Any]:
    """Parameters for a trial that is not there yet, from a sampler that needs no record of it.

    Written with them at once, a trial costs one transaction where `optuna.Study.ask` takes one a
    parameter.
    """
    blank = optuna.trial.create_trial(state=TrialState.WAITING)
    free = {name: each for name, each in ranges.items() if not each.single()}
    drawn = chosen.sample_relative(study, blank, free)
    for name, each in ranges.items():
        if name not in drawn:
            drawn[name] = chosen.sample_independent(study, blank, name, each)
    return drawn


def random_params(
    space: Space, seed: int, study: optuna.Study, *question: int
) -> Iterator[tuple[dict[str, Any], Configuration]]:
    """A trial's parameters and their configuration at random, without end."""
    random, ranges = make_sampler("random", seed, *question), distributions(space)
    while True:
        params = sample_params(random, study, ranges)
        yield params, space.from_parameters(params)


def _auto(seed: int, fresh: int, context: "AcquisitionContext | None") -> BaseSampler:
    # It brings SciPy's statistics, for which `xlt-search show` would wait.
    from xlt.search.suggest.gp_sampler import MultiFidelityGPSampler

    return MultiFidelityGPSampler(seed, fresh, context)


def _tpe(_: int, fresh: int, __: "AcquisitionContext | None") -> BaseSampler:
    return TPESampler(seed=fresh)


def _gp(_: int, fresh: int, __: "AcquisitionContext | None") -> BaseSampler:
    return GPSampler(seed=fresh)


def _random(_: int, fresh: int, __: "AcquisitionContext | None") -> BaseSampler:
    return RandomSampler(seed=fresh)


def _qmc(seed: int, fresh: int, _: "AcquisitionContext | None") -> BaseSampler:
    # The seed names the sequence, and the storage counts its points: it must stay the same.
    first = RandomSampler(seed=fresh)
    with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
        return QMCSampler(
            scramble=True, seed=seed, independent_sampler=first, warn_independent_sampling=False
        )


def _cmaes(_: int, fresh: int, __: "AcquisitionContext | None") -> BaseSampler:
    # Categorical parameters are drawn at random: CMA-ES knows numbers alone.
    return CmaEsSampler(seed=fresh, warn_independent_sampling=False)


# Each is built from the study's seed, a seed of this question's own, and what there is to context.
SAMPLERS: Mapping[str, Callable[[int, int, "AcquisitionContext | None"], BaseSampler]] = {
    "auto": _auto,
    "tpe": _tpe,
    "gp": _gp,
    "random": _random,
    "qmc": _qmc,
    "cmaes": _cmaes,
}
# They keep notes in the record of the trial that they suggest parameters for.
NEED_TRIAL = frozenset({"tpe", "gp", "cmaes"})
