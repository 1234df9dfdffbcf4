"""Document classification: search it with xlt-search --study classification.py --n-trials 20."""

import os
from functools import cache

from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.parameter import Float, Ordinal
from xlt.spaces.space import Space

# A folder with train.tsv, validation.tsv and test.tsv, whose columns are text and label.
DATA = os.environ.get("DATA", "data")
MODEL = os.environ.get("MODEL", "FacebookAI/xlm-roberta-base")

SPACE = Space(
    "classification",
    (
        Float(
            "learning_rate",
            5e-6,
            2e-4,
            log=True,
            reason="Lower learns too little; higher diverges.",
        ),
        Ordinal("batch_size", (8, 16, 32), reason="The sizes of the encoders' papers."),
        Ordinal("epochs", (2, 3, 5), reason="Small data need more passes."),
        Float("warmup", 0.0, 0.2, step=0.05, reason="A share of the training."),
        Float("weight_decay", 0.0, 0.1, step=0.05, reason="Regularisation."),
    ),
    baseline={
        "learning_rate": 5e-5,
        "batch_size": 16,
        "epochs": 3,
        "warmup": 0.0,
        "weight_decay": 0.0,
    },
)


@cache
def load():
    """The tokenizer, and the three parts as token IDs."""
    from datasets import load_dataset
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    files = {part: f"{DATA}/{part}.tsv" for part in ("train", "validation", "test")}
    rows = load_dataset("csv", data_files=files, delimiter="\t").class_encode_column("label")
    tokens = rows.map(
        lambda batch: tokenizer(batch["text"], truncation=True, max_length=256), batched=True
    )
    return tokenizer, tokens.remove_columns("text")


def accuracy(predictions):
    return {"accuracy": (predictions.predictions.argmax(-1) == predictions.label_ids).mean()}


def build(config, seed):
    from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

    tokenizer, data = load()
    labels = data["train"].features["label"].names
    arguments = TrainingArguments(
        seed=seed,
        learning_rate=config["learning_rate"],
        per_device_train_batch_size=config["batch_size"],
        per_device_eval_batch_size=64,
        num_train_epochs=config["epochs"],
        warmup_steps=config["warmup"],
        weight_decay=config["weight_decay"],
    )
    model = AutoModelForSequenceClassification.from_pretrained(
        MODEL, id2label=dict(enumerate(labels))
    )
    return Trainer(
        model,
        arguments,
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        processing_class=tokenizer,
        compute_metrics=accuracy,
    )


TASK = TrainerTask(
    space=SPACE,
    build=build,
    metric="accuracy",
    percent=True,
    test_data=lambda: load()[1]["test"],
)
