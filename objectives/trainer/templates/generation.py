"""A small causal language model from scratch. xlt-search --study generation.py"""

from functools import cache
from itertools import chain

from xlt.objectives.trainer.data import load_parts
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.constraint import Divides
from xlt.spaces.parameter import Float, Int, Ordinal
from xlt.spaces.space import Space

# A table, a folder with train.csv and so on, or a data set of the Hugging Face hub.
DATA = "data.csv"
COLUMNS = ["text"]
MODEL = "openai-community/gpt2"  # its tokenizer is used
BLOCK = 128  # tokens of an example

SPACE = Space(
    "generation",
    (
        Int("n_embd", 64, 256, step=64, reason="Wider models are too slow on a laptop."),
        Ordinal("n_head", (2, 4, 8), reason="All of them divide every width."),
        Int("n_layer", 1, 4, reason="Deeper models are too slow on a laptop."),
        Float("learning_rate", 1e-4, 5e-3, log=True, reason="Lower is too slow, higher diverges."),
        Ordinal("dropout", (0.0, 0.1, 0.2), reason="Small data need more of it."),
    ),
    constraints=(Divides("n_head", "n_embd"),),
    baseline={"n_embd": 128, "n_head": 4, "n_layer": 2, "learning_rate": 5e-4, "dropout": 0.1},
)


@cache
def prepare():
    """The tokenizer, and the texts one after the other, cut into blocks."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)

    def blocks(rows):
        ended = ([*ids, tokenizer.eos_token_id] for ids in tokenizer(rows[COLUMNS[0]])["input_ids"])
        ids = list(chain.from_iterable(ended))
        cut = [ids[i : i + BLOCK] for i in range(0, len(ids) - BLOCK + 1, BLOCK)]
        return {"input_ids": cut, "labels": cut}

    data = load_parts(DATA).select_columns(COLUMNS)
    return tokenizer, data.map(blocks, batched=True, remove_columns=COLUMNS)


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


# The perplexity is exp(loss).
TASK = TrainerTask(
    SPACE,
    build,
    metric="loss",
    maximize=False,
    test_data=lambda: prepare()[1]["test"],
    cost=lambda config: config["n_embd"] * (config["n_embd"] * config["n_layer"] + 4_000),
    min_gain=0.01,
)
