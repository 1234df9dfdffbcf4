"""A user's `Trainer` as an objective."""

import gc
import hashlib
import shutil
import sys
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
from xlt.objectives.trainer.checks import adopt, check_batches
from xlt.objectives.trainer.fingerprint import fingerprint
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
            source: Must be "auto": the file says where its data are.
            cache: A folder for the files of running trainings.
            device: See `resolve_device`.
            precision: See `xlt.objectives.identity.resolve_precision`; "auto": what the `Trainer` has.

        Raises:
            InputError: `build` returns something else, or its arguments contradict the search.
        """
        if source != "auto":
            raise InputError(
                f"--data {source}: {file.name} says itself where its data are; change them there"
            )
        self.task, self.file, self.cache = task, file, cache
        resolve_device(device)
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
        check_batches(trainer)
        self.device = trainer.args.device
        if device not in ("auto", self.device.type):
            raise InputError(f"--device {device}: {file.name} trains on {self.device.type}")
        self.precision = _precision(trainer)
        if precision not in ("auto", precision_name(self.precision)):
            raise InputError(
                f"--precision {precision}: {file.name} trains in {precision_name(self.precision)}; "
                "change bf16 or fp16 of its TrainingArguments"
            )
        parts = (trainer.train_dataset, trainer.eval_dataset, task.test_data())
        self.sizes, self._fingerprint = fingerprint(*parts)
        self._weights = _digest_of_weights(trainer)

    @property
    def data(self) -> Mapping[str, Any]:
        train, validation, test = self.sizes
        return {
            "source": "auto",
            "fingerprint": self._fingerprint,
            "description": f"data of {self.file.name}: {train:,} examples for training, "
            f"{validation:,} for validation, {test:,} for the test",
            "synthetic": False,
            "notices": [],
        }

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        own = _digest_of_code(self.file)
        return {
            "task": self.file.name,
            "steps": self.steps,
            "data": self._fingerprint,
            "weights": self._weights,
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


def _precision(trainer: Trainer) -> torch.dtype:
    if trainer.args.fp16:
        return torch.float16
    if trainer.args.bf16:
        return torch.bfloat16
    assert trainer.model is not None
    return next(trainer.model.parameters()).dtype


def _versions() -> Iterator[tuple[str, str]]:
    for library in _LIBRARIES:
        try:
            yield library, version(library)
        except PackageNotFoundError:
            continue


def _digest_of_code(file: Path) -> str:
    """SHA-256 over a file, and over the modules next to it or below that it has imported."""
    modules = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    paths = {Path(name) for name in modules if name}
    own = {path for path in paths if path.is_relative_to(file.parent)}
    digest = hashlib.sha256()
    for path in sorted({file, *(path for path in own if "site-packages" not in path.parts)}):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _digest_of_weights(trainer: Trainer) -> str:
    """SHA-256 over the baseline's weights before training: pretrained ones may be replaced."""
    digest = hashlib.sha256()
    assert trainer.model is not None
    for name, value in sorted(trainer.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
