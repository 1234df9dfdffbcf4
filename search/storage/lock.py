"""One writer a study: by its folder, and by the database that it is kept in.

Locks of the system and of the server, which are free once their holder is dead, however it died.
Who comes second is told who was first.
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

# Seconds in which a server notices that a process has died.
TAKEOVER_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class _Owner:
    """Who holds a lock."""

    process: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, since {self.since}"


def _this_process() -> _Owner:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _Owner(os.getpid(), socket.gethostname(), now)


def _refusal(where: str, owner: _Owner | None) -> XltError:
    said = f": {owner}" if owner else ""
    return XltError(f"another xlt-search works {where}{said}; wait for it, or end it")


@contextmanager
def study_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. That of a dead process is free.

    Raises:
        XltError: Another process holds it.
        InputError: The file system has no locks.
    """
    with _file(folder / ".lock", folder / ".owner.json", f"in {folder}"):
        yield


@contextmanager
def single_writer(storage: RDBStorage, name: str) -> Iterator[RDBStorage]:
    """The storage, in which this process alone writes the study `name`.

    PostgreSQL holds the lock itself, for all machines. SQLite's is a file beside the database's.
    With other databases, and in memory, there is none: the folder's lock must do. Raises
    `XltError` if another process has it, here or later: one that was cut off from the server, and
    comes back when another has taken over, is refused whatever it does with the storage.
    """
    where = f"on the study {name!r} in this database"
    file = _database_file(storage.engine)
    if storage.engine.dialect.name == "postgresql":
        with _PostgresAdvisoryLock(name, where).of(storage.engine):
            yield storage
    elif file is not None:
        beside = file.with_name(f".{file.name}.{name}.lock")
        with _file(beside, beside.with_suffix(".json"), where), _present(storage.engine, file):
            yield storage
    else:
        yield storage


@contextmanager
def _present(engine: Engine, file: Path) -> Iterator[None]:
    """Notice that SQLite's file was deleted or moved: SQLite itself goes on writing to it, unseen."""

    def check(*_: object) -> None:
        if not file.exists():
            raise XltError(
                f"{file}: the database was deleted or moved while this command used it. Put it back: "
                "the same command goes on; without it, it begins anew, and checkpoints are kept"
            )

    event.listen(engine, "checkout", check)
    try:
        yield
    finally:
        event.remove(engine, "checkout", check)


@contextmanager
def _file(path: Path, owner: Path, where: str) -> Iterator[None]:
    check_file_locks(path.parent)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise _refusal(where, _owner_in(owner)) from error
    try:
        owner.write_text(json.dumps(asdict(_this_process())))
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _owner_in(file: Path) -> _Owner | None:
    """Who holds a file's lock, as it has written; None if it has not come to that."""
    try:
        return _Owner(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _database_file(engine: Engine) -> Path | None:
    """SQLite's file, however its URL is written; None for what has none."""
    if engine.dialect.name != "sqlite":
        return None
    with engine.connect() as connection:
        main = connection.exec_driver_sql("PRAGMA database_list").one()
    return Path(main[2]).resolve() if main[2] else None


# Whoever may connect sees these columns of everybody's sessions, but not when they began.
HOLDERS = """
    SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint << 32 | objid::bigint = {key}
"""
# How soon the server notices that our machine is gone, not only our process: two minutes, not hours.
SERVER_KEEPALIVES = {
    "tcp_keepalives_idle": 60,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 6,
}
# What PostgreSQL keeps of a name.
MAX_NAME_BYTES = 63
# Who had each study's lock last. Two sessions must not make the table at once.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(0)"
TABLE = "CREATE TABLE IF NOT EXISTS xlt_writers (study text PRIMARY KEY, writer text NOT NULL)"
SIGN = """
    INSERT INTO xlt_writers VALUES (%s, %s)
    ON CONFLICT (study) DO UPDATE SET writer = EXCLUDED.writer
"""


class _PostgresAdvisoryLock:
    """An advisory lock of the very session that writes.

    So nothing is ever written without it: once a connection is lost, for whatever reason, so is
    the lock, and the next connection must get it before it is used for anything else. Whoever has
    it signs, so that one who comes back sees whether another was there.

    Poolers that hand a session from one client to the other after each transaction break it.
    """

    def __init__(self, name: str, where: str) -> None:
        self.study, self.signature = name, secrets.token_hex(16)
        digest = hashlib.sha256(f"xlt-search {name}".encode()).digest()
        self.key = int.from_bytes(digest[:8]) >> 1  # a bigint has a sign
        self.where = where
        us = _this_process()
        said = f"xlt-search {us.process} {us.since} {us.host}"
        self.name = said.encode("ascii", "replace").decode()[:MAX_NAME_BYTES]
        self.connected = False
        self.last = 0  # the server's process for our last session

    @contextmanager
    def of(self, engine: Engine) -> Iterator[None]:
        """From now on, the engine's connection holds the lock. It must be one at a time."""
        event.listen(engine, "connect", self._on_connect)
        event.listen(engine, "close", self._on_disconnect)
        try:
            engine.dispose()  # the connections there are were made without it
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
        settings = {"application_name": self.name, **SERVER_KEEPALIVES}
        for setting, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (setting, str(value)))
        until = time.monotonic() + TAKEOVER_GRACE_SECONDS
        while True:
            cursor.execute(f"SELECT pg_try_advisory_lock({self.key}), pg_backend_pid()")
            ((got, process),) = cursor.fetchall()
            if got:
                break
            cursor.execute(HOLDERS.format(key=self.key))
            holders = cursor.fetchall()
            if (self.last, self.name) in holders:  # ours, and the server does not know it is over
                cursor.execute(f"SELECT pg_terminate_backend({self.last})")
            elif time.monotonic() > until:
                raise _refusal(self.where, _owner_of_session(holders[0][1]) if holders else None)
            connection.commit()
            time.sleep(0.1)
        self._record_writer(cursor)
        connection.commit()  # the lock is the session's, and stays
        self.last = process

    def _record_writer(self, cursor: DBAPICursor) -> None:
        if not self.last:
            cursor.execute(ONE_AT_A_TIME)
            cursor.execute(TABLE)
            cursor.execute(SIGN, (self.study, self.signature))
            return
        cursor.execute("SELECT writer FROM xlt_writers WHERE study = %s", (self.study,))
        if [tuple(row) for row in cursor.fetchall()] != [(self.signature,)]:
            raise XltError(
                f"another xlt-search has worked {self.where} while it could not be reached from "
                "here; the same command goes on with what is there now"
            )


def _owner_of_session(name: str) -> _Owner | None:
    """Who a session belongs to, as its name says."""
    match name.split(" ", 3):
        case ["xlt-search", process, since, host] if process.isdigit():
            return _Owner(int(process), host, since)
    return None
