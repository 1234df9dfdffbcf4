"""Folders are written as a whole or not at all."""

import errno
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xlt.objectives.folders import (
    CorruptFolder,
    atomic_folder,
    drop_folder,
    pack,
    remove_stale,
    unpack,
    verified_folder,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with atomic_folder(tmp_path / "a") as new:
        (new / "one").write_text("eins")
        (new / "two").write_text("zwei")
    return tmp_path / "a"


def test_unchanged_folder(folder: Path) -> None:
    """It is verified and complete, and nothing is left beside it."""
    assert verified_folder(folder)
    assert (folder / "one").read_text() == "eins"
    assert os.listdir(folder.parent) == ["a"]


def test_missing_folder(tmp_path: Path) -> None:
    """It is not corrupt, and dropping it does nothing."""
    assert not verified_folder(tmp_path / "b")
    drop_folder(tmp_path / "b")
    assert os.listdir(tmp_path) == []


def test_pack_and_unpack(folder: Path) -> None:
    """The extracted folder is the same; an existing one is not replaced."""
    archive = pack(folder)
    assert archive is not None
    assert pack(folder.parent / "nothing") is None
    there = folder.parent / "there/b"
    unpack(archive, there)
    assert verified_folder(there)
    assert {file.name: file.read_text() for file in there.iterdir()} == {
        file.name: file.read_text() for file in folder.iterdir()
    }
    (there / "one").write_text("uno")
    unpack(archive, there)
    assert (there / "one").read_text() == "uno"
    (there.parent / "empty").mkdir()
    unpack(archive, there.parent / "empty")
    assert verified_folder(there.parent / "empty")


def test_several_unpack_at_once(folder: Path) -> None:
    """One of them is first; none fails, and nothing is left beside it."""
    archive = pack(folder)
    assert archive is not None
    for number in range(50):
        target = folder.parent / "there" / str(number)
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(unpack, archive, target) for _ in range(4)]:
                done.result()
        assert verified_folder(target)
    assert len(os.listdir(folder.parent / "there")) == 50


def test_replacing(folder: Path) -> None:
    """The new content replaces the old one as a whole."""
    with atomic_folder(folder) as new:
        (new / "three").write_text("drei")
    assert verified_folder(folder)
    assert not (folder / "one").exists()
    assert os.listdir(folder.parent) == ["a"]


def test_replacing_a_link_to_nowhere(tmp_path: Path) -> None:
    """As after a disk was unmounted."""
    (tmp_path / "a").symlink_to("nowhere")
    with atomic_folder(tmp_path / "a") as new:
        (new / "one").write_text("eins")
    assert verified_folder(tmp_path / "a")
    assert os.listdir(tmp_path) == ["a"]


def test_unreadable_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts as corrupt."""

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(hashlib, "file_digest", fail)
    with pytest.raises(CorruptFolder, match="one cannot be read"):
        verified_folder(folder)


def test_failing_while_writing(folder: Path) -> None:
    """The old content stays, and nothing of the new is left."""

    def write_half() -> None:
        with atomic_folder(folder) as new:
            (new / "one").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert verified_folder(folder)
    assert (folder / "one").read_text() == "eins"
    assert os.listdir(folder.parent) == ["a"]


@pytest.mark.parametrize(
    "alteration", ["changed", "missing", "added", "unlisted", "list broken", "no list"]
)
def test_corrupt_folders(folder: Path, alteration: str) -> None:
    """A file that was changed, removed or added is named, also the list of hashes."""
    name = "one"
    match alteration:
        case "changed":
            (folder / "one").write_text("einz")
        case "missing":
            (folder / "one").unlink()
        case "added":
            name = "three"
            (folder / "three").write_text("drei")
        case "unlisted":
            name = "sha256.json"
            (folder / name).unlink()
        case "list broken":
            name = "sha256.json"
            (folder / name).write_text("[" * 100_000)
        case "no list":
            name = "sha256.json"
            (folder / name).write_text("[[1, 2]]")
    with pytest.raises(CorruptFolder, match=name):
        verified_folder(folder)


def test_dropped_while_verified(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that another process drops meanwhile is missing, not corrupt."""
    read = Path.read_text

    def reads_too_late(self: Path) -> str:
        text = read(self)
        drop_folder(folder)
        return text

    monkeypatch.setattr(Path, "read_text", reads_too_late)
    assert not verified_folder(folder)


def test_stale_folders_are_removed(folder: Path) -> None:
    """What a killed process left is removed a day later; newer folders stay."""
    for name in (".new-old", ".old-old", ".new-young"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "part").write_text("x")
    yesterday = time.time() - 25 * 3600
    for name in (".new-old", ".old-old", "a"):
        os.utime(folder.parent / name, (yesterday, yesterday))
    remove_stale(folder.parent)
    assert sorted(os.listdir(folder.parent)) == [".new-young", "a"]
