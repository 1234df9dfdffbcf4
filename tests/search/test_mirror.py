"""The mirror: copies of a runs folder, and what is restored from it."""

import errno
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest
import toy_objective
from commands import Command as Program
from in_process import Command, story

from xlt.objectives.folders import write_hashes
from xlt.search import background, events
from xlt.search.mirror import copier
from xlt.search.mirror.copies import copy_to
from xlt.search.pipeline.options import Options
from xlt.spaces.errors import InputError

STUDY = ("search.n_trials=4", "proof.seeds=1", "proof.most_runs=2")
# Kills with a deleted runs folder, in studies of three.
KILLS = int(os.environ.get("XLT_KILLS", "3"))


@pytest.fixture
def command(tmp_path: Path, toy_log: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A search with a mirror, which is written all the time."""
    monkeypatch.setattr(copier, "INTERVAL_SECONDS", 0.05)
    monkeypatch.setattr(copier, "CORE_SHARE", 1.0)
    command = Command(tmp_path / "runs", overrides=STUDY, final=True)
    command.mirror = tmp_path / "drive" / "mirror"
    command.mirror.parent.mkdir()
    return command


def notices(command: Command) -> list[str]:
    """The notices about the mirror."""
    return [text for text in command.notices() if str(command.mirror) in text]


def test_finished_study_is_restored(command: Command) -> None:
    """Nothing is trained again, and all files are there."""
    before = story(command())
    files = {file.name: file.read_bytes() for file in (command.folder / "league").glob("*.*")}
    work = command.done()
    shutil.rmtree(command.folder)
    assert story(command()) == before
    assert command.done() == work
    for name in ("best.toml", "report.html", "trials.csv", "study.toml"):
        assert (command.folder / "league" / name).read_bytes() == files[name]
    assert (command.folder / "league/final/model.json").exists()
    assert notices(command) == [f"{command.folder} was restored from {command.mirror}"]


def test_interrupted_study_goes_on_from_its_checkpoints(command: Command, tmp_path: Path) -> None:
    """As if nothing had happened: no step is trained twice."""
    whole = Command(tmp_path / "whole", overrides=STUDY, final=True)
    expected, work = story(whole()), len(whole.done())
    command.stop_at = events.TrialFinished, 3
    with pytest.raises(Exception, match="interrupted"):
        command()
    command.stop_at = None
    command.stop.clear()
    shutil.rmtree(command.folder)
    assert story(command()) == expected
    assert len(command.done()) == 2 * work


def test_torn_copies_are_noticed(command: Command) -> None:
    """The databases have an older copy; a checkpoint is trained again."""
    before = story(command())
    assert command.mirror
    newest = command.mirror / "search.db.copy/search.db"
    newest.write_bytes(newest.read_bytes()[:1000])
    node = next((command.mirror / "checkpoints").glob("*.state"))
    (node / "state.json").write_text("{")
    shutil.rmtree(command.folder)
    assert story(command()) == before
    torn, lost, restored = notices(command)
    assert torn == f"{newest} was altered; the copy before it is used"
    assert lost.startswith("1 of the folders in ")
    assert not node.exists()
    assert restored.endswith(f"was restored from {command.mirror}")

    shutil.rmtree(command.folder)
    for folder in ("search.db.copy", "search.db.older"):
        (command.mirror / folder / "search.db").write_bytes(b"")
    with pytest.raises(InputError, match=r"its databases are damaged: .*copy/search.db was alt"):
        command()
    assert not (command.folder / "search.db").exists()


def test_a_mirror_has_one_runs_folder(command: Command, tmp_path: Path) -> None:
    command()
    other = Command(tmp_path / "other", overrides=STUDY)
    other()
    other.mirror = command.mirror
    with pytest.raises(InputError, match=r"the mirror of another runs folder than .*other"):
        other()
    # Restored elsewhere, as after a lost machine that comes back.
    restored = Command(tmp_path / "restored", overrides=STUDY)
    restored.mirror = command.mirror
    restored()
    with pytest.raises(InputError, match=r"the mirror of another runs folder than .*runs"):
        command()


def test_a_folder_with_other_files_is_refused(command: Command) -> None:
    assert command.mirror
    command.mirror.mkdir()
    photo = command.mirror / "photo.jpg"
    photo.touch()
    with pytest.raises(InputError, match="it has other files; name a new or empty folder"):
        command()
    assert list(command.mirror.iterdir()) == [photo]
    command.mirror = command.mirror / "not/mounted"
    with pytest.raises(InputError, match=r"there is no folder .*mirror/not; mount its disk"):
        command()
    with pytest.raises(InputError, match="leave out one of them"):
        Options(mirror=command.mirror, storage="sqlite:///studies.db")


def test_a_disk_that_fails_is_shown_once_and_tried_again(command: Command) -> None:
    """The search ends as without it."""
    command.build = toy_objective.build_slow
    assert command.mirror
    away = command.mirror.with_name("away")
    show = command.show

    def unplug(event: events.Event) -> None:
        assert command.mirror
        show(event)
        finished = len(command.of(events.TrialFinished))
        if finished == 1 and not away.exists() and not notices(command):
            os.replace(command.mirror, away)
        if finished == 4 and away.exists():
            os.replace(away, command.mirror)

    vars(command)["show"] = unplug
    store = command()
    gone, back = notices(command)
    assert gone.startswith(
        f"{command.mirror} cannot be written (No such file or directory); the se"
    )
    assert back == f"{command.mirror} is complete again"
    shutil.rmtree(command.folder)
    assert story(command()) == story(store)


@pytest.mark.parametrize(("error", "keeps"), [(errno.EIO, True), (errno.ENOSPC, False)])
def test_nothing_is_deleted_before_all_is_copied(
    command: Command, monkeypatch: pytest.MonkeyPatch, error: int, keeps: bool
) -> None:
    """A trial's older checkpoint stays until the newer one is copied, unless the disk is full."""
    command()
    assert command.mirror
    older = command.mirror / "checkpoints/older.state"
    older.mkdir()
    (older / "state.json").write_text("{}")
    write_hashes(older)

    def fail(source: Path, target: Path) -> None:
        if target.name == "best.toml":
            raise OSError(error, os.strerror(error))
        copy_to(source, target)

    monkeypatch.setattr(copier, "copy_to", fail)
    command()
    assert older.exists() == keeps
    assert notices(command)[-1].endswith(f"is not complete: {os.strerror(error)}")


def test_a_disk_that_hangs_does_not_hold_up_the_end(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "QUIET_SECONDS", 0.1)
    monkeypatch.setattr(copier, "LAST_COPY_SECONDS", 0.1)
    monkeypatch.setattr(copier, "copy_database", lambda *_: time.sleep(3600))
    command()
    assert notices(command) == [
        f"the last copy to {command.mirror} is being written",
        f"{command.mirror} is not complete: its disk took over 0 s",
    ]


def test_prepared_data_and_locks_are_not_copied(command: Command) -> None:
    """A study with a name like a database's is."""
    command(name="my.db")
    assert command.mirror
    (command.folder / "data").mkdir(exist_ok=True)
    (command.folder / "data/cache.bin").touch()
    command()
    names = {path.name for path in command.mirror.rglob("*")}
    assert (command.mirror / "my.db/best.toml").exists()
    assert {"cache.bin", "data", ".search.db.copy"}.isdisjoint(names)
    assert not [name for name in names if name.endswith((".lock", "-wal", "-shm"))]


@pytest.mark.slow
@pytest.mark.timeout(10_000)
@pytest.mark.parametrize("number", range(KILLS // 3))
def test_killed_and_deleted_runs_go_on_from_a_failing_mirror(number: int, tmp_path: Path) -> None:
    """The result is the undisturbed one, and each time at most one rung is trained again."""
    options: tuple[str, ...] = (
        "--study",
        "league",
        "--data",
        "toy",
        "--workers",
        "1",
        "--n-trials",
        "4",
    )
    options = (
        *options,
        "--set",
        "proof.seeds=1",
        "--set",
        "proof.most_runs=2",
        "--mirror",
        str(tmp_path / "mirror"),
    )
    program = (
        str(Path(__file__).with_name("failing_mirror_command.py")),
        str(number),
        "toy_objective.build_slower",
    )
    whole = Command(tmp_path / "whole", overrides=STUDY, final=True)
    expected = story(whole())
    disturbed = Program(program, options, tmp_path / "disturbed", None)
    runs, rnd = disturbed.folder / "runs", Random(number)

    def run(seconds: float | None) -> tuple[int, str]:
        """Start it, again if the disk fails at the start; kill it and its worker after a time."""
        while True:
            process = disturbed.start()
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return -signal.SIGKILL, process.communicate()[0]
            if process.returncode != 2:
                return process.returncode, output
            assert "mend its disk and repeat the command" in output, output

    for _ in range(3):
        before = repeated(disturbed.folder / "toy.log")
        status, output = run(rnd.uniform(8, 20))
        assert status in (0, -signal.SIGKILL), output
        assert repeated(disturbed.folder / "toy.log") <= before + 1
        shutil.rmtree(runs)
    before = repeated(disturbed.folder / "toy.log")
    status, output = run(None)
    assert status == 0, output
    assert repeated(disturbed.folder / "toy.log") <= before + 1
    assert story(disturbed.store()) == expected


def repeated(log: Path) -> int:
    """How many rungs in a toy's log were trained again. The end of Stage A is none."""
    lines = log.read_text().splitlines() if log.exists() else []
    trained = [line for line in lines if line.startswith("train") and "} 600 " not in line]
    return len(trained) - len(set(trained))
