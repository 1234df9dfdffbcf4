"""Locks that let only one process write to a study: one of its folder, one of its database.

They are locks of the operating system or of the database server, which release them when the
process dies. A process that cannot get a lock is told who holds it.
"""

import hashlib
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from optuna.storages import RDBStorage
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from xlt.objectives.folders import check_file_locks
from xlt.spaces.errors import XltError

# Seconds for which to retry, because a server may notice the death of a process late.
TAKEOVER_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class _Owner:
    """The process that holds a lock."""

    process: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, since {self.since}"


def _this_process() -> _Owner:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _Owner(os.getpid(), socket.gethostname(), now)


def _refusal(where: str, owner: _Owner | None) -> XltError:
    holder = f": {owner}" if owner else ""
    return XltError(f"another xlt-search works {where}{holder}; wait for it, or end it")


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises:
        XltError: Another process holds it.
        InputError: The file system has no file locks.
    """
    with _file_lock(folder / ".lock", folder / ".owner.json", f"in {folder}"):
        yield


@contextmanager
def database_study_lock(storage: RDBStorage, name: str) -> Iterator[RDBStorage]:
    """Hold the lock of a study in a database.

    In PostgreSQL it is an advisory lock, which excludes processes on all machines. For SQLite it is
    a file lock beside the database. Other databases and SQLite in memory have none; there only
    `folder_lock` protects the study.

    Args:
        storage: The database.
        name: The name of the study.

    Yields:
        The same storage.

    Raises:
        XltError: Another process holds the lock. Operations on the storage raise it too, when the
            connection to PostgreSQL was lost and another process took the lock meanwhile.
    """
    where = f"on the study {name!r} in this database"
    file = _database_file(storage.engine)
    if storage.engine.dialect.name == "postgresql":
        with _PostgresAdvisoryLock(name, where).held_by(storage.engine):
            yield storage
    elif file is not None:
        lock_file = file.with_name(f".{file.name}.{name}.lock")
        with (
            _file_lock(lock_file, lock_file.with_suffix(".json"), where),
            _check_file_exists(storage.engine, file),
        ):
            yield storage
    else:
        yield storage


@contextmanager
def _check_file_exists(engine: Engine, file: Path) -> Iterator[None]:
    """Raise an error once SQLite's file was deleted or moved, where SQLite would go on writing."""

    def check(*_: object) -> None:
        if not file.exists():
            raise XltError(
                f"{file}: the database was deleted or moved while this command used it. Put it back, "
                "and the same command resumes the study; without it, the study starts anew with the "
                "checkpoints that are kept"
            )

    event.listen(engine, "checkout", check)
    try:
        yield
    finally:
        event.remove(engine, "checkout", check)


@contextmanager
def _file_lock(path: Path, owner_file: Path, where: str) -> Iterator[None]:
    check_file_locks(path.parent)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise _refusal(where, _read_owner(owner_file)) from error
    try:
        owner_file.write_text(json.dumps(asdict(_this_process())))
        yield
    finally:
        owner_file.unlink(missing_ok=True)
        lock.release()


