"""Configurations that might be tried next: spread over a space, near others, all new."""

from collections.abc import Container, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from scipy.stats import qmc

from xlt.search.suggest.encoding import Coordinates, keys
from xlt.search.suggest.kernel import Array

# Moves of a configuration that are looked at, and their deviation, in coordinates.
MOVES, DEVIATION = 32, 0.1


def starts(space: Mapping[str, BaseDistribution], seed: int, count: int) -> list[dict[str, Any]]:
    """The first `count` different configurations of the study's quasi-random sequence.

    Fewer where the space has no more.
    """
    box = Coordinates(space)
    values = box.values(sobol(len(box.space), seed, 1 << (count + 64).bit_length()))
    return [box.params(row) for row in unasked(box, values, ())[:count]]


def sobol(dimensions: int, seed: int, count: int) -> Array:
    """Scrambled points in [0, 1), (count, dimensions); count is a power of two."""
    points: Array = qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random(count)
    return points


def near(box: Coordinates, values: Array, source: np.random.Generator) -> Array:
    """Configurations nearby: one or two parameters of each moved, (n * MOVES, p)."""
    places = np.repeat(box.places(values), MOVES, axis=0)
    count, parameters = places.shape
    moved = source.random(places.shape) < 0.5 / parameters
    moved[np.arange(count), source.integers(parameters, size=count)] = True
    steps = DEVIATION * source.standard_normal(places.shape)
    for column, (each, values_there) in enumerate(zip(box.space.values(), box.counts, strict=True)):
        if isinstance(each, optuna.distributions.CategoricalDistribution):
            steps[:, column] = source.random(count) - places[:, column]
        elif values_there:  # at least to the next one
            least = np.copysign(1 / values_there, steps[:, column])
            steps[:, column] = np.where(abs(steps[:, column]) < abs(least), least, steps[:, column])
    return box.values(np.clip(places + moved * steps, 0, 1))


def unasked(box: Coordinates, values: Array, known: Container[bytes]) -> Array:
    """The configurations among these that were never asked for, each once, in their order."""
    fresh: dict[bytes, int] = {}
    for place, key in enumerate(keys(box.points(values))):
        if key not in known:
            fresh.setdefault(key, place)
    return values[list(fresh.values())]
