"""A space: parameters, the rules between them, and the configuration that a search starts from.

Made means proved: a `Space` that exists holds no invalid configuration, so that whatever a sampler
takes from its ranges can be trained. Anything else is refused, with a counter-example.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from xlt.spaces.condition import Only
from xlt.spaces.constraint import Constraint
from xlt.spaces.limits import Value
from xlt.spaces.narrowing import moved, narrow
from xlt.spaces.parameter import Choice, Int, Multiple, Ordered, Parameter, typed
from xlt.spaces.refusal import InvalidConfiguration, SpaceError, near_miss


@dataclass(frozen=True)
class Space:
    """Raises `SpaceError` on construction where it cannot be proved.

    A `Multiple` comes after what it is a multiple of. The baseline has a value for every parameter,
    though `conditions` may leave some out of a configuration; see `start`. `groups` are the names
    under which people know parts of a configuration; `sealed` are settings that may not be tuned,
    each with the rule that says so.
    """

    name: str
    parameters: tuple[Parameter, ...]
    constraints: tuple[Constraint, ...] = ()
    baseline: Mapping[str, Value] = field(default_factory=dict)
    conditions: tuple[Only, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sealed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _prove_names(self)
        for parameter in self.parameters:
            if isinstance(parameter, Multiple):
                _prove_multiple(self, parameter)
        _prove_conditions(self)
        for constraint in self.constraints:
            found = constraint.counterexample(self.by_name)
            if found is not None:
                keys = (f"space.{name}" for name in constraint.names)
                raise SpaceError(constraint.message(found), *keys)
        object.__setattr__(self, "baseline", _proved_baseline(self))

    @property
    def by_name(self) -> dict[str, Parameter]:
        return {parameter.name: parameter for parameter in self.parameters}

    @property
    def searched(self) -> tuple[Parameter, ...]:
        """The parameters that a trial sees, each under its `trial_name`."""
        return tuple(parameter for parameter in self.parameters if not parameter.fixed)

    @property
    def start(self) -> dict[str, Value]:
        """The baseline as a configuration, the first one tried."""
        return self.belonging(self.baseline)

    def belonging(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """`values` without those whose condition does not hold."""
        idle = {only.name for only in self.conditions if not only.holds(values)}
        return {name: value for name, value in values.items() if name not in idle}

    @property
    def fixed(self) -> dict[str, Value]:
        """The values that all configurations share.

        A multiple with one factor is among them only if what it multiplies is, a parameter with a
        condition only if that always holds.
        """
        values: dict[str, Value] = {}
        for parameter in self.parameters:
            follows = isinstance(parameter, Multiple) and parameter.of not in values
            if parameter.fixed and not follows:
                values[parameter.name] = _only(parameter, values)
        return self.belonging(values)

    @property
    def size(self) -> int:
        """How many configurations its discrete part has, `continuous` ones left aside."""
        parents = list(dict.fromkeys(only.of for only in self.conditions))
        choices = [cast("Choice", self.by_name[name]).choices for name in parents]
        total = 0
        for chosen in itertools.product(*choices):
            values: dict[str, Value] = dict.fromkeys(self.by_name, "")
            values.update(zip(parents, cast("Sequence[Value]", chosen), strict=True))
            names = self.belonging(values)
            free = [self.by_name[name].count for name in names if name not in parents]
            total += math.prod(count for count in free if count is not None)
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
        """Raises `InvalidConfiguration`: the rule, the value, the remedy."""
        self.canonical(config)

    def canonical(self, config: Mapping[str, Value]) -> dict[str, Value]:
        """The configuration in the space's order and free of rounding. Raises as `check` does."""
        parameters = self.by_name
        for name in config:
            if name in self.sealed:
                raise InvalidConfiguration(f"{name}: {self.sealed[name]}")
            if name not in parameters:
                raise InvalidConfiguration(f"{name}: {_unknown(name, parameters)}")
        conditions = {only.name: only for only in self.conditions}
        for name, parameter in parameters.items():
            belongs = name not in conditions or conditions[name].holds(config)
            if belongs and name not in config:
                raise InvalidConfiguration(f"{name} is missing; give it a value: {parameter}")
        values = {name: typed(p, config[name]) for name, p in parameters.items() if name in config}
        for name, value in values.items():
            problem = parameters[name].hard.problem(value)
            if problem:
                raise InvalidConfiguration(f"{name} = {problem}")
            if name in conditions and not conditions[name].holds(config):
                rule = conditions[name].rule
                raise InvalidConfiguration(f"{name} has a meaning only where {rule}; drop it")
        for constraint in self.constraints:
            if not constraint.holds(values):
                raise InvalidConfiguration(constraint.message(values))
        found: dict[str, Value] = {}
        for name, value in values.items():
            found[name] = parameters[name].canonical(value, found)
        return found

    def to_parameters(self, config: Mapping[str, Value]) -> dict[str, Value]:
        """What a trial samples to arrive at `config`. Raises `InvalidConfiguration`.

        What does not belong to it is the baseline's.
        """
        values = {**self.baseline, **self.canonical(config)}
        return {p.trial_name: p.to_trial(values[p.name], values) for p in self.searched}

    def from_parameters(self, params: Mapping[str, Value]) -> dict[str, Value]:
        """The configuration that a trial's parameters stand for; `to_parameters` backwards.

        Raises `InvalidConfiguration` where they are not this space's, or outside it.
        """
        expected = {parameter.trial_name for parameter in self.searched}
        if set(params) != expected:
            raise InvalidConfiguration(
                f"a trial of the space {self.name} has the parameters {sorted(expected)}, "
                f"not {sorted(params)}; it belongs to another study"
            )
        config: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.fixed:
                config[parameter.name] = _only(parameter, config)
            else:
                sampled = params[parameter.trial_name]
                config[parameter.name] = parameter.from_trial(sampled, config)
        return self.belonging(config)

    def narrowed(
        self, ranges: Mapping[str, Any], baseline: Mapping[str, Any] | None = None
    ) -> "Space":
        """This space with other ranges, as a study writes them, proved anew.

        A scalar fixes a parameter; a list gives its values; a table `low`, `high`, `step`, `log`
        gives a range (what it leaves out stays as declared), and with `times` a range of factors.
        The baseline takes `baseline`'s values, and follows what is fixed. Raises `SpaceError`.
        """
        overrides = dict(baseline or {})
        if mistakes := self.mistakes(ranges, overrides):
            raise mistakes[0]
        parameters = tuple(
            narrow(parameter, ranges[parameter.name], self.by_name)
            if parameter.name in ranges
            else parameter
            for parameter in self.parameters
        )
        return replace(
            self, parameters=parameters, baseline=moved(self.baseline, parameters, overrides)
        )

    def mistakes(self, ranges: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[SpaceError]:
        """What is wrong with single keys, whatever the others say: names, types, and ranges."""
        errors = []
        for table, written in (("space", ranges), ("baseline", baseline)):
            for name, value in written.items():
                key, parameter = f"{table}.{name}", self.by_name.get(name)
                if name in self.sealed:
                    errors.append(SpaceError(self.sealed[name], key))
                elif parameter is None:
                    errors.append(SpaceError(_unknown(name, self.by_name), key))
                else:
                    try:
                        if table == "space":
                            narrow(parameter, value, self.by_name)
                        else:
                            typed(parameter, value)
                    except SpaceError as error:
                        errors.append(error)
                    except InvalidConfiguration as error:
                        errors.append(SpaceError(str(error), key))
        return errors


def _unknown(name: str, parameters: Mapping[str, Parameter]) -> str:
    known = ", ".join(parameters)
    return f"is no parameter of this space{near_miss(name, parameters)}; it has {known}"


def _only(parameter: Parameter, config: Mapping[str, Value]) -> Value:
    """The value of a fixed parameter."""
    if isinstance(parameter, Multiple):
        return parameter.from_trial(parameter.low, config)
    value: Value = parameter.written
    return value


def _prove_names(space: Space) -> None:
    taken: set[str] = set()
    for parameter in space.parameters:
        names = {parameter.name, parameter.trial_name}
        if names & taken:
            raise SpaceError("is declared twice; drop one of them", f"space.{parameter.name}")
        taken |= names
        if parameter.name in space.sealed:
            raise SpaceError("is both searched and sealed", f"space.{parameter.name}")
    grouped = [name for members in space.groups.values() for name in members]
    mentioned = grouped + [name for rule in space.constraints for name in rule.names]
    for name in mentioned:
        if name not in space.by_name:
            raise SpaceError(f"a rule or group speaks of {name}, {_unknown(name, space.by_name)}")
    for name in grouped:
        if grouped.count(name) > 1:
            raise SpaceError("is in two groups; keep it in one", f"space.{name}")
    for rule in space.constraints:
        if len(set(rule.names)) < len(rule.names):
            raise SpaceError(f"the rule {rule.rule} is about one parameter; name two")


def _prove_multiple(space: Space, parameter: Multiple) -> None:
    order = [known.name for known in space.parameters]
    base = space.by_name.get(parameter.of)
    if not isinstance(base, Int | Ordered) or base.kind != "int":
        raise parameter.refused(
            f"times {parameter.of}: only what is searched as whole numbers can be multiplied"
        )
    if order.index(base.name) > order.index(parameter.name):
        raise parameter.refused(f"comes before {base.name}, of which it is a multiple; swap them")
    numbers = base.lattice if isinstance(base, Int) else base.values
    if numbers[0] < 1:
        raise parameter.refused(f"times {base.name}, which starts at {numbers[0]}; start at 1")
    for number, factor in ((numbers[0], parameter.low), (numbers[-1], parameter.high)):
        problem = parameter.hard.problem(number * factor)
        if problem:
            raise parameter.refused(problem)


def _prove_conditions(space: Space) -> None:
    for condition in space.conditions:
        condition.prove(space.parameters, space.conditions)
    conditional = {condition.name for condition in space.conditions}
    for rule in space.constraints:
        for name in conditional.intersection(rule.names):
            raise SpaceError(
                f"the rule {rule.rule} is about {name}, which not every configuration has"
            )
    for parameter in space.parameters:
        if isinstance(parameter, Multiple) and conditional & {parameter.name, parameter.of}:
            raise parameter.refused("a multiple and what it multiplies are in all configurations")


def _proved_baseline(space: Space) -> dict[str, Value]:
    for name in space.baseline:
        if name not in space.by_name:
            raise SpaceError(_unknown(name, space.by_name), f"baseline.{name}")
    values: dict[str, Value] = {}
    for name, parameter in space.by_name.items():
        if name not in space.baseline:
            raise SpaceError(f"is missing; give it a value: {parameter}", f"baseline.{name}")
        try:
            values[name] = parameter.canonical(typed(parameter, space.baseline[name]), values)
        except InvalidConfiguration as error:
            bases = (f"space.{parameter.of}",) if isinstance(parameter, Multiple) else ()
            raise SpaceError(
                f"the baseline leaves the range: {error}; "
                f"make the range hold the baseline's value, or set baseline.{name}",
                f"space.{name}",
                f"baseline.{name}",
                *bases,
            ) from None
    return values
