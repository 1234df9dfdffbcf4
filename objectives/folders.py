"""Folders that are written as a whole or not at all, and whose corruption is detected.

A folder is written under a temporary name and renamed. It holds a list of every file's SHA-256.
Checkpoints, exports and caches of prepared data are such folders.
"""

import errno
import fcntl
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from xlt.spaces.errors import InputError

HASHES = "sha256.json"
_NEW, _OLD = ".new-", ".old-"
# Nothing here takes longer to write: older temporary folders belong to killed processes.
_STALE_SECONDS = 24 * 3600

# Errors of `flock` on a file system without locks.
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


class CorruptFolder(Exception):
    """A folder's files are not those that were written."""


def make_folder(path: Path) -> None:
    """Create a folder that a user has named, and its parents.

    Raises:
        InputError: The file system allows no new folders, like /proc or a drive that is gone.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: no folder can be made there; choose another one with --runs, or with --out"
        ) from error


def check_file_locks(folder: Path) -> None:
    """Create `folder`, and check that files in it can be locked.

    Lustre has no locks unless it is mounted with them, and some NFS servers have none. Some
    libraries then wait for ever, others behave as if they held the lock.

    Raises:
        InputError: Files cannot be locked. The message says what to do.
    """
    make_folder(folder)
    with tempfile.TemporaryFile(dir=folder) as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            raise InputError(
                f"{folder}: this file system has no file locks ({os.strerror(error.errno)}), and "
                "without them two commands could write to one study at once. Name a folder on a "
                "local disk with --runs, and a database there with --storage, or have the file "
                "system mounted with locks (Lustre: -o flock; NFS: with lockd, not nolock)"
            ) from error


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder to fill. It replaces `target` when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=target.parent, prefix=_NEW))
    try:
        yield new
        write_hashes(new)
        if os.path.lexists(target):  # be it a file, or a link to nowhere
            old = _put_aside(target)
            os.replace(new, target)
            shutil.rmtree(old)
        else:
            os.replace(new, target)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write_hashes(folder: Path, *changed: str) -> None:
    """Write the SHA-256 list of `folder`: of all files, or again of those that were `changed`."""
    listed, beside = folder / HASHES, folder / f"{HASHES}{_NEW}"
    before = json.loads(listed.read_text()) if changed and listed.exists() else {}
    names = changed if before else sorted(_files(folder) - {HASHES, beside.name})
    hashes = before | {name: _sha256(folder / name) for name in names}
    beside.write_text(json.dumps(hashes, indent=1))
    os.replace(beside, listed)


def drop_folder(folder: Path) -> None:
    """Remove `folder` if it exists. Other processes see all of it or nothing."""
    with suppress(FileNotFoundError):
        shutil.rmtree(_put_aside(folder), ignore_errors=True)


def pack(folder: Path) -> bytes | None:
    """The folder as a tar archive, to be sent elsewhere. None if it does not exist."""
    archive = io.BytesIO()
    try:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(folder, arcname=".")
    except FileNotFoundError:  # it never was, or another process dropped it
        return None
    return archive.getvalue()


def unpack(archive: bytes, target: Path) -> None:
    """Extract an archive of `pack` to `target`, unless that exists already.

    Other processes see all of it or nothing.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=target.parent, prefix=_NEW))
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(new, filter="data")
        os.replace(new, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # else somebody was faster
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def remove_stale(parent: Path) -> None:
    """Remove temporary folders in `parent` older than a day, which killed processes left."""
    for prefix in (_NEW, _OLD):
        for folder in parent.glob(f"{prefix}*"):
            with suppress(FileNotFoundError):
                if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)


def verified_folder(folder: Path) -> bool:
    """Whether `folder` exists.

    Raises:
        CorruptFolder: It was changed since it was written. The message names the file.
    """
    try:
        if folder.exists():
            _verify(folder)
    except (CorruptFolder, FileNotFoundError):
        if folder.exists():
            raise
        # Another process dropped it while we looked.
    return folder.exists()


def cached_folder(folder: Path, write: Callable[[Path], None]) -> bool:
    """Have `write` fill `folder` unless it exists. Returns whether a corrupt one was replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    corrupt = False
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        try:
            exists = verified_folder(folder)
        except CorruptFolder:
            corrupt, exists = True, False
        if not exists:
            with atomic_folder(folder) as new:
                write(new)
    return corrupt


def _verify(folder: Path) -> None:
    try:
        listed = json.loads((folder / HASHES).read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise CorruptFolder(f"{folder / HASHES} is missing or unreadable") from error
    if not isinstance(listed, dict):
        raise CorruptFolder(f"{folder / HASHES} was altered")
    present = _files(folder) - {HASHES}
    for name in sorted(present | set(listed)):
        if name not in present:
            raise CorruptFolder(f"{folder / name} is missing")
        try:
            intact = _sha256(folder / name) == listed.get(name)
        except FileNotFoundError:
            raise  # Perhaps another process drops it just now.
        except OSError as error:
            raise CorruptFolder(f"{folder / name} cannot be read") from error
        if not intact:
            raise CorruptFolder(f"{folder / name} was altered")


def _files(folder: Path) -> set[str]:
    """All files below `folder`, as relative paths."""
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def _put_aside(folder: Path) -> Path:
    """Move `folder` into a new temporary folder beside it, and return that one."""
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_OLD))
    try:
        os.replace(folder, aside / "it")
    except FileNotFoundError:
        aside.rmdir()
        raise
    return aside


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
