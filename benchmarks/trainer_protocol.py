"""The league's protocol with the `Trainer` of `transformers`, as the contest's notebook runs it.

The reference for our own training: `BartForConditionalGeneration` from scratch and
`Seq2SeqTrainer` with `predict_with_generate`, on data tokenised beforehand. It is set up for speed:
no saving, evaluation, logging or progress bar during training, and decoding in batches.
"""

import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    DataCollatorForSeq2Seq,
    PreTrainedTokenizerFast,
    PrinterCallback,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    TrainerCallback,
    set_seed,
)

from xlt.objectives.objective import Configuration
from xlt.objectives.translation.league import League
from xlt.objectives.translation.model import Architecture
from xlt.objectives.translation.vocabulary import SPECIALS
from xlt.spaces.league import GROUPS, PROTOCOL

# The notebook reaches the effective batch with two micro-batches of 16.
MICRO_BATCH = 16
ACCUMULATION_STEPS = PROTOCOL.batch // MICRO_BATCH

STAGES = {"A": "captions/train", "B": "talks/train"}
VALIDATION = "captions/validation"


class TrainerRun:
    """A configuration, trained by the `Trainer` on the league's device, with all of PyTorch's threads."""

    def __init__(
        self,
        league: League,
        config: Configuration,
        seed: int = PROTOCOL.seed,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        """Args:
        league: The corpora and the tokenizer.
        config: The configuration.
        seed: Of weights and data order.
        callbacks: Called in training and decoding.
        """
        self.league, self.seed, self.callbacks = league, seed, callbacks
        self.config: Mapping[str, Any] = config
        self.tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=league.tokenizer,
            pad_token=SPECIALS[PROTOCOL.pad_id],
            bos_token=SPECIALS[PROTOCOL.bos_id],
            eos_token=SPECIALS[PROTOCOL.eos_id],
            unk_token=SPECIALS[PROTOCOL.unknown_id],
        )

    def model(self) -> BartForConditionalGeneration:
        """A model with random weights."""
        set_seed(self.seed)
        architecture = Architecture.of(self.config, len(self.tokenizer))
        return BartForConditionalGeneration(BartConfig(**architecture.bart()))

    def train(
        self, stage: str, model: BartForConditionalGeneration, steps: int
    ) -> tuple[float, int]:
        """Train the first steps of a stage, in place.

        Args:
            stage: "A" or "B".
            model: The model.
            steps: The number of steps. The schedule is laid out over the whole stage.

        Returns:
            Seconds without set-up, and tokens of sources and labels without padding.
        """
        clock = _Clock(steps)
        with tempfile.TemporaryDirectory() as folder:
            trainer = _Trainer(
                model=model,
                args=Seq2SeqTrainingArguments(
                    output_dir=folder,
                    per_device_train_batch_size=MICRO_BATCH,
                    gradient_accumulation_steps=ACCUMULATION_STEPS,
                    seed=self.seed,
                    save_strategy="no",
                    eval_strategy="no",
                    logging_strategy="no",
                    report_to=[],
                    disable_tqdm=True,
                    use_cpu=self.league.device.type == "cpu",
                    fp16=self.league.precision == torch.float16,
                    bf16=self.league.precision == torch.bfloat16,
                    **self._stage(stage),
                ),
                train_dataset=_dataset(self.league, STAGES[stage]),
                # With the model it also makes decoder inputs, which label smoothing needs.
                data_collator=DataCollatorForSeq2Seq(self.tokenizer, model=model),
                processing_class=self.tokenizer,
                callbacks=[clock, *self.callbacks],
            )
            trainer.remove_callback(PrinterCallback)
            trainer.train()
        return clock.seconds, trainer.tokens

    def _stage(self, stage: str) -> dict[str, Any]:
        if stage == "A":
            return {
                "max_steps": PROTOCOL.stage_a_steps,
                "learning_rate": PROTOCOL.stage_a_learning_rate,
                "lr_scheduler_type": PROTOCOL.stage_a_schedule,
                "warmup_steps": PROTOCOL.stage_a_warmup,
                "weight_decay": PROTOCOL.stage_a_weight_decay,
                "label_smoothing_factor": PROTOCOL.stage_a_label_smoothing,
            }
        return {
            "max_steps": PROTOCOL.stage_b_steps,
            **{name: self.config[name] for name in GROUPS["FT_HP"]},
        }

    def decode(
        self,
        model: BartForConditionalGeneration,
        order: Sequence[int],
        batch: int = MICRO_BATCH,
    ) -> tuple[float, list[list[int]]]:
        """Translate the validation set with `Seq2SeqTrainer.predict`.

        Args:
            model: The model.
            order: Indices of the sentences, in the order of decoding.
            batch: Sentences in a batch.

        Returns:
            Seconds, and the token IDs of the sentences without special tokens, in `order`.
        """
        data = _dataset(self.league, VALIDATION).select(order)
        with tempfile.TemporaryDirectory() as folder:
            trainer = Seq2SeqTrainer(
                model=model,
                args=Seq2SeqTrainingArguments(
                    output_dir=folder,
                    per_device_eval_batch_size=batch,
                    predict_with_generate=True,
                    generation_num_beams=PROTOCOL.beams,
                    generation_max_length=PROTOCOL.decode_tokens,
                    report_to=[],
                    disable_tqdm=True,
                    use_cpu=self.league.device.type == "cpu",
                ),
                data_collator=DataCollatorForSeq2Seq(self.tokenizer, model=model),
                processing_class=self.tokenizer,
                callbacks=list(self.callbacks),
            )
            start = time.perf_counter()
            rows = trainer.predict(data).predictions
            seconds = time.perf_counter() - start
        assert isinstance(rows, np.ndarray)
        # The Trainer pads batches of different lengths with -100.
        specials = {PROTOCOL.pad_id, PROTOCOL.bos_id, PROTOCOL.eos_id, -100}
        outputs = [[token for token in row if token not in specials] for row in rows.tolist()]
        return seconds, outputs


@cache
def _dataset(league: League, part: str) -> Dataset:
    """Token IDs, attention mask and labels, made once, as in the notebook."""
    sources = [ids.tolist() for ids in league.tokens[f"{part}.de"].sentences]
    labels = [ids.tolist() for ids in league.tokens[f"{part}.en"].sentences]
    masks = [[1] * len(ids) for ids in sources]
    return Dataset.from_dict({"input_ids": sources, "attention_mask": masks, "labels": labels})


class _Trainer(Seq2SeqTrainer):
    """`Seq2SeqTrainer` that counts tokens, which costs two sums for a micro-batch."""

    tokens = 0

    def training_step(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        self.tokens += int(inputs["attention_mask"].sum()) + int((inputs["labels"] >= 0).sum())
        return super().training_step(model, inputs, num_items_in_batch)


class _Clock(TrainerCallback):
    """Measures the time of training, and stops it after a number of steps."""

    def __init__(self, steps: int) -> None:
        self.steps, self.seconds = steps, 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._start = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step >= self.steps:
            self.seconds = time.perf_counter() - self._start
            control.should_training_stop = True
