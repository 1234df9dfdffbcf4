"""Errors of the operating system: a clear message, nothing lost, no wrong result."""

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import toy_objective
from safetensors.torch import save_file

from xlt.search.execution.jobs import WorkerBug
from xlt.search.execution.os_errors import as_user_error, to_transferable
from xlt.search.storage.studies import load_store
from xlt.spaces.errors import XltError

HERE = Path(toy_objective.__file__).parent


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.ENOSPC, "free some space"), (errno.EROFS, "--runs"), (errno.EACCES, "permissions")],
)
def test_message_names_file_and_remedy(number: int, advice: str) -> None:
    message = as_user_error(OSError(number, os.strerror(number), "runs/dashboard.db"))
    assert message is not None
    assert str(message).startswith(f"runs/dashboard.db: {os.strerror(number)}; ")
    assert advice in str(message)


def test_bugs_keep_their_traceback() -> None:
    assert as_user_error(ValueError("no space left")) is None
    assert as_user_error(FileNotFoundError(errno.ENOENT, "No such file or directory", "x")) is None
    try:
        raise KeyError("x")
    except KeyError as error:
        failure = to_transferable(error)
    assert isinstance(failure, WorkerBug)
    assert "KeyError: 'x'" in failure.traceback


def limited(size: int, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that, as on a full disk, can write at most `size` bytes to a file."""
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1", "TOY_LOG": str(folder / "toy.log")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_safetensors_that_do_not_fit(tmp_path: Path) -> None:
    """The library raises an error class of its own, with `errno` in its text."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(Exception, match="os error") as caught_error:
            save_file({"weight": torch.zeros(10_000)}, tmp_path / "model.safetensors")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    message = as_user_error(caught_error.value)
    assert message is not None
    assert "File too large; raise the limit" in str(message)


TOY = (sys.executable, str(HERE / "toy_command.py"))
STUDY = ("--study", "league", "--data", "toy", "--workers", "1", "--n-trials", "4")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "size"),
    [
        ("build_large", 1_000_000),  # the first checkpoint is too large, the database is not
        ("build", 200_000),  # SQLite's file becomes too large during the search
    ],
)
def test_full_disk(tmp_path: Path, build: str, size: int) -> None:
    """The command ends with a clear message. With space it resumes, with unchanged results."""
    whole, full = tmp_path / "whole", tmp_path / "full"
    for folder in (whole, full):
        folder.mkdir()
    result = limited(size, *TOY, f"toy_objective.{build}", *STUDY, folder=full)
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert "everything finished is saved" in result.stderr.lower()
    for folder in (whole, full):
        resumed = limited(
            resource.RLIM_INFINITY, *TOY, f"toy_objective.{build}", *STUDY, folder=folder
        )
        assert resumed.returncode == 0, resumed.stderr
    results = []
    for folder in (whole, full):
        store = load_store(None, folder / "runs", "league")
        trials = store.results_by_config()
        scores = {name: trial.intermediate_values for name, trial in trials.items()}
        final = store.attributes["final"]
        results.append((scores, final["configuration"], final["test"], final["weights_sha256"]))
    assert results[0] == results[1]


def test_runs_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    result = limited(resource.RLIM_INFINITY, *TOY, "toy_objective.build", *STUDY, folder=tmp_path)
    assert result.returncode == 1
    assert "name a folder, not a file" in result.stderr
    assert "Traceback" not in result.stderr


def test_clock_that_jumps(tmp_path: Path) -> None:
    """A wall clock that jumps back and forth changes no result."""
    program = (
        "import itertools, runpy, sys, time\n"
        "jumps = itertools.cycle([0, 86_400, -86_400 * 400])\n"
        "true = time.time\n"
        "time.time = lambda: true() + next(jumps)\n"
        f"sys.argv = {json.dumps([TOY[1], 'toy_objective.build', *STUDY])}\n"
        f"sys.path.insert(0, {str(HERE)!r})\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    result = limited(resource.RLIM_INFINITY, sys.executable, "-c", program, folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert len(load_store(None, tmp_path / "runs", "league").results_by_config()) == 4


def test_user_errors_are_passed_on_unchanged() -> None:
    error = XltError("as it was")
    assert to_transferable(error) is error
