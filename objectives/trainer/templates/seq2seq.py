"""Translate or shorten texts with a pretrained model. xlt-search --study seq2seq.py"""

from functools import cache

from xlt.objectives.trainer.data import load_parts
from xlt.objectives.trainer.task import TrainerTask
from xlt.objectives.trainer.texts import encode_pairs, score_texts
from xlt.spaces.fine_tuning import FINE_TUNING

# A table, a folder with train.csv and so on, or a data set of the Hugging Face hub.
DATA = "data.csv"
COLUMNS = ["source", "target"]
MODEL = "google-t5/t5-small"
TOKENS = 64  # of a source, and of what is learned and generated; the rest is cut


@cache
def prepare():
    """The tokenizer, and the data as token IDs."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    return tokenizer, encode_pairs(load_parts(DATA), COLUMNS, tokenizer, TOKENS)


def build(config, seed):
    from transformers import AutoModelForSeq2SeqLM as Model
    from transformers import DataCollatorForSeq2Seq, Seq2SeqTrainer, Seq2SeqTrainingArguments

    tokenizer, data = prepare()
    arguments = Seq2SeqTrainingArguments(
        **config,  # learning rate, batch size, epochs, warm-up and weight decay
        seed=seed,
        per_device_eval_batch_size=64,
        predict_with_generate=True,
        generation_max_length=TOKENS,
    )
    model = Model.from_pretrained(MODEL)
    return Seq2SeqTrainer(
        model,
        arguments,
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        processing_class=tokenizer,
        data_collator=DataCollatorForSeq2Seq(tokenizer, model),
    )


TASK = TrainerTask(
    FINE_TUNING,
    build,
    metric="bleu",
    test_data=lambda: prepare()[1]["test"],
    evaluate=score_texts,
    cost=lambda config: config["num_train_epochs"],
)
