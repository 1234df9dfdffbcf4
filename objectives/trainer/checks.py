"""What a `Trainer` must leave to the search, refused in words or switched off."""

from pathlib import Path

from transformers import EarlyStoppingCallback, Trainer
from transformers.trainer_callback import PrinterCallback, ProgressCallback
from transformers.trainer_utils import IntervalStrategy, SaveStrategy

from xlt.spaces.errors import InputError


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
    }
    for name, (wrong, why) in refused.items():
        if wrong:
            raise InputError(f"build: TrainingArguments.{name} {why}")
    for callback in list(trainer.callback_handler.callbacks):
        if isinstance(callback, EarlyStoppingCallback):
            raise InputError("build: EarlyStoppingCallback: the search pauses trainings; remove it")
        shows = isinstance(callback, PrinterCallback | ProgressCallback)
        if shows or type(callback).__module__.startswith("transformers.integrations."):
            trainer.remove_callback(type(callback))
    args.output_dir = str(folder)
    args.save_strategy = SaveStrategy.NO
    args.eval_strategy = args.logging_strategy = IntervalStrategy.NO
    args.eval_on_start = args.push_to_hub = False
    args.save_only_model = False
    args.save_total_limit = None
    args.disable_tqdm = True
    args.dataloader_pin_memory = args.dataloader_pin_memory and args.device.type != "cpu"
    # Divergence is checked at every step instead.
    args.logging_nan_inf_filter = False
