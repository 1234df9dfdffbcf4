"""The league: a contest to train a German-to-English Transformer within 120 minutes.

`PROTOCOL` has the contest's constants, `LEAGUE` what contestants may tune. All numbers are those of
the public notebook (v1, transformers 5.2) unless a reason says otherwise.

`QUICK_PROTOCOL` is the contest scaled down to minutes, to try xlt-search out and to test it. Its
scores are not comparable with the contest's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from xlt.spaces.constraint import Divides
from xlt.spaces.limits import Limits
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal, Parameter
from xlt.spaces.space import Space


@dataclass(frozen=True)
class LeagueProtocol:
    """The contest's constants. Stage A pre-trains on captions, Stage B fine-tunes on talks."""

    name: str = "league"
    seed: int = 42

    # Data: captions in their original order; talks are shuffled before the first N are taken.
    multi30k_pairs: int = 20_000
    iwslt_pairs: int = 50_000
    iwslt_shuffle_seed: int = 42
    scored_pairs: int | None = None  # the first of validation and of test; None: all
    embedded_words: int | None = None  # words in captions of the embedded corpus; None: all
    max_tokens: int = 64  # of a sequence, bos and eos included

    # Tokenizer: BPE, trained on the captions of both languages.
    vocabulary: int = 8_000
    min_frequency: int = 2
    pad_id: int = 0
    bos_id: int = 1
    eos_id: int = 2
    unknown_id: int = 3

    # Model: BART from scratch.
    positions: int = 66  # max_tokens and two more
    position_offset: int = 2  # BART's own; so there are 68 rows
    activation: str = "gelu"
    initial_std: float = 0.02

    # Stage A.
    stage_a_steps: int = 600
    stage_a_learning_rate: float = 5e-4
    stage_a_warmup: int = 100
    stage_a_schedule: str = "inverse_sqrt"
    stage_a_weight_decay: float = 0.0
    stage_a_label_smoothing: float = 0.0

    # Stage B: everything else is in FT_HP.
    stage_b_steps: int = 500

    # Both stages: the Trainer's defaults.
    batch: int = 32  # 16 x 2 accumulated; the loss is the token mean over all 32
    adam_betas: tuple[float, float] = (0.9, 0.999)
    adam_epsilon: float = 1e-8
    clip: float = 1.0

    # Decoding.
    beams: int = 4
    decode_tokens: int = 64

    @property
    def steps(self) -> int:
        """The optimiser steps of the full run."""
        return self.stage_a_steps + self.stage_b_steps

    @property
    def stages(self) -> Mapping[str, int]:
        """The last step of each stage, counted from the start of Stage A."""
        return {"A": self.stage_a_steps, "B": self.steps}

    @property
    def notices(self) -> tuple[str, ...]:
        """What everybody who sees a score must be told; nothing for the contest itself."""
        if self == PROTOCOL:
            return ()
        steps = f"{self.stage_a_steps} + {self.stage_b_steps} steps"
        rest = "not the contest's; its scores cannot be compared with the league's"
        return (f"{self.name}: a protocol of its own ({steps}), {rest}",)


PROTOCOL = LeagueProtocol()

# Found by trial: with fewer steps, more words or another learning rate, either nothing is learned or
# runs on some seeds never are.
QUICK_PROTOCOL = replace(
    PROTOCOL,
    name="quick league",
    multi30k_pairs=2_000,
    iwslt_pairs=1_000,
    scored_pairs=150,
    embedded_words=250,
    max_tokens=24,
    vocabulary=500,
    stage_a_steps=300,
    stage_a_learning_rate=2e-3,
    # Longer than in the league: with 40 steps, 4 of 12 runs ended below 20 BLEU (measured).
    stage_a_warmup=160,
    stage_b_steps=30,
    decode_tokens=24,
)

GROUPS = {
    "MODEL_HP": ("d_model", "nhead", "num_layers", "d_ff", "dropout"),
    "FT_HP": (
        "learning_rate",
        "lr_scheduler_type",
        "warmup_steps",
        "weight_decay",
        "label_smoothing_factor",
    ),
}

# Names that other libraries use for these constants. Setting one in a study gives the same error.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "seed": ("random_seed", "data_seed"),
    "max_tokens": ("max_source_length", "max_target_length", "truncation"),
    "vocabulary": ("vocab_size",),
    "positions": ("max_position_embeddings", "max_positions"),
    "activation": ("activation_function",),
    "initial_std": ("init_std",),
    "stage_a_steps": ("max_steps", "num_train_epochs", "epochs", "pretrain_steps"),
    "stage_a_learning_rate": ("pretrain_learning_rate",),
    "stage_b_steps": ("finetune_steps",),
    "batch": (
        "batch_size",
        "per_device_train_batch_size",
        "train_batch_size",
        "gradient_accumulation_steps",
    ),
    "adam_betas": ("betas", "adam_beta1", "adam_beta2"),
    "adam_epsilon": ("eps", "epsilon"),
    "clip": ("max_grad_norm", "gradient_clip", "grad_clip"),
    "beams": ("num_beams", "beam_size"),
    "decode_tokens": ("max_length", "max_new_tokens", "generation_max_length"),
}

