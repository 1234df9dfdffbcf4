"""Studies on a real PostgreSQL server: same results as on SQLite, one writer, outages."""

import functools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
import sqlalchemy
import toy_objective
from commands import Command, toy
from optuna.trial import TrialState
from postgresql_server import PASSWORD, Server

from xlt.search import events
from xlt.search.cli import app, display
from xlt.search.pipeline import options
from xlt.search.storage import lock, reconnect
from xlt.search.storage.database import open_storage
from xlt.spaces.errors import InputError, XltError

SEARCH = ("--study", "league", "--data", "toy", "--workers", "1", "--seed", "7", "--n-trials", "5")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The study on SQLite, from start to finish."""
    command = Command(toy("build"), SEARCH, tmp_path_factory.mktemp("whole") / "here", None)
    command.finish()
    return command


def wait_until(happened: Callable[[], bool]) -> None:
    for _ in range(1200):
        if happened():
            return
        time.sleep(0.05)
    pytest.fail("the program did not get far enough")


class Held:
    """A command whose first job waits. Everything before it is in the database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.command = Command(toy("build_held"), SEARCH, folder, url)
        self._hold = folder / "hold"
        self._hold.touch()
        self.process = self.command.start()
        wait_until((folder / "held").exists)

    def release(self) -> None:
        self._hold.unlink()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end of a command. Returns its exit status and output."""
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def numbers(command: Command) -> list[tuple[int, TrialState]]:
    return [(trial.number, trial.state) for trial in command.store().study.trials]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["", "ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0"])
def test_same_as_on_sqlite(
    encoding: str, postgresql: Server, undisturbed: Command, tmp_path: Path
) -> None:
    """The results of search and final are the same, also in a database without an encoding."""
    command = Command(toy("build"), SEARCH, tmp_path / "here", postgresql.database(encoding))
    command.finish()
    assert command.result() == undisturbed.result()
    assert not list(command.folder.glob("**/search.db"))
    assert PASSWORD not in (command.folder / "runs/league/best.toml").read_text()


@pytest.mark.slow
def test_one_writer_on_all_machines(
    postgresql: Server, undisturbed: Command, tmp_path: Path
) -> None:
    """A command with another folder is refused too, until the first one is dead."""
    url = postgresql.database()
    first = Held(tmp_path / "first", url)
    second = Command(toy("build"), SEARCH, tmp_path / "second", url)
    before = numbers(second)
    status, output = ended(second.start())
    process = f"process {first.process.pid} on {socket.gethostname()}, since 20"
    assert f"another xlt-search works on the study 'league' in this database: {process}" in output
    assert (status, output.count("\n")) == (1, 1)
    assert numbers(second) == before
    os.kill(first.process.pid, signal.SIGKILL)
    second.finish()
    first.release()
    assert ended(first.process)[0] == -signal.SIGKILL
    assert second.result() == undisturbed.result()


@pytest.mark.slow
def test_server_away_for_a_while(postgresql: Server, undisturbed: Command, tmp_path: Path) -> None:
    """The server stops during a job and is back seconds after it: the result is undisturbed."""
    held = Held(tmp_path / "here", postgresql.database())
    postgresql.stop()
    try:
        held.release()
        time.sleep(4)
        assert held.process.poll() is None
    finally:
        postgresql.start()
    status, output = ended(held.process)
    assert status == 0
    assert output.count("notice: waiting for up to 5 minutes for the database: ") == 1
    assert PASSWORD not in output
    assert held.command.result() == undisturbed.result()
    assert not [t for t in held.command.store().study.trials if t.state == TrialState.FAIL]


@pytest.mark.slow
def test_overtaken_while_cut_off(postgresql: Server, undisturbed: Command, tmp_path: Path) -> None:
    """A command that lost its lock, which another one held since, writes nothing more."""
    url = postgresql.database()
    held = Held(tmp_path / "first", url)
    os.kill(held.process.pid, signal.SIGSTOP)  # or it would take the lock again
    postgresql.stop()
    postgresql.start()
    second = Command(toy("build"), SEARCH, tmp_path / "second", url)
    second.finish()
    before = numbers(second)
    os.kill(held.process.pid, signal.SIGCONT)
    held.release()
    status, output = ended(held.process)
    assert status == 1
    assert "another xlt-search has worked on the study 'league' in this database" in output
    assert "Traceback" not in output
    assert numbers(second) == before
    assert second.result() == undisturbed.result()


def test_lock_goes_with_its_session(
    postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a session ends, the next one takes the lock again, unless another command has it."""
    monkeypatch.setattr(lock, "TAKEOVER_GRACE_SECONDS", 0.5)
    url = postgresql.database()
    one, two = open_storage(url, tmp_path), open_storage(url, tmp_path)
    end = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name LIKE 'xlt-search %%'
    """
    with lock.database_study_lock(one, "league"):
        assert postgresql.ask(end) == [(1,)]
        one.get_all_studies()
        with pytest.raises(XltError, match="another xlt-search works on the study"):
            lock.database_study_lock(two, "league").__enter__()
        with lock.database_study_lock(two, "other"):
            two.get_all_studies()
        assert postgresql.ask(end) == [(1,)]
        with lock.database_study_lock(two, "league"):
            with pytest.raises(
                XltError, match=f"another xlt-search works.*: process {os.getpid()}"
            ):
                one.get_all_studies()
            two.get_all_studies()
        with pytest.raises(XltError, match="another xlt-search has worked on the study"):
            one.get_all_studies()


def test_own_session_that_the_server_believes_alive(postgresql: Server) -> None:
    """A session that the server still keeps, as after a network failure, is ended by its owner."""
    session = lock._PostgresAdvisoryLock("league", "")
    database = postgresql.database().replace("+psycopg", "")
    with psycopg.connect(database) as before, psycopg.connect(database) as now:
        session._acquire(cast(Any, before))
        session._acquire(cast(Any, now))
        with pytest.raises(psycopg.OperationalError):
            before.execute("SELECT 1")
        now.execute("SELECT 1")


def call(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run `xlt-search` in this process. Returns its exit status and standard error."""
    status = 0
    try:
        app.main()
    except SystemExit as end:
        status = int(end.code or 0)
    return status, capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("interrupted", [False, True])
