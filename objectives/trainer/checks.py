"""What a `Trainer` must leave to the search, refused in words or switched off."""

from pathlib import Path

from transformers import EarlyStoppingCallback, Trainer
from transformers.integrations import get_reporting_integration_callbacks
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
        "seed": (args.seed != seed, f"is {args.seed}, but build was given {seed}; pass seed=seed"),
        "load_best_model_at_end": (
            args.load_best_model_at_end,
            "is true; the search scores every rung and chooses by that: remove it",
        ),
        "auto_find_batch_size": (
            args.auto_find_batch_size,
            "is true; a batch size that depends on free memory cannot be reproduced: "
            "set per_device_train_batch_size and gradient_accumulation_steps",
        ),
        "ignore_data_skip": (
            args.ignore_data_skip,
            "is true; a resumed training would see other data: remove it",
        ),
    }
    for name, (wrong, why) in refused.items():
        if wrong:
            raise InputError(f"build: TrainingArguments.{name} {why}")
    reporting = tuple(
        callback
        for name in args.report_to or []
        for callback in get_reporting_integration_callbacks([name])
    )
    for callback in list(trainer.callback_handler.callbacks):
        if isinstance(callback, EarlyStoppingCallback):
            raise InputError(
                "build: EarlyStoppingCallback: the search pauses what is not promising; remove it"
            )
        if isinstance(callback, (PrinterCallback, ProgressCallback, *reporting)):
            trainer.remove_callback(callback)
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
