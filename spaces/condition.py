"""Conditional parameters: those that only some configurations have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlt.spaces.errors import SpaceError
from xlt.spaces.limits import Value, format_value
from xlt.spaces.parameter import Categorical, Parameter


@dataclass(frozen=True)
class InCondition:
    """`name` is active where `of` has one of `values`: `InCondition("rank", "method", ("lora",))`.

    Trials sample an inactive parameter too, so that relative samplers see all parameters of all
    trials. Its value is left out of the configuration.
    """

    name: str
    of: str
    values: tuple[Value, ...]

    @property
    def rule(self) -> str:
        return f"{self.of} is {' or '.join(map(format_value, self.values))}"

    def holds(self, config: Mapping[str, Value]) -> bool:
        return config.get(self.of) in self.values

    def check(self, parameters: Sequence[Parameter], conditions: Sequence["InCondition"]) -> None:
        """Check that `of` is a `Categorical` without a condition that can have `values`.

        Raises:
            SpaceError: It is not, or one of the names is unknown, or `name` has two conditions.
        """
        by_name = {parameter.name: parameter for parameter in parameters}
        key = f"space.{self.name}"
        for name in (self.name, self.of):
            if name not in by_name:
                raise SpaceError(f"a condition has the unknown parameter {name}", key)
        parent = by_name[self.of]
        if not isinstance(parent, Categorical):
            raise SpaceError(f"depends on {self.of}, which is not a Categorical", key)
        if any(other.name == self.of for other in conditions):
            raise SpaceError(f"depends on {self.of}, which itself depends on another", key)
        if sum(other.name == self.name for other in conditions) > 1:
            raise SpaceError("has two conditions; keep one", key)
        # A study may have removed choices, so the hard limits decide what is possible.
        impossible = [value for value in self.values if value not in parent.hard_limits.among]
        if impossible:
            raise SpaceError(
                f"depends on {self.of} = {format_value(impossible[0])}, which is impossible", key
            )
