"""What a `Trainer` must leave to the search, refused in words or switched off."""

import contextlib
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import EarlyStoppingCallback, Trainer, set_seed
from transformers.trainer_callback import PrinterCallback, ProgressCallback
from transformers.trainer_utils import IntervalStrategy, SaveStrategy

from xlt.spaces.errors import InputError

# Where a `Trainer` writes unless its arguments say something else.
_DEFAULT_FOLDER = Path("trainer_output")


def adopt(trainer: Trainer, seed: int, folder: Path) -> None:
    """Make a user's `Trainer` obey the search: no saving, evaluation, logging or upload of its own.

    Args:
        trainer: As `build` returned it.
        seed: The seed that `build` was given.
        folder: Where it writes checkpoints.

    Raises:
        InputError: An argument contradicts the search.
    """
    args = trainer.args
    schedule = getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)
    refused = {
        "seed": (args.seed != seed, f"is {args.seed}, but build was given {seed}: pass seed=seed"),
        "load_best_model_at_end": (
            args.load_best_model_at_end,
            "is true, but the search chooses by its own scores: remove it",
        ),
        "auto_find_batch_size": (
            args.auto_find_batch_size,
            "is true, but the result would depend on free memory: set per_device_train_batch_size",
        ),
        "ignore_data_skip": (
            args.ignore_data_skip,
            "is true, but a resumed training would see other data: remove it",
        ),
        "lr_scheduler_type": (
            schedule in ("reduce_lr_on_plateau", "greedy"),
            f"is {schedule}, which needs evaluations that the search switches off: choose another",
        ),
        "dataloader_num_workers": (
            args.dataloader_num_workers > 0,
            "is above 0, but a worker of the search cannot start processes: remove it",
        ),
        "push_to_hub": (args.push_to_hub, "is true: upload the folder final/ after the search"),
        "fp16_full_eval": (args.fp16_full_eval, "is true, but it changes the weights: remove it"),
        "bf16_full_eval": (args.bf16_full_eval, "is true, but it changes the weights: remove it"),
    }
    for name, (wrong, why) in refused.items():
        if wrong:
            raise InputError(f"build: TrainingArguments.{name} {why}")
    if args.n_gpu > 1:
        raise InputError(
            f"build: the Trainer would train on {args.n_gpu} GPUs at once; set CUDA_VISIBLE_DEVICES "
            "to one of them"
        )
    for callback in list(trainer.callback_handler.callbacks):
        if isinstance(callback, EarlyStoppingCallback):
            raise InputError("build: EarlyStoppingCallback: the search pauses trainings; remove it")
        shows = isinstance(callback, PrinterCallback | ProgressCallback)
        if shows or type(callback).__module__.startswith("transformers.integrations."):
            trainer.remove_callback(type(callback))
    if Path(str(args.output_dir)) == _DEFAULT_FOLDER:
        with contextlib.suppress(OSError):  # not empty: it is the user's
            _DEFAULT_FOLDER.rmdir()
    args.output_dir = str(folder)
    args.save_strategy = SaveStrategy.NO
    args.eval_strategy = args.logging_strategy = IntervalStrategy.NO
    args.eval_on_start = False
    args.save_only_model = False
    args.save_total_limit = None
    args.restore_callback_states_from_checkpoint = True
    args.disable_tqdm = True
    args.dataloader_pin_memory = args.dataloader_pin_memory and args.device.type != "cpu"
    # Divergence is checked at every step instead.
    args.logging_nan_inf_filter = False


def check_batches(trainer: Trainer) -> None:
    """Check that batches do not depend on the global random state.

    A `Trainer` restores this state after it has fetched the first batches of a resumed training, so
    these would differ.

    Raises:
        InputError: The first batch differs under two random states.
    """
    batches = []
    for is_second in (False, True):
        set_seed(1)  # decides the order of the data
        if is_second:  # another state of the same seed
            torch.rand(1), np.random.rand(), random.random()
        batches.append(next(iter(trainer.get_train_dataloader())))
    if not _equal(*batches):
        raise InputError(
            "build: the training batches depend on global random numbers (random masking, "
            "augmentation, or a sampler of your own), so that a paused training could not be resumed "
            "exactly; draw them when the data are prepared, or from the index of the example"
        )


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if hasattr(one, "keys"):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
