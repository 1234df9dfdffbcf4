"""When a parameter is part of a configuration at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlt.spaces.limits import Value, show
from xlt.spaces.parameter import Choice, Parameter
from xlt.spaces.refusal import SpaceError


@dataclass(frozen=True)
class Only:
    """`name` belongs to a configuration where `of` is one of `values`: `Only("rank", "part", "lora")`.

    A trial samples it all the same, so that relative samplers see all parameters of all trials
    together; what it sampled for nothing is left out of the configuration.
    """

    name: str
    of: str
    values: tuple[Value, ...]

    @property
    def rule(self) -> str:
        return f"{self.of} is {' or '.join(map(show, self.values))}"

    def holds(self, config: Mapping[str, Value]) -> bool:
        return config.get(self.of) in self.values

    def prove(self, parameters: Sequence[Parameter], conditions: Sequence["Only"]) -> None:
        """Raises `SpaceError` unless it is about a choice that always belongs."""
        order = [parameter.name for parameter in parameters]
        key = f"space.{self.name}"
        for name in (self.name, self.of):
            if name not in order:
                raise SpaceError(f"a condition speaks of {name}, which is no parameter", key)
        chosen = parameters[order.index(self.of)]
        if not isinstance(chosen, Choice):
            raise SpaceError(f"depends on {self.of}, which is no choice of names", key)
        if any(other.name == self.of for other in conditions):
            raise SpaceError(f"depends on {self.of}, which itself depends on another", key)
        if sum(other.name == self.name for other in conditions) > 1:
            raise SpaceError("has two conditions; keep one", key)
        # A study may have narrowed the choices: what can be is what the hard limits say.
        unknown = [value for value in self.values if value not in chosen.hard.among]
        if unknown:
            raise SpaceError(f"depends on {self.of} = {show(unknown[0])}, which cannot be", key)
