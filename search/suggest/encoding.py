"""Encodes configurations of an Optuna search space as rows of numbers.

A configuration has three numeric forms:

internal: Optuna's internal representation: a number, or the index of a choice. Shape (p,) for p
    parameters.
unit: A point of the unit cube, where candidates are drawn. Shape (p,).
encoded: What the kernel measures distances on. A number is scaled to [0, 1], on a logarithmic scale
    if its distribution has one. A categorical parameter is one-hot encoded and divided by sqrt(2),
    so that different choices have distance 1. Shape (c,): one column for each choice.
"""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from xlt.search.suggest.kernel import Array, Integers

# Encoded values that differ by less belong to the same configuration.
DECIMALS = 9


class SpaceEncoder:
    """Converts between a trial's parameters and the numeric forms above.

    Attributes:
        distributions: The search space: p parameters by name.
        column_param: The index of the parameter that each encoded column belongs to, (c,).
        n_values: The number of values of each parameter; None if it is continuous.
    """

    def __init__(self, space: Mapping[str, BaseDistribution]) -> None:
        self.distributions = dict(space)
        self._axes = [_axis(distribution) for distribution in self.distributions.values()]
        widths = [axis.n_choices or 1 for axis in self._axes]
        self.column_param: Integers = np.repeat(np.arange(len(widths)), widths)
        self.n_values = [axis.n_values for axis in self._axes]

    @property
    def size(self) -> float:
        """The number of configurations; infinite if any parameter is continuous."""
        return math.prod(math.inf if count is None else count for count in self.n_values)

    def columns_of(self, names: Collection[str]) -> Integers:
        """The encoded columns of the parameters `names`."""
        params = [index for index, name in enumerate(self.distributions) if name in names]
        return np.flatnonzero(np.isin(self.column_param, params))

    def to_internal(self, params: Mapping[str, Any]) -> list[float]:
        """A trial's parameters in Optuna's internal representation, (p,)."""
        return [dist.to_internal_repr(params[name]) for name, dist in self.distributions.items()]

    def from_internal(self, row: Array) -> dict[str, Any]:
        """A trial's parameters from their internal representation, (p,)."""
        return {
            name: dist.to_external_repr(float(value))
            for (name, dist), value in zip(self.distributions.items(), row, strict=True)
        }

    def from_unit(self, unit: Array) -> Array:
        """Points of the unit cube as internal values, (m, p) to (m, p).

        The values of a discrete parameter get equal shares of [0, 1].
        """
        return self._by_column(lambda axis, column: axis.from_unit(column), unit)

    def to_unit(self, rows: Array) -> Array:
        """Internal values as points of the unit cube, (m, p) to (m, p).

        A discrete value gets the middle of its share.
        """
        return self._by_column(lambda axis, column: axis.to_unit(column), rows)

    def grid(self) -> Array:
        """The internal values of all configurations of a finite space, (size, p)."""
        counts = [count or 1 for count in self.n_values]
        indices = np.indices(counts).reshape(len(counts), -1).T.astype(float)  # (size, p)
        return self._by_column(lambda axis, column: axis.grid_values(column), indices)

    def encode(self, rows: Array) -> Array:
        """Internal values, (m, p), as encoded values, (m, c).

        Rounded, so that equal configurations are encoded equally: 3 * 0.05 is not 0.15, which a
        user may have enqueued.
        """
        columns = [axis.encode(column) for axis, column in zip(self._axes, rows.T, strict=True)]
        points: Array = np.concatenate(columns, axis=1)
        return np.round(points, DECIMALS) + 0.0  # turns -0.0 into 0.0

    def _by_column(self, convert: "Callable[[_Axis, Array], Array]", table: Array) -> Array:
        columns = [convert(axis, column) for axis, column in zip(self._axes, table.T, strict=True)]
        return np.stack(columns, axis=1)


def row_keys(points: Array) -> list[bytes]:
    """One key per encoded row; equal for equal configurations."""
    return [row.tobytes() for row in points]


class _Axis:
    """The values of one parameter, from `low` to `high`; continuous if `step` is 0."""

    def __init__(self, low: float, high: float, step: float, n_choices: int = 0) -> None:
        self.low, self.high, self.step, self.n_choices = low, high, step, n_choices
        self.n_values = int((high - low) / step + 1e-6) + 1 if step else None

    def grid_values(self, indices: Array) -> Array:
        return np.minimum(self.low + indices * self.step, self.high)

    def from_unit(self, unit: Array) -> Array:
        if self.n_values:
            return self.grid_values(np.clip(np.floor(unit * self.n_values), 0, self.n_values - 1))
        return self.low + np.clip(unit, 0, 1) * (self.high - self.low)

    def to_unit(self, values: Array) -> Array:
        if self.n_values:
            return ((values - self.low) / self.step + 0.5) / self.n_values
        return (values - self.low) / ((self.high - self.low) or 1)

    def encode(self, values: Array) -> Array:
        if self.n_choices:
            one_hot: Array = (values[:, None] == np.arange(self.n_choices)) / math.sqrt(2)
            return one_hot
        return ((values - self.low) / ((self.high - self.low) or 1))[:, None]


class _LogAxis(_Axis):
    """A parameter on a logarithmic scale: integers if it has a step, else continuous."""

    def from_unit(self, unit: Array) -> Array:
        low, high = self._log_bounds(self.step / 2)
        values = np.exp(low + np.clip(unit, 0, 1) * (high - low))
        return np.clip(np.round(values) if self.step else values, self.low, self.high)

    def to_unit(self, values: Array) -> Array:
        low, high = self._log_bounds(self.step / 2)
        return (np.log(values) - low) / ((high - low) or 1)

    def encode(self, values: Array) -> Array:
        low, high = self._log_bounds(0)
        return ((np.log(values) - low) / ((high - low) or 1))[:, None]

    def _log_bounds(self, margin: float) -> tuple[float, float]:
        return math.log(self.low - margin), math.log(self.high + margin)


def _axis(distribution: BaseDistribution) -> _Axis:
    match distribution:
        case CategoricalDistribution(choices=choices):
            return _Axis(0, len(choices) - 1, 1, len(choices))
        case IntDistribution(low=low, high=high, step=step, log=log):
            return (_LogAxis if log else _Axis)(low, high, step)
        case FloatDistribution(low=low, high=high, step=step, log=log):
            return (_LogAxis if log else _Axis)(low, high, step or 0)
        case _:
            raise TypeError(f"cannot encode {distribution!r}")
