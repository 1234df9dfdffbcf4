"""Standard output and errors, in whatever encoding they have."""

import codecs
import io
import sys

# What terminals without Unicode get for our own signs; other characters get a backslash and a number.
_SPELLED = {"\u00b1": "+/-"}


def _spelled(error: UnicodeError) -> tuple[str, int]:
    """How a character is written that a stream's encoding does not have; see `codecs`."""
    assert isinstance(error, UnicodeEncodeError)
    characters = error.object[error.start : error.end]
    backslashed = (each.encode("ascii", "backslashreplace").decode() for each in characters)
    spelled = (_SPELLED.get(*pair) for pair in zip(characters, backslashed, strict=True))
    return "".join(spelled), error.end


def prepare_streams() -> None:
    """Let output and errors take every text, whatever their encoding: no run ends by a letter."""
    codecs.register_error("spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="spelled")
