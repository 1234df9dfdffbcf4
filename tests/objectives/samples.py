"""Small models, corpora and configurations that several tests share."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import torch
from torch import Tensor
from transformers import BartConfig, BartForConditionalGeneration

from xlt.objectives.objective import Progress
from xlt.objectives.translation.fused import PackedLayout
from xlt.objectives.translation.model import Architecture, Translator
from xlt.objectives.translation.pairs import Pairs
from xlt.spaces.league import PROTOCOL

PAD, BOS, EOS = PROTOCOL.pad_id, PROTOCOL.bos_id, PROTOCOL.eos_id
TINY = Architecture(vocabulary=40, d_model=32, nhead=4, num_layers=2, d_ff=64, dropout=0.0)
# The protocol, shortened until a test can afford it.
SHORT = replace(
    PROTOCOL, stage_a_steps=6, stage_a_warmup=2, stage_b_steps=4, batch=8, decode_tokens=12
)
CONFIG: Mapping[str, Any] = {
    "d_model": 16,
    "nhead": 2,
    "num_layers": 1,
    "d_ff": 32,
    "dropout": 0.1,
    "learning_rate": 1e-3,
    "lr_scheduler_type": "linear",
    "warmup_steps": 1,
    "weight_decay": 0.1,
    "label_smoothing_factor": 0.1,
}

_WORDS = (
    ("der Hund", "the dog"),
    ("die Katze", "the cat"),
    ("ein Mann", "a man"),
    ("eine Frau", "a woman"),
    ("das Kind", "the child"),
    ("läuft", "runs"),
    ("schläft", "sleeps"),
    ("spielt", "plays"),
    ("im Park", "in the park"),
    ("am Strand", "at the beach"),
    ("auf der Straße", "on the street"),
    ("heute", "today"),
)


def sentences(count: int, vocabulary: int, longest: int, seed: int) -> list[Tensor]:
    """Random ids of unequal lengths, with bos and eos."""
    rnd = torch.Generator().manual_seed(seed)
    made = []
    for _ in range(count):
        length = int(torch.randint(1, longest - 1, (1,), generator=rnd))
        text = torch.randint(4, vocabulary, (length,), generator=rnd)
        made.append(torch.cat((torch.tensor([BOS]), text, torch.tensor([EOS]))))
    return made


def padded(rows: Sequence[Tensor], value: int = PAD) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True, padding_value=value)


def layout(rows: Sequence[Tensor]) -> PackedLayout:
    return PackedLayout(torch.tensor([len(row) for row in rows]))


def shifted(labels: Tensor) -> Tensor:
    """What the decoder has seen before each label."""
    return torch.cat((torch.tensor([BOS]), labels[:-1]))


def bart(model: Translator) -> BartForConditionalGeneration:
    """The reference implementation, with the same weights."""
    reference = BartForConditionalGeneration(BartConfig(**model.architecture.bart()))
    state = model.bart_state()
    for name in ("model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head"):
        state[f"{name}.weight"] = state["model.shared.weight"]  # tied
    reference.load_state_dict(state)
    return reference


def write_corpus(folder: Path, *, captions: int = 64, talks: int = 48, held_out: int = 6) -> Path:
    """A corpus folder of simple sentences, always the same."""
    rnd = random.Random(7)
    sizes = {
        "multi30k/train": captions,
        "multi30k/validation": held_out,
        "multi30k/test": held_out,
        "iwslt2017/train": talks,
    }
    for part, size in sizes.items():
        pairs = [_sentence(rnd) for _ in range(size)]
        write_part(folder / part, [de for de, _ in pairs], [en for _, en in pairs])
    return folder


def write_part(stem: Path, german: Sequence[str], english: Sequence[str]) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    for side, lines in (("de", german), ("en", english)):
        text = "".join(f"{line}\n" for line in lines)
        stem.with_name(f"{stem.name}.{side}").write_text(text, encoding="utf-8", newline="")


def _sentence(rnd: random.Random) -> tuple[str, str]:
    chosen = [rnd.choice(_WORDS) for _ in range(rnd.randint(3, 7))]
    german, english = (" ".join(words) for words in zip(*chosen, strict=True))
    return f"{german[0].upper()}{german[1:]}.", f"{english[0].upper()}{english[1:]}."


def many(count: int, word: str = "Satz") -> Pairs:
    return Pairs(
        tuple(f"{word} {i}" for i in range(count)), tuple(f"line {i}" for i in range(count))
    )


def hub_tables(columns: str, asked: list[dict[str, Any]]) -> Callable[..., datasets.Dataset]:
    """`datasets.load_dataset`, with real tables of what the hub holds."""

    def load_dataset(path: str, **options: Any) -> datasets.Dataset:
        asked.append({"path": path, **options})
        pairs = many(60 if options["split"] == "train" else 5, path)
        rows = [{"de": d, "en": e} for d, e in zip(pairs.german, pairs.english, strict=True)]
        nested = [{"translation": row} for row in rows]
        return datasets.Dataset.from_list(nested if columns == "translation" else rows)

    return load_dataset


def silent(progress: Progress) -> None: ...


def assert_same_weights(actual: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    assert actual.keys() == expected.keys()
    for name, value in actual.items():
        assert torch.equal(value, expected[name]), name
