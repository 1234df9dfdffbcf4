"""Translate or shorten texts with a pretrained model. xlt-search --study seq2seq.py"""

from functools import cache

from xlt.objectives.trainer.data import load_parts
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.fine_tuning import FINE_TUNING

# A table, a folder with train.csv and so on, or a data set of the Hugging Face hub.
DATA = "data.csv"
COLUMNS = ["source", "target"]
MODEL = "google-t5/t5-small"
TOKENS = 64  # of a source, and of a target; the rest is cut, in references as well


@cache
def prepare():
    """The tokenizer, and the data as token IDs."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    data = load_parts(DATA).select_columns(COLUMNS)
    return tokenizer, data.map(
        lambda row: tokenizer(
            row[COLUMNS[0]], text_target=row[COLUMNS[1]], truncation=True, max_length=TOKENS
        ),
        remove_columns=COLUMNS,
    )


def bleu(found):
    from sacrebleu import corpus_bleu

    tokenizer = prepare()[0]
    texts = [
        tokenizer.batch_decode(ids.clip(min=0), skip_special_tokens=True)  # -100 is padding
        for ids in (found.predictions, found.label_ids)
    ]
    return {"bleu": corpus_bleu(texts[0], [texts[1]]).score}


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
        compute_metrics=bleu,
    )


TASK = TrainerTask(
    FINE_TUNING,
    build,
    metric="bleu",
    test_data=lambda: prepare()[1]["test"],
    cost=lambda config: config["num_train_epochs"],
)
