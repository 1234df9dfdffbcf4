"""A space for fine-tuning a pretrained model: arguments of `transformers.TrainingArguments`."""

from xlt.spaces.parameter import Float, Ordinal
from xlt.spaces.space import Space

# The baseline has the defaults of `TrainingArguments`, with a batch of 16.
FINE_TUNING = Space(
    "fine-tuning",
    (
        Float(
            "learning_rate",
            5e-6,
            2e-4,
            log=True,
            reason="Lower learns too little in a few epochs; higher often diverges.",
        ),
        Ordinal(
            "per_device_train_batch_size",
            (8, 16, 32),
            reason="The usual sizes; smaller is slow on a GPU.",
        ),
        Ordinal("num_train_epochs", (2, 3, 5), reason="Small data sets need more of them."),
        Ordinal("warmup_steps", (0.0, 0.06, 0.1, 0.2), reason="Below 1: a share of the training."),
        Ordinal("weight_decay", (0.0, 0.01, 0.1), reason="The values of the encoders' papers."),
    ),
    baseline={
        "learning_rate": 5e-5,
        "per_device_train_batch_size": 16,
        "num_train_epochs": 3,
        "warmup_steps": 0.0,
        "weight_decay": 0.0,
    },
)
