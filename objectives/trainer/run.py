"""One configuration of a user's `Trainer`, which can be paused and resumed at any optimiser step."""

import hashlib
import json
import math
import os
import shutil
import socket
import tempfile
import time
import weakref
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any, Protocol

import psutil
import torch
from transformers import Trainer, TrainerCallback, set_seed

from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Heartbeat,
    Paused,
    Progress,
    TestTime,
)
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.errors import InputError

# `Trainer` saves its arguments as a pickle, which nothing here reads.
_PICKLE = "training_args.bin"
# What `Trainer.evaluate` returns beside metrics.
_NO_METRICS = {
    *("runtime", "samples_per_second", "steps_per_second"),
    *("epoch", "model_preparation_time"),
}
# How the names of folders with the files of running trainings begin.
_WORK = ".trainer-"


class _Objective(Protocol):
    """What a run needs of `xlt.objectives.trainer.objective.TrainerObjective`."""

    task: TrainerTask
    file: Path
    cache: Path
    steps: int
    sizes: tuple[int, int, int]  # of training, validation and test set

    def trainer(self, config: Configuration, seed: int, folder: Path) -> Trainer: ...


class TrainerRun:
    """See `xlt.objectives.objective.Run`.

    Its state is a checkpoint of the `Trainer`: weights, optimiser, scheduler, random states and the
    position in the data. Every training, also one that goes on in the same process, starts a new
    `Trainer` from it, so that it does not matter where it was paused.
    """

    def __init__(self, objective: _Objective, config: Configuration, seed: int) -> None:
        self.objective, self.config, self.seed = objective, config, seed
        self._folder = work_folder(objective.cache)
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._trainer: Trainer | None = None
        self._checkpoint: Path | None = None
        self.step = 0
        # Steps of the optimiser, done and in all; the latter is known once it trained.
        self.updates, self.max_updates = 0, 0
        self.seconds = {"training": 0.0, "scoring": 0.0}
        self.tokens = 0

    def train_to(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        if not self.step <= step <= self.objective.steps:
            raise ValueError(f"step {step} is not between {self.step} and {self.objective.steps}")
        if not self.max_updates or self.updates < self.updates_at(step):
            self._train(step, heartbeat)
        self.step = step
        return self._evaluate(heartbeat)

    def updates_at(self, step: int) -> int:
        """The optimiser steps until a step, rounded up."""
        return math.ceil(step * self.max_updates / self.objective.steps)

    def _train(self, step: int, heartbeat: Heartbeat) -> None:
        trainer = self._new_trainer()
        start = time.perf_counter()
        control = _Control(self, step, heartbeat)
        trainer.add_callback(control)
        control.watch(trainer)
        checkpoint = self._checkpoint
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        self.updates, self.max_updates = trainer.state.global_step, trainer.state.max_steps
        self._checkpoint = self._folder / f"checkpoint-{self.updates}"
        (self._checkpoint / _PICKLE).unlink(missing_ok=True)
        if checkpoint is not None and checkpoint != self._checkpoint:
            shutil.rmtree(checkpoint)
        self.seconds["training"] += time.perf_counter() - start
        if control.paused is not None:
            raise control.paused
        if self.updates < self.updates_at(step):
            raise InputError(
                f"{self.objective.file.name}: a callback stopped the training after {self.updates} of "
                f"{self.max_updates} optimizer steps; the search decides when to stop: remove it"
            )

    def _new_trainer(self) -> Trainer:
        self._trainer = None  # so that two models are never in memory
        self._trainer = self.objective.trainer(self.config, self.seed, self._folder)
        return self._trainer

    def scorer(self) -> Trainer:
        """A `Trainer` with the weights of the checkpoint."""
        if self._trainer is None:
            trainer = self._new_trainer()
            if self._checkpoint is not None:
                trainer._load_from_checkpoint(str(self._checkpoint))
        assert self._trainer is not None
        return self._trainer

    def _evaluate(self, heartbeat: Heartbeat) -> Evaluation:
        start = time.perf_counter()
        metrics = self._metrics(self.scorer().eval_dataset, "eval", heartbeat)
        self.seconds["scoring"] += time.perf_counter() - start
        return self._evaluation(metrics)

    def _metrics(self, data: Any, prefix: str, heartbeat: Heartbeat) -> dict[str, float]:
        """Metrics without their prefix, and without speeds; equal whenever they are computed."""
        trainer = self.scorer()
        signs = _SignsOfLife(self.step, heartbeat)
        trainer.add_callback(signs)
        set_seed(self.seed)
        try:
            found = self.objective.task.evaluate(trainer, data, prefix)
        finally:
            trainer.remove_callback(signs)
        named = {name.removeprefix(f"{prefix}_"): value for name, value in found.items()}
        return {
            name: float(value)
            for name, value in named.items()
            if name not in _NO_METRICS and isinstance(value, Real)
        }

    def _evaluation(self, metrics: Mapping[str, float]) -> Evaluation:
        task = self.objective.task
        if task.metric not in metrics:
            raise InputError(
                f"{self.objective.file.name}: metric: {task.metric!r} is not among the metrics; "
                f"expected one of {', '.join(sorted(metrics))}"
            )
        score = task.factor * metrics[task.metric]
        if not math.isfinite(score):
            raise Diverged(self.step, f"{task.metric} is not finite", {task.metric: score})
        return Evaluation(
            step=self.step,
            score=score,
            metrics=metrics,
            metric=task.metric_name,
            seconds=dict(self.seconds),
            tokens={"training": self.tokens},
        )

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        metrics = self._metrics(self.objective.task.test_data(), "test", heartbeat)
        return self._evaluation(metrics)

    def time_test(self, heartbeat: Heartbeat) -> TestTime:
        """Estimate from scoring the validation set."""
        before = self.seconds["scoring"]
        score = self._evaluate(heartbeat).score
        _, validation, test = self.objective.sizes
        seconds = (self.seconds["scoring"] - before) * test / max(validation, 1)
        # Models that generate take longer for longer outputs.
        return TestTime(seconds, 2 * seconds, (score,))

    def save(self, path: Path) -> None:
        if self._checkpoint is not None:
            shutil.copytree(self._checkpoint, path / "checkpoint", copy_function=_link)
        values = {
            "step": self.step,
            "updates": self.updates,
            "max_updates": self.max_updates,
            "seconds": self.seconds,
            "tokens": self.tokens,
        }
        (path / "run.json").write_text(json.dumps(values), encoding="utf-8")

    def restore(self, path: Path) -> None:
        values = json.loads((path / "run.json").read_text(encoding="utf-8"))
        self.step = values["step"]
        self.updates, self.max_updates = values["updates"], values["max_updates"]
        self.seconds, self.tokens = values["seconds"], values["tokens"]
        self._trainer = self._checkpoint = None
        if self.updates:
            self._checkpoint = self._folder / f"checkpoint-{self.updates}"
            shutil.copytree(path / "checkpoint", self._checkpoint, copy_function=_link)

    def export(self, path: Path) -> str:
        trainer = self.scorer()
        trainer.save_model(str(path))
        (path / _PICKLE).unlink(missing_ok=True)
        files = sorted(path.rglob("*.safetensors"))
        if not files:
            raise InputError(f"{self.objective.file.name}: save_model wrote no .safetensors file")
        digest = hashlib.sha256()
        for file in files:
            digest.update(file.read_bytes())
        return digest.hexdigest()


def work_folder(cache: Path) -> Path:
    """A new folder for the files of one `Trainer`, named after this machine and process."""
    return Path(tempfile.mkdtemp(dir=cache, prefix=f"{_WORK}{socket.gethostname()}@{os.getpid()}@"))


def delete_old_work_folders(cache: Path) -> None:
    """Delete what killed processes of this machine have left."""
    prefix = f"{_WORK}{socket.gethostname()}@"
    for folder in cache.glob(f"{prefix}*"):
        if not psutil.pid_exists(int(folder.name.removeprefix(prefix).partition("@")[0])):
            shutil.rmtree(folder, ignore_errors=True)


class _Control(TrainerCallback):
    """Stops a training at a step, or when the heartbeat asks for it, with a checkpoint."""

    def __init__(self, run: TrainerRun, step: int, heartbeat: Heartbeat) -> None:
        self.run, self.step, self.heartbeat = run, step, heartbeat
        self.paused: Paused | None = None
        self.loss: torch.Tensor | None = None
        self.started_at, self.tokens_before = time.perf_counter(), run.tokens

    def watch(self, trainer: Trainer) -> None:
        """Count tokens and keep the last loss."""
        training_step = trainer.training_step

        def watched(model: Any, inputs: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
            ids = inputs.get("input_ids") if hasattr(inputs, "get") else None
            self.run.tokens += ids.numel() if isinstance(ids, torch.Tensor) else 0
            self.loss = training_step(model, inputs, *args, **kwargs)
            return self.loss

        trainer.training_step = watched  # type: ignore[method-assign]

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        run = self.run
        run.updates, run.max_updates = state.global_step, state.max_steps
        run.step = min(run.updates * run.objective.steps // run.max_updates, self.step)
        if self.loss is not None and not math.isfinite(loss := float(self.loss)):
            raise Diverged(run.step, "the loss is not finite", {"loss": loss})
        speed = (run.tokens - self.tokens_before) / (time.perf_counter() - self.started_at)
        try:
            self.heartbeat(Progress("training", run.step, self.step, speed))
        except Paused as paused:
            self.paused = paused
        # A checkpoint always has as many optimiser steps as its step says.
        can_pause = run.updates == run.updates_at(run.step)
        if (self.paused and can_pause) or run.updates >= run.updates_at(self.step):
            control.should_save = control.should_training_stop = True


class _SignsOfLife(TrainerCallback):
    """Sends a heartbeat for every batch that is scored."""

    def __init__(self, step: int, heartbeat: Heartbeat) -> None:
        self.progress, self.heartbeat = Progress("scoring", step, step, 0.0), heartbeat

    def on_prediction_step(self, *_: Any, **__: Any) -> None:
        self.heartbeat(self.progress)


def _link(source: str, target: str) -> None:
    """Copy a file without copying its bytes, where the file system can."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
