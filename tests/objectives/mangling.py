"""Files gone wrong, always the same ones by seed: flipped bytes, lost lines, hostile values."""

import copy
import json
import random
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeAlias

Mangle: TypeAlias = Callable[[bytes, random.Random], bytes]

# Opcodes that `touch` a file in the current folder if anybody should ever unpickle them.
PICKLED = b"cos\nsystem\n(S'touch executed'\ntR."

NOT_UTF8 = (b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe9", b"\xf4\x90\x80\x80", b"\x80")

# What any file may have become.
CONTENTS: Sequence[bytes] = (
    b"",
    b"\n",
    b"\0" * 100,
    b"\xef\xbb\xbf",
    *NOT_UTF8,
    PICKLED,
    b"\x80\x04cposix\nsystem\n\x8c\x0etouch executed\x85R.",
    b"!!python/object/apply:os.system ['touch executed']",
    b"\x7fELF\x02\x01\x01" + b"\0" * 60,
    b"#!/bin/sh\ntouch executed\n",
    b"null",
    b"{}",
    b"[]",
    b"[[1, 2]]",
    b'{"a": 1, "a": 2}',
    b'"text"',
    b"1e999",
    b"NaN",
    b"9" * 5_000,
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000,
    b"x = " + b"[" * 100_000,
    b"x = " + b"[" * 250 + b"]" * 250,
    b"x = " + b"{a = " * 400 + b"1" + b"}" * 400,
    b"a" + b".a" * 3_000 + b" = 1",
    b"[a" + b".a" * 3_000 + b"]\n",
    b"x = 0x" + b"f" * 5_000,
    b"x = " + b"9" * 5_000,
    b"x" * 10_000 + b" = 1",
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'b'>]><a>&b;</a>",
    b"\xff\xff\xff\xff\xff\xff\xff\x7f{}",  # a safetensors header as long as can be
    b"\x02\0\0\0\0\0\0\0{}",
)

# What a number may have become in a text.
NUMBERS: Sequence[bytes] = (
    b"-1",
    b"0",
    b"1.5",
    b"nan",
    b"inf",
    b"-inf",
    b"1e999",
    b"-0.0",
    b"5e-324",
    b"9" * 40,
    b"9" * 5_000,
    b"0x" + b"f" * 5_000,
    b"[" * 400 + b"]" * 400,
)

# What a value may have become, as TOML can say it.
VALUES: Sequence[Any] = (
    0,
    -1,
    1,
    2**31,
    2**32,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    2**63,
    10**40,
    0.0,
    -0.0,
    0.5,
    1e-300,
    5e-324,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    True,
    False,
    "",
    " ",
    "1",
    "auto",
    "nan",
    "\0",
    "a\0b",
    "x" * 10_000,
    "../../etc/passwd",
    "/",
    "a/b",
    "~",
    "a\nb = 1",
    'a"\\b',
    "\x1b[31m\x7f",
    "\u2028\u202e",
    "\N{FOX FACE}",
    "$(touch executed)",
    [],
    [[]],
    [1, "a", 2.5, True],
    [1, 1],
    [3, 2, 1],
    [float("nan")],
    [2**63],
    ["x" * 1_000],
    list(range(3_000)),
    [{"a": 1}],
    {},
    {"a": 1},
    {"": 0},
    {"low": 1, "high": 0},
    {"low": 0, "high": 2**62},
    {"low": float("nan"), "high": float("inf")},
    {"low": 1e-300, "high": 1.0, "step": 1e-300},
    {"low": 1, "high": 4, "step": -1},
    {"low": 1, "high": 4, "log": "yes"},
    {"times": ["d_model"], "low": 1, "high": 2},
    {"times": "d_model", "low": 1, "high": 2**62},
    {"a": {"b": {"c": [{"d": 1}]}}},
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1),
    date(1979, 5, 27),
    time(12, 30),
)

KEYS = ("", "x", "../x", "a.b", "\0", "name ", "n" * 10_000, "\x1b[31m", "__class__", "ä", "a\nb")

# Of corpora: what stands between blanks, tabs and line ends.
WORDS = (
    b"\0",
    b"\t",
    b"\r",
    b" ",
    b"O",
    b"B-",
    b"I-LOC",
    b"B-\0",
    b"B-\x1b[31m",
    b"B-" + b"X" * 10_000,
    b"I--",
    b"-1",
    b"\xc2\x85",
    b"\xe2\x80\x8b",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"<s></s><pad>",
    b"[MASK]",
    b"x" * 20_000,
    b"\xf0\x9f\xa6\x8a" * 1_000,
    b"a\xcc\x81" * 500,
    *NOT_UTF8,
)


def bytes_mangled(good: bytes, rnd: random.Random) -> bytes:
    """Flipped, cut, filled, repeated, or another content altogether."""
    start = rnd.randrange(len(good))
    end = min(len(good), start + rnd.choice((1, 2, 10, 100)))
    match rnd.randrange(8):
        case 0 | 1:
            mangled = bytearray(good)
            for _ in range(rnd.choice((1, 1, 2, 8))):
                mangled[rnd.randrange(len(good))] ^= 1 << rnd.randrange(8)
            return bytes(mangled)
        case 2:
            return good[:start]
        case 3:
            return good[:start] + good[end:]
        case 4:
            return good[:start] + good[start:end] * rnd.choice((2, 100)) + good[end:]
        case 5:
            return good[:start] + rnd.choice((b"\0" * (end - start), *NOT_UTF8)) + good[end:]
        case 6:
            return good[:start] + rnd.randbytes(end - start) + good[end:]
        case _:
            return rnd.choice(CONTENTS)


