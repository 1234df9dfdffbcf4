"""From a shipped name or a path to the tables of a study's TOML. What they mean is not known here."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from xlt.spaces.errors import InputError
from xlt.spaces.limits import show
from xlt.spaces.refusal import DID_YOU_MEAN, near_miss

# A hostile file should not fill the memory before it is refused.
LARGEST_FILE = 1_000_000
# Tables and lists within each other, and characters of a key: far more than studies have.
DEEPEST, LONGEST_KEY = 20, 200
# Characters of a value that a hint repeats, and mistakes that one message names.
LONGEST_HINT, MOST_MISTAKES = 60, 20
# What terminals obey instead of showing it.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# `a.a.a...`, bare or quoted, on which the parser spends time and memory as the square of its length.
_NAME = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_CHAIN = re.compile(rf"(?<![\w-])(?:{_NAME}[ \t]*+\.[ \t]*+){{50}}")
BEYOND = "a number is beyond TOML's 64 bits; give a smaller one"
_TOO_DEEP = "is nested too deeply; a study has tables in tables"


class StudyError(InputError):
    """A study that cannot be used: the file or option, the key, the rule and the remedy."""


class Mistakes:
    """Collects the errors of a study, so that one message can name them all.

    As a context manager it collects the `StudyError` that its block raises.
    """

    def __init__(self) -> None:
        self._messages: list[str] = []

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, StudyError):
            return False
        self.add(error)
        return True

    def add(self, error: StudyError) -> None:
        if str(error) not in self._messages:  # two items of a list can break the same rule
            self._messages.append(str(error))

    def raise_any(self) -> None:
        """Raises one `StudyError` with a line for each mistake, those with a hint first."""
        if self._messages:
            hinted_first = sorted(self._messages, key=lambda message: DID_YOU_MEAN not in message)
            named, more = hinted_first[:MOST_MISTAKES], len(hinted_first) - MOST_MISTAKES
            raise StudyError("\n".join([*named, *([f"and {more} more"] if more > 0 else [])]))


@dataclass(frozen=True)
class Source:
    """A study's tables, and where each key came from."""

    origin: str  # a path, or a shipped name
    tables: Mapping[str, Any]
    options: Mapping[str, str] = field(default_factory=dict)  # key -> the `--set` that wrote it

    def refused(self, message: str, *keys: str) -> StudyError:
        """The error that names the place: the option, if it set one of `keys`, else the file."""
        for written, option in self.options.items():
            if any(one_holds_the_other(written, key) for key in keys):
                return StudyError(f"--set {option}: {message}")
        return StudyError(f"{self.origin}: {message}")


def shipped() -> list[str]:
    """The names of the studies that come with the program."""
    found = (entry.name for entry in files("xlt.studies").iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


def read(name_or_path: str) -> Source:
    """Raises `StudyError`: no such study, not readable, not UTF-8, not TOML."""
    if name_or_path in shipped():
        raw = files("xlt.studies").joinpath(f"{name_or_path}.toml").read_bytes()
    elif name_or_path.endswith(".toml") or os.sep in name_or_path or "/" in name_or_path:
        raw = _read_file(name_or_path)
    else:
        names, file = shipped(), f"{name_or_path}.toml"
        here = f'; did you mean "{file}"?' if os.path.isfile(file) else ""
        raise StudyError(
            f"{name_or_path}: no such study{here or near_miss(name_or_path, names)}; "
            f"take one of {', '.join(names)}, or a path that ends in .toml"
        )
    return Source(name_or_path, parsed(decoded(raw, name_or_path), name_or_path))


def contents(path: Path) -> bytes:
    """Raises `StudyError` for what is larger than any study or export, `OSError` as `open` does."""
    with path.open("rb") as file:
        raw = file.read(LARGEST_FILE + 1)  # some have no size and no end
    if len(raw) > LARGEST_FILE:
        raise StudyError(f"{path}: too large: has more than {LARGEST_FILE:,} bytes; name another")
    return raw


def decoded(raw: bytes, where: str) -> str:
    """Raises `StudyError` with the line that is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # `error.start` counts from behind a byte-order mark, as does `error.object`.
        line = error.object[: error.start].count(b"\n") + 1
        raise StudyError(
            f"{where}: line {line} is not UTF-8 (byte {error.object[error.start]:#04x}); "
            "save it as UTF-8"
        ) from None


def parsed(text: str, where: str) -> dict[str, Any]:
    """TOML as tables. Raises `StudyError` with the line, or with the key that nobody would write."""
    if _CHAIN.search(text):
        raise StudyError(f"{where}: {_TOO_DEEP}")
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise StudyError(f"{where}: {_TOO_DEEP}") from None
    except ValueError as error:
        place = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error), re.DOTALL)
        problem, remedy = str(error), "mend it there"
        if place:
            problem = f"line {place[2]}, column {place[3]}: {place[1]}"
            remedy = _remedy(text.splitlines()[int(place[2]) - 1]) or remedy
        elif "integer string conversion" in problem:  # Python's own limit
            problem, remedy = BEYOND.split("; ")
        raise StudyError(f"{where}: is not TOML: {problem}; {remedy}") from None
    prove_plain(tables, "", where)
    return tables


def _remedy(line: str) -> str | None:
    """What to write where a value is no TOML, as in `name = mine`; None for other mistakes."""
    key, equals, value = (part.strip() for part in line.partition("="))
    value = value.split("#")[0].strip()
    if not equals or not value or len(value) > LONGEST_HINT or _is_toml(value):
        return None
    if value[0] in "[{":
        return 'text inside a list or a table needs quotes as well, like ["a", "b"]'
    if value[0] in "\"'":
        return "close the quotes on the same line"
    # True, 0,5 and 042, as other languages write them.
    for meant in (value.lower(), value.replace(",", "."), value.lstrip("0")):
        if _is_toml(meant):
            return f"write {key} = {meant}"
    text = value.strip("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb")
    return f"text needs straight quotes: {key} = {json.dumps(text, ensure_ascii=False)}"


def _is_toml(value: str) -> bool:
    try:
        tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):
        return False
    return True


def prove_plain(value: Any, key: str, where: str, depth: int = 0) -> None:
    """Raises `StudyError` where keys, depth or numbers are beyond all that a study may hold.

    Whatever works on the tables afterwards may print keys, go down by recursion, and write numbers.
    """
    if depth > DEEPEST:
        raise StudyError(f"{where}: {_TOO_DEEP}")
    if isinstance(value, dict):
        for name, inner in value.items():
            if len(name) > LONGEST_KEY or CONTROL.search(name):
                raise StudyError(
                    f"{where}: the key {show(name)} is too long or holds control characters; drop it"
                )
            prove_plain(inner, f"{key}.{name}" if key else name, where, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            prove_plain(inner, key, where, depth + 1)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise StudyError(f"{where}: {key}: {BEYOND}")


def one_holds_the_other(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _read_file(path: str) -> bytes:
    try:
        return contents(Path(path))
    except FileNotFoundError:
        folder = Path(path).parent
        beside = [str(file) for file in folder.glob("*.toml")] if folder.is_dir() else []
        hint = near_miss(path, beside) or near_miss(Path(path).stem, shipped())
        raise StudyError(
            f"{path}: no such file{hint}; give a study's .toml, or one of {', '.join(shipped())}"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StudyError(f"{path}: cannot be read: {reason}; give a study's .toml") from None
