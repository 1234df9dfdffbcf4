"""Configurations that might be tried next: spread over a space, near others, all new."""

from collections.abc import Container, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from scipy.stats import qmc

from xlt.search.suggest.encoding import SpaceEncoder, row_keys
from xlt.search.suggest.kernel import Array

# Moves of a configuration that are looked at, and their deviation, in coordinates.
N_NEIGHBOURS, STEP_STD = 32, 0.1


def initial_design(
    space: Mapping[str, BaseDistribution], seed: int, count: int
) -> list[dict[str, Any]]:
    """The first `count` different configurations of the study's quasi-random sequence.

    Fewer where the space has no more.
    """
    box = SpaceEncoder(space)
    values = box.from_unit(sobol(len(box.distributions), seed, 1 << (count + 64).bit_length()))
    return [box.from_internal(row) for row in drop_seen(box, values, ())[:count]]


def sobol(dimensions: int, seed: int, count: int) -> Array:
    """Scrambled points in [0, 1), (count, dimensions); count is a power of two."""
    points: Array = qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random(count)
    return points


def neighbours(encoder: SpaceEncoder, values: Array, rng: np.random.Generator) -> Array:
    """Configurations nearby: one or two parameters of each moved, (n * MOVES, p)."""
    places = np.repeat(encoder.to_unit(values), N_NEIGHBOURS, axis=0)
    count, parameters = places.shape
    moved = rng.random(places.shape) < 0.5 / parameters
    moved[np.arange(count), rng.integers(parameters, size=count)] = True
    steps = STEP_STD * rng.standard_normal(places.shape)
    for column, (each, values_there) in enumerate(
        zip(encoder.distributions.values(), encoder.n_values, strict=True)
    ):
        if isinstance(each, optuna.distributions.CategoricalDistribution):
            steps[:, column] = rng.random(count) - places[:, column]
        elif values_there:  # at least to the next one
            least = np.copysign(1 / values_there, steps[:, column])
            steps[:, column] = np.where(abs(steps[:, column]) < abs(least), least, steps[:, column])
    return encoder.from_unit(np.clip(places + moved * steps, 0, 1))


def drop_seen(encoder: SpaceEncoder, values: Array, seen: Container[bytes]) -> Array:
    """The configurations among these that were never asked for, each once, in their order."""
    fresh: dict[bytes, int] = {}
    for place, key in enumerate(row_keys(encoder.encode(values))):
        if key not in seen:
            fresh.setdefault(key, place)
    return values[list(fresh.values())]
