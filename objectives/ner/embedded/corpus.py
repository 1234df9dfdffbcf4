"""Draws the embedded corpus, split by split."""

from collections.abc import Iterator, Mapping
from functools import cache
from random import Random
from typing import NamedTuple

from xlt.objectives.ner.data.sentences import TaggedSentences
from xlt.objectives.ner.embedded.grammar import Sentence, rules

# Training sentences. The proportions are the protocol's, but no language has very few.
TRAIN: Mapping[str, int] = {"de": 12_580, "fr": 4_580, "it": 4_000, "en": 4_000}
VALIDATION, TEST = 500, 1_000  # sentences of a language
LENGTHS = range(3, 17)  # in words; few sentences of PAN-X are longer
MAX_ENTITY_WORDS = 5
LOWER_CASE = 0.04  # the share of sentences without capitals: assumed
VOWELS = "aàâeéèêëiîïoôuùû"
ELIDED = {"fr": ("de", "le", "la"), "it": ("la", "della", "nella", "alla", "dalla", "sulla", "una")}


class TaggedSentence(NamedTuple):
    """A sentence with its tags."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    template: int  # which line of the language's sentences


def generate(language: str, split: str) -> TaggedSentences:
    """Return the sentences of a split. They are the same on every machine.

    No sentence occurs twice in a language, whatever its case. A third of the names does not occur
    in training.

    Args:
        language: "de", "fr", "it" or "en".
        split: "train", "validation" or "test".
    """
    words, tags, _ = zip(*parts(language)[split], strict=True)
    return TaggedSentences(words, tags)


@cache
def parts(language: str) -> Mapping[str, tuple[TaggedSentence, ...]]:
    """Draw a language's splits, one after another."""
    seen: set[str] = set()
    sizes = {"train": TRAIN[language], "validation": VALIDATION, "test": TEST}
    return {split: tuple(_draw_split(language, split, size, seen)) for split, size in sizes.items()}


def _draw_split(language: str, split: str, size: int, seen: set[str]) -> Iterator[TaggedSentence]:
    rnd = Random(f"{language}/{split}")  # text seeds by its SHA-512, not by its hash
    left = size
    while left:
        sentence = Sentence(rules(), rnd, training=split == "train")
        template = sentence.draw(f"{language}.sentence")
        words = _as_written(language, sentence.words, rnd)
        text = " ".join(words).lower()
        longest = max((end - start for _, start, end in sentence.spans), default=0)
        if len(words) in LENGTHS and longest <= MAX_ENTITY_WORDS and text not in seen:
            seen.add(text)
            left -= 1
            yield TaggedSentence(tuple(words), tuple(sentence.tags), template)


def _as_written(language: str, words: list[str], rnd: Random) -> list[str]:
    """Elides articles (`de Orléans` is `d' Orléans`) and capitalizes the first word."""
    for i, follower in enumerate(words[1:]):
        article = words[i] if i else words[i].lower()
        if article in ELIDED.get(language, ()) and follower[0].lower() in VOWELS:
            words[i] = words[i][:-1] + "'"
    words[0] = words[0][0].upper() + words[0][1:]
    return [word.lower() for word in words] if rnd.random() < LOWER_CASE else words
