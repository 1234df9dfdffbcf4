"""stdout and stderr in any encoding."""

import codecs
import io
import sys

# Replacements of our own signs in encodings without them; others become backslash escapes.
_REPLACEMENTS = {"\u00b1": "+/-"}


def _replace(error: UnicodeError) -> tuple[str, int]:
    """Replace characters that a stream's encoding lacks; an error handler of `codecs`."""
    assert isinstance(error, UnicodeEncodeError)
    replaced = "".join(
        _REPLACEMENTS.get(character) or character.encode("ascii", "backslashreplace").decode()
        for character in error.object[error.start : error.end]
    )
    return replaced, error.end


def prepare_streams() -> None:
    """Let stdout and stderr take every text, so that no run ends with a `UnicodeEncodeError`."""
    codecs.register_error("replace-signs", _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace-signs")
