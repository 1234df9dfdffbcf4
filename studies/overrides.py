"""`--set KEY=VALUE` options, which override keys of a study.

KEY is dotted (`space.d_model.high`), VALUE is TOML; a bare word is a string.
"""

import copy
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from xlt.studies.loader import BEYOND, Source, StudyError, check_plain

KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def split(option: str) -> tuple[str, Any]:
    """Split `KEY=VALUE` into the key and the parsed value.

    Raises:
        StudyError: The option has another form, or the value is not TOML.
    """
    key, equals, text = (part.strip() for part in option.partition("="))
    where = f"--set {option}"
    if not equals or not text or not KEY.fullmatch(key):
        raise StudyError(f"{where}: expected KEY=VALUE, like space.d_model=256")
    try:
        tables = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        if re.fullmatch(r"[+-]?[0-9_]+", text) and len(text) > 20:
            raise StudyError(f"--set {key}={text[:20]}...: {BEYOND}") from None
        if text[0] in "[{\"'" or "\n" in text:
            raise StudyError(
                f"{where}: {text} is not a TOML value; expected a number, a word, true or false, "
                'a list [1, 2] or a table {low = 1, high = 2}, like space.d_model="[128, 256]"'
            ) from None
        return key, text
    if len(tables) > 1:
        raise StudyError(f"{where}: expected one value; use a separate --set for each key")
    check_plain(tables["value"], key, where, depth=key.count("."))
    return key, tables["value"]


def overridden(source: Source, options: Sequence[str]) -> Source:
    """Return the source with the options applied in order.

    Raises:
        StudyError: An option is malformed, or sets a key inside a value that is not a table.
    """
    tables = copy.deepcopy(dict(source.tables))
    origins = dict(source.options)
    for option in options:
        key, value = split(option)
        *path, last = key.split(".")
        table = tables
        for depth, name in enumerate(path):
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                above = ".".join(path[: depth + 1])
                raise StudyError(
                    f"--set {option}: {above} is a value in {source.origin}, not a table; "
                    f"set {above} itself"
                )
        table[last] = value
        origins[key] = option
    return Source(source.origin, tables, origins)
