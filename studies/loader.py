"""Reading a study's TOML from a shipped name or a path. `schema` validates the tables."""

import json
import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from xlt.objectives.tasks import TASKS
from xlt.spaces.errors import DID_YOU_MEAN, InputError, did_you_mean
from xlt.spaces.limits import format_value

# Limits far beyond any real study, because a file may be hostile.
MAX_FILE_BYTES = 1_000_000
MAX_DEPTH, MAX_KEY_CHARACTERS = 20, 200
# In messages: characters of a value that is repeated in a hint, and errors in one message.
MAX_HINT_CHARACTERS, MAX_ERRORS = 60, 20
# Characters that a terminal obeys instead of showing them.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# `a.a.a...`, bare or quoted: the parser's time and memory grow with the square of its length.
_NAME = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_CHAIN = re.compile(rf"(?<![\w-])(?:{_NAME}[ \t]*+\.[ \t]*+){{50}}")
BEYOND = "a number is beyond TOML's 64 bits; give a smaller one"
_TOO_DEEP = f"is nested too deeply; stay within {MAX_DEPTH} levels"


class StudyError(InputError):
    """A study that cannot be used. The message has file or option, key, rule and remedy."""


class ErrorCollector:
    """Collects the errors of a study, so that one message can have all of them.

    As a context manager it catches the `StudyError` that its block raises.
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
        if str(error) not in self._messages:  # two items of a list may have the same error
            self._messages.append(str(error))

    def raise_any(self) -> None:
        """Raise one `StudyError` with a line for each error, those with a hint first."""
        if self._messages:
            lines = sorted(self._messages, key=lambda message: DID_YOU_MEAN not in message)
            if len(lines) > MAX_ERRORS:
                lines[MAX_ERRORS:] = [f"and {len(lines) - MAX_ERRORS} more"]
            raise StudyError("\n".join(lines))


@dataclass(frozen=True)
class Source:
    """A study's tables, and where each key comes from.

    Attributes:
        origin: A path or a shipped name.
        tables: The tables as read, with the options applied.
        options: The `--set` options by the key that they set.
    """

    origin: str
    tables: Mapping[str, Any]
    options: Mapping[str, str] = field(default_factory=dict)

    def error(self, message: str, *keys: str) -> StudyError:
        """Return an error that names the option that set one of `keys`, else the file."""
        for key, option in self.options.items():
            if any(overlap(key, other) for other in keys):
                return StudyError(f"--set {option}: {message}")
        return StudyError(f"{self.origin}: {message}")


def shipped() -> list[str]:
    """Return the names of the studies that come with the package."""
    names = (entry.name for entry in files("xlt.studies").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def read(name_or_path: str) -> Source:
    """Read a shipped study, or the file at a path.

    Raises:
        StudyError: There is no such study, or it is not readable, not UTF-8 or not TOML.
    """
    if name_or_path.endswith(".py"):
        return Source(name_or_path, _of_task(name_or_path))
    if name_or_path in shipped():
        raw = files("xlt.studies").joinpath(f"{name_or_path}.toml").read_bytes()
    elif name_or_path.endswith(".toml") or os.sep in name_or_path or "/" in name_or_path:
        raw = _read_file(name_or_path)
    else:
        names, file = shipped(), f"{name_or_path}.toml"
        hint = did_you_mean(name_or_path, names)
        if os.path.isfile(file):
            hint = f'{DID_YOU_MEAN}"{file}"?'
        raise StudyError(
            f"{name_or_path}: no such study{hint}; "
            f"use one of {', '.join(names)}, or a path that ends in .toml"
        )
    return Source(name_or_path, parsed(decoded(raw, name_or_path), name_or_path))


def _of_task(file: str) -> dict[str, Any]:
    """The tables of a study of a user's task, with nothing set but what must be."""
    name = re.sub(r"[^a-z0-9._-]+", "-", Path(file).stem.lower()).strip("._-")
    task = TASKS[file]
    rungs = sorted({math.ceil(share * task.steps({})) for share in (0.1, 0.3, 1.0)})
    tables = {"search": {"min_gain": task.min_gain}, "budget": {"rungs": rungs}}
    return {"name": name, "task": file, **tables}


