"""What a mirror consists of, and copies that appear under their names only when they are complete."""

import filecmp
import os
import shutil
from contextlib import suppress
from pathlib import Path

from xlt.objectives.folders import HASHES, CorruptFolder, drop_folder, verified_folder
from xlt.search.storage.database import DASHBOARD_DATABASE, DATABASE

# No study can have names that begin like the database's.
ID, DATABASES, OLDER = (f"{DATABASE}.{end}" for end in ("mirror", "copy", "older"))
# What is not copied as it is: the databases and what belongs to them. Prepared data can be made again.
_DATABASE_NAMES, _PREPARED_DATA = (DATABASE, DASHBOARD_DATABASE), "data"
# Prefixes of what an interrupted copy, or an interrupted deletion, leaves.
_NEW, _OLD = ".new-", ".old-"


class TakenOver(Exception):
    """The folder is the mirror of another runs folder by now."""


def check_owner(runs: Path, mirror: Path) -> None:
    """Raises `TakenOver` if a mirror belongs to other runs, and `OSError` if its disk is gone."""
    if (mirror / ID).read_bytes() != (runs / ID).read_bytes():
        raise TakenOver


def has_databases(folder: Path) -> tuple[bool, str]:
    """Whether a folder has an intact copy of the databases, and what is damaged."""
    try:
        return verified_folder(folder) and (folder / DATABASE).exists(), ""
    except CorruptFolder as error:
        return False, str(error)


def list_items(folder: Path, *, with_leftovers: bool = False) -> list[Path]:
    """What is copied: files, then folders with hashes as a whole, the last used one first.

    Args:
        folder: A runs folder or its mirror.
        with_leftovers: Include what an interrupted copy has left.
    """
    files: list[Path] = []
    folders: list[tuple[int, Path]] = []

    def visit(path: Path) -> None:
        with os.scandir(path) as entries:
            for entry in entries:
                name, item = entry.name, Path(entry.path)
                if name.startswith("."):
                    if with_leftovers and name.startswith((_NEW, _OLD)):
                        files.append(item)
                elif path == folder and (
                    name == _PREPARED_DATA or name.startswith(_DATABASE_NAMES)
                ):
                    continue
                elif entry.is_file() and not name.endswith(".lock"):
                    files.append(item)
                elif entry.is_dir() and (item / HASHES).exists():
                    with suppress(FileNotFoundError):
                        folders.append((entry.stat().st_mtime_ns, item))
                elif entry.is_dir():
                    with suppress(FileNotFoundError):
                        visit(item)

    visit(folder)
    return files + [item for _, item in sorted(folders, reverse=True)]


def state_of(item: Path) -> tuple[int, int]:
    """Size and time of change of a file, or of a folder's list of hashes."""
    stat = (item / HASHES if item.is_dir() else item).stat()
    return stat.st_size, stat.st_mtime_ns


def same_hashes(item: Path, copy: Path) -> bool:
    """Whether an earlier command has copied this folder."""
    ours, theirs = item / HASHES, copy / HASHES
    return item.is_dir() and theirs.exists() and filecmp.cmp(ours, theirs, shallow=False)


def copied_path(item: Path, source: Path, target: Path) -> Path:
    """The path in the folder `target` of an item in the folder `source`. Its parents are created.

    Not `target` itself: below the place of a disk that is gone, nothing may be written.
    """
    relative = item.relative_to(source)
    for parent in reversed(relative.parents[:-1]):
        (target / parent).mkdir(exist_ok=True)
    return target / relative


def copy_beside(source: Path, target: Path) -> Path:
    """Copy a file, or a folder with hashes, to a temporary name beside the target; verify the copy."""
    new = target.with_name(f"{_NEW}{target.name}")
    delete(new)
    try:
        if source.is_dir():
            new.mkdir()
            for item in sorted(source.rglob("*")):  # a folder comes before what is in it
                copy = new / item.relative_to(source)
                if item.is_dir():
                    copy.mkdir()
                else:
                    shutil.copyfile(item, copy)
            verified_folder(new)
        else:
            shutil.copyfile(source, new)
            if not filecmp.cmp(source, new, shallow=False):
                raise OSError(f"{target} was not read as it was written")
    except BaseException:
        delete(new)
        raise
    return new


def copy_to(source: Path, target: Path) -> None:
    """Copy a file, or a folder with hashes; the target is replaced once the copy was verified."""
    replace(copy_beside(source, target), target)


def replace(new: Path, target: Path) -> None:
    """Give a copy its name."""
    if target.is_dir():
        drop_folder(target)
    os.replace(new, target)


def delete(item: Path) -> None:
    """Delete a file or folder; another error than that it is gone already does not matter."""
    if item.is_dir():
        shutil.rmtree(item, ignore_errors=True)
    else:
        with suppress(OSError):
            item.unlink()


def reason_of(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
