"""The search space: parameters, constraints between them, and the baseline configuration.

The constructor checks that every configuration in the ranges is valid, so whatever a sampler draws
can be trained. If a configuration is invalid, the error has it as a counterexample.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from xlt.spaces.condition import InCondition
from xlt.spaces.constraint import Constraint
from xlt.spaces.errors import InvalidConfiguration, SpaceError, did_you_mean
from xlt.spaces.limits import Value
from xlt.spaces.parameter import Categorical, Int, Multiple, Ordinal, Parameter
from xlt.spaces.ranges import parse_range, updated_baseline


@dataclass(frozen=True)
class Space:
    """Parameters with their constraints, all checked.

    Attributes:
        parameters: In the order of configurations. A `Multiple` comes after the parameter `of`.
        baseline: A value for every parameter, including those that `conditions` may exclude.
        conditions: The parameters that only some configurations have.
        groups: Names for groups of parameters, as people know them.
        locked: Settings that may not be tuned, each with the message that says so.

    Raises:
        SpaceError: The ranges contain an invalid configuration, or the declaration is inconsistent.
    """

    name: str
    parameters: tuple[Parameter, ...]
    constraints: tuple[Constraint, ...] = ()
    baseline: Mapping[str, Value] = field(default_factory=dict)
    conditions: tuple[InCondition, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_names(self)
        for parameter in self.parameters:
            if isinstance(parameter, Multiple):
                _check_multiple(self, parameter)
        _check_conditions(self)
        for constraint in self.constraints:
            counterexample = constraint.counterexample(self.by_name)
            if counterexample is not None:
                keys = (f"space.{name}" for name in constraint.names)
                raise SpaceError(constraint.message(counterexample), *keys)
        object.__setattr__(self, "baseline", _checked_baseline(self))

    @property
    def by_name(self) -> dict[str, Parameter]:
        return {parameter.name: parameter for parameter in self.parameters}

    @property
    def searched(self) -> tuple[Parameter, ...]:
        """The parameters that trials sample, each under its `trial_name`."""
        return tuple(parameter for parameter in self.parameters if not parameter.fixed)

    @property
    def baseline_config(self) -> dict[str, Value]:
        """The baseline as a configuration: the first one of a search."""
        return self.active(self.baseline)

    def active(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return `values` without the parameters whose condition does not hold."""
        inactive = {condition.name for condition in self.conditions if not condition.holds(values)}
        return {name: value for name, value in values.items() if name not in inactive}

    @property
    def size(self) -> int:
        """The number of configurations, not counting `continuous` parameters."""
        parents = list(dict.fromkeys(condition.of for condition in self.conditions))
        choices = [cast("Categorical", self.by_name[name]).choices for name in parents]
        total = 0
        for combination in itertools.product(*choices):
            values: dict[str, Value] = dict.fromkeys(self.by_name, "")
            values.update(zip(parents, cast("Sequence[Value]", combination), strict=True))
            names = self.active(values)
            counts = [self.by_name[name].count for name in names if name not in parents]
            total += math.prod(count for count in counts if count is not None)
        return total

    @property
    def continuous(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.searched if p.count is None)

    def __contains__(self, config: object) -> bool:
        if not isinstance(config, Mapping):
            return False
        try:
            self.check(config)
        except InvalidConfiguration:
            return False
        return True

    def check(self, config: Mapping[str, Value]) -> None:
        """Raise `InvalidConfiguration` unless the space contains `config`."""
        self.canonical(config)

    def canonical(self, config: Mapping[str, Value]) -> dict[str, Value]:
        """Return the configuration in the space's order and without rounding errors.

        Raises:
            InvalidConfiguration: It is not in the space.
        """
        parameters = self.by_name
        for name in config:
            if name in self.locked:
                raise InvalidConfiguration(f"{name}: {self.locked[name]}")
            if name not in parameters:
                raise InvalidConfiguration(f"{name}: {_unknown(name, parameters)}")
        inactive = {
            condition.name: condition.rule
            for condition in self.conditions
            if not condition.holds(config)
        }
        for name, parameter in parameters.items():
            if name not in inactive and name not in config:
                raise InvalidConfiguration(f"{name} is missing; give it a value: {parameter}")
        values = {name: p.convert(config[name]) for name, p in parameters.items() if name in config}
        for name, value in values.items():
            problem = parameters[name].hard_limits.problem(value)
            if problem:
                raise InvalidConfiguration(f"{name} = {problem}")
            if name in inactive:
                raise InvalidConfiguration(
                    f"{name} has no effect unless {inactive[name]}; remove it"
                )
        for constraint in self.constraints:
            if not constraint.holds(values):
                raise InvalidConfiguration(constraint.message(values))
        canonical: dict[str, Value] = {}
        for name, value in values.items():
            canonical[name] = parameters[name].canonical(value, canonical)
        return canonical

    def to_trial_params(self, config: Mapping[str, Value]) -> dict[str, Value]:
        """Return what a trial samples to get `config`.

        Inactive parameters have the baseline's value.

        Raises:
            InvalidConfiguration: `config` is not in the space.
        """
        values = {**self.baseline, **self.canonical(config)}
        return {p.trial_name: p.to_trial(values[p.name], values) for p in self.searched}

    def from_trial_params(self, params: Mapping[str, Value]) -> dict[str, Value]:
        """Return the configuration that a trial's parameters stand for; inverse of `to_trial_params`.

        Raises:
            InvalidConfiguration: They are not this space's parameters, or out of range.
        """
        expected = {parameter.trial_name for parameter in self.searched}
        if set(params) != expected:
            raise InvalidConfiguration(
                f"trials of the space {self.name} have the parameters {sorted(expected)}, "
                f"not {sorted(params)}; this trial belongs to another study"
            )
        config: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.fixed:
                config[parameter.name] = _fixed_value(parameter, config)
            else:
                sampled = params[parameter.trial_name]
                config[parameter.name] = parameter.from_trial(sampled, config)
        return self.active(config)

    def with_ranges(
        self, ranges: Mapping[str, Any], baseline: Mapping[str, Any] | None = None
    ) -> "Space":
        """Return this space with other ranges, as a study writes them.

        Args:
            ranges: By parameter: a scalar fixes it, a list gives its values, a table with `low`,
                `high`, `step` and `log` is a range (missing keys stay as declared), and with
                `times` it is a range of factors.
            baseline: Values that replace those of the baseline. The rest of the baseline follows
                the parameters that are fixed.

        Raises:
            SpaceError: A range is malformed, or the new space contains an invalid configuration.
        """
        overrides = dict(baseline or {})
        if errors := self.find_errors(ranges, overrides):
            raise errors[0]
        parameters = tuple(
            parse_range(parameter, ranges[parameter.name], self.by_name)
            if parameter.name in ranges
            else parameter
            for parameter in self.parameters
        )
        updated = updated_baseline(self.baseline, parameters, overrides)
        return replace(self, parameters=parameters, baseline=updated)

    def find_errors(
        self, ranges: Mapping[str, Any], baseline: Mapping[str, Any]
    ) -> list[SpaceError]:
        """Return the errors of single keys: unknown names, wrong types, malformed ranges."""
        errors = []
        for table, values in (("space", ranges), ("baseline", baseline)):
            for name, value in values.items():
                key, parameter = f"{table}.{name}", self.by_name.get(name)
                if name in self.locked:
                    errors.append(SpaceError(self.locked[name], key))
                elif parameter is None:
                    errors.append(SpaceError(_unknown(name, self.by_name), key))
                else:
                    try:
                        if table == "space":
                            parse_range(parameter, value, self.by_name)
                        else:
                            parameter.convert(value)
                    except SpaceError as error:
                        errors.append(error)
                    except InvalidConfiguration as error:
                        errors.append(SpaceError(str(error), key))
        return errors


