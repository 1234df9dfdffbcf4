"""Candidates for the next configuration: space-filling points, and neighbours and siblings of good ones."""

from collections.abc import Container

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import CategoricalDistribution
from scipy.stats import qmc

from xlt.search.suggest.encoding import SpaceEncoder, row_keys
from xlt.search.suggest.kernel import Array

# Neighbours drawn for each configuration, and the standard deviation of a step in the unit cube.
# Assumed.
N_NEIGHBOURS, STEP_STD = 32, 0.1


def sobol(dimensions: int, seed: int, count: int) -> Array:
    """Scrambled Sobol points in [0, 1), (count, dimensions); `count` must be a power of two."""
    points: Array = qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random(count)
    return points


def neighbours(encoder: SpaceEncoder, rows: Array, rng: np.random.Generator) -> Array:
    """Draw configurations near others, in internal values: (n, p) to (n * N_NEIGHBOURS, p).

    One random parameter of a configuration changes, and every other one with probability 1 / (2p).
    """
    unit = np.repeat(encoder.to_unit(rows), N_NEIGHBOURS, axis=0)  # (n * N_NEIGHBOURS, p)
    count, n_params = unit.shape
    moved = rng.random(unit.shape) < 0.5 / n_params
    moved[np.arange(count), rng.integers(n_params, size=count)] = True
    steps = STEP_STD * rng.standard_normal(unit.shape)
    for param, (distribution, n_values) in enumerate(
        zip(encoder.distributions.values(), encoder.n_values, strict=True)
    ):
        if isinstance(distribution, CategoricalDistribution):  # all choices are equally near
            steps[:, param] = rng.random(count) - unit[:, param]
        elif n_values:  # at least to the adjacent value
            smallest = np.copysign(1 / n_values, steps[:, param])
            too_small = abs(steps[:, param]) < abs(smallest)
            steps[:, param] = np.where(too_small, smallest, steps[:, param])
    return encoder.from_unit(np.clip(unit + moved * steps, 0, 1))


def siblings(rows: Array, others: Array, shared: NDArray[np.bool_]) -> Array:
    """Configurations with the shared prefixes of (n, p) rows, and all other values of `others`.

    Once a prefix is trained, they are cheap. Neighbours alone would explore little of what follows it.

    Args:
        rows: Configurations with different prefixes, in internal values.
        others: At least n * N_NEIGHBOURS configurations, in internal values.
        shared: (p,), whether a parameter belongs to the prefix.

    Returns:
        (n * N_NEIGHBOURS, p)
    """
    repeated = np.repeat(rows, N_NEIGHBOURS, axis=0)
    return np.where(shared, repeated, others[: len(repeated)])


def drop_seen(encoder: SpaceEncoder, rows: Array, seen: Container[bytes]) -> Array:
    """The distinct configurations of (m, p) whose keys are not in `seen`, in their order."""
    new: dict[bytes, int] = {}
    for index, key in enumerate(row_keys(encoder.encode(rows))):
        if key not in seen:
            new.setdefault(key, index)
    return rows[list(new.values())]
