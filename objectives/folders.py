"""Folders that are never half there, and notice when they were altered.

Written beside and renamed; a list of every file's SHA-256 is kept inside. Checkpoints and caches
of prepared data are such folders.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HASHES = "sha256.json"


class Altered(Exception):
    """A folder does not hold what was written."""


@contextmanager
def replace_folder(target: Path) -> Iterator[Path]:
    """A new folder to fill; it takes the place of `target` when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    try:
        yield new
        hashes = {file.name: _sha256(file) for file in sorted(new.iterdir())}
        (new / _HASHES).write_text(json.dumps(hashes, indent=1))
        if target.exists():
            old = Path(tempfile.mkdtemp(dir=target.parent, prefix=".old-"))
            os.replace(target, old / "it")
            os.replace(new, target)
            shutil.rmtree(old)
        else:
            os.replace(new, target)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def verified_folder(folder: Path) -> bool:
    """Whether `folder` is there. Raises `Altered`, naming the file, if it was changed since."""
    if not folder.exists():
        return False
    try:
        hashes = json.loads((folder / _HASHES).read_text())
        listed = dict(hashes)
    except (OSError, ValueError, TypeError) as error:
        raise Altered(f"{folder / _HASHES} is missing or unreadable") from error
    found = {file.name for file in folder.iterdir()} - {_HASHES}
    for name in sorted(found | set(listed)):
        if name not in found:
            raise Altered(f"{folder / name} is missing")
        if _sha256(folder / name) != listed.get(name):
            raise Altered(f"{folder / name} was altered")
    return True


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
