"""Errors that a user can correct, and the hint at a similar name in their messages.

Every other exception is a bug and keeps its traceback.
"""

import difflib
from collections.abc import Iterable

# How a hint begins; messages with a hint are shown first.
DID_YOU_MEAN = "; did you mean "


class XltError(Exception):
    """Base class. The message says what was wrong, where, what was expected and what to do next.

    The command line prints the message without a traceback and exits with `exit_code`.
    """

    exit_code = 1
    resumable = False  # whether the same command continues where it stopped


class InputError(XltError):
    """A study, an option, a corpus or an export that cannot be used as it is."""

    exit_code = 2


class SpaceError(InputError):
    """A space that cannot be searched: a malformed range, or a range with invalid configurations.

    Attributes:
        keys: The study's keys that contradict each other, the most likely cause first. A caller
            finds the file or the option by them.
    """

    def __init__(self, problem: str, *keys: str) -> None:
        super().__init__(f"{keys[0]}: {problem}" if keys else problem)
        self.keys = keys


class InvalidConfiguration(InputError):
    """A configuration that is not in the space. The message has rule, value and remedy."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the known word that is meant: one that `word` abbreviates (`lr`), else a similar one."""
    words = list(known)
    abbreviated = [name for name in words if "_" in name and _initials(name) == word.lower()]
    similar = abbreviated or difflib.get_close_matches(word.lower(), words, n=1)
    return similar[0] if similar else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "name"?`, or an empty string if no known word is similar."""
    meant = nearest(word, known)
    return f'{DID_YOU_MEAN}"{meant}"?' if meant else ""


def _initials(word: str) -> str:
    return "".join(part[:1] for part in word.split("_"))
