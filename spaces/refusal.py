"""The two ways in which a space says no, and the near miss that both may name."""

import difflib
from collections.abc import Iterable

from xlt.spaces.errors import InputError

# How a hint at a near miss begins.
DID_YOU_MEAN = "; did you mean "


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


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Which of the known words is meant: the one it abbreviates (`lr`), else one spelt alike."""
    words = list(known)
    short = [each for each in words if "_" in each and _initials(each) == word.lower()]
    close = short or difflib.get_close_matches(word.lower(), words, n=1)
    return close[0] if close else None


def near_miss(word: str, known: Iterable[str]) -> str:
    """`; did you mean "word"?`, or nothing where nothing is close."""
    meant = nearest(word, known)
    return f'{DID_YOU_MEAN}"{meant}"?' if meant else ""


def _initials(word: str) -> str:
    return "".join(part[:1] for part in word.split("_"))
