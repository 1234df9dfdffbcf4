"""The nodes of the checkpoint tree on disk: evaluations, states, locks, and the size limit.

A node is up to two folders: `KEY` holds its evaluation, `KEY.state` what training resumes from.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from xlt.objectives.folders import (
    CorruptFolder,
    atomic_folder,
    check_file_locks,
    drop_folder,
    remove_stale,
    verified_folder,
)
from xlt.objectives.objective import Diverged, Evaluation, Run

_STATE = ".state"
_LOCK = ".lock"
_GATE = "tree.lock"
# A waiting process reports that it is alive this often.
_REPORT_SECONDS = 5.0
# A waiting process tries to acquire the lock this often.
_POLL_SECONDS = 0.1
# The process that asked for an evaluation this young may not have read it yet.
_UNREAD_SECONDS = 3600.0


class NodeStore:
    """Nodes of any number of studies below one folder, which several processes may share."""

    def __init__(self, folder: Path, limit: int) -> None:
        """`limit`: bytes of all files; see `evict_lru`."""
        self.folder, self.limit = folder, limit
        self.notices: list[str] = []  # nodes that were corrupt, and were dropped
        check_file_locks(folder)
        remove_stale(folder)
        # Bytes of every entry, by name and inode. Finished folders never change.
        self._sizes: dict[tuple[str, int], int] = {}
        # Held while any lock file is created, locked or deleted; see `locked`.
        self._gate = FileLock(folder / _GATE)
        self._remove_leftovers()

    def evaluation(self, key: str) -> Evaluation | None:
        """The node's evaluation, or None if there is none.

        Raises:
            Diverged: Training to this node has diverged before.
        """
        folder = self.folder / key
        if not self._intact(folder):
            return None
        record = json.loads((folder / "node.json").read_text())
        if "diverged" in record:
            raise Diverged(**record["diverged"])
        return Evaluation.from_json(record["evaluation"])

    def write(self, key: str, result: Evaluation | Diverged) -> None:
        """Write what training to a node resulted in."""
        if isinstance(result, Evaluation):
            record = {"evaluation": result.to_json()}
        else:
            values = {"step": result.step, "reason": result.reason, "values": result.values}
            record = {"diverged": values}
        with atomic_folder(self.folder / key) as new:
            (new / "node.json").write_text(json.dumps(record, indent=1))

    def has_state(self, key: str) -> bool:
        return self._state_folder(key).exists()

    def state(self, key: str) -> Path | None:
        """The folder of a node's state, or None if it is missing or corrupt."""
        folder = self._state_folder(key)
        if not self._intact(folder):
            return None
        self.touch(key)
        return folder

    def save_state(self, key: str, run: Run) -> None:
        with atomic_folder(self._state_folder(key)) as new:
            run.save(new)
        self.touch(key)

    def drop_state(self, key: str) -> None:
        drop_folder(self._state_folder(key))

    def touch(self, key: str) -> None:
        """Mark a state as just used, so that others are evicted before it."""
        now = time.time_ns()  # finer than the file system's own clock
        with suppress(FileNotFoundError):  # Another process dropped it.
            os.utime(self._state_folder(key), ns=(now, now))

    def folder_names(self, key: str) -> list[str]:
        """The names of a node's folders, whether they exist or not."""
        return [key, f"{key}{_STATE}"]

    def keys_with_state(self) -> dict[int, set[str]]:
        """The keys of all nodes that have a state, by step, from one directory listing."""
        keys: dict[int, set[str]] = {}
        for entry in self._entries():
            key, _, ending = entry.name.partition(".")
            step = key.rpartition("-")[2]
            if f".{ending}" == _STATE and step.isdecimal():
                keys.setdefault(int(step), set()).add(key)
        return keys

    def evict_lru(self) -> None:
        """Delete the least recently used nodes until all files fit the limit.

        States go first. Evaluations are small and save a whole training, so they go only when no
        other state is left.
        """
        entries, sizes, total = self._entries(), {}, 0
        for entry in entries:
            name = entry.name, entry.inode()
            with suppress(OSError):  # Another process deleted it.
                sizes[name] = self._sizes[name] if name in self._sizes else _size(entry)
                total += sizes[name]
        # Hidden entries are still being written or deleted: their sizes are not final.
        self._sizes = {name: size for name, size in sizes.items() if not name[0].startswith(".")}
        if total <= self.limit:
            return
        states, evaluations = [], []
        for entry in entries:
            name = entry.name, entry.inode()
            if name not in self._sizes:
                continue
            with suppress(OSError):
                row = entry.stat().st_mtime, self._sizes[name], Path(entry.path)
                if entry.name.endswith(_STATE):
                    states.append(row)
                elif entry.is_dir() and time.time() - row[0] > _UNREAD_SECONDS:
                    evaluations.append(row)
        # The newest state stays: it is about to be used.
        for _, size, folder in (*sorted(states)[:-1], *sorted(evaluations)):
            if total <= self.limit:
                break
            drop_folder(folder)
            total -= size

    @contextmanager
    def locked(self, key: str, on_wait: Callable[[], None]) -> Iterator[None]:
        """Hold a node's lock. Its file is deleted at the end.

        An operating system's lock belongs to the file, not to its name. If a file could be deleted
        between another process's opening and locking it, that process would hold a lock on a file
        without a name, and a third one could create and lock a new file of that name. So all
        three happen only while the gate is held, and no process waits for a lock meanwhile.

        Args:
            key: The node's.
            on_wait: Called every few seconds while another process holds the lock.
        """
        lock = FileLock(self.folder / f"{key}{_LOCK}")
        since = time.monotonic()
        while True:
            with self._gate:
                if _acquire(lock):
                    break
            time.sleep(_POLL_SECONDS)
            if time.monotonic() - since >= _REPORT_SECONDS:
                since = time.monotonic()
                on_wait()
        try:
            yield
        finally:
            with self._gate:
                _delete(lock)

    def _state_folder(self, key: str) -> Path:
        return self.folder / f"{key}{_STATE}"

    def _entries(self) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.folder) as entries:
                return list(entries)
        except FileNotFoundError:  # Somebody deleted the folder.
            return []

    def _intact(self, folder: Path) -> bool:
        """Whether the folder exists as it was written. A corrupt one is dropped, with a notice."""
        try:
            return verified_folder(folder)
        except CorruptFolder as error:
            drop_folder(folder)
            self._notice_dropped(str(error))
            return False

    def _notice_dropped(self, reason: str) -> None:
        self.notices.append(f"checkpoint {reason}; it was deleted, and its steps are trained again")

    def _remove_leftovers(self) -> None:
        """Delete unlocked lock files and empty folders, which killed processes leave behind."""
        locks = []
        for entry in self._entries():
            if entry.name.endswith(_LOCK) and entry.name != _GATE:
                locks.append(entry)
            elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                with suppress(OSError):  # It is not empty, or it is gone.
                    os.rmdir(entry)
                    self._notice_dropped(f"{entry.path} is empty")
        if locks:
            with self._gate:
                for entry in locks:
                    lock = FileLock(entry.path)
                    if _acquire(lock):
                        _delete(lock)


def _acquire(lock: BaseFileLock) -> bool:
    """Acquire the lock if it is free. Whether it was."""
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _delete(lock: BaseFileLock) -> None:
    """Release a lock that this process holds, and delete its file. Only while the gate is held."""
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)


def _size(entry: os.DirEntry[str]) -> int:
    """Bytes of a file, or of all files in a folder. Raises `OSError` if it is gone."""
    if not entry.is_dir(follow_symlinks=False):
        return entry.stat(follow_symlinks=False).st_size
    with os.scandir(entry) as entries:
        return sum(map(_size, entries))
