"""SIGKILL at random moments, then the same command: nothing is lost, nothing counted twice.

A study by the toy's formula, one of NER and one of the league with nothing replaced. Each is run
undisturbed, then again and again with one process of it (the command, or a worker) killed at a
moment drawn from the undisturbed run's whole length, data preparation and final included.

`XLT_KILLS` says how often; a few each by default, as each costs a whole study.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest
from optuna.trial import TrialState

from xlt.search.store import Store, existing, key

HERE = Path(__file__).parent
TOY = (str(HERE / "toy_command.py"), "build_slow")
REAL = ("-c", "from xlt.search.cli import main; main()")
KILLS = int(os.environ.get("XLT_KILLS", "0"))


@dataclass(frozen=True)
class Case:
    """A command, and how often it is killed by default."""

    study: str
    program: tuple[str, ...]
    options: tuple[str, ...]
    kills: int


CASES = {
    "toy": Case(
        "league",
        TOY,
        ("--study", "league", "--data", "toy", "--workers", "1", "--n-trials", "5"),
        5,
    ),
    "ner": Case(
        "ner-few-shot",
        REAL,
        (
            *("--study", "ner-few-shot", "--data", "synthetic", "--workers", "1"),
            *("--n-trials", "3", "--set", 'settings.encoder="tiny"', "--set", "settings.steps=12"),
            *("--set", "settings.train={ fr = 200 }", "--set", "settings.validation=40"),
            *("--set", "settings.test=40", "--set", "budget.rungs=[4, 12]"),
        ),
        1,
    ),
    "league": Case(
        "league",
        REAL,
        (
            *("--study", "league", "--data", "synthetic", "--workers", "1", "--n-trials", "2"),
            *("--set", "space.d_model=64", "--set", "space.num_layers=1"),
            *("--set", "budget.rungs=[4, 10]", "--no-final"),
        ),
        1,
    ),
}


class Command:
    """One command in a folder of its own."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case, self.folder = case, folder
        folder.mkdir()

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *self.case.program, *self.case.options],
            cwd=self.folder,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TOY_LOG": str(self.folder / "toy.log")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self) -> None:
        process = self.start()
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, output

    def store(self) -> Store:
        return existing(None, self.folder / "runs", self.case.study)

    def result(self) -> tuple[Any, ...]:
        """All that was found, without times and without what a kill must leave behind."""
        store = self.store()
        trials = [trial for trial in store.study.trials if trial.state != TrialState.FAIL]
        found = [
            (key(t.user_attrs["configuration"]), t.state.name, t.intermediate_values, t.value)
            for t in trials
        ]
        best = self.folder / "runs" / self.case.study / "best.toml"
        if not best.exists():
            return (found,)
        record = tomllib.loads(best.read_text())
        return found, record["configuration"], record["test"], record["weights_sha256"]


def victim(process: subprocess.Popen[str], rnd: Random) -> psutil.Process:
    """The command itself, or one of its workers if it has any by now."""
    command = psutil.Process(process.pid)
    workers = [child for child in command.children() if "spawn_main" in " ".join(child.cmdline())]
    return rnd.choice([command, *workers])


@pytest.mark.slow
@pytest.mark.timeout(10_000)
@pytest.mark.parametrize("name", CASES)
def test_killed_and_gone_on_it_ends_as_if_nothing_had_been(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    whole = Command(case, tmp_path / "whole")
    begun = time.monotonic()
    whole.finish()
    length = time.monotonic() - begun
    expected = whole.result()
    rnd, data = Random(name), whole.folder / "runs/data"
    for number in range(KILLS or case.kills):
        broken = Command(case, tmp_path / f"broken-{number}")
        if (
            number % 4 and data.exists()
        ):  # else it prepares its data anew, and may be killed at that
            shutil.copytree(data, broken.folder / "runs/data")
        process = broken.start()
        moment = rnd.uniform(0, length)
        chosen: int | None = None
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            chosen = victim(process, rnd).pid
            os.kill(chosen, signal.SIGKILL)
        output, _ = process.communicate(timeout=600)
        # A worker's end is not the command's.
        assert (process.returncode == 0) == (chosen != process.pid), output
        broken.finish()
        assert broken.result() == expected, f"killed after {moment:.2f} s"
        left = (TrialState.RUNNING, TrialState.WAITING)
        assert not broken.store().study.get_trials(states=left)
        assert len(broken.store().finished()) == len(whole.store().finished())
