"""The kinds of parameters: `Int`, `Float`, `Categorical`, `Ordinal` and `Multiple`.

A configuration holds a parameter's value under its name (`d_ff` = 512). A trial holds what is
sampled, under `trial_name` (`d_ff_factor` = 4), so that every sampled value is valid. `to_trial`
and `from_trial` convert exactly. A parameter with one value is fixed; trials do not have it.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from xlt.spaces.errors import InvalidConfiguration, SpaceError, did_you_mean
from xlt.spaces.limits import Limits, Value, enumerated, format_value
from xlt.spaces.range_checks import format_range, numbers_problem, range_problem, values_problem
from xlt.spaces.values import KINDS, Kind, convert, exact, nearest_in_range, tolerance


@dataclass(frozen=True)
class Parameter(ABC):
    """A named parameter with its range.

    Attributes:
        name: Lower-case letters, digits and `_`.
        reason: Why the range has these bounds.
        hard_limits: What no study may exceed, however it widens the range.

    Raises:
        SpaceError: The range is empty, malformed or outside the hard limits.
    """

    suffix: ClassVar[str] = ""  # of `trial_name`
    name: str
    reason: str = field(kw_only=True)
    hard_limits: Limits = field(kw_only=True, default=Limits())

    @property
    @abstractmethod
    def kind(self) -> Kind: ...

    @property
    @abstractmethod
    def count(self) -> int | None:
        """How many values a trial can have; None if the range is continuous."""

    @abstractmethod
    def to_toml_value(self) -> Any:
        """Return the complete range as a study's TOML writes it."""

    @abstractmethod
    def __str__(self) -> str:
        """Describe the range in words."""

    @abstractmethod
    def canonical(self, value: Value, config: Mapping[str, Value]) -> Value:
        """Return the value of the range that `value` means, without rounding errors.

        Args:
            value: A value of a configuration.
            config: The values of the parameters that come before this one.

        Raises:
            InvalidConfiguration: `value` is of another kind or outside the range.
        """

    @property
    def trial_name(self) -> str:
        return self.name + self.suffix

    @cached_property
    def fixed(self) -> bool:
        return self.count == 1

    def to_trial(self, value: Value, config: Mapping[str, Value]) -> Value:
        """Return what a trial samples to get `value`. Arguments and errors as in `canonical`."""
        return self.canonical(value, config)

    def from_trial(self, sampled: Value, config: Mapping[str, Value]) -> Value:
        """Return the value that a sampled one stands for; the inverse of `to_trial`."""
        return self.canonical(self.convert(sampled), config)

    def convert(self, value: object) -> Any:
        """Convert a value to this parameter's kind.

        Raises:
            InvalidConfiguration: It is of another kind. Only a whole number may stand for a float.
        """
        converted = convert(value, self.kind)
        if converted is None:
            raise InvalidConfiguration(
                f"{self.name} = {format_value(value)} is not {KINDS[self.kind]}; its range is {self}"
            )
        return converted

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise SpaceError(f"{self.name}: a name has only lower-case letters, digits and _")
        if not self.reason.strip():
            raise self.error("has no reason; say why the range has these bounds")

    def error(self, problem: str) -> SpaceError:
        return SpaceError(problem, f"space.{self.name}")

    def require(self, problem: str | None, *values: Value) -> None:
        """Raise `SpaceError` if there is a problem, or a value exceeds the hard limits."""
        for message in filter(None, (problem, *map(self.hard_limits.problem, values))):
            raise self.error(message)

    def outside(self, value: Value, remedy: str) -> InvalidConfiguration:
        return InvalidConfiguration(
            f"{self.name} = {format_value(value)} is outside its range, {self}; {remedy}"
        )

    def _sampled_int(self, sampled: Value) -> int:
        if isinstance(sampled, bool) or not isinstance(sampled, int):
            value = f"{self.trial_name} = {format_value(sampled)}"
            raise InvalidConfiguration(f"{value} is not a whole number")
        return sampled

    def _set(self, **values: Any) -> None:
        """Normalise the fields of this frozen dataclass. Only for `__post_init__`."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Int(Parameter):
    """Whole numbers from `low` to `high`, both included, in steps or on a logarithmic scale."""

    kind: ClassVar[Kind] = "int"
    low: int
    high: int
    step: int = 1
    log: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        problem = range_problem(self.low, self.high, self._step_or_none, self.log)
        self.require(problem, self.low, self.high)
        if self.fixed:
            self._set(step=1, log=False)

    @property
    def _step_or_none(self) -> int | None:
        return None if self.step == 1 else self.step

    @property
    def lattice(self) -> range:
        return range(self.low, self.high + 1, self.step)

    @property
    def count(self) -> int:
        return len(self.lattice)

    def to_toml_value(self) -> Any:
        if self.fixed:
            return self.low
        return {"low": self.low, "high": self.high, "step": self.step, "log": self.log}

    def __str__(self) -> str:
        return format_range(self.low, self.high, self._step_or_none, self.log)

    def canonical(self, value: Value, config: Mapping[str, Value]) -> int:
        number: int = self.convert(value)
        if number not in self.lattice:
            nearest = nearest_in_range(number, self.low, self.high, self.step)
            raise self.outside(value, f"the nearest value is {nearest:.0f}")
        return number


@dataclass(frozen=True)
class Float(Parameter):
    """Numbers from `low` to `high`, both included: in steps, or continuous if `step` is None."""

    kind: ClassVar[Kind] = "float"
    low: float
    high: float
    step: float | None = None
    log: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(range_problem(self.low, self.high, self.step, self.log))
        single = self.low == self.high
        step = None if single or self.step is None else float(self.step)
        log = self.log and not single
        self._set(low=float(self.low), high=float(self.high), step=step, log=log)
        self.require(None, self.low, self.high)

    @property
    def count(self) -> int | None:
        if self.low == self.high:
            return 1
        if self.step is None:
            return None
        return int((exact(self.high) - exact(self.low)) / exact(self.step)) + 1

    def to_toml_value(self) -> Any:
        if self.fixed:
            return self.low
        return {"low": self.low, "high": self.high, "step": self.step or 0.0, "log": self.log}

    def __str__(self) -> str:
        return format_range(self.low, self.high, self.step, self.log)

    def canonical(self, value: Value, config: Mapping[str, Value]) -> float:
        number: float = self.convert(value)
        nearest = nearest_in_range(number, self.low, self.high, self.step)
        if abs(number - nearest) > tolerance(nearest, self.step):
            raise self.outside(value, f"the nearest value is {nearest}")
        return nearest


@dataclass(frozen=True)
class Categorical(Parameter):
    """Names, or true and false: values without an order. For numbers take `Ordinal`."""

    choices: tuple[str, ...] | tuple[bool, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(choices=tuple(self.choices))
        self.require(values_problem(self.choices))
        mixed = {type(choice) for choice in self.choices} not in ({str}, {bool})
        self.require("has to be all strings, or true and false" if mixed else None, *self.choices)

    @property
    def kind(self) -> Kind:
        return "bool" if isinstance(self.choices[0], bool) else "str"

    @property
    def count(self) -> int:
        return len(self.choices)

    def to_toml_value(self) -> Any:
        return self.choices[0] if self.fixed else list(self.choices)

    def __str__(self) -> str:
        return enumerated(self.choices)

    def canonical(self, value: Value, config: Mapping[str, Value]) -> Value:
        choice: Value = self.convert(value)
        if choice in self.choices:
            return choice
        hint = did_you_mean(choice, map(str, self.choices)) if isinstance(choice, str) else ""
        raise self.outside(value, f"take one of these{hint}")


@dataclass(frozen=True)
class Ordinal(Parameter):
    """Increasing numbers of any spacing. Trials hold the index, so that samplers see the order."""

    suffix: ClassVar[str] = "_index"
    values: tuple[int, ...] | tuple[float, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(numbers_problem(self.values), *self.values)
        number = float if any(isinstance(value, float) for value in self.values) else int
        self._set(values=tuple(map(number, self.values)))

    @property
    def kind(self) -> Kind:
        return "int" if isinstance(self.values[0], int) else "float"

    @property
    def count(self) -> int:
        return len(self.values)

    def to_toml_value(self) -> Any:
        return self.values[0] if self.fixed else list(self.values)

    def __str__(self) -> str:
        return enumerated(self.values)

    def canonical(self, value: Value, config: Mapping[str, Value]) -> int | float:
        number: int | float = self.convert(value)
        nearest = min(self.values, key=lambda known: abs(known - number))
        slack = 0.0 if self.kind == "int" else tolerance(nearest, step=None)
        if abs(number - nearest) > slack:
            raise self.outside(value, f"the nearest value is {nearest}")
        return nearest

    def to_trial(self, value: Value, config: Mapping[str, Value]) -> int:
        return self.values.index(self.canonical(value, config))

    def from_trial(self, sampled: Value, config: Mapping[str, Value]) -> int | float:
        index = self._sampled_int(sampled)
        if not 0 <= index < self.count:
            raise InvalidConfiguration(
                f"{self.trial_name} = {index} is not an index of {self}; take 0 to {self.count - 1}"
            )
        return self.values[index]


@dataclass(frozen=True)
class Multiple(Parameter):
    """A whole multiple of the parameter `of`. Trials hold the factor, from `low` to `high`."""

    kind: ClassVar[Kind] = "int"
    suffix: ClassVar[str] = "_factor"
    of: str
    low: int
    high: int
    step: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(range_problem(self.low, self.high, self.step, log=False))
        if self.low < 1:
            raise self.error(f"low = {self.low}: a factor is at least 1")
        if self.fixed:
            self._set(step=1)

    @property
    def factors(self) -> range:
        return range(self.low, self.high + 1, self.step)

    @property
    def count(self) -> int:
        return len(self.factors)

    def to_toml_value(self) -> Any:
        return {"times": self.of, "low": self.low, "high": self.high, "step": self.step}

    def __str__(self) -> str:
        step = None if self.step == 1 else self.step
        return f"{format_range(self.low, self.high, step, log=False)} times {self.of}"

    def canonical(self, value: Value, config: Mapping[str, Value]) -> int:
        self.to_trial(value, config)
        assert isinstance(value, int)
        return value

    def to_trial(self, value: Value, config: Mapping[str, Value]) -> int:
        base = config[self.of]
        assert isinstance(base, int)
        factor, remainder = divmod(self.convert(value), base)
        if remainder or factor not in self.factors:
            first = ", ".join(str(known * base) for known in self.factors[:4])
            more = ", ..." if self.count > 4 else ""
            raise self.outside(value, f"with {self.of} = {base} take one of {first}{more}")
        return int(factor)

    def from_trial(self, sampled: Value, config: Mapping[str, Value]) -> int:
        base = config[self.of]
        assert isinstance(base, int)
        return self.canonical(self._sampled_int(sampled) * base, config)
