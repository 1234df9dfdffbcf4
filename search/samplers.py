"""Optuna's samplers by name, seeded so that a resumed study asks what an unbroken one would.

A sampler is built anew before each question, from the study's seed and the number of
questions asked before. What it suggests then depends on those two and on the trials told,
not on what the process has done before. So with one worker `auto`, `tpe`, `gp`, `random` and `qmc`
suggest the same configurations however often the study was interrupted. `cmaes` adds the
trial's own number to its seed, and that moves on with every interrupted trial.
"""

import warnings
from collections.abc import Callable, Mapping

import numpy as np
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import (
    BaseSampler,
    CmaEsSampler,
    GPSampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)

from xlt.search.auto import AutoSampler


def sampler(name: str, seed: int, *question: int) -> BaseSampler:
    """The sampler `name` for one question, told from others by non-negative numbers."""
    return SAMPLERS[name](seed, int(np.random.SeedSequence([seed, *question]).generate_state(1)[0]))


def _auto(seed: int, fresh: int) -> BaseSampler:
    return AutoSampler(seed, fresh)


def _tpe(_: int, fresh: int) -> BaseSampler:
    return TPESampler(seed=fresh)


def _gp(_: int, fresh: int) -> BaseSampler:
    return GPSampler(seed=fresh)


def _random(_: int, fresh: int) -> BaseSampler:
    return RandomSampler(seed=fresh)


def _qmc(seed: int, fresh: int) -> BaseSampler:
    # The seed names the sequence, and the storage counts its points: it must stay the same.
    first = RandomSampler(seed=fresh)
    with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
        return QMCSampler(
            scramble=True, seed=seed, independent_sampler=first, warn_independent_sampling=False
        )


def _cmaes(_: int, fresh: int) -> BaseSampler:
    # Categorical parameters are drawn at random: CMA-ES knows numbers alone.
    return CmaEsSampler(seed=fresh, warn_independent_sampling=False)


# Each is built from the study's seed, and from a seed of this question's own.
SAMPLERS: Mapping[str, Callable[[int, int], BaseSampler]] = {
    "auto": _auto,
    "tpe": _tpe,
    "gp": _gp,
    "random": _random,
    "qmc": _qmc,
    "cmaes": _cmaes,
}
