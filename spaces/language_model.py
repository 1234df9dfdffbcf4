"""A space for small causal language models that are trained from scratch on a laptop."""

from xlt.spaces.constraint import Divides
from xlt.spaces.parameter import Float, Int, Ordinal
from xlt.spaces.space import Space

# The names are those of `transformers.GPT2Config` and `TrainingArguments`; `dropout` is all of the model's rates.
LANGUAGE_MODEL = Space(
    "language-model",
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
