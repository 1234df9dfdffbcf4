"""Where configurations lie: Optuna's distributions as a box of numbers.

A configuration is a row of values, one a parameter, as Optuna stores them: a number, or the index
of a category. Its coordinates lie in [0, 1]: a number's place in its range (on a logarithmic
scale where the distribution says so), and an indicator of each choice of a category, scaled so
that two different choices are at distance 1.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from xlt.search.suggest.kernel import Array, Integers

# Decimals of a coordinate that tell two configurations apart.
DECIMALS = 9


class SpaceEncoder:
    """The box of p parameters, by name, in c coordinates."""

    def __init__(self, space: Mapping[str, BaseDistribution]) -> None:
        self.distributions = dict(space)
        self._axes = [_axis(each) for each in self.distributions.values()]
        widths = [axis.n_choices or 1 for axis in self._axes]
        self.column_param: Integers = np.repeat(np.arange(len(widths)), widths)  # (c,)

    @property
    def n_values(self) -> list[int | None]:
        """How many values each parameter has; None for a continuum."""
        return [axis.n_values for axis in self._axes]

    @property
    def size(self) -> float:
        """How many configurations there are; infinite with a continuum."""
        return math.prod(math.inf if count is None else count for count in self.n_values)

    def columns_of(self, names: Collection[str]) -> Integers:
        """The coordinates of these parameters."""
        wanted = [place for place, name in enumerate(self.distributions) if name in names]
        return np.flatnonzero(np.isin(self.column_param, wanted))

    def to_internal(self, params: Mapping[str, Any]) -> list[float]:
        """A trial's parameters as values, (p,)."""
        return [each.to_internal_repr(params[name]) for name, each in self.distributions.items()]

    def from_internal(self, values: Array) -> dict[str, Any]:
        """Values, (p,), as a trial's parameters."""
        return {
            name: each.to_external_repr(float(value))
            for (name, each), value in zip(self.distributions.items(), values, strict=True)
        }

    def from_unit(self, unit: Array) -> Array:
        """Values at places in [0, 1], (m, p) each: all values of a lattice are as likely."""
        return self._columns("values", unit)

    def to_unit(self, values: Array) -> Array:
        """The way back, to the middle of what leads to a value."""
        return self._columns("places", values)

    def grid(self) -> Array:
        """All configurations of a finite space, (size, p)."""
        counts = [count or 1 for count in self.n_values]
        indices = np.indices(counts).reshape(len(counts), -1).T.astype(float)
        return self._columns("lattice", indices)

    def encode(self, values: Array) -> Array:
        """Coordinates of configurations: (m, p) to (m, c); the same for the same configuration.

        0.05 three times is not 0.15, which somebody may have enqueued.
        """
        columns = [axis.points(column) for axis, column in zip(self._axes, values.T, strict=True)]
        points: Array = np.concatenate(columns, axis=1)
        return np.round(points, DECIMALS) + 0.0

    def _columns(self, what: str, table: Array) -> Array:
        columns = [
            getattr(axis, what)(column) for axis, column in zip(self._axes, table.T, strict=True)
        ]
        return np.stack(columns, axis=1)


def row_keys(points: Array) -> list[bytes]:
    """Equal for equal configurations, one a row of coordinates."""
    return [row.tobytes() for row in points]


class _Axis:
    """Numbers from `low` to `high`: a lattice in steps, or a continuum (`step` 0)."""

    def __init__(self, low: float, high: float, step: float, choices: int = 0) -> None:
        self.low, self.high, self.step, self.n_choices = low, high, step, choices
        self.n_values = int((high - low) / step + 1e-6) + 1 if step else None

    def lattice(self, indices: Array) -> Array:
        return np.minimum(self.low + indices * self.step, self.high)

    def values(self, places: Array) -> Array:
        if self.n_values:
            return self.lattice(np.clip(np.floor(places * self.n_values), 0, self.n_values - 1))
        return self.low + np.clip(places, 0, 1) * (self.high - self.low)

    def places(self, values: Array) -> Array:
        if self.n_values:
            return ((values - self.low) / self.step + 0.5) / self.n_values
        return (values - self.low) / ((self.high - self.low) or 1)

    def points(self, values: Array) -> Array:
        if self.n_choices:
            indicators: Array = (values[:, None] == np.arange(self.n_choices)) / math.sqrt(2)
            return indicators
        return ((values - self.low) / ((self.high - self.low) or 1))[:, None]


class _Logarithmic(_Axis):
    """The same on a logarithmic scale; whole numbers where there is a step."""

    def values(self, places: Array) -> Array:
        half = self.step / 2
        low, high = math.log(self.low - half), math.log(self.high + half)
        values = np.exp(low + np.clip(places, 0, 1) * (high - low))
        return np.clip(np.round(values) if self.step else values, self.low, self.high)

    def places(self, values: Array) -> Array:
        half = self.step / 2
        low, high = math.log(self.low - half), math.log(self.high + half)
        return (np.log(values) - low) / ((high - low) or 1)

    def points(self, values: Array) -> Array:
        low, high = math.log(self.low), math.log(self.high)
        return ((np.log(values) - low) / ((high - low) or 1))[:, None]


def _axis(distribution: BaseDistribution) -> _Axis:
    match distribution:
        case CategoricalDistribution(choices=choices):
            return _Axis(0, len(choices) - 1, 1, len(choices))
        case IntDistribution(low=low, high=high, step=step, log=log):
            return (_Logarithmic if log else _Axis)(low, high, step)
        case FloatDistribution(low=low, high=high, step=step, log=log):
            return (_Logarithmic if log else _Axis)(low, high, step or 0)
        case _:
            raise TypeError(f"no coordinates for {distribution!r}")
