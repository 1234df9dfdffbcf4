"""What a setting may be, and what a sampler sees of it.

A parameter has two faces. The configuration holds its value under its own name (`d_ff` = 512);
a trial holds, under `trial_name`, what is sampled (`d_ff_factor` = 4), chosen so that every value
that can be sampled is valid and numbers stay numbers. `to_trial` and `from_trial` go between
them; both are exact. A parameter of one value is fixed: trials do not see it.
"""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, TypeAlias

from xlt.spaces import bounds
from xlt.spaces.limits import Limits, Value, enumerated, show
from xlt.spaces.refusal import InvalidConfiguration, SpaceError, near_miss

Kind: TypeAlias = Literal["int", "float", "str", "bool"]

KINDS: Mapping[Kind, str] = {
    "int": "a whole number",
    "float": "a finite number",
    "str": "a string",
    "bool": "true or false",
}

# How far a sampled float may lie from its point on the lattice, in steps: rounding, no more.
ON_LATTICE = 1e-6

# A bound may be missed by this much, relatively: samplers go through logarithms and back.
AT_BOUND = 1e-12


@dataclass(frozen=True)
class Parameter(ABC):
    """A named setting with its range. `reason` says why these bounds; `hard` what none may leave.

    Raises `SpaceError` where the range is empty, malformed or outside the hard limits.
    """

    name: str
    reason: str = field(kw_only=True)
    hard: Limits = field(kw_only=True, default=Limits())

    @property
    @abstractmethod
    def kind(self) -> Kind: ...

    @property
    @abstractmethod
    def count(self) -> int | None:
        """How many values a trial can have here; None where it is a continuum."""

    @property
    @abstractmethod
    def written(self) -> Any:
        """The range as a study's TOML writes it, complete."""

    @abstractmethod
    def __str__(self) -> str:
        """The range in words."""

    @abstractmethod
    def canonical(self, value: Value, config: Mapping[str, Value]) -> Value:
        """The one value of the range that `value` means, free of rounding.

        Raises `InvalidConfiguration` where it is outside. `config` holds the parameters before.
        """

    @property
    def trial_name(self) -> str:
        return self.name

    @cached_property
    def fixed(self) -> bool:
        return self.count == 1

    def to_trial(self, value: Value, config: Mapping[str, Value]) -> Value:
        return self.canonical(value, config)

    def from_trial(self, sampled: Value, config: Mapping[str, Value]) -> Value:
        return self.canonical(typed(self, sampled), config)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise SpaceError(f"a parameter's name is lower case letters, digits and _: {self.name}")
        if not self.reason.strip():
            raise self.refused("has no reason; say why these bounds")

    def refused(self, problem: str) -> SpaceError:
        return SpaceError(problem, f"space.{self.name}")

    def require(self, *problems: str | None) -> None:
        for problem in filter(None, problems):
            raise self.refused(problem)

    def outside(self, value: Value, remedy: str) -> InvalidConfiguration:
        return InvalidConfiguration(
            f"{self.name} = {show(value)} is outside its range, {self}; {remedy}"
        )


