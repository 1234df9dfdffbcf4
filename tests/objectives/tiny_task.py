"""A user's file: a tiny encoder that learns which of two tokens a sentence repeats."""

from collections.abc import Mapping
from typing import Any

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.parameter import Float, Ordinal
from xlt.spaces.space import Space

SPACE = Space(
    "tiny",
    (
        Float("learning_rate", 1e-4, 1e30, log=True, reason="A test needs one that diverges."),
        Ordinal("batch_size", (4, 8), reason="Two of them."),
    ),
    baseline={"learning_rate": 1e-2, "batch_size": 4},
)


class Sentences(torch.utils.data.Dataset[dict[str, Any]]):
    def __init__(self, count: int, seed: int) -> None:
        random = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(0, 2, (count,), generator=random).tolist()
        self.ids = torch.randint(4, 20, (count, 6), generator=random)
        self.ids[:, 1:4] = 2 + torch.tensor(self.labels)[:, None]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"input_ids": self.ids[index], "labels": self.labels[index]}


def build(config: Any, seed: int, changes: Mapping[str, Any] | None = None) -> Trainer:
    arguments = {
        "seed": seed,
        "learning_rate": config["learning_rate"],
        "per_device_train_batch_size": config["batch_size"],
        "gradient_accumulation_steps": 2,
        "num_train_epochs": 3,
        "warmup_steps": 5,
        "use_cpu": True,
    }
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=20,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=8,
            initializer_range=0.2,
        )
    )
    return Trainer(
        model,
        TrainingArguments(**(arguments | dict(changes or {}))),
        train_dataset=Sentences(70, 1),
        eval_dataset=Sentences(30, 2),
        compute_metrics=accuracy,
    )


def accuracy(found: Any) -> dict[str, float]:
    return {"accuracy": float((found.predictions.argmax(-1) == found.label_ids).mean())}


TASK = TrainerTask(
    space=SPACE,
    build=build,
    metric="accuracy",
    percent=True,
    test_data=lambda: Sentences(50, 3),
    steps=20,
)