def _unknown(name: str, parameters: Mapping[str, Parameter]) -> str:
    return f"unknown parameter{did_you_mean(name, parameters)}; known are {', '.join(parameters)}"


def _fixed_value(parameter: Parameter, config: Mapping[str, Value]) -> Value:
    if isinstance(parameter, Multiple):
        return parameter.from_trial(parameter.low, config)
    value: Value = parameter.to_toml_value()
    return value


def _check_names(space: Space) -> None:
    taken: set[str] = set()
    for parameter in space.parameters:
        names = {parameter.name, parameter.trial_name}
        if names & taken:
            raise parameter.error("is declared twice; remove one of them")
        taken |= names
        if parameter.name in space.locked:
            raise parameter.error("is both a parameter and locked")
    grouped = [name for members in space.groups.values() for name in members]
    for name in grouped + [name for rule in space.constraints for name in rule.names]:
        if name not in space.by_name:
            raise SpaceError(f"{name} in a constraint or group: {_unknown(name, space.by_name)}")
    for name in grouped:
        if grouped.count(name) > 1:
            raise SpaceError("is in two groups; keep it in one", f"space.{name}")
    for rule in space.constraints:
        if len(set(rule.names)) < len(rule.names):
            raise SpaceError(f"the rule {rule.rule} has one parameter; name two")


def _check_multiple(space: Space, parameter: Multiple) -> None:
    order = [known.name for known in space.parameters]
    base = space.by_name.get(parameter.of)
    if not isinstance(base, Int | Ordinal) or base.kind != "int":
        raise parameter.error(f"times {parameter.of}: only an Int or whole Ordinal has multiples")
    if order.index(base.name) > order.index(parameter.name):
        raise parameter.error(f"comes before {base.name}, of which it is a multiple; swap them")
    numbers = base.lattice if isinstance(base, Int) else base.values
    if numbers[0] < 1:
        raise parameter.error(f"times {base.name}, which starts at {numbers[0]}; start at 1")
    parameter.require(None, numbers[0] * parameter.low, numbers[-1] * parameter.high)


def _check_conditions(space: Space) -> None:
    for condition in space.conditions:
        condition.check(space.parameters, space.conditions)
    conditional = {condition.name for condition in space.conditions}
    for rule in space.constraints:
        for name in conditional.intersection(rule.names):
            raise SpaceError(f"the rule {rule.rule} has {name}, which not every configuration has")
    for parameter in space.parameters:
        if isinstance(parameter, Multiple) and conditional & {parameter.name, parameter.of}:
            raise parameter.error("a multiple and its base cannot be conditional")


def _checked_baseline(space: Space) -> dict[str, Value]:
    for name in space.baseline:
        if name not in space.by_name:
            raise SpaceError(_unknown(name, space.by_name), f"baseline.{name}")
    values: dict[str, Value] = {}
    for name, parameter in space.by_name.items():
        if name not in space.baseline:
            raise SpaceError(f"is missing; give it a value: {parameter}", f"baseline.{name}")
        try:
            values[name] = parameter.canonical(parameter.convert(space.baseline[name]), values)
        except InvalidConfiguration as error:
            bases = (f"space.{parameter.of}",) if isinstance(parameter, Multiple) else ()
            raise SpaceError(
                f"the baseline is outside the range: {error}; "
                f"widen the range, or set baseline.{name}",
                f"space.{name}",
                f"baseline.{name}",
                *bases,
            ) from None
    return values
