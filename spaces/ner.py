"""Cross-lingual NER transfer: what a study sets, what is fixed, and what may be tuned.

The baseline is what was published for PAN-X with xlm-roberta-base: everything trained, learning
rate 5e-5, batches of 16, weight decay 0.05.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from xlt.spaces.condition import Only
from xlt.spaces.limits import Limits
from xlt.spaces.parameter import Choice, Float, Int, Ordered
from xlt.spaces.space import Space

SCHEDULES = ("linear", "cosine", "inverse_sqrt")
# What is trained beside the classifier, which always is.
PARTS = ("full", "partial", "head", "lora", "prefix", "prompt")


@dataclass(frozen=True)
class NerProtocol:
    """Every fixed constant."""

    seed: int = 42

    # Data.
    languages: tuple[str, ...] = ("de", "fr", "it", "en")
    shuffle_seed: int = 42  # of a language's sentences, before they are cut to a study's number
    max_pieces: int = 128  # of a window, specials included
    overlap: int = 32  # pieces that neighbouring windows of a long sentence share

    # Training. A step is 32 sentences, in as many updates as the configuration's batch makes;
    # fp16 on a GPU, 32-bit elsewhere.
    sentences_a_step: int = 32
    adam_betas: tuple[float, float] = (0.9, 0.999)
    adam_epsilon: float = 1e-8
    clip: float = 1.0
    checkpoints: int = 4  # the full run is scored so often on its way; the best weights are kept

    def updates_a_step(self, batch: int) -> int:
        """In batches of so many sentences."""
        return math.ceil(self.sentences_a_step / batch)


NER_PROTOCOL = NerProtocol()

# Other names under which people look for what is fixed.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "seed": ("random_seed", "data_seed"),
    "max_pieces": ("max_length", "max_seq_length"),
    "overlap": ("stride", "doc_stride"),
    "adam_betas": ("betas", "adam_beta1", "adam_beta2"),
    "adam_epsilon": ("eps", "epsilon"),
    "clip": ("max_grad_norm", "gradient_clip", "grad_clip"),
    "checkpoints": ("eval_steps", "save_steps", "eval_strategy", "load_best_model_at_end"),
}


def _sealed() -> dict[str, str]:
    return {
        name: f"sealed: all studies share {constant.name} = "
        f"{getattr(NER_PROTOCOL, constant.name)}; drop it"
        for constant in fields(NER_PROTOCOL)
        for name in (constant.name, *_ALIASES.get(constant.name, ()))
    }


_SHARE = Limits("a share", at_least=0, below=1)
_STEP = Limits("a step length", above=0)

NER = Space(
    "ner",
    (
        Choice(
            "tuning_method",
            PARTS,
            reason="What is trained is itself a choice: few labels close to the pre-training data "
            "favour a frozen body, many labels far from it a full one.",
            hard=Limits("the ways there are", among=PARTS),
        ),
        Float(
            "frozen_layer_fraction",
            0.0,
            0.75,
            step=0.25,
            reason="The embeddings and this share of the layers, lowest first, stay as they are. "
            "A share, as encoders differ in depth.",
            hard=_SHARE,
        ),
        Int(
            "reinitialised_layers",
            0,
            2,
            reason="Starting the top layers anew helps small data (Zhang et al. 2021); beyond two "
            "of six layers little of the pre-training is left.",
            hard=Limits("a count of layers", at_least=0),
        ),
        Float(
            "learning_rate",
            1e-5,
            1e-3,
            log=True,
            reason="Published are 5e-5 for a base model and 2e-5 as the safe start; small encoders "
            "want ten times as much.",
            hard=_STEP,
        ),
        Float(
            "layerwise_lr_decay",
            0.7,
            1.0,
            step=0.05,
            reason="Each layer learns this much slower than the one above; below 0.7 the lower "
            "half of 12 layers stands still.",
            hard=Limits("a factor", above=0, at_most=1),
        ),
        Float(
            "head_learning_rate",
            3e-4,
            3e-2,
            log=True,
            reason="A linear classifier on frozen features wants far larger steps than a body.",
            hard=_STEP,
        ),
        Ordered(
            "lora_rank",
            (4, 8, 16, 32),
            reason="Powers of two around the usual 8; beyond 32 a small encoder has no more to "
            "give.",
            hard=Limits("a rank", at_least=1),
        ),
        Ordered(
            "lora_scaling",
            (1, 2, 4),
            reason="alpha / rank; published settings use 1 or 2.",
            hard=Limits("a factor", at_least=1),
        ),
        Float(
            "lora_learning_rate",
            1e-4,
            5e-3,
            log=True,
            reason="LoRA keeps up with full fine-tuning only at learning rates of its own, 1e-4 "
            "to 1e-3; small encoders want more.",
            hard=_STEP,
        ),
        Ordered(
            "virtual_tokens",
            (8, 16, 32),
            reason="Sentences have some ten words: longer prefixes cost more than the sentence.",
            hard=Limits("tokens before the sentence", at_least=1, at_most=64),
        ),
        Float(
            "virtual_token_learning_rate",
            1e-3,
            1e-1,
            log=True,
            reason="Prefixes start from nothing and want steps up to a hundred times larger.",
            hard=_STEP,
        ),
        Choice(
            "lr_scheduler_type",
            SCHEDULES,
            reason="Linear is published; cosine stays high for longer, inverse_sqrt never ends.",
            hard=Limits("the schedules there are", among=SCHEDULES),
        ),
        Float(
            "warmup_ratio",
            0.0,
            0.1,
            step=0.05,
            reason="0.1 is the safe start (Mosbach et al. 2021). Longer ones end where the first "
            "scores are already taken.",
            hard=_SHARE,
        ),
        Float(
            "weight_decay",
            0.0,
            0.1,
            step=0.01,
            reason="Published are 0.01 and 0.05.",
            hard=Limits("a decay", at_least=0),
        ),
        Float(
            "dropout",
            0.0,
            0.3,
            step=0.05,
            reason="Encoders come with 0.1; short runs see no sentence often enough to overfit.",
            hard=Limits("a probability", at_least=0, below=1),
        ),
        Float(
            "label_smoothing",
            0.0,
            0.2,
            step=0.05,
            reason="PAN-X labels are made by rules and sometimes wrong; more than 0.2 drowns them.",
            hard=Limits("a probability", at_least=0, below=1),
        ),
        Ordered(
            "batch_size",
            (8, 16, 32),
            reason="Sentences an update. A step is 32 sentences whatever the batch, so that all "
            "configurations cost the same.",
            hard=Limits("a part of a step", at_least=1, at_most=32),
        ),
        Ordered(
            "averaging_window",
            (0, 16, 64),
            reason="Scored is a running mean of the weights over some so many updates; 0 is none. "
            "Averages make transfer less sensitive to settings (Schmidt et al. 2023).",
            hard=Limits("a count of updates", at_least=0),
        ),
    ),
    conditions=(
        Only("frozen_layer_fraction", "tuning_method", ("partial",)),
        Only("reinitialised_layers", "tuning_method", ("full", "partial")),
        Only("learning_rate", "tuning_method", ("full", "partial")),
        Only("layerwise_lr_decay", "tuning_method", ("full", "partial")),
        Only("head_learning_rate", "tuning_method", ("head",)),
        Only("lora_rank", "tuning_method", ("lora",)),
        Only("lora_scaling", "tuning_method", ("lora",)),
        Only("lora_learning_rate", "tuning_method", ("lora",)),
        Only("virtual_tokens", "tuning_method", ("prefix", "prompt")),
        Only("virtual_token_learning_rate", "tuning_method", ("prefix", "prompt")),
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
    sealed=_sealed(),
)


@dataclass(frozen=True)
class NerSettings:
    """What a study asks: trained on what, chosen by what, from which encoder, for how long."""

    train: Mapping[str, int]  # sentences by language
    selection_languages: Sequence[
        str
    ]  # languages whose validation data choose; all of them trained on
    encoder: str = "auto"
    layers: int = 0  # of the encoder, lowest first; 0: all
    steps: int = 800  # of 32 sentences: the full run
    validation: int = 1000  # sentences a language; 0: all
    test: int = 0  # sentences a language; 0: all
