"""One writer a study, by its database: SQLite's here, PostgreSQL's in `test_postgresql`."""

import errno
import fcntl
import os
import threading
from pathlib import Path

import pytest
import toy_objective

from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.search.pipeline import runner
from xlt.search.pipeline.options import Options
from xlt.search.storage.database import open_storage
from xlt.search.storage.lock import database_study_lock
from xlt.search.storage.reconnect import SQLITE_BUSY_SECONDS, wait_for_database
from xlt.search.storage.studies import load_store
from xlt.spaces.errors import InputError, XltError
from xlt.studies.study import load


def test_two_folders_share_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However its URL is written, a file has one writer a study; another study is free."""
    monkeypatch.chdir(tmp_path)
    named = rf"works on the study 'league' in this database: process {os.getpid()} on .*, since 20"
    study = load("league", ["data.source=toy", "search.n_trials=1"])

    def search(url: str) -> None:
        options = Options(
            tmp_path / "there", url, "cpu", workers=1, objective_factory=toy_objective.build
        )
        runner.run_study(
            study, "league", options, lambda _: None, threading.Event(), with_final=False
        )

    one = open_storage("sqlite:///studies.db", tmp_path)
    with database_study_lock(one, "league"):
        for url in (f"sqlite:///{tmp_path}/studies.db", "sqlite:///file:studies.db?uri=true"):
            with pytest.raises(XltError, match=named):
                search(url)
        with database_study_lock(open_storage("sqlite:///studies.db", tmp_path), "other"):
            pass
    search("sqlite:///studies.db")
    assert len(load_store("sqlite:///studies.db", tmp_path, "league").results_by_config()) == 1


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK])
def test_a_file_system_without_locks_is_refused_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Nothing is waited for, nobody else is blamed, and the message says what to do."""

    def flock(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(fcntl, "flock", flock)
    said = r": this file system has no file locks \(.*--runs"
    study = load("league", ["data.source=toy", "search.n_trials=1"])
    options = Options(
        tmp_path / "runs", device="cpu", workers=1, objective_factory=toy_objective.build
    )
    with pytest.raises(InputError, match=f"runs/league{said}"):
        runner.run_study(study, "league", options, lambda _: None, threading.Event())
    with (
        pytest.raises(InputError, match=f"elsewhere{said}"),
        database_study_lock(
            open_storage(f"sqlite:///{tmp_path}/elsewhere/x.db", tmp_path), "league"
        ),
    ):
        pass
    with pytest.raises(InputError, match=f"checkpoints{said}"):
        CheckpointTree(tmp_path / "checkpoints", 10**9)
    with pytest.raises(InputError, match=f"runs/data{said}"):
        options.worker_config(study).objective()


def test_memory_has_no_lock(tmp_path: Path) -> None:
    first, second = (open_storage("sqlite://", tmp_path) for _ in range(2))
    with database_study_lock(first, "league"), database_study_lock(second, "league"):
        assert not list(tmp_path.iterdir())


def test_sqlite_is_waited_for(tmp_path: Path) -> None:
    storage = open_storage(None, tmp_path)
    wait_for_database(storage, lambda _: None, threading.Event())
    with storage.engine.connect() as connection:
        assert (
            connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1000 * SQLITE_BUSY_SECONDS
        )
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
