"""Which words of a sentence name something? xlt-search --study ner.py"""

from functools import cache

from xlt.objectives.trainer.data import load_parts
from xlt.objectives.trainer.task import TrainerTask
from xlt.objectives.trainer.words import encode_words, entity_scores
from xlt.spaces.fine_tuning import FINE_TUNING

# JSON lines, a folder with train.jsonl and so on, or a data set of the Hugging Face hub.
DATA = "data.jsonl"
COLUMNS = ["tokens", "ner_tags"]  # the words, then the tag of each: O, B-PER, I-PER and so on
MODEL = "FacebookAI/xlm-roberta-base"


@cache
def prepare():
    """The tokenizer, the names of the tags, and the data as token IDs."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    return tokenizer, *encode_words(load_parts(DATA), COLUMNS, tokenizer)


def build(config, seed):
    from transformers import AutoModelForTokenClassification as Model
    from transformers import DataCollatorForTokenClassification, Trainer, TrainingArguments

    tokenizer, names, data = prepare()
    arguments = TrainingArguments(seed=seed, per_device_eval_batch_size=64, **config)
    return Trainer(
        Model.from_pretrained(MODEL, num_labels=len(names), id2label=dict(enumerate(names))),
        arguments,
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        processing_class=tokenizer,
        data_collator=DataCollatorForTokenClassification(tokenizer),
        compute_metrics=lambda found: entity_scores(found, names),
    )


TASK = TrainerTask(
    FINE_TUNING,
    build,
    metric="f1",
    percent=True,
    test_data=lambda: prepare()[2]["test"],
    cost=lambda config: config["num_train_epochs"],
)
