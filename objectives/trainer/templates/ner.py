"""Which words of a sentence name something? xlt-search --study ner.py"""

from functools import cache
from itertools import pairwise

from xlt.objectives.trainer.data import encode_labels, load_parts
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.errors import InputError
from xlt.spaces.fine_tuning import FINE_TUNING

# JSON lines, a folder with train.jsonl and so on, or a data set of the Hugging Face hub.
DATA = "data.jsonl"
COLUMNS = ["tokens", "ner_tags"]  # the words, then the tag of each: O, B-PER, I-PER and so on
MODEL = "FacebookAI/xlm-roberta-base"


@cache
def prepare():
    """The tokenizer, and the data as token IDs with a label for the first token of each word."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)

    def encode(row):
        encoded = tokenizer(row[COLUMNS[0]], is_split_into_words=True, truncation=True)
        encoded["labels"] = [
            row["labels"][word] if word not in (None, last) else -100
            for last, word in pairwise([None, *encoded.word_ids()])
        ]
        return encoded

    data = encode_labels(load_parts(DATA), COLUMNS[1]).select_columns([COLUMNS[0], "labels"])
    names = data["train"].features["labels"].feature.names
    if "O" not in names:
        raise InputError(f"{DATA}: the tags are {names}; expected O, and B- and I- with a type")
    return tokenizer, names, data.map(encode, remove_columns=COLUMNS[0])


def entity_f1(found):
    from seqeval.metrics import f1_score

    names = prepare()[1]
    true, predicted = [], []
    for labels, scores in zip(found.label_ids, found.predictions, strict=True):
        true.append([names[label] for label in labels[labels != -100]])
        predicted.append([names[label] for label in scores[labels != -100].argmax(-1)])
    return {"f1": f1_score(true, predicted)}


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
        compute_metrics=entity_f1,
    )


TASK = TrainerTask(
    FINE_TUNING,
    build,
    metric="f1",
    percent=True,
    test_data=lambda: prepare()[2]["test"],
    cost=lambda config: config["num_train_epochs"],
)
