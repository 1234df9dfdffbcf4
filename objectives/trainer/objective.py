"""A user's `Trainer` as an objective."""

import gc
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, set_seed
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from xlt.objectives.identity import code_fingerprint, device_name, precision_name, resolve_device
from xlt.objectives.objective import Configuration
from xlt.objectives.trainer.checks import adopt
from xlt.objectives.trainer.run import TrainerRun, delete_old_work_folders, work_folder
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.errors import InputError

# Libraries that a fine-tuning's scores may depend on.
_LIBRARIES = ("accelerate", "datasets", "peft", "tokenizers", "transformers", "trl")


class TrainerObjective:
    """One `TrainerTask`; see `xlt.objectives.objective.Objective`."""

    def __init__(
        self, task: TrainerTask, file: Path, source: str, cache: Path, device: str, precision: str
    ) -> None:
        """Build the baseline's `Trainer` once, to learn what it trains on and how.

        Args:
            task: The task.
            file: The file that declares it.
            source: Recorded only: the file says where its data are.
            cache: A folder for the files of running trainings.
            device: See `resolve_device`.
            precision: See `xlt.objectives.identity.resolve_precision`; "auto": what the `Trainer` has.

        Raises:
            InputError: `build` returns something else, or its arguments contradict the search.
        """
        self.task, self.file, self.source, self.cache = task, file, source, cache
        self.device = resolve_device(device)
        _show_only(self.device)
        set_verbosity_error()
        disable_progress_bar()
        self.steps = task.steps
        self.stages: Mapping[str, int] = {"training": task.steps}
        cache.mkdir(parents=True, exist_ok=True)
        delete_old_work_folders(cache)
        folder = work_folder(cache)
        try:
            trainer = self.trainer(task.space.baseline_config, 0, folder)
        finally:
            shutil.rmtree(folder)
        self.precision = _precision(trainer)
        self.sizes, self._fingerprint = _fingerprint(trainer, task)
        if precision not in ("auto", precision_name(self.precision)):
            raise InputError(
                f"--precision {precision}: {file.name} trains in {precision_name(self.precision)}; "
                "change bf16 or fp16 of its TrainingArguments"
            )

    @property
    def data(self) -> Mapping[str, Any]:
        train, validation, test = self.sizes
        return {
            "source": self.source,
            "fingerprint": self._fingerprint,
            "description": f"data of {self.file.name}: {train:,} examples for training, "
            f"{validation:,} for validation, {test:,} for the test",
            "synthetic": False,
            "notices": [],
        }

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        own = hashlib.sha256(self.file.read_bytes()).hexdigest()
        return {
            "task": self.file.name,
            "steps": self.steps,
            "data": self._fingerprint,
            "code": f"{code_fingerprint(Path(__file__).parent)[:32]}{own[:32]}",
            "torch": torch.__version__,
            **dict(_versions()),
            "device": device_name(self.device),
            "precision": precision_name(self.precision),
        }

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        return config

    def run(self, config: Configuration, seed: int) -> TrainerRun:
        return TrainerRun(self, config, seed)

    def trainer(self, config: Configuration, seed: int, folder: Path) -> Trainer:
        """A new `Trainer`, made from the same random state for the same seed.

        Raises:
            InputError: See the constructor.
        """
        gc.collect()  # a model of the trainer before may still be in memory
        set_seed(seed)
        trainer = self.task.build(config, seed)
        if not isinstance(trainer, Trainer):
            raise InputError(
                f"{self.file.name}: build returned {type(trainer).__name__}; expected a transformers.Trainer"
            )
        adopt(trainer, seed, folder)
        return trainer


def _show_only(device: torch.device) -> None:
    """Hide other GPUs: a `Trainer` takes the first one that it sees, or all."""
    if device.type == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    elif device.index is not None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        names = (
            visible.split(",") if visible else [str(i) for i in range(torch.cuda.device_count())]
        )
        if len(names) > 1:
            os.environ["CUDA_VISIBLE_DEVICES"] = names[device.index]


def _precision(trainer: Trainer) -> torch.dtype:
    if trainer.args.bf16:
        return torch.bfloat16
    return torch.float16 if trainer.args.fp16 else torch.float32


def _versions() -> Iterator[tuple[str, str]]:
    for library in _LIBRARIES:
        try:
            yield library, version(library)
        except PackageNotFoundError:
            continue


def _fingerprint(trainer: Trainer, task: TrainerTask) -> tuple[tuple[int, int, int], str]:
    """The sizes of training, validation and test set, and a SHA-256 over all that they contain."""
    digest, sizes = hashlib.sha256(), []
    parts = (trainer.train_dataset, trainer.eval_dataset, task.test_data())
    for name, part in zip(("train_dataset", "eval_dataset", "test_data"), parts, strict=True):
        if part is None or not hasattr(part, "__len__") or isinstance(part, Mapping):
            raise InputError(f"{name}: expected one data set with a length, found {part!r:.60}")
        sizes.append(len(part))
        for index in range(len(part)):
            row = json.dumps(part[index], sort_keys=True, default=_plain)
            digest.update(row.encode() + b"\n")
        digest.update(b"\0")
    train, validation, test = sizes
    return (train, validation, test), digest.hexdigest()


def _plain(value: Any) -> Any:
    """A tensor or an array as lists, for JSON."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
