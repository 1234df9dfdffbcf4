"""Tokenizer and tokenised sides: the protocol's rules, and the cache."""

from pathlib import Path

import pytest
import tokenizers
from samples import write_corpus, write_part
from tokenizers import Tokenizer

from xlt.objectives.translation import vocabulary
from xlt.objectives.translation.corpora import Corpus, load
from xlt.objectives.translation.vocabulary import SPECIALS, TokenizedSide, prepare, train


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = write_corpus(tmp_path_factory.mktemp("corpus"))
    write_part(folder / "multi30k/test", ["Hund " * 100, "Hund"], ["dog " * 100, "dog"])
    return load(str(folder))


@pytest.fixture(scope="module")
def tokenizer(corpus: Corpus) -> Tokenizer:
    return train(corpus.parts["captions/train"])


def test_specials(tokenizer: Tokenizer) -> None:
    """pad 0, bos 1, eos 2, unk 3; an unknown character is unk."""
    assert [tokenizer.token_to_id(token) for token in SPECIALS] == [0, 1, 2, 3]
    assert tokenizer.encode("漢").ids == [3]
    assert tokenizer.get_vocab_size() <= 8000


def test_tokenizer_is_the_protocols(corpus: Corpus, tokenizer: Tokenizer) -> None:
    """BPE with minimum frequency 2 over blank-separated words and marks, no decoder, no template."""
    pairs = corpus.parts["captions/train"]
    reference = Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))
    reference.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=8000,
        min_frequency=2,
        special_tokens=["<pad>", "<s>", "</s>", "<unk>"],
        show_progress=False,
    )
    lines = [line for pair in zip(pairs.german, pairs.english, strict=True) for line in pair]
    reference.train_from_iterator(lines, trainer)
    assert tokenizer.to_str() == reference.to_str()
    assert tokenizer.decoder is None


def test_tokens_begin_and_end(corpus: Corpus, tokenizer: Tokenizer) -> None:
    """Every sentence is bos, its text, eos, 64 tokens at most; long ones still end with eos."""
    texts = (*corpus.parts["captions/test"].english, *corpus.parts["captions/train"].english)
    tokens = TokenizedSide.of(tokenizer, texts)
    assert len(tokens.sentences) == len(texts)
    for text, ids in zip(texts, tokens.sentences, strict=True):
        assert ids.tolist() == [1, *tokenizer.encode(text).ids[:62], 2]
    assert len(tokens.sentences[0]) == tokens.lengths[0] == 64


def test_tokens_of_parts_and_sides(corpus: Corpus, tmp_path: Path) -> None:
    """`prepare` gives each part and side, tokenised with the captions' tokenizer."""
    tokenizer, tokens, altered = prepare(corpus, tmp_path)
    assert not altered
    assert tokenizer.to_str() == train(corpus.parts["captions/train"]).to_str()
    assert sorted(tokens) == sorted(f"{part}.{s}" for part in corpus.parts for s in ("de", "en"))
    talks = corpus.parts["talks/train"].german
    for text, ids in zip(talks, tokens["talks/train.de"].sentences, strict=True):
        assert ids.tolist() == [1, *tokenizer.encode(text).ids, 2]


def test_cache_is_used_again(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is tokenised, and the tokens are the same."""
    _, first, _ = prepare(corpus, tmp_path / "cache")
    monkeypatch.setattr(vocabulary, "_write", lambda *_: pytest.fail("tokenised again"))
    _, second, altered = prepare(corpus, tmp_path / "cache")
    assert not altered
    for name, tokens in first.items():
        assert second[name].flat.equal(tokens.flat)
        assert second[name].lengths.equal(tokens.lengths)


@pytest.mark.parametrize("name", ["tokenizer.json", "tokens.safetensors", "about.json"])
def test_corrupt_cache(corpus: Corpus, tmp_path: Path, name: str) -> None:
    """A changed byte in any file is noticed, and the cache is made again."""
    _, made, _ = prepare(corpus, tmp_path)
    # Copied, as what is loaded shares its memory with the file that is about to change.
    first = {name: tokens.flat.clone() for name, tokens in made.items()}
    (file,) = tmp_path.glob(f"*/{name}")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    _, second, altered = prepare(corpus, tmp_path)
    assert altered
    assert all(second[name].flat.equal(flat) for name, flat in first.items())
    assert not prepare(corpus, tmp_path)[2]


def test_another_library_or_corpus_has_a_cache_of_its_own(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other tokenisation is ever read."""
    prepare(corpus, tmp_path)
    other = load(str(write_corpus(tmp_path / "data", captions=40)))
    prepare(other, tmp_path)
    monkeypatch.setattr(tokenizers, "__version__", "0.0.1")
    prepare(corpus, tmp_path)
    assert len(list(tmp_path.glob("translation-*/"))) == 3
