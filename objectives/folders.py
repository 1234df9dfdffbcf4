"""Folders that are never half there, and notice when they were altered.

Written beside and renamed; a list of every file's SHA-256 is kept inside. Checkpoints and caches
of prepared data are such folders.
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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from xlt.spaces.errors import InputError

_HASHES = "sha256.json"
_NEW, _OLD = ".new-", ".old-"
# Nothing here takes longer to write: what is older was left by a process that was killed.
_LEFT_OVER_SECONDS = 24 * 3600

# What `flock` says on a file system without locks.
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


class Altered(Exception):
    """A folder does not hold what was written."""


def make_folder(path: Path) -> None:
    """Make a folder that a user has named, and those above it.

    Raises:
        InputError: Such a file system has no new folders: /proc has none, nor a drive that is away.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: no folder can be made there; choose another one with --runs, or with --out"
        ) from error


def check_file_locks(folder: Path) -> None:
    """Create `folder`, and prove that files in it can be locked.

    Lustre has no locks unless it is mounted with them, and some NFS servers have none. Libraries
    differ in what they do then: some wait for ever, some take the lock for held.

    Raises:
        InputError: They cannot be locked. Says what to do.
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
def replace_folder(target: Path) -> Iterator[Path]:
    """A new folder to fill; it takes the place of `target` when the block ends well."""
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
    """Note the SHA-256 of the files in `folder`: of all, or of those that were `changed`."""
    listed, beside = folder / _HASHES, folder / f"{_HASHES}{_NEW}"
    before = json.loads(listed.read_text()) if changed and listed.exists() else {}
    names = changed if before else sorted(_files(folder) - {_HASHES, beside.name})
    hashes = before | {name: _sha256(folder / name) for name in names}
    beside.write_text(json.dumps(hashes, indent=1))
    os.replace(beside, listed)


def drop_folder(folder: Path) -> None:
    """Remove `folder` if it is there: other processes see all of it or nothing."""
    with suppress(FileNotFoundError):
        shutil.rmtree(_put_aside(folder), ignore_errors=True)


def packed(folder: Path) -> bytes | None:
    """All of a folder as bytes, to travel; None if it is not there."""
    archive = io.BytesIO()
    try:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(folder, arcname=".")
    except FileNotFoundError:  # it never was, or another process dropped it
        return None
    return archive.getvalue()


def unpack(archive: bytes, target: Path) -> None:
    """Put what `packed` made at `target`, unless there is something already.

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


def sweep(parent: Path) -> None:
    """Remove what processes killed a day ago or earlier left half done in `parent`."""
    for prefix in (_NEW, _OLD):
        for folder in parent.glob(f"{prefix}*"):
            with suppress(FileNotFoundError):
                if time.time() - folder.stat().st_mtime > _LEFT_OVER_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)


def verified_folder(folder: Path) -> bool:
    """Whether `folder` is there. Raises `Altered`, naming the file, if it was changed since."""
    try:
        if folder.exists():
            _verify(folder)
    except (Altered, FileNotFoundError):
        if folder.exists():
            raise
        # Another process dropped it while we looked.
    return folder.exists()


def _verify(folder: Path) -> None:
    try:
        listed = json.loads((folder / _HASHES).read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise Altered(f"{folder / _HASHES} is missing or unreadable") from error
    if not isinstance(listed, dict):
        raise Altered(f"{folder / _HASHES} was altered")
    found = _files(folder) - {_HASHES}
    for name in sorted(found | set(listed)):
        if name not in found:
            raise Altered(f"{folder / name} is missing")
        try:
            as_written = _sha256(folder / name) == listed.get(name)
        except FileNotFoundError:
            raise  # Perhaps another process drops it just now.
        except OSError as error:
            raise Altered(f"{folder / name} cannot be read") from error
        if not as_written:
            raise Altered(f"{folder / name} was altered")


def _files(folder: Path) -> set[str]:
    """Also those in folders below, by their paths in `folder`."""
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def _put_aside(folder: Path) -> Path:
    """Rename `folder` into a new one beside it, which is returned."""
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
