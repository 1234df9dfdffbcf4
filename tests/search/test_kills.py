"""SIGKILL at random moments, then the same command: the result is that of an undisturbed run.

The cases are a toy study in SQLite and in PostgreSQL, an NER study, a user's `Trainer`, and two
league studies: one of Stage A, and one from the end of Stage A to the final run. A case runs once undisturbed. Then it
runs several times, and the command or a worker is killed at a random moment between the start of
data preparation and the end of the final run.

`XLT_KILLS` sets the number of kills; the default is a few, because a kill costs a whole study.
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil
import pytest
import tiny_task
from commands import REAL, Command, toy
from optuna.trial import TrialState

from xlt.search.pipeline.session import SAVE_ELAPSED_EVERY_SECONDS

KILLS = int(os.environ.get("XLT_KILLS", "0"))


@dataclass(frozen=True)
class Case:
    """A command, and its default number of kills."""

    program: tuple[str, ...]
    options: tuple[str, ...]
    kills: int
    # Options of an earlier command, whose checkpoints are used.
    prepared: tuple[str, ...] = ()


SLOW_TOY = Case(
    toy("build_slow"),
    (
        *("--study", "league", "--data", "toy", "--workers", "1", "--n-trials", "5"),
        *("--set", "proof.seeds=1"),
    ),
    2,
)
SMALL_LEAGUE = (
    *("--study", "league", "--data", "synthetic", "--workers", "1"),
    *("--set", "space.d_model=64", "--set", "space.num_layers=1"),
)
CASES = {
    "toy": SLOW_TOY,
    "postgresql": SLOW_TOY,
    "ner": Case(
        REAL,
        (
            *("--study", "ner-few-shot", "--data", "synthetic", "--workers", "1"),
            *("--n-trials", "3", "--set", 'settings.encoder="tiny"', "--set", "settings.steps=12"),
            *("--set", "settings.train={ fr = 200 }", "--set", "settings.validation=40"),
            *("--set", "settings.test=40", "--set", "budget.rungs=[4, 12]"),
            *("--set", "proof.seeds=1"),
        ),
        1,
    ),
    "trainer": Case(
        REAL,
        (
            *("--study", tiny_task.__file__, "--study-name", "mine", "--workers", "1"),
            *("--n-trials", "4", "--set", "space.learning_rate={ low = 1e-3, high = 3e-2 }"),
            *("--set", "proof.seeds=1"),
        ),
        2,
    ),
    "league": Case(
        REAL,
        (*SMALL_LEAGUE, "--no-final", "--n-trials", "2", "--set", "budget.rungs=[4, 10]"),
        1,
    ),
    "league, stage b": Case(
        REAL,
        (
            *(*SMALL_LEAGUE, "--n-trials", "2", "--set", "budget.rungs=[590, 606]"),
            *("--set", "search.enqueue=[{ learning_rate = 1e-5 }]"),
            *("--set", 'search.pruner="none"', "--set", "proof.seeds=0"),
        ),
        0,
        prepared=(*SMALL_LEAGUE, "--no-final", "--n-trials", "1", "--set", "budget.rungs=[590]"),
    ),
}


def victim(process: subprocess.Popen[str], rnd: Random) -> psutil.Process:
    """Choose the command itself, or one of its workers."""
    command = psutil.Process(process.pid)
    workers = [child for child in command.children() if "spawn_main" in " ".join(child.cmdline())]
    return rnd.choice([command, *workers])


@pytest.mark.slow
@pytest.mark.timeout(10_000)
@pytest.mark.parametrize("name", CASES)
def test_killed_command_is_resumed_with_the_undisturbed_result(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case = CASES[name]
    if not (KILLS or case.kills):
        pytest.skip("takes minutes; XLT_KILLS sets the number of kills")

    def command(folder: str, options: tuple[str, ...] = case.options) -> Command:
        """A command with a database of its own and the prepared checkpoints."""
        url = request.getfixturevalue("postgresql").database() if name == "postgresql" else None
        new = Command(case.program, options, tmp_path / folder, url)
        if prepared.exists():
            shutil.copytree(prepared, new.folder / "runs/checkpoints")
        return new

    prepared = tmp_path / "prepared/runs/checkpoints"
    if case.prepared:
        command("prepared", case.prepared).finish()

    whole = command("whole")
    start = time.monotonic()
    whole.finish()
    length = time.monotonic() - start
    expected = whole.result()
    rnd, data = Random(name), whole.folder / "runs/data"
    for number in range(KILLS or case.kills):
        broken = command(f"broken-{number}")
        # One in four prepares the data itself, and may be killed while it does.
        if number % 4 and data.exists():
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
        # A killed worker must not end the command; a killed command may have ended just before.
        ends = {0, -signal.SIGKILL} if chosen == process.pid else {0}
        assert process.returncode in ends, output
        broken.finish()
        assert broken.result() == expected, f"killed after {moment:.2f} s"
        left = (TrialState.RUNNING, TrialState.WAITING)
        assert not broken.store().study.get_trials(states=left)
        assert len(broken.store().results_by_config()) == len(whole.store().results_by_config())


BUDGET = 45  # seconds


@pytest.mark.slow
@pytest.mark.timeout(10_000)
@pytest.mark.parametrize("number", range(KILLS or 1))
def test_killed_command_keeps_its_deadline(number: int, tmp_path: Path) -> None:
    """The times of both commands count. The second one has a test score and leaves no open trial."""
    rnd = Random(number)
    options = (
        *("--study", "league", "--data", "toy", "--n-trials", "100000"),
        *("--time-budget", f"{BUDGET}s", "--workers", "1"),
    )
    command = Command(toy("build_slow"), options, tmp_path / "killed", None)
    start = time.monotonic()
    process = command.start()
    try:
        process.wait(rnd.uniform(3, BUDGET - 10))
    except subprocess.TimeoutExpired:
        os.kill(victim(process, rnd).pid, signal.SIGKILL)
    process.communicate(timeout=600)
    first = time.monotonic() - start
    start = time.monotonic()
    command.finish()
    second = time.monotonic() - start
    # The first command saved its elapsed time shortly before it was killed.
    assert first + second < BUDGET + 2 * SAVE_ELAPSED_EVERY_SECONDS
    assert command.result()[2]["score"]
    left = (TrialState.RUNNING, TrialState.WAITING)
    assert not command.store().study.get_trials(states=left)
