"""Restoring a runs folder from its mirror."""

import json
import secrets
from pathlib import Path

from filelock import FileLock

from xlt.objectives.folders import CorruptFolder, make_folder
from xlt.search.mirror.copies import (
    DATABASES,
    ID,
    OLDER,
    TakenOver,
    check_owner,
    copied_path,
    copy_to,
    delete,
    has_databases,
    list_items,
    reason_of,
)
from xlt.search.storage.database import DASHBOARD_DATABASE, DATABASE
from xlt.spaces.errors import InputError


def restore(runs: Path, mirror: Path) -> list[str]:
    """Restore a runs folder without a database from its mirror, if that has one.

    Args:
        runs: The runs folder. It becomes the one that the mirror belongs to.
        mirror: The folder of `--mirror`. It is created; its parent must exist.

    Returns:
        Notices about what was restored, and what could not be.

    Raises:
        InputError: The mirror cannot be read or written, or is that of another runs folder.
    """
    ours, theirs = runs.absolute(), mirror.absolute()
    if ours == theirs or ours in theirs.parents or theirs in ours.parents:
        raise InputError(f"--mirror {mirror}: name a folder outside of --runs {runs}")
    make_folder(runs)
    with FileLock(runs / f"{ID}.restore.lock"):
        try:
            return _restore_if_new(runs, mirror)
        except TakenOver as error:
            raise InputError(
                f"--mirror {mirror}: it is the mirror of another runs folder than {runs}; name a "
                "new folder, or restore it into a new folder with --runs"
            ) from error
        except OSError as error:
            raise InputError(
                f"--mirror {mirror}: {reason_of(error)}; mend its disk and repeat the command, or "
                "leave out --mirror"
            ) from error


def _restore_if_new(runs: Path, mirror: Path) -> list[str]:
    if not mirror.parent.is_dir():
        raise InputError(f"--mirror {mirror}: there is no folder {mirror.parent}; mount its disk")
    mirror.mkdir(exist_ok=True)
    is_new = not (runs / DATABASE).exists()
    is_mirror = any((mirror / name).exists() for name in (ID, DATABASES, OLDER))
    if not is_mirror and any(not file.name.startswith(".") for file in mirror.iterdir()):
        raise InputError(f"--mirror {mirror}: it has other files; name a new or empty folder")
    # The mirror belongs to the new runs folder before anything is restored. If another machine
    # still writes to it, it notices this, and stops.
    if is_new or not (runs / ID).exists():
        (runs / ID).write_text(json.dumps({"runs": secrets.token_hex(16)}))
    if is_new or not is_mirror:
        copy_to(runs / ID, mirror / ID)
    check_owner(runs, mirror)
    return _restore(runs, mirror) if is_new else []


def _restore(runs: Path, mirror: Path) -> list[str]:
    found, notices = None, []
    for folder in (mirror / DATABASES, mirror / OLDER):
        is_intact, damage = has_databases(folder)
        if is_intact and found is None:
            found = folder
        if damage:
            notices.append(damage)
    if found is None:
        if notices:
            raise InputError(f"--mirror {mirror}: its databases are damaged: {'; '.join(notices)}")
        return []
    notices = [f"{damage}; the copy before it is used" for damage in notices]
    damaged = []
    for item in reversed(list_items(mirror)):  # so the last used checkpoint becomes the newest
        try:
            copy_to(item, copied_path(item, mirror, runs))
        except CorruptFolder:
            damaged.append(item.name)
            delete(item)
    if damaged:
        text = f"{len(damaged)} of the folders in {mirror} were damaged ({damaged[0]}, ...)"
        notices.append(f"{text}; what they held is trained or written again")
    # The search's database comes last: a runs folder that has it is complete.
    for name in (DASHBOARD_DATABASE, DATABASE):
        for log in ("-wal", "-shm", "-journal"):  # of a database that is gone
            (runs / f"{name}{log}").unlink(missing_ok=True)
        if (found / name).exists():
            copy_to(found / name, runs / name)
    return [*notices, f"{runs} was restored from {mirror}"]
