"""Alignment: labels on first sub-words, every word once, long sentences in windows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers
from transformers import PreTrainedTokenizerFast

from xlt.objectives.ner import tiny
from xlt.objectives.ner.data.alignment import (
    IGNORED,
    SpecialTokenIds,
    spans,
    tokenize_and_align_labels,
)
from xlt.objectives.ner.data.sentences import TaggedSentences

SPECIAL = SpecialTokenIds(tiny.BEGIN, tiny.END, tiny.PAD, tiny.UNKNOWN)
LABELS = {"O": 0, "B-PER": 1, "I-PER": 2}
WORDS = (
    ("Angela", "Merkel", "besuchte", "Donaudampfschifffahrtsgesellschaft", "."),
    ("👩‍🚀", "und", "é", "e\u0301", "שלום", "مرحبا", "Zoe\u0308"),
    ("\u200b", "Anna", "\u00ad", "Berlin"),  # some have nothing that can be seen
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Knows all characters, and few words as a whole."""
    texts = [" ".join("".join(words)) for words in WORDS] + [
        "Anna und Angela besuchten Berlin ."
    ] * 20
    return tiny.train_tokenizer(texts)


def tagged(words: tuple[tuple[str, ...], ...]) -> TaggedSentences:
    cycle = ("B-PER", "I-PER", "O")
    return TaggedSentences(words, tuple(tuple(cycle[i % 3] for i in range(len(w))) for w in words))


def test_labels_are_those_of_the_example(tokenizer: Tokenizer) -> None:
    """Where every word has a piece: what the token-classification example of `transformers` does.

    A label on the first piece of each word, -100 on all others and on the specials.
    """
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )
    sentences = tagged(WORDS[:2])
    found = tokenize_and_align_labels(
        sentences, tokenizer, SPECIAL, LABELS, max_length=128, overlap=32
    )
    assert any(
        len(pieces) > len(words) + 4 for words, pieces in zip(WORDS, found.input_ids, strict=False)
    )
    for words, tags, pieces, labels in zip(
        sentences.words, sentences.tags, found.input_ids, found.labels, strict=True
    ):
        encoded = fast(list(words), is_split_into_words=True, add_special_tokens=False)
        expected, before = [], None
        for word in encoded.word_ids():
            expected.append(IGNORED if word == before else LABELS[tags[word]])
            before = word
        assert pieces.tolist() == [tiny.BEGIN, *encoded["input_ids"], tiny.END]
        assert labels.tolist() == [IGNORED, *expected, IGNORED]


def test_invisible_words(tokenizer: Tokenizer) -> None:
    """A zero-width space or a soft hyphen is a word as well."""
    sentences = tagged(WORDS)
    found = tokenize_and_align_labels(
        sentences, tokenizer, SPECIAL, LABELS, max_length=128, overlap=32
    )
    for tags, labels in zip(sentences.tags, found.labels, strict=True):
        counted = [label for label in labels.tolist() if label != IGNORED]
        assert counted == [LABELS[tag] for tag in tags]


def test_words_without_subwords(tokenizer: Tokenizer) -> None:
    """They become one unknown sub-word."""
    nothing = Tokenizer.from_str(tokenizer.to_str())
    nothing.normalizer = normalizers.Replace("Anna", "")
    nothing.pre_tokenizer = None
    sentences = tagged((("Anna", "Berlin", "Anna"),))
    assert 0 not in nothing.encode(["Anna", "Berlin"], is_pretokenized=True).word_ids
    found = tokenize_and_align_labels(
        sentences, nothing, SPECIAL, LABELS, max_length=128, overlap=32
    )
    counted = [label for label in found.labels[0].tolist() if label != IGNORED]
    assert counted == [1, 2, 0]
    assert found.input_ids[0][1] == tiny.UNKNOWN
    assert found.input_ids[0][-2] == tiny.UNKNOWN


@given(st.integers(0, 300), st.integers(3, 60), st.data())
def test_spans_score_every_subword_once(pieces: int, room: int, data: st.DataObject) -> None:
    """In order, and with context on both sides."""
    overlap = data.draw(st.integers(0, room - 1))
    answered: list[int] = []
    found = list(spans(pieces, room, overlap))
    for start, end, scored in found:
        assert 0 < end - start <= room or pieces == 0
        assert start <= scored.start
        assert scored.stop <= end
        answered += scored
    assert answered == list(range(pieces))
    for before, after in pairwise(found):
        assert before[1] - after[0] == overlap


def test_long_sentences_are_windowed(tokenizer: Tokenizer) -> None:
    """All words of a sentence of 90 count, in order, in windows of at most 40 pieces."""
    sentences = tagged((WORDS[0] * 18,))
    found = tokenize_and_align_labels(
        sentences, tokenizer, SPECIAL, LABELS, max_length=40, overlap=10
    )
    assert len(found.input_ids) > 1
    assert max(map(len, found.input_ids)) <= 40
    counted = [label for labels in found.labels for label in labels.tolist() if label != IGNORED]
    assert counted == [LABELS[tag] for tag in sentences.tags[0]]


def test_windows_cannot_share_all() -> None:
    with pytest.raises(ValueError, match="cannot share"):
        list(spans(100, 10, 10))
