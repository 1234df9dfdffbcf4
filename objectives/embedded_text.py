"""Reads the text files that ship inside a package: the words of the embedded corpora."""

from importlib.resources import files
from itertools import dropwhile


def read(package: str, name: str) -> str:
    """The text of `data/<name>.txt` in a package, without the `#` lines at its start.

    Those lines explain the file's notation to people.
    """
    text = files(package).joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return "".join(dropwhile(lambda line: line.startswith("#"), text.splitlines(keepends=True)))
