"""A toy objective whose states are JSON, and which writes down what it trains.

A run's state is a number stirred at each step by what acts at that step, so any two runs that
should differ do, and any two that should be one are equal to the last bit.
"""

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from xlt.objectives.checkpoints import nodes
from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Heartbeat,
    Progress,
    TestTime,
)

STRUCTURE = ("width",)
SLOW: Configuration = {"width": 1, "rate": "slow"}
FAST: Configuration = {"width": 1, "rate": "fast"}
WIDE: Configuration = {"width": 2, "rate": "slow"}
ENDLESS: Configuration = {"width": 1, "rate": "endless"}
NO_LIMIT = 10**9


class Counting:
    steps = 20
    stages: Mapping[str, int] = {"A": 10, "B": 20}

    def __init__(
        self,
        *,
        identity: str = "counting",
        weight: int = 10,
        before_save: Callable[[int], None] = lambda step: None,
        before_step: Callable[[int], None] = lambda step: None,
    ) -> None:
        """`weight`: bytes of a state, roughly. The hooks get the step they come before."""
        self.name, self.weight = identity, weight
        self.before_save, self.before_step = before_save, before_step
        self.trained: list[tuple[str, int]] = []  # width and rate, step

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"task": self.name}

    @property
    def data(self) -> Mapping[str, Any]:
        return {}

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        names = STRUCTURE if step <= self.stages["A"] else tuple(config)
        return {name: config[name] for name in names}

    def run(self, config: Configuration, seed: int) -> "CountingRun":
        return CountingRun(self, config, seed)


class CountingRun:
    def __init__(self, objective: Counting, config: Configuration, seed: int) -> None:
        self.objective, self.config, self.seed = objective, config, seed
        self.step, self.state = 0, f"{seed}"

    def train_to(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        objective = self.objective
        while self.step < step:
            objective.before_step(self.step + 1)
            self.step += 1
            acting = dict(objective.prefix_config(self.config, self.step))
            if acting.get("rate") == "endless" and self.step == 13:
                raise Diverged(13, "the loss is not finite", {"loss": 1e9})
            objective.trained.append((json.dumps(acting, sort_keys=True), self.step))
            text = f"{self.state} {sorted(acting.items())} {self.step}"
            self.state = hashlib.sha256(text.encode()).hexdigest()
            heartbeat(Progress("A" if self.step <= 10 else "B", self.step, step, 1.0))
        return self._evaluation()

    def save(self, path: Path) -> None:
        (path / "first.json").write_text("x" * self.objective.weight)
        self.objective.before_save(self.step)
        (path / "state.json").write_text(json.dumps([self.step, self.state]))

    def restore(self, path: Path) -> None:
        self.step, self.state = json.loads((path / "state.json").read_text())

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        return self._evaluation()

    def time_test(self, heartbeat: Heartbeat) -> TestTime:
        return TestTime(0.0, 0.0)

    def export(self, path: Path) -> str:
        raise NotImplementedError

    def _evaluation(self) -> Evaluation:
        score = int(self.state[:6], 16) / 2**24
        return Evaluation(self.step, score, {"score": score})


def silent(progress: Progress) -> None: ...


def train_slowly(folder: Path, log: Path, config: Configuration) -> None:
    """One worker, which logs the steps that it trains."""

    def before_step(step: int) -> None:
        time.sleep(0.02)
        with log.open("a") as file:
            file.write(f"{step}\n")

    objective = Counting(before_step=before_step)
    CheckpointTree(folder, 10**9).evaluate(objective, config, 1, 20, heartbeat=silent)


def train_and_die(folder: Path, step: int) -> None:
    """A worker that is killed while it saves its state at `step`."""

    def before_save(at: int) -> None:
        if at == step:
            os.kill(os.getpid(), signal.SIGKILL)

    objective = Counting(before_save=before_save)
    CheckpointTree(folder, 10**9).evaluate(objective, SLOW, 1, 20, heartbeat=silent)


def train_until_allowed(folder: Path, begun: Path, may_go: Path) -> None:
    """Hold the lock of step 5 until the file `may_go` exists."""

    def before_step(step: int) -> None:
        if step == 3:
            begun.touch()
            while not may_go.exists():
                time.sleep(0.01)

    CheckpointTree(folder, 10**9).evaluate(
        Counting(before_step=before_step), SLOW, 1, 5, heartbeat=silent
    )


def take_turns(folder: Path, turns: int) -> None:
    """Acquire one lock repeatedly. Raises `FileExistsError` if another process holds it, too."""
    nodes._POLL_SECONDS = 0.0
    for _ in range(turns):
        tree = CheckpointTree(folder / "tree", 10**9)  # deletes lock files that nobody holds
        with tree.nodes.locked("node", lambda: None):
            mark = os.open(folder / "mine", os.O_CREAT | os.O_EXCL)
            os.close(mark)
            time.sleep(0.001)
            (folder / "mine").unlink()


def evaluate(
    tree: CheckpointTree,
    objective: Counting,
    config: Configuration = SLOW,
    step: int = 20,
    through: Sequence[int] = (),
    seed: int = 1,
) -> Evaluation:
    return tree.evaluate(objective, config, seed, step, through=through, heartbeat=silent)


def alone(
    config: Configuration = SLOW, step: int = 20, seed: int = 1, objective: Counting | None = None
) -> Evaluation:
    """The evaluation without any tree."""
    return (objective or Counting()).run(config, seed).train_to(step, silent)


def states(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.state"))


def log_file_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Logs all later calls that ask the file system about a file or folder."""
    looked: list[str] = []

    def count(name: str) -> None:
        real = getattr(os, name)

        def counted(*args: Any, **how: Any) -> Any:
            looked.append(name)
            return real(*args, **how)

        monkeypatch.setattr(os, name, counted)

    for name in ("stat", "lstat", "listdir", "scandir"):
        count(name)
    return looked