# Settings that follow from another one, or from the contest's rules.
IMPLIED = {
    "encoder_layers": "encoder and decoder are equally deep, num_layers sets both",
    "decoder_layers": "encoder and decoder are equally deep, num_layers sets both",
    "attention_dropout": "dropout serves as hidden, attention and activation dropout",
    "activation_dropout": "dropout serves as hidden, attention and activation dropout",
    "optim": "the league fixes the optimiser, AdamW",
    "optimizer": "the league fixes the optimiser, AdamW",
    "fp16": "the precision is an option of the command, --precision",
    "bf16": "the precision is an option of the command, --precision",
}


def _locked(protocol: LeagueProtocol) -> dict[str, str]:
    groups = " and ".join(f"{name} ({', '.join(members)})" for name, members in GROUPS.items())
    remedy = f"only {groups} may be tuned; remove it"
    rules = {name: f"locked: {rule}; {remedy}" for name, rule in IMPLIED.items()}
    for constant in fields(protocol):
        value = getattr(protocol, constant.name)
        for name in (constant.name, *ALIASES.get(constant.name, ())):
            rules[name] = f"locked: the {protocol.name} fixes {constant.name} = {value}; {remedy}"
    return rules


LEAGUE = Space(
    name="league",
    parameters=(
        Int(
            "d_model",
            128,
            512,
            step=64,
            reason="The notebook suggests 128 to 384, and wider models are far better, so 512. Steps "
            "of 64, so that every nhead divides it and more configurations share a Stage A.",
            hard_limits=Limits("a width", at_least=1),
        ),
        Ordinal(
            "nhead",
            (2, 4, 8, 16),
            reason="Around the notebook's 4. 16 is the largest that divides every width.",
            hard_limits=Limits("a count of heads", at_least=1),
        ),
        Int(
            "num_layers",
            2,
            4,
            reason="The notebook's own range, encoder and decoder alike: 1,100 steps train no "
            "deeper post-norm model well.",
            hard_limits=Limits("a count of layers", at_least=1),
        ),
        Multiple(
            "d_ff",
            "d_model",
            2,
            4,
            reason="The notebook's own range, 2 to 4 times d_model; 4 is the Transformer's.",
            hard_limits=Limits("a width", at_least=1),
        ),
        Float(
            "dropout",
            0.0,
            0.3,
            step=0.05,
            reason="The notebook suggests 0.1 to 0.3, but Stage A is less than one epoch: with "
            "little overfitting, 0 may be best.",
            hard_limits=Limits("a probability", at_least=0, below=1),
        ),
        Float(
            "learning_rate",
            1e-7,
            1e-3,
            log=True,
            reason="The notebook suggests 5e-5 to 5e-4, but fine-tuning on talks makes captions "
            "worse, even at 3e-6. At 1e-7 Stage B changes nothing, which can be the best choice. "
            "From 1e-3 on such models diverge.",
            hard_limits=Limits("a learning rate", above=0),
        ),
        Categorical(
            "lr_scheduler_type",
            ("linear", "cosine", "inverse_sqrt"),
            reason="The notebook's own three.",
            hard_limits=Limits("the schedules", among=("linear", "cosine", "inverse_sqrt")),
        ),
        Int(
            "warmup_steps",
            0,
            200,
            step=25,
            reason="The notebook's own range; fewer than 25 steps make no difference.",
            hard_limits=Limits("Stage B's length", at_least=0, at_most=PROTOCOL.stage_b_steps),
        ),
        Float(
            "weight_decay",
            0.0,
            0.1,
            step=0.01,
            reason="The notebook's own range.",
            hard_limits=Limits("a decay", at_least=0),
        ),
        Float(
            "label_smoothing_factor",
            0.0,
            0.2,
            step=0.05,
            reason="The notebook's own range.",
            hard_limits=Limits("a probability", at_least=0, below=1),
        ),
    ),
    constraints=(Divides("nhead", "d_model"),),
    # The notebook's defaults, bad on purpose: every search has to beat them.
    baseline={
        "d_model": 128,
        "nhead": 4,
        "num_layers": 2,
        "d_ff": 512,
        "dropout": 0.3,
        "learning_rate": 1e-4,
        "lr_scheduler_type": "linear",
        "warmup_steps": 50,
        "weight_decay": 0.0,
        "label_smoothing_factor": 0.2,
    },
    groups=GROUPS,
    locked=_locked(PROTOCOL),
)


def _limited(parameter: Parameter, protocol: LeagueProtocol) -> Parameter:
    """The parameter; a warmup is at most as long as the protocol's Stage B."""
    if parameter.name != "warmup_steps":
        return parameter
    limits = Limits("Stage B's length", at_least=0, at_most=protocol.stage_b_steps)
    return replace(parameter, hard_limits=limits)


# Widths that train in seconds, one depth, and warmups that fit into the shorter Stage B. Its baseline
# is as bad as the notebook's: the narrowest model, with much dropout and label smoothing.
_SMALL = LEAGUE.with_ranges(
    {
        "d_model": {"low": 64, "high": 128, "step": 32},
        "nhead": [2, 4, 8],
        "num_layers": 2,
        "warmup_steps": {"low": 0, "high": 12, "step": 3},
    },
    {"d_model": 64, "d_ff": 256, "warmup_steps": 3},
)
QUICK = replace(
    _SMALL,
    name="quick",
    parameters=tuple(_limited(parameter, QUICK_PROTOCOL) for parameter in _SMALL.parameters),
    locked=_locked(QUICK_PROTOCOL),
)
