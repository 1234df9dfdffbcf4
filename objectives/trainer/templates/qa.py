"""Where in a text is the answer to a question? xlt-search --study qa.py"""

from functools import cache

from xlt.objectives.trainer.data import load_parts
from xlt.objectives.trainer.questions import encode_questions, score_answers
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.fine_tuning import FINE_TUNING

# JSON lines, a folder with train.jsonl and so on, or a data set of the Hugging Face hub.
DATA = "data.jsonl"
COLUMNS = ["question", "context", "answers"]  # answers as in SQuAD, or a list of {text, start}
MODEL = "FacebookAI/xlm-roberta-base"


@cache
def prepare():
    """The tokenizer, and the data as overlapping windows of token IDs."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    data = load_parts(DATA)
    return tokenizer, encode_questions(data, COLUMNS, tokenizer, max_length=384, stride=128)


def build(config, seed):
    from transformers import AutoModelForQuestionAnswering, Trainer, TrainingArguments

    tokenizer, data = prepare()
    arguments = TrainingArguments(seed=seed, per_device_eval_batch_size=64, **config)
    return Trainer(
        AutoModelForQuestionAnswering.from_pretrained(MODEL),
        arguments,
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        processing_class=tokenizer,
    )


TASK = TrainerTask(
    FINE_TUNING,
    build,
    metric="f1",
    percent=True,
    test_data=lambda: prepare()[1]["test"],
    evaluate=score_answers,
    cost=lambda config: config["num_train_epochs"],
)
