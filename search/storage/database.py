"""Connections to the databases that hold studies: SQLite's files and database servers."""

import re
import sqlite3
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy
from optuna.storages import RDBStorage

from xlt.objectives.folders import make_folder
from xlt.spaces.errors import InputError

# In the folder of runs: the search's own record, and the studies that the dashboard shows.
DATABASE, DASHBOARD_DATABASE = "search.db", "dashboard.db"
# Seconds between two checkpoints of SQLite's write-ahead log. A checkpoint waits for the disk.
CHECKPOINT_SECONDS = 1.0
# Options of libpq: give up a server that does not answer within seconds, and a connection to a
# machine that is gone within a minute or two. By default both take far longer.
KEEPALIVES = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}


def open_storage(url: str | None, runs: Path) -> RDBStorage:
    """Open the database of the search's own records, and create its tables if it is new.

    Args:
        url: The URL given by `--storage`; None for the file `search.db` in `runs`.
        runs: The folder of runs. It is created if needed.

    Raises:
        InputError: The database cannot be used. A server that does not answer is given up within
            seconds.
    """
    if url is None:
        make_folder(runs)
        url = _sqlite_url(runs / DATABASE)
    return _open(url)


def open_dashboard_storage(runs: Path) -> RDBStorage:
    """Open the database of the dashboard in `runs`, and create its tables if it is new.

    It is an SQLite file whatever `--storage` is.

    Raises:
        InputError: The file cannot be used.
    """
    make_folder(runs)
    return _open(_sqlite_url(runs / DASHBOARD_DATABASE))


def _open(url: str) -> RDBStorage:
    shown = without_passwords(url)
    try:
        # Optuna formats the URL as a template, so braces have to be escaped.
        literal = url.replace("{", "{{").replace("}", "}}")
        storage = RDBStorage(literal, engine_kwargs=_engine_options(sqlalchemy.make_url(url)))
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0].replace(url, shown)
        if isinstance(error, ValueError):  # from a driver, or the port of the URL
            reason = "a number in it cannot be read"
        if isinstance(error, ImportError) and url.startswith("postgres"):
            reason = "its driver is missing; pip install 'psycopg[binary]>=3.2'"
        raise InputError(
            f"--storage {shown}: {reason}; expected a database URL such as sqlite:///studies.db "
            "or postgresql+psycopg://user@host/name, with its driver installed"
        ) from error
    if storage.engine.dialect.name == "sqlite":
        sqlalchemy.event.listen(storage.engine, "connect", _enable_wal)
        sqlalchemy.event.listen(storage.engine, "checkin", _WalCheckpoints())
        storage.engine.dispose()  # open connections do not have these listeners
    weakref.finalize(storage, storage.engine.dispose)
    return storage


def _sqlite_url(file: Path) -> str:
    """The SQLite URL of a file, whatever characters its path has.

    In a URL with the plain path, `?` would start a query, and versions of SQLAlchemy differ in
    whether they decode `%`. SQLite also accepts a URI, in which both are encoded.
    """
    uri = sqlalchemy.URL.create("sqlite", database=file.absolute().as_uri(), query={"uri": "true"})
    return uri.render_as_string()


def _engine_options(url: sqlalchemy.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        # A dashboard may hold the lock for a moment.
        return {"connect_args": {"timeout": 60}}
    options: dict[str, Any] = {"pool_pre_ping": True}  # the server may have closed a connection
    if url.get_driver_name() in ("psycopg", "psycopg2"):
        # Without the encoding, a database in SQL_ASCII returns bytes.
        wanted = {"client_encoding": "utf8", **KEEPALIVES}
        options["connect_args"] = {k: v for k, v in wanted.items() if k not in url.query}
    return options


def without_passwords(text: str) -> str:
    """Replace passwords in URLs by asterisks."""
    text = re.sub(r"(://[^:/@\s]*):[^@\s]+@", r"\1:***@", text)
    return re.sub(r"([?&](?:ssl)?password=)[^&\s'\"]+", r"\1***", text)


def _enable_wal(connection: sqlite3.Connection, _: object) -> None:
    """Let SQLite wait for the disk at checkpoints only, not after each attribute of a trial.

    A killed process loses nothing by this. A power failure may lose the last few writes.
    """
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


class _WalCheckpoints:
    """Checkpoints SQLite's write-ahead log regularly.

    By default SQLite does so at 4 MB, which many studies never write. Then somebody who copies the
    database file without its log would have an empty study.
    """

    def __init__(self) -> None:
        self.next_at = 0.0  # on the monotonic clock

    def __call__(self, connection: sqlite3.Connection | None, _: object) -> None:
        if connection is None or time.monotonic() < self.next_at:
            return
        with suppress(sqlite3.Error):  # the data stays in the log; the next write reports errors
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # does not wait for readers
        self.next_at = time.monotonic() + CHECKPOINT_SECONDS
