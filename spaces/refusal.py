"""The two ways in which a space says no, and the near miss that both may name."""

import difflib
from collections.abc import Iterable

from xlt.spaces.errors import InputError


class SpaceError(InputError):
    """A space that cannot be searched as it stands: a bad range, or an invalid configuration in it.

    `keys` are the study's keys that are at odds, the one to look at first in front, so that
    whoever read them (from a file, from an option) can say where they stand.
    """

    def __init__(self, problem: str, *keys: str) -> None:
        super().__init__(f"{keys[0]}: {problem}" if keys else problem)
        self.keys = keys


class InvalidConfiguration(InputError):
    """A configuration that the space does not hold. Says the rule, the value and the remedy."""


def near_miss(word: str, known: Iterable[str]) -> str:
    """`; did you mean "word"?`, or nothing where nothing is close."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