@dataclass(frozen=True)
class Int(Parameter):
    """Whole numbers from `low` to `high`, both included, in steps or on a logarithmic scale."""

    low: int
    high: int
    step: int = 1
    log: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(bounds.of_range(self.low, self.high, self.step, self.log))
        if self.fixed:
            _set(self, step=1, log=False)
        self.require(*map(self.hard.problem, (self.low, self.high)))

    @property
    def kind(self) -> Kind:
        return "int"

    @property
    def lattice(self) -> range:
        return range(self.low, self.high + 1, self.step)

    @property
    def count(self) -> int:
        return len(self.lattice)

    @property
    def written(self) -> Any:
        if self.fixed:
            return self.low
        return {"low": self.low, "high": self.high, "step": self.step, "log": self.log}

    def __str__(self) -> str:
        return bounds.in_words(self.low, self.high, self.step if self.step > 1 else None, self.log)

    def canonical(self, value: Value, config: Mapping[str, Value]) -> int:
        number = typed(self, value)
        assert isinstance(number, int)
        if number in self.lattice:
            return number
        index = (number - self.low + self.step // 2) // self.step
        nearest = self.lattice[min(max(index, 0), self.count - 1)]
        raise self.outside(value, f"the nearest in it is {nearest}")


@dataclass(frozen=True)
class Float(Parameter):
    """Numbers from `low` to `high`, both included: a lattice of steps, or a continuum."""

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(bounds.of_range(self.low, self.high, self.step, self.log))
        if self.log and self.step is not None:
            raise self.refused("has both log = true and a step; drop one of them")
        _set(self, low=float(self.low), high=float(self.high))
        if self.low == self.high:
            _set(self, step=None, log=False)
        if self.step is not None:
            _set(self, step=float(self.step))
        self.require(*map(self.hard.problem, (self.low, self.high)))

    @property
    def kind(self) -> Kind:
        return "float"

    @property
    def count(self) -> int | None:
        if self.low == self.high:
            return 1
        return None if self.step is None else int(self._steps) + 1

    @property
    def written(self) -> Any:
        if self.fixed:
            return self.low
        return {"low": self.low, "high": self.high, "step": self.step or 0.0, "log": self.log}

    def __str__(self) -> str:
        return bounds.in_words(self.low, self.high, self.step, self.log)

    def canonical(self, value: Value, config: Mapping[str, Value]) -> float:
        number = typed(self, value)
        assert isinstance(number, float)
        nearest = min(max(number, self.low), self.high)
        slack = AT_BOUND * abs(nearest)
        if self.step is not None:
            nearest = self._at(
                round((Fraction(nearest) - bounds.exact(self.low)) / bounds.exact(self.step))
            )
            slack = ON_LATTICE * self.step
        if abs(number - nearest) > slack:
            raise self.outside(value, f"the nearest in it is {nearest}")
        return nearest

    @property
    def _steps(self) -> Fraction:
        assert self.step is not None
        return (bounds.exact(self.high) - bounds.exact(self.low)) / bounds.exact(self.step)

    def _at(self, index: int) -> float:
        """The float nearest to the decimal low + index * step: 0.15, not 0.15000000000000002."""
        assert self.step is not None
        return float(bounds.exact(self.low) + index * bounds.exact(self.step))


@dataclass(frozen=True)
class Choice(Parameter):
    """Names, or true and false: things without an order. Numbers are `Ordered`."""

    choices: tuple[str, ...] | tuple[bool, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        _set(self, choices=tuple(self.choices))
        self.require(bounds.of_values(self.choices))
        if {type(choice) for choice in self.choices} not in ({str}, {bool}):
            raise self.refused(
                "choices are all strings, or all true and false; numbers are a range"
            )
        self.require(*map(self.hard.problem, self.choices))

    @property
    def kind(self) -> Kind:
        return "bool" if isinstance(self.choices[0], bool) else "str"

    @property
    def count(self) -> int:
        return len(self.choices)

    @property
    def written(self) -> Any:
        return self.choices[0] if self.fixed else list(self.choices)

    def __str__(self) -> str:
        return enumerated(self.choices)

    def canonical(self, value: Value, config: Mapping[str, Value]) -> Value:
        name = typed(self, value)
        if name in self.choices:
            return name
        hint = near_miss(name, map(str, self.choices)) if isinstance(name, str) else ""
        raise self.outside(value, f"take one of these{hint}")


@dataclass(frozen=True)
class Ordered(Parameter):
    """Increasing numbers of any spacing, searched by their index, so that samplers see an order."""

    values: tuple[int, ...] | tuple[float, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        values = tuple(self.values)
        self.require(bounds.of_values(values))
        if any(isinstance(value, bool | str) for value in values):
            raise self.refused("values in an order are numbers; names are a choice")
        self.require(*(bounds.of_number("value", value) for value in values))
        if any(isinstance(value, float) for value in values):
            values = tuple(map(float, values))
        _set(self, values=values)
        if list(values) != sorted(set(values)):
            raise self.refused(f"values must increase: {enumerated(values, 'and')}")
        self.require(*map(self.hard.problem, values))

    @property
    def kind(self) -> Kind:
        return "int" if isinstance(self.values[0], int) else "float"

    @property
    def trial_name(self) -> str:
        return f"{self.name}_index"

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def written(self) -> Any:
        return self.values[0] if self.fixed else list(self.values)

    def __str__(self) -> str:
        return enumerated(self.values)

    def canonical(self, value: Value, config: Mapping[str, Value]) -> int | float:
        number = typed(self, value)
        assert not isinstance(number, str)
        nearest = min(self.values, key=lambda known: abs(known - number))
        slack = 0.0 if self.kind == "int" else AT_BOUND * abs(nearest)
        if abs(number - nearest) > slack:
            raise self.outside(value, f"the nearest in it is {nearest}")
        return nearest

    def to_trial(self, value: Value, config: Mapping[str, Value]) -> int:
        return self.values.index(self.canonical(value, config))

    def from_trial(self, sampled: Value, config: Mapping[str, Value]) -> int | float:
        index = _whole(self, sampled)
        if not 0 <= index < self.count:
            raise InvalidConfiguration(
                f"{self.trial_name} = {index} points outside {self}; take 0 to {self.count - 1}"
            )
        return self.values[index]


@dataclass(frozen=True)
class Multiple(Parameter):
    """A whole number of times another parameter: the factor is searched, from `low` to `high`."""

    of: str
    low: int
    high: int
    step: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(bounds.of_range(self.low, self.high, self.step, log=False))
        if self.low < 1:
            raise self.refused(f"low = {self.low}: a factor is at least 1")
        if self.fixed:
            _set(self, step=1)

    @property
    def kind(self) -> Kind:
        return "int"

    @property
    def trial_name(self) -> str:
        return f"{self.name}_factor"

    @property
    def factors(self) -> range:
        return range(self.low, self.high + 1, self.step)

    @property
    def count(self) -> int:
        return len(self.factors)

    @property
    def written(self) -> Any:
        return {"times": self.of, "low": self.low, "high": self.high, "step": self.step}

    def __str__(self) -> str:
        words = bounds.in_words(
            self.low, self.high, self.step if self.step > 1 else None, log=False
        )
        return f"{words} times {self.of}"

    def canonical(self, value: Value, config: Mapping[str, Value]) -> int:
        self.to_trial(value, config)
        assert isinstance(value, int)
        return value

    def to_trial(self, value: Value, config: Mapping[str, Value]) -> int:
        number, base = typed(self, value), config[self.of]
        assert isinstance(number, int)
        assert isinstance(base, int)
        factor, rest = divmod(number, base)
        if rest or factor not in self.factors:
            first = ", ".join(str(known * base) for known in self.factors[:4])
            more = ", ..." if self.count > 4 else ""
            raise self.outside(value, f"with {self.of} = {base} take one of {first}{more}")
        return factor

    def from_trial(self, sampled: Value, config: Mapping[str, Value]) -> int:
        factor, base = _whole(self, sampled), config[self.of]
        assert isinstance(base, int)
        return self.canonical(factor * base, config)


def typed(parameter: Parameter, value: object) -> Value:
    """`value` as the parameter's kind: a whole number may stand for a float, nothing else.

    Raises `InvalidConfiguration`.
    """
    kind = parameter.kind
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "str" and isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if kind == "int":
            return value
        if kind == "float" and abs(value) <= bounds.LARGEST:
            return float(value)
    if kind == "float" and isinstance(value, float) and math.isfinite(value):
        return float(value)
    raise InvalidConfiguration(
        f"{parameter.name} = {show(value)} is not {KINDS[kind]}; its range is {parameter}"
    )


def _whole(parameter: Parameter, sampled: Value) -> int:
    if isinstance(sampled, bool) or not isinstance(sampled, int):
        raise InvalidConfiguration(f"{parameter.trial_name} = {show(sampled)} is no whole number")
    return sampled


def _set(parameter: Parameter, **values: Any) -> None:
    """Puts a range into its one canonical form: only while it is being made."""
    for name, value in values.items():
        object.__setattr__(parameter, name, value)
