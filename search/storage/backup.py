"""Consistent backups of an SQLite database, also while a search writes to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import sqlalchemy

from xlt.search.storage.database import DATABASE, without_passwords
from xlt.spaces.errors import InputError

# Seconds to wait while another process writes.
BUSY_TIMEOUT_SECONDS = 60.0


def back_up(url: str | None, runs: Path, target: Path) -> Path:
    """Copy a database with SQLite's backup API, which includes the write-ahead log.

    Args:
        url: The URL given by `--storage`; None for the file in `runs`.
        runs: The folder of runs.
        target: The file to write, or an existing folder. Nothing is overwritten.

    Returns:
        The file that was written.

    Raises:
        InputError: The file is missing or not an SQLite database, or `target` cannot be written.
    """
    source = runs / DATABASE if url is None else _file(url)
    if not source.is_file():
        raise InputError(f"{source}: there is no such database; see --runs, --storage")
    if target.is_dir():
        target /= source.name
    if target.exists():
        raise InputError(f"{target} already exists; name another file, or remove it")
    if not target.parent.is_dir():
        raise InputError(f"{target.parent}: no such folder; make it, or name another")
    temporary = target.with_name(f".{target.name}.new")
    temporary.unlink(missing_ok=True)  # left by a backup that was killed
    try:
        copy_database(source, temporary)
        os.replace(temporary, target)
    except sqlite3.Error as error:
        raise InputError(f"{source} to {target}: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _file(url: str) -> Path:
    """The file of an SQLite URL; raises `InputError` for other databases."""
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
            f"--storage {shown}: only SQLite files can be backed up here; use the program of the "
            "server, such as pg_dump for PostgreSQL"
        )
    return Path(url2pathname(urlsplit(name).path) if name.startswith("file:") else name)


def copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite file to a new file, while others write to it. Raises `sqlite3.Error`."""
    # Mode "rw" does not create a missing file.
    uri = f"{source.absolute().as_uri()}?mode=rw"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # a single file, without a log