def test_server_away_for_too_long(
    interrupted: bool,
    postgresql: Server,
    undisturbed: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command ends with a message, also after Ctrl-C. The same command resumes."""
    url = postgresql.database()
    arguments = (*SEARCH, "--storage", url, "--runs", str(tmp_path / "here/runs"))
    running = True

    def show(event: events.Event) -> None:
        nonlocal running
        if running and isinstance(event, events.TrialEvaluated):
            postgresql.stop()
            running = False
        if interrupted and isinstance(event, events.Notice) and "waiting" in event.text:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(sys, "argv", ["xlt-search", *arguments])
    monkeypatch.setattr(display, "open_display", lambda **_: nullcontext(show))
    toy_options = functools.partial(options.Options, objective_factory=toy_objective.build)
    monkeypatch.setattr(options, "Options", toy_options)
    if not interrupted:
        monkeypatch.setattr(reconnect, "MAX_OUTAGE_SECONDS", 2.0)
    start = time.monotonic()
    try:
        status, errors = call(capsys)
    finally:
        postgresql.start()
    assert not running
    assert time.monotonic() - start < 60
    message, further = errors.splitlines()
    if interrupted:
        assert (status, message) == (130, "xlt-search: interrupted; everything finished is saved")
    else:
        assert status == 1
        assert message.startswith("xlt-search: the database failed: (psycopg.OperationalError) ")
        assert "everything finished is saved" in message
    assert further.startswith("to resume: xlt-search --study league")
    assert PASSWORD not in errors
    command = Command(toy("build"), SEARCH, tmp_path / "there", url)
    command.finish()
    assert command.result() == undisturbed.result()


@pytest.mark.parametrize("answering", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_server_that_is_not_there(answering: bool, tmp_path: Path) -> None:
    """It is an error within seconds, also if the port accepts connections and never answers."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        if answering:
            mute.listen()
        url = f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:{mute.getsockname()[1]}/studies"
        start = time.monotonic()
        with pytest.raises(
            InputError, match=r"--storage postgresql\+psycopg://me:\*\*\*@"
        ) as error:
            open_storage(url, tmp_path)
        assert time.monotonic() - start < 15
    assert ("timeout" if answering else "Connection refused") in str(error.value)
    assert PASSWORD not in str(error.value)


def test_wrong_password_is_not_shown(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.url().replace(f":{PASSWORD}", "")
    with pytest.raises(InputError, match="password authentication failed") as error:
        open_storage(f"{url}?password=hush-hush&application_name=me", tmp_path)
    assert "hush-hush" not in str(error.value)
    assert "application_name=me" in str(error.value)


def test_missing_driver_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"pip install 'psycopg\[binary\]>="):
        open_storage("postgresql+psycopg://me@localhost/studies", tmp_path)


def test_server_is_real(postgresql: Server) -> None:
    engine = sqlalchemy.create_engine(postgresql.database())
    with engine.connect() as connection:
        assert str(connection.exec_driver_sql("SELECT version()").scalar()).startswith("PostgreSQL")
    engine.dispose()
