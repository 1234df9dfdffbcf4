"""Copying a runs folder to its mirror, in the background."""

import errno
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from xlt.objectives.folders import HASHES, CorruptFolder, drop_folder, write_hashes
from xlt.search import events
from xlt.search.background import Background
from xlt.search.mirror.copies import (
    DATABASES,
    ID,
    OLDER,
    TakenOver,
    check_owner,
    copied_path,
    copy_beside,
    copy_to,
    delete,
    has_databases,
    list_items,
    reason_of,
    replace,
    same_hashes,
    state_of,
)
from xlt.search.mirror.restore import restore
from xlt.search.storage.backup import copy_database
from xlt.search.storage.database import DASHBOARD_DATABASE, DATABASE

# The least seconds between two copies of the databases, and of all the rest; and the most that each
# takes of a core's time.
INTERVAL_SECONDS, CORE_SHARE = 5.0, 0.005
# At the end of a command, the last copy is waited for this long.
LAST_COPY_SECONDS = 120.0
_SNAPSHOT = f".{DATABASES}"


@contextmanager
def mirrored(
    runs: Path, mirror: Path | None, display: events.EventSink
) -> Iterator[events.EventSink]:
    """Copy a runs folder to its mirror in the background, and once more at the end.

    Args:
        runs: The runs folder. If it has no database, it is restored first.
        mirror: The folder of `--mirror`; None: no copies are made.
        display: Receives the events, and notices about the mirror.

    Yields:
        What receives the events instead of `display`.

    Raises:
        InputError: See `restore`.
    """
    if mirror is None:
        yield display
        return
    for notice in restore(runs, mirror):
        display(events.Notice(notice))
    copier = _Copier(runs, mirror)

    def sink(event: events.Event) -> None:
        copier.background.show_notices(display)
        display(event)

    copier.background.start()
    try:
        yield sink
    finally:
        copier.finish(display)


class _Copier:
    """Copies one runs folder, in a thread of its own."""

    def __init__(self, runs: Path, mirror: Path) -> None:
        self.runs, self.mirror = runs, mirror
        self.background = Background(f"--mirror {mirror}", self._work)
        self._end = threading.Event()
        self._has_failed = False  # the last copy
        # When the databases and the rest may be copied next, on the monotonic clock.
        self._databases_from = self._rest_from = 0.0
        self._copied_databases = ""  # their hashes
        self._copied: dict[Path, tuple[int, int]] = {}  # what was copied, as `state_of` has it

    def finish(self, display: events.EventSink) -> None:
        """Make the last copy, but do not wait for ever."""
        self._end.set()
        self.background.finish(
            display,
            LAST_COPY_SECONDS,
            f"the last copy to {self.mirror} is being written",
            f"{self.mirror} is not complete: its disk took over {LAST_COPY_SECONDS:.0f} s",
        )

    def _work(self) -> None:
        """Copy again and again, unless another command copies the same runs folder."""
        lock = FileLock(self.runs / f"{ID}.lock", blocking=False)
        while True:
            is_last = self._end.is_set()
            if is_last:
                self._databases_from = self._rest_from = 0.0
            failure = ""
            try:
                with lock:
                    self._copy()
            except Timeout:
                pass
            except TakenOver:
                text = f"{self.mirror} has become the mirror of another runs folder"
                self.background.notify(f"{text}; {self.runs} is not copied any more")
                return
            except (OSError, CorruptFolder, sqlite3.Error) as error:
                failure = reason_of(error)
            if is_last:
                if failure:
                    self.background.notify(f"{self.mirror} is not complete: {failure}")
                return
            if failure and not self._has_failed:
                text = f"{self.mirror} cannot be written ({failure})"
                self.background.notify(f"{text}; the search continues, and the copy is tried again")
            elif self._has_failed and not failure:
                self.background.notify(f"{self.mirror} is complete again")
            self._has_failed = bool(failure)
            self._end.wait(INTERVAL_SECONDS)

    def _copy(self) -> None:
        """Copy what has changed, then delete what is gone.

        Raises:
            OSError: The databases could not be copied; or this is the first error of an item, and all
                others were copied. Unless the disk is full, nothing was deleted: an old checkpoint
                stays until its replacement is copied.
            CorruptFolder: The same, of a copy that was not read as it was written.
        """
        self._copy_databases()
        if time.monotonic() < self._rest_from or not (self.runs / DATABASE).exists():
            return
        begin = time.thread_time()
        sources = list_items(self.runs)
        errors: list[OSError | CorruptFolder] = []
        for item in sources:
            self._copy_databases()
            try:
                self._copy_item(item)
            except (OSError, CorruptFolder) as error:
                errors.append(error)
        if not errors or any(_is_full(error) for error in errors):
            self._delete_others(sources)
        pause = (time.thread_time() - begin) / CORE_SHARE
        self._rest_from = time.monotonic() + pause
        if errors:
            raise errors[0]

    def _delete_others(self, sources: list[Path]) -> None:
        """Delete all of the mirror but the copies of these items."""
        check_owner(self.runs, self.mirror)
        names = {item.relative_to(self.runs) for item in sources}
        for copy in list_items(self.mirror, with_leftovers=True):
            if copy.relative_to(self.mirror) not in names and (self.runs / DATABASE).exists():
                delete(copy)

    def _copy_item(self, item: Path) -> None:
        """Copy a file or a whole folder, unless it is copied already or gone by now."""
        with suppress(FileNotFoundError):
            state = state_of(item)
            copy = copied_path(item, self.runs, self.mirror)
            if self._copied.get(item) == state or (
                item not in self._copied and same_hashes(item, copy)
            ):
                self._copied[item] = state
                return
            try:
                copy_to(item, copy)
            except (OSError, CorruptFolder):
                if state_of(item) == state:  # else it has changed meanwhile, or is gone
                    raise
            else:
                self._copied[item] = state

    def _copy_databases(self) -> None:
        """Copy both databases at one moment, if it is time and they have changed."""
        if time.monotonic() < self._databases_from or not (self.runs / DATABASE).exists():
            return
        begin = time.thread_time()
        snapshot = self.runs / _SNAPSHOT
        shutil.rmtree(snapshot, ignore_errors=True)
        snapshot.mkdir()
        copy_database(self.runs / DATABASE, snapshot / DATABASE)
        if (self.runs / DASHBOARD_DATABASE).exists():
            copy_database(self.runs / DASHBOARD_DATABASE, snapshot / DASHBOARD_DATABASE)
        write_hashes(snapshot)
        hashes = (snapshot / HASHES).read_text()
        if hashes != self._copied_databases:
            try:
                self._replace_databases(snapshot)
            except OSError as error:
                if _is_full(error):
                    self._make_room()
                raise
            self._copied_databases = hashes
        pause = max(INTERVAL_SECONDS, (time.thread_time() - begin) / CORE_SHARE)
        self._databases_from = time.monotonic() + pause

    def _replace_databases(self, snapshot: Path) -> None:
        copy, older = self.mirror / DATABASES, self.mirror / OLDER
        new = copy_beside(snapshot, copy)
        check_owner(self.runs, self.mirror)
        if has_databases(copy)[0]:
            drop_folder(older)
            os.replace(copy, older)
        replace(new, copy)

    def _make_room(self) -> None:
        """Delete the least recently used checkpoint of the mirror: the databases matter more."""
        folders = [item for item in list_items(self.mirror) if item.is_dir()]
        if folders:
            delete(folders[-1])
            self._copied.pop(self.runs / folders[-1].relative_to(self.mirror), None)


def _is_full(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
