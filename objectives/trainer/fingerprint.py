"""The fingerprint of data sets that a user's file has made."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from xlt.spaces.errors import InputError

_ROWS = 1000  # read at a time


def fingerprint(train: Any, validation: Any, test: Any) -> tuple[tuple[int, int, int], str]:
    """The sizes of three data sets, and a SHA-256 over all that they contain.

    Raises:
        InputError: One of them has no length, has no rows, or has values that are neither numbers,
            texts nor arrays.
    """
    digest, sizes = hashlib.sha256(), []
    parts = {"train_dataset": train, "eval_dataset": validation, "test_data": test}
    for name, part in parts.items():
        if part is None or not hasattr(part, "__len__") or isinstance(part, Mapping):
            raise InputError(f"{name}: expected one data set with a length, found {part!r:.60}")
        if not len(part):
            raise InputError(f"{name}: is empty; expected at least one example")
        sizes.append(len(part))
        try:
            for rows in _rows(part):
                digest.update(json.dumps(rows, sort_keys=True, default=_plain).encode() + b"\n")
        except TypeError as error:
            raise InputError(f"{name}: {error}; expected numbers, texts and arrays") from None
    return (sizes[0], sizes[1], sizes[2]), digest.hexdigest()


def _rows(part: Any) -> Iterator[Any]:
    if hasattr(part, "with_format") and hasattr(part, "iter"):  # of `datasets`: whole columns
        yield from part.with_format(None).iter(_ROWS)
    else:
        yield from (part[index] for index in range(len(part)))


def _plain(value: Any) -> Any:
    """A tensor or an array as lists, for JSON."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"has a value of the type {type(value).__name__}")
