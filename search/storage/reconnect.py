"""What a database may do to a study: be away for a while, or fail for good."""

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

# Seconds for which a command goes on without its database.
MAX_OUTAGE_SECONDS = 300.0
# Seconds for which SQLite waits until another process has written what it writes.
SQLITE_BUSY_SECONDS = 90.0
# Seconds between two attempts to connect: the first, and the most.
BACKOFF_FIRST_SECONDS, BACKOFF_MAX_SECONDS = 0.25, 10.0


class DatabaseLost(XltError):
    """The database failed; everything finished is saved."""

    resumable = True


def as_database_error(error: BaseException) -> DatabaseLost | None:
    """A failure of the database in words, if it is one: what was underway is not written."""
    if not isinstance(error, StorageInternalError | DBAPIError):
        return None
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    reason = str(cause or error).splitlines()[0]
    return DatabaseLost(
        f"the database failed: {reason}; everything finished is saved, and the same command "
        "goes on once it is back"
    )


def wait_for_database(
    storage: RDBStorage, notify: Callable[[str], None], stop: threading.Event
) -> None:
    """From now on wait for a server that is away, for up to `AWAY` seconds.

    `notify` is told that it waits, once each time. Later attempts raise at once if that was not enough; if `stop` is set, `Interrupted`. SQLite
    itself waits for a locked file, for up to `LOCKED` seconds, and hears nothing meanwhile.
    """
    if storage.engine.dialect.name == "sqlite":
        event.listen(storage.engine, "connect", _wait_for_lock)
        storage.engine.dispose()  # the connections there are were made without it
    else:  # those that are open stay so: one holds the study's lock
        event.listen(storage.engine, "do_connect", _Reconnecting(notify, stop))


def _wait_for_lock(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.cursor().execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_SECONDS * 1000:.0f}")


class _Reconnecting:
    def __init__(self, notify: Callable[[str], None], stop: threading.Event) -> None:
        self.notify, self.stop = notify, stop
        self.over = False

    def __call__(
        self, dialect: Dialect, _: ConnectionPoolEntry, words: list[Any], options: dict[str, Any]
    ) -> DBAPIConnection:
        until = time.monotonic() + MAX_OUTAGE_SECONDS
        pause = 0.0
        while True:
            try:
                return dialect.connect(*words, **options)
            except dialect.loaded_dbapi.Error as error:
                if self.over or time.monotonic() > until:
                    self.over = True
                    raise
                if not pause:
                    reason = str(error).splitlines()[0]
                    minutes = f"for up to {MAX_OUTAGE_SECONDS / 60:.0f} minutes"
                    self.notify(f"waiting {minutes} for the database: {reason}")
            pause = min(BACKOFF_MAX_SECONDS, 2 * pause or BACKOFF_FIRST_SECONDS)
            if self.stop.wait(pause):
                self.over = True
                raise Interrupted("interrupted; everything finished is saved")
