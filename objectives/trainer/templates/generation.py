"""A small causal language model from scratch. xlt-search --study generation.py"""

from functools import cache

from xlt.objectives.trainer.data import load_parts
from xlt.objectives.trainer.task import TrainerTask
from xlt.objectives.trainer.texts import encode_blocks, score_perplexity
from xlt.spaces.language_model import LANGUAGE_MODEL

# A table, a folder with train.csv and so on, or a data set of the Hugging Face hub.
DATA = "data.csv"
COLUMNS = ["text"]
MODEL = "openai-community/gpt2"  # its tokenizer is used
BLOCK = 128  # tokens of an example


@cache
def prepare():
    """The tokenizer, and the texts one after the other, cut into blocks."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    return tokenizer, encode_blocks(load_parts(DATA), COLUMNS, tokenizer, BLOCK)


def build(config, seed):
    from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

    tokenizer, data = prepare()
    rates = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), config["dropout"])
    sizes = {name: config[name] for name in ("n_embd", "n_head", "n_layer")}
    shape = GPT2Config(vocab_size=len(tokenizer), n_positions=BLOCK, **sizes, **rates)
    arguments = TrainingArguments(
        seed=seed,
        learning_rate=config["learning_rate"],
        per_device_train_batch_size=16,
        num_train_epochs=3,
        warmup_steps=0.1,  # below 1: a share
    )
    return Trainer(
        GPT2LMHeadModel(shape),
        arguments,
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        processing_class=tokenizer,
    )


TASK = TrainerTask(
    LANGUAGE_MODEL,
    build,
    metric="loss",
    maximize=False,
    test_data=lambda: prepare()[1]["test"],
    evaluate=score_perplexity,
    cost=lambda config: config["n_embd"] * (config["n_embd"] * config["n_layer"] + 4_000),
    min_gain=0.01,
)
