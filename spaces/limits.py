"""Hard limits, which no study may exceed, and values as messages show them.

A parameter's range is a recommendation that a study can widen. Hard limits say which values are
possible at all: a probability is below 1, a warm-up is no longer than its stage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from xlt.spaces.errors import did_you_mean

Value: TypeAlias = bool | int | float | str

# In messages: characters of a value, values of a list, and values that represent a longer list.
_MAX_CHARACTERS, _MAX_VALUES, _N_REPRESENTATIVES = 200, 40, 4


@dataclass(frozen=True)
class Limits:
    """Closed bounds (`at_least`, `at_most`), open bounds (`above`, `below`), or choices."""

    why: str = ""
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    among: tuple[str, ...] = ()

    def problem(self, value: Value) -> str | None:
        """Return the limit that `value` exceeds as a message, or None if it is allowed."""
        if isinstance(value, str):
            exceeded = bool(self.among) and value not in self.among
            hint = did_you_mean(value, self.among) if exceeded else ""
        else:
            exceeded = (
                (self.at_least is not None and value < self.at_least)
                or (self.above is not None and value <= self.above)
                or (self.at_most is not None and value > self.at_most)
                or (self.below is not None and value >= self.below)
            )
            hint = ""
        return f"{format_value(value)} is not possible; expected {self}{hint}" if exceeded else None

    def __str__(self) -> str:
        bounds = {
            "at least": self.at_least,
            "above": self.above,
            "at most": self.at_most,
            "below": self.below,
        }
        rule = " and ".join(
            f"{word} {bound}" for word, bound in bounds.items() if bound is not None
        )
        if self.among:
            rule = f"one of {enumerated(self.among)}"
        return f"{rule} ({self.why})" if self.why else rule


def format_value(value: object) -> str:
    """Format a value as TOML for a message; a long one is cut."""
    text = toml(value)
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}..."


def toml(value: object) -> str:
    """Format a value as TOML on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {toml(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value)


def _escaped(character: str) -> str:
    """Escape control characters: a terminal that prints the message would obey them."""
    if character in '\\"':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 2**16 else f"\\U{code:08x}"


def enumerated(values: tuple[Value, ...] | range, last: str = "or") -> str:
    """Format values as `2, 4 or 8`; of a long list, only the first few and the last."""
    if len(values) > _MAX_VALUES:
        first = ", ".join(map(format_value, values[:_N_REPRESENTATIVES]))
        return f"{first}, ... {last} {format_value(values[-1])}"
    words = [format_value(value) for value in values]
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