def lines_mangled(good: bytes, rnd: random.Random) -> bytes:
    """Lines dropped, doubled, swapped, joined, cut; numbers and words replaced within one."""
    lines = good.split(b"\n")
    one, other = rnd.randrange(len(lines)), rnd.randrange(len(lines))
    match rnd.randrange(9):
        case 0:
            del lines[one]
        case 1:
            lines.insert(other, lines[one])
        case 2:
            lines[one], lines[other] = lines[other], lines[one]
        case 3:
            lines[one : one + 2] = [b" ".join(lines[one : one + 2])]
        case 4:
            lines[one] = lines[one][: rnd.randrange(len(lines[one]) + 1)]
        case 5:
            lines.insert(one, rnd.choice(CONTENTS))
        case 6:
            lines[one] = lines[one] * rnd.choice((2, 1_000))
        case 7:
            rnd.shuffle(lines)
        case _:
            return _replaced(rb"\d+(\.\d+)?", good, rnd.choice(NUMBERS), rnd)
    return b"\n".join(lines)


def words_mangled(good: bytes, rnd: random.Random) -> bytes:
    """A word replaced: one between blanks, tabs and line ends."""
    return _replaced(rb"\S+", good, rnd.choice(WORDS), rnd)


def tables_mangled(good: dict[str, Any], rnd: random.Random) -> dict[str, Any]:
    """One value replaced, lost, renamed, wrapped or moved."""
    tables = copy.deepcopy(good)
    table, last = _place(tables, rnd)
    match rnd.randrange(10):
        case 0:
            del table[last]
        case 1 if isinstance(table, dict):
            table[rnd.choice(KEYS)] = table.pop(last)
        case 2 if isinstance(table, dict):
            table[rnd.choice(KEYS)] = rnd.choice(VALUES)
        case 3:
            table[last] = rnd.choice(([table[last]], {"a": table[last]}, str(table[last])))
        case 4:
            table[last] = copy.deepcopy(rnd.choice(list(good.values())))
        case _:
            table[last] = rnd.choice(VALUES)
    return tables


def file_mangled(file: Path, rnd: random.Random) -> None:
    """It is gone, empty, a folder, a link to nowhere or to itself, or its bytes or lines are."""
    good = file.read_bytes()
    match rnd.randrange(12):
        case 0:
            file.unlink()
        case 1:
            file.write_bytes(b"")
        case 2:
            file.unlink()
            file.mkdir()
        case 3:
            file.unlink()
            file.symlink_to(rnd.choice((file.name, "nowhere", "/dev/null")))
        case 4 | 5 | 6:
            file.write_bytes(different(good, rnd, lines_mangled))
        case _:
            file.write_bytes(different(good, rnd, bytes_mangled))


def tree_mangled(folder: Path, rnd: random.Random) -> bool:
    """A folder of ours, altered; whether there is anything to notice.

    There is nothing where all of it is gone, or where only blanks differ in the list of hashes.
    """
    before = _held(folder)
    file = rnd.choice(sorted(each for each in folder.iterdir()))
    match rnd.randrange(12):
        case 0:
            shutil.rmtree(folder)
            if rnd.random() < 0.7:
                folder.symlink_to(rnd.choice(("nowhere", folder.name)))
            return False
        case 1:
            shutil.rmtree(folder)
            folder.write_bytes(rnd.choice(CONTENTS))
        case 2:
            shutil.rmtree(folder)
            folder.mkdir()
        case 3:
            (folder / rnd.choice((".hidden", "x" * 255, "sha256.json.old"))).write_bytes(PICKLED)
        case 4:
            (folder / "below").mkdir()
            (folder / "below" / "file").write_bytes(b"")
        case 5 | 6 if file.suffix == ".json":
            file.write_bytes(different(file.read_bytes(), rnd, _json_mangled))
        case 7:
            listing = folder / "sha256.json"
            listing.write_bytes(rnd.choice(CONTENTS))
        case _:
            file_mangled(file, rnd)
    return _held(folder) != before


def _held(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = {
        each.name: each.read_bytes() for each in folder.rglob("*") if each.is_file()
    }
    with suppress(KeyError, ValueError, RecursionError):
        held["sha256.json"] = json.loads(held["sha256.json"])
    return held


def different(good: bytes, rnd: random.Random, mangle: Mangle) -> bytes:
    """Mangled until it shows."""
    while (mangled := mangle(good, rnd)) == good:
        pass
    return mangled


def _json_mangled(good: bytes, rnd: random.Random) -> bytes:
    """Written as it was, but for one value."""
    tables = tables_mangled({"it": json.loads(good)}, rnd)
    return json.dumps(tables.get("it"), indent=1, default=str).encode()


def _place(value: Any, rnd: random.Random) -> tuple[Any, Any]:
    """A table or list, at any depth, and a key or index in it: those near the top more often."""
    while True:
        last = rnd.choice(list(value) if isinstance(value, dict) else range(len(value)))
        inner = value[last]
        if not isinstance(inner, dict | list) or not inner or rnd.random() < 0.3:
            return value, last
        value = inner


def _replaced(pattern: bytes, good: bytes, by: bytes, rnd: random.Random) -> bytes:
    """One place of those that match."""
    places = list(re.finditer(pattern, good))
    if not places:
        return good
    place = rnd.choice(places)
    return good[: place.start()] + by + good[place.end() :]
