"""Waiting for a database that does not answer, and errors for one that has failed."""

import threading
import time
from collections.abc import Callable
from typing import Any

from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from xlt.search.interrupt import Interrupted
from xlt.spaces.errors import XltError

# Seconds for which a command waits for its database.
MAX_OUTAGE_SECONDS = 300.0
# Seconds for which SQLite waits while another process writes.
SQLITE_BUSY_SECONDS = 90.0
# Seconds between attempts to connect: at first, and at most (exponential backoff).
BACKOFF_FIRST_SECONDS, BACKOFF_MAX_SECONDS = 0.25, 10.0


class DatabaseLost(XltError):
    """The database failed. Everything finished is saved, and the command can be resumed."""

    resumable = True


def as_database_error(error: BaseException) -> DatabaseLost | None:
    """Convert an error of Optuna's or SQLAlchemy's about the database; None for other errors."""
    if not isinstance(error, StorageInternalError | DBAPIError):
        return None
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    reason = str(cause or error).splitlines()[0]
    return DatabaseLost(
        f"the database failed: {reason}; everything finished is saved, and the same command "
        "resumes once it is back"
    )


def wait_for_database(
    storage: RDBStorage, notify: Callable[[str], None], stop: threading.Event
) -> None:
    """Make all further connections wait for a server that does not answer.

    A connection is retried for up to `MAX_OUTAGE_SECONDS`. After that, and after an interrupt, it
    fails at once. SQLite itself waits up to `SQLITE_BUSY_SECONDS` for a locked file.

    Args:
        storage: The database.
        notify: Called with a text when a wait begins.
        stop: When it is set, a wait ends with `Interrupted`.
    """
    if storage.engine.dialect.name == "sqlite":
        event.listen(storage.engine, "connect", _wait_for_lock)
        storage.engine.dispose()  # open connections do not have this listener
    else:  # open connections are kept, because one holds the lock of the study
        event.listen(storage.engine, "do_connect", _Reconnecting(notify, stop))


def _wait_for_lock(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.cursor().execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_SECONDS * 1000:.0f}")


class _Reconnecting:
    def __init__(self, notify: Callable[[str], None], stop: threading.Event) -> None:
        self.notify, self.stop = notify, stop
        self.failed = False

    def __call__(
        self, dialect: Dialect, _: ConnectionPoolEntry, args: list[Any], kwargs: dict[str, Any]
    ) -> DBAPIConnection:
        deadline = time.monotonic() + MAX_OUTAGE_SECONDS
        pause = 0.0
        while True:
            try:
                return dialect.connect(*args, **kwargs)
            except dialect.loaded_dbapi.Error as error:
                if self.failed or time.monotonic() > deadline:
                    self.failed = True
                    raise
                if not pause:
                    reason = str(error).splitlines()[0]
                    minutes = f"for up to {MAX_OUTAGE_SECONDS / 60:.0f} minutes"
                    self.notify(f"waiting {minutes} for the database: {reason}")
            pause = min(BACKOFF_MAX_SECONDS, 2 * pause or BACKOFF_FIRST_SECONDS)
            if self.stop.wait(pause):
                self.failed = True
                raise Interrupted("interrupted; everything finished is saved")
