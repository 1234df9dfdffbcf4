"""Constraints between parameters, and proofs that whole ranges satisfy them.

A proof returns a configuration of the ranges that violates the constraint, or None. It checks only
the few points that decide, so a range of millions takes no longer than a range of five.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from xlt.spaces.limits import Value, format_value
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal, Parameter


class Constraint(Protocol):
    """A rule that every configuration of a space has to satisfy."""

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters in the rule, the most likely cause of a violation first."""

    @property
    def rule(self) -> str:
        """The rule as a formula."""

    def holds(self, config: Mapping[str, Value]) -> bool: ...

    def message(self, config: Mapping[str, Value]) -> str:
        """Describe a violation: the rule, the values and the remedy."""

    def counterexample(self, parameters: Mapping[str, Parameter]) -> dict[str, Value] | None:
        """Find values in the parameters' ranges that violate the rule; None if there are none.

        Raises:
            SpaceError: The rule cannot be applied to parameters of this kind.
        """


@dataclass(frozen=True)
class Divides:
    """`multiple % divisor == 0`, both at least 1: `Divides("nhead", "d_model")`."""

    divisor: str
    multiple: str

    @property
    def names(self) -> tuple[str, ...]:
        return self.multiple, self.divisor

    @property
    def rule(self) -> str:
        return f"{self.multiple} % {self.divisor} == 0"

    def holds(self, config: Mapping[str, Value]) -> bool:
        divisor, multiple = _number(config, self.divisor), _number(config, self.multiple)
        return divisor >= 1 and multiple >= 1 and multiple % divisor == 0

    def message(self, config: Mapping[str, Value]) -> str:
        divisor, multiple = config[self.divisor], config[self.multiple]
        return (
            f"{self.multiple} = {multiple} violates {self.rule} with {self.divisor} = {divisor}; "
            f"use multiples of {divisor}, or drop {divisor} from {self.divisor}"
        )

    def counterexample(self, parameters: Mapping[str, Parameter]) -> dict[str, Value] | None:
        """Check every divisor against the first members of the multiples' progression.

        n divides all of low, low + step, ... if it divides the first two, and all products f * b of
        a grid if it divides the first four corners (differences are linear in each factor). Few
        divisors divide these numbers, so the loop over a long range ends early.
        """
        _require_whole(self, parameters)
        known: dict[str, Value] = {}
        root = _root(parameters[self.divisor])
        if root == _root(parameters[self.multiple]):
            # Both are multiples of one parameter. It cancels, so one of its values is enough.
            known = {root: _numbers(parameters[root])[0]}
        for divisor in _extended(self.divisor, known, parameters, _all):
            for config in _extended(self.multiple, divisor, parameters, _deciding):
                if not self.holds(config):
                    return config
        return None


@dataclass(frozen=True)
class AtMost:
    """`name <= bound`; the bound is a number or the name of another parameter."""

    name: str
    bound: str | float

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.bound) if isinstance(self.bound, str) else (self.name,)

    @property
    def rule(self) -> str:
        return f"{self.name} <= {self.bound}"

    def holds(self, config: Mapping[str, Value]) -> bool:
        return _number(config, self.name) <= self._bound(config)

    def message(self, config: Mapping[str, Value]) -> str:
        value, bound = format_value(config[self.name]), self._bound(config)
        if isinstance(self.bound, str):
            with_ = f" with {self.bound} = {bound}"
            remedy = f"lower {self.name} to at most {bound}, or raise {self.bound}"
        else:
            with_, remedy = "", f"lower {self.name} to at most {bound}"
        return f"{self.name} = {value} violates {self.rule}{with_}; {remedy}"

    def counterexample(self, parameters: Mapping[str, Parameter]) -> dict[str, Value] | None:
        """Check the corners: the difference is linear in each parameter."""
        for config in _extended(self.name, {}, parameters, _ends):
            if not isinstance(self.bound, str):
                if not self.holds(config):
                    return config
                continue
            for both in _extended(self.bound, config, parameters, _ends):
                if not self.holds(both):
                    return both
        return None

    def _bound(self, config: Mapping[str, Value]) -> float:
        return _number(config, self.bound) if isinstance(self.bound, str) else self.bound


Numbers: TypeAlias = Sequence[int] | Sequence[float]


def _number(config: Mapping[str, Value], name: str) -> int | float:
    value = config[name]
    if isinstance(value, str):
        raise TypeError(f"{name} = {value!r} is not a number")
    return value


def _require_whole(constraint: Constraint, parameters: Mapping[str, Parameter]) -> None:
    for name in constraint.names:
        if parameters[name].kind != "int":
            raise parameters[name].error(f"the rule {constraint.rule} needs whole numbers")


def _root(parameter: Parameter) -> str:
    return parameter.of if isinstance(parameter, Multiple) else parameter.name


def _extended(
    name: str,
    known: Mapping[str, Value],
    parameters: Mapping[str, Parameter],
    pick: Callable[[Numbers], Numbers],
) -> Iterator[dict[str, Value]]:
    """Extend `known` by the picked values of a parameter, and of the one it is a multiple of."""
    if name in known:
        yield dict(known)
        return
    parameter = parameters[name]
    if not isinstance(parameter, Multiple):
        yield from ({**known, name: value} for value in pick(_numbers(parameter)))
        return
    for config in _extended(parameter.of, known, parameters, pick):
        for factor in pick(parameter.factors):
            yield {**config, name: factor * _number(config, parameter.of)}


def _numbers(parameter: Parameter) -> Numbers:
    match parameter:
        case Int():
            return parameter.lattice
        case Float():
            return parameter.low, parameter.high
        case Ordinal():
            return parameter.values
        case Multiple():
            return parameter.factors
        case Categorical() | _:
            raise parameter.error("is a Categorical; a rule needs numbers")


def _all(values: Numbers) -> Numbers:
    return values


def _deciding(values: Numbers) -> Numbers:
    """Return what decides: the first two members of a progression, all members of a list."""
    return values[:2] if isinstance(values, range) else values


def _ends(values: Numbers) -> Numbers:
    return values[0], values[-1]