def contents(path: Path) -> bytes:
    """Read a study or an export.

    Raises:
        StudyError: The file is larger than any of them.
        OSError: As `open` raises it.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_FILE_BYTES + 1)  # a device has no size and no end
    if len(raw) > MAX_FILE_BYTES:
        raise StudyError(
            f"{path}: too large: has more than {MAX_FILE_BYTES:,} bytes; give another file"
        )
    return raw


def decoded(raw: bytes, where: str) -> str:
    """Decode UTF-8. Raises `StudyError` with the first line that is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # `error.start` and `error.object` both begin after a byte-order mark.
        line = error.object[: error.start].count(b"\n") + 1
        raise StudyError(
            f"{where}: line {line} is not UTF-8 (byte {error.object[error.start]:#04x}); "
            "save it as UTF-8"
        ) from None


def parsed(text: str, where: str) -> dict[str, Any]:
    """Parse TOML. Raises `StudyError` with the line, or with the key that exceeds a limit."""
    if _CHAIN.search(text):
        raise StudyError(f"{where}: {_TOO_DEEP}")
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise StudyError(f"{where}: {_TOO_DEEP}") from None
    except ValueError as error:
        match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error), re.DOTALL)
        problem, remedy = str(error), "correct it there"
        if match:
            problem = f"line {match[2]}, column {match[3]}: {match[1]}"
            remedy = _remedy(text.splitlines()[int(match[2]) - 1]) or remedy
        elif "integer string conversion" in problem:  # Python's own limit
            problem, remedy = BEYOND.split("; ")
        raise StudyError(f"{where}: is not TOML: {problem}; {remedy}") from None
    check_plain(tables, "", where)
    return tables


def _remedy(line: str) -> str | None:
    """Return what to write if a value is not TOML, as in `name = mine`; None for other errors."""
    key, equals, value = (part.strip() for part in line.partition("="))
    value = value.split("#")[0].strip()
    if not equals or not value or len(value) > MAX_HINT_CHARACTERS or _is_toml(value):
        return None
    if value[0] in "[{":
        return 'text inside a list or a table needs quotes as well, like ["a", "b"]'
    if value[0] in "\"'":
        return "close the quotes on the same line"
    # True, 0,5 and 042 are valid in other languages.
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


def check_plain(value: Any, key: str, where: str, depth: int = 0) -> None:
    """Raise `StudyError` if keys, depth or numbers exceed the limits of a study.

    After this check, keys can be printed, tables walked recursively and numbers written as TOML.
    """
    if depth > MAX_DEPTH:
        raise StudyError(f"{where}: {_TOO_DEEP}")
    if isinstance(value, dict):
        for name, inner in value.items():
            if len(name) > MAX_KEY_CHARACTERS or CONTROL.search(name):
                raise StudyError(
                    f"{where}: the key {format_value(name)} is too long or has control characters; drop it"
                )
            check_plain(inner, f"{key}.{name}" if key else name, where, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            check_plain(inner, key, where, depth + 1)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise StudyError(f"{where}: {key}: {BEYOND}")


def overlap(one: str, other: str) -> bool:
    """Return whether two dotted keys are equal, or one is inside the other."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _read_file(path: str) -> bytes:
    try:
        return contents(Path(path))
    except FileNotFoundError:
        folder = Path(path).parent
        siblings = [str(file) for file in folder.glob("*.toml")] if folder.is_dir() else []
        hint = did_you_mean(path, siblings) or did_you_mean(Path(path).stem, shipped())
        raise StudyError(
            f"{path}: no such file{hint}; give a study's .toml, or one of {', '.join(shipped())}"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StudyError(f"{path}: cannot be read: {reason}; give a study's .toml") from None
