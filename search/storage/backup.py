"""A copy of the studies' database, whole even while a search writes to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import sqlalchemy

from xlt.search.storage.database import DATABASE, without_passwords
from xlt.spaces.errors import InputError

# Seconds for which another process's write is waited for.
BUSY_TIMEOUT_SECONDS = 60.0


def back_up(url: str | None, runs: Path, target: Path) -> Path:
    """Copy SQLite's file by SQLite's own backup, which sees what is still in the write-ahead log.

    Args:
        url: The database's, as `--storage` has it; None for the one in `runs`.
        runs: The folder of runs.
        target: The file to write, or a folder to write it in. Nothing is overwritten.

    Returns:
        The file that was written.

    Raises:
        InputError: There is no such file, it is no SQLite database, or `target` cannot be written.
    """
    source = runs / DATABASE if url is None else _file(url)
    if not source.is_file():
        raise InputError(f"{source}: there is no such database; see --runs, --storage")
    if target.is_dir():
        target /= source.name
    if target.exists():
        raise InputError(f"{target}: is there already; name another file, or remove it")
    if not target.parent.is_dir():
        raise InputError(f"{target.parent}: no such folder; make it, or name another")
    beside = target.with_name(f".{target.name}.new")
    beside.unlink(missing_ok=True)  # a killed backup's
    try:
        _copy(source, beside)
        os.replace(beside, target)
    except sqlite3.Error as error:
        raise InputError(f"{source} to {target}: {error}") from error
    finally:
        beside.unlink(missing_ok=True)
    return target


def _file(url: str) -> Path:
    """The file of an SQLite URL. Raises `InputError` for other databases."""
    shown = without_passwords(url)
    try:
        parsed = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError as error:
        raise InputError(
            f"--storage {shown}: expected a URL such as sqlite:///studies.db"
        ) from error
    name = parsed.database
    if parsed.get_backend_name() != "sqlite" or not name or name == ":memory:":
        raise InputError(
            f"--storage {shown}: only SQLite's files are copied here; a server has a program of its "
            "own for that, such as pg_dump for PostgreSQL"
        )
    return Path(url2pathname(urlsplit(name).path) if name.startswith("file:") else name)


def _copy(source: Path, target: Path) -> None:
    # Without the right to create it: what is missing is not made.
    uri = f"{source.absolute().as_uri()}?mode=rw"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
