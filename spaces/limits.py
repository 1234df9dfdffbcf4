"""Hard limits: the rules that no study may leave, whatever range it asks for.

A parameter's range is advice and can be widened; its limits say where the thing itself ends
(a probability, a count, the length of a stage).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from xlt.spaces.refusal import near_miss

Value: TypeAlias = bool | int | float | str

# Of what messages show: characters of a value, values of a list, and how many stand for more.
_LONGEST, _MOST, _SOME = 200, 40, 4


@dataclass(frozen=True)
class Limits:
    """Bounds, closed (`at_least`, `at_most`) or open (`above`, `below`), or the only choices."""

    why: str = ""
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    among: tuple[str, ...] = ()

    def problem(self, value: Value) -> str | None:
        """What rule `value` breaks, and what would keep it; None where it breaks none."""
        if isinstance(value, str):
            if not self.among or value in self.among:
                return None
            return f"{show(value)} breaks the rule: {self}{near_miss(value, self.among)}"
        broken = (
            (self.at_least is not None and value < self.at_least)
            or (self.above is not None and value <= self.above)
            or (self.at_most is not None and value > self.at_most)
            or (self.below is not None and value >= self.below)
        )
        return f"{show(value)} breaks the rule: {self}; stay within it" if broken else None

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


def show(value: object) -> str:
    """A value as TOML writes it, for messages: a long one is cut."""
    written = toml(value)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}..."


def toml(value: object) -> str:
    """A value as TOML writes it, whole."""
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
    """What a file holds reaches terminals in messages, and those obey what cannot be printed."""
    if character in '\\"':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 2**16 else f"\\U{code:08x}"


def enumerated(values: tuple[Value, ...] | range, last: str = "or") -> str:
    """`2, 4 or 8`; of many, the first and the last."""
    if len(values) > _MOST:
        return f"{', '.join(map(show, values[:_SOME]))}, ... {last} {show(values[-1])}"
    words = [show(value) for value in values]
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
