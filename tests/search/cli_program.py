"""Runs `xlt-search` for tests of the command line: in a process of its own, or in this one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import toy_objective

from xlt.search.cli import app
from xlt.search.storage.store import Store
from xlt.search.storage.studies import load_store

HERE = Path(toy_objective.__file__).parent
QUICK = ("--study", "league", "--data", "toy", "--workers", "1", "--seed", "7")


class Program:
    """Runs `xlt-search` on the toy objective in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "toy.log"
        self.environment = os.environ | {"TOY_LOG": str(self.log), "OMP_NUM_THREADS": "1"}

    def start(self, *arguments: str, builder: str = "build") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(HERE / "toy_command.py"), f"toy_objective.{builder}", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *arguments: str, builder: str = "build") -> tuple[int, str, str]:
        """Run a command; its exit status, stdout and stderr."""
        process = self.start(*arguments, builder=builder)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def store(self, name: str = "league") -> Store:
        return load_store(None, self.folder / "runs", name)

    def trained(self) -> list[str]:
        return self.log.read_text().splitlines()

    def wait_for(self, happened: Callable[[], bool]) -> None:
        for _ in range(600):
            if self.log.exists() and happened():
                return
            time.sleep(0.05)
        pytest.fail("the program did not get far enough")


def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Run a command that starts no worker in this process; its exit status, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["xlt-search", *arguments])
    status = 0
    try:
        app.main()
    except SystemExit as end:
        status = int(end.code or 0)
    output, errors = capsys.readouterr()
    return status, output, errors