def _read_owner(file: Path) -> _Owner | None:
    """The owner that a lock's holder has written; None if it has not written it yet."""
    try:
        return _Owner(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _database_file(engine: Engine) -> Path | None:
    """SQLite's file, resolved by SQLite; None for databases without one."""
    if engine.dialect.name != "sqlite":
        return None
    with engine.connect() as connection:
        main = connection.exec_driver_sql("PRAGMA database_list").one()
    return Path(main[2]).resolve() if main[2] else None


# Every database user can read these columns of other sessions, but not their start time. So the start
# time is in `application_name`.
HOLDERS = """
    SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint << 32 | objid::bigint = {key}
"""
# The server notices within two minutes, not hours, that the machine of a session is gone.
SERVER_KEEPALIVES = {
    "tcp_keepalives_idle": 60,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 6,
}
# PostgreSQL truncates longer names.
MAX_NAME_BYTES = 63
# Taken before CREATE_TABLE, so that two sessions do not create the table at once.
CREATION_LOCK = "SELECT pg_advisory_xact_lock(0)"
# For each study, the token of the last process that held its lock.
CREATE_TABLE = (
    "CREATE TABLE IF NOT EXISTS xlt_writers (study text PRIMARY KEY, writer text NOT NULL)"
)
RECORD_WRITER = """
    INSERT INTO xlt_writers VALUES (%s, %s)
    ON CONFLICT (study) DO UPDATE SET writer = EXCLUDED.writer
"""


class _PostgresAdvisoryLock:
    """An advisory lock held by the same session that writes to the study.

    Nothing can be written without the lock: when the connection is lost, the lock is lost too, and
    a new connection has to acquire it before anything else. The holder records a token in a table,
    so that a process that reconnects sees whether another one held the lock meanwhile.

    It does not work through poolers that share a session between clients (transaction pooling).
    """

    def __init__(self, name: str, where: str) -> None:
        self.study, self.token = name, secrets.token_hex(16)
        digest = hashlib.sha256(f"xlt-search {name}".encode()).digest()
        self.key = int.from_bytes(digest[:8]) >> 1  # positive in a signed bigint
        self.where = where
        own = _this_process()
        name = f"xlt-search {own.process} {own.since} {own.host}"
        self.session_name = name.encode("ascii", "replace").decode()[:MAX_NAME_BYTES]
        self.connected = False
        self.last_pid = 0  # the server process of our last session

    @contextmanager
    def held_by(self, engine: Engine) -> Iterator[None]:
        """Make the connection of an engine hold the lock. The engine must use one at a time."""
        event.listen(engine, "connect", self._on_connect)
        event.listen(engine, "close", self._on_disconnect)
        try:
            engine.dispose()  # open connections do not have the lock
            with engine.connect():
                pass
            yield
        finally:
            engine.dispose()
            event.remove(engine, "connect", self._on_connect)
            event.remove(engine, "close", self._on_disconnect)

    def _on_connect(self, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        assert not self.connected
        try:
            self._acquire(connection)
        except BaseException:
            connection.close()
            raise
        self.connected = True

    def _on_disconnect(self, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        self.connected = False

    def _acquire(self, connection: DBAPIConnection) -> None:
        cursor = connection.cursor()
        settings = {"application_name": self.session_name, **SERVER_KEEPALIVES}
        for setting, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (setting, str(value)))
        deadline = time.monotonic() + TAKEOVER_GRACE_SECONDS
        while True:
            cursor.execute(f"SELECT pg_try_advisory_lock({self.key}), pg_backend_pid()")
            ((acquired, pid),) = cursor.fetchall()
            if acquired:
                break
            cursor.execute(HOLDERS.format(key=self.key))
            holders = cursor.fetchall()
            if (
                self.last_pid,
                self.session_name,
            ) in holders:  # a lost connection of ours, which the server still has
                cursor.execute(f"SELECT pg_terminate_backend({self.last_pid})")
            elif time.monotonic() > deadline:
                raise _refusal(self.where, _owner_of_session(holders[0][1]) if holders else None)
            connection.commit()
            time.sleep(0.1)
        self._record_writer(cursor)
        connection.commit()  # the lock belongs to the session and stays
        self.last_pid = pid

    def _record_writer(self, cursor: DBAPICursor) -> None:
        if not self.last_pid:
            cursor.execute(CREATION_LOCK)
            cursor.execute(CREATE_TABLE)
            cursor.execute(RECORD_WRITER, (self.study, self.token))
            return
        cursor.execute("SELECT writer FROM xlt_writers WHERE study = %s", (self.study,))
        if [tuple(row) for row in cursor.fetchall()] != [(self.token,)]:
            raise XltError(
                f"another xlt-search has worked {self.where} while it could not be reached from "
                "here; the same command resumes the study as it is now"
            )


def _owner_of_session(name: str) -> _Owner | None:
    """The owner of a session, read from its name."""
    match name.split(" ", 3):
        case ["xlt-search", process, since, host] if process.isdigit():
            return _Owner(int(process), host, since)
    return None
