"""Which class does a text, or a pair of texts, have? xlt-search --study classification.py"""

from functools import cache

from xlt.objectives.trainer.classes import class_scores
from xlt.objectives.trainer.data import encode_labels, load_parts
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.fine_tuning import FINE_TUNING

# A table, a folder with train.csv and so on, or a data set of the Hugging Face hub.
DATA = "data.csv"
COLUMNS = ["text", "label"]  # one or two texts, then the class
MODEL = "FacebookAI/xlm-roberta-base"


@cache
def prepare():
    """The tokenizer, and the data as token IDs."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    *texts, label = COLUMNS
    data = encode_labels(load_parts(DATA), label).map(
        lambda row: tokenizer(*(row[name] for name in texts), truncation=True, max_length=256),
        remove_columns=texts,
    )
    return tokenizer, data


def build(config, seed):
    from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

    tokenizer, data = prepare()
    classes = data["train"].features["labels"].names
    arguments = TrainingArguments(seed=seed, per_device_eval_batch_size=64, **config)
    model = AutoModelForSequenceClassification.from_pretrained(
        MODEL, num_labels=len(classes), id2label=dict(enumerate(classes))
    )
    return Trainer(
        model,
        arguments,
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        processing_class=tokenizer,
        compute_metrics=lambda found: class_scores(found, classes),
    )


TASK = TrainerTask(
    FINE_TUNING,
    build,
    metric="accuracy",
    percent=True,
    test_data=lambda: prepare()[1]["test"],
    cost=lambda config: config["num_train_epochs"],
)
