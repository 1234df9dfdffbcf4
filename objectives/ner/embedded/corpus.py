"""Draws the embedded corpus, split by split."""

from collections.abc import Iterator, Mapping
from functools import cache
from random import Random
from typing import NamedTuple

from xlt.objectives.ner.data.sentences import TaggedSentences
from xlt.objectives.ner.embedded.grammar import (
    LANGUAGES,
    Choice,
    Rules,
    Sentence,
    held_out,
    named,
    read,
    recurring,
    sections,
)

# Training sentences. The proportions are the protocol's, but no language has very few.
TRAIN: Mapping[str, int] = {"de": 12_580, "fr": 4_580, "it": 4_000, "en": 4_000}
VALIDATION, TEST = 500, 1_000  # a language
LENGTHS = range(3, 17)  # in words; few sentences of PAN-X are longer
LONGEST = 5  # words of an entity
LOWER = 0.04  # the share of sentences without capitals: assumed
RECURRING = {"known": ("unknown", 240), "known_club": ("any_club", 90)}  # rule: of what, how many
VOWELS = "aàâeéèêëiîïoôuùû"
ELIDED = {"fr": ("de", "le", "la"), "it": ("la", "della", "nella", "alla", "dalla", "sulla", "una")}


class Drawn(NamedTuple):
    words: tuple[str, ...]
    tags: tuple[str, ...]
    template: int  # which line of the language's sentences


def generate(language: str, split: str) -> TaggedSentences:
    """Returns the sentences of a split. They are the same on every machine.

    No sentence occurs twice in a language, whatever its case. A third of the names does not occur
    in training.

    Args:
        language: "de", "fr", "it" or "en".
        split: "train", "validation" or "test".
    """
    drawn = parts(language)[split]
    return TaggedSentences(tuple(one.words for one in drawn), tuple(one.tags for one in drawn))


@cache
def parts(language: str) -> Mapping[str, tuple[Drawn, ...]]:
    """Draws a language's splits, one after another."""
    seen: set[str] = set()
    sizes = {"train": TRAIN[language], "validation": VALIDATION, "test": TEST}
    return {split: tuple(_drawn(language, split, size, seen)) for split, size in sizes.items()}


def _drawn(language: str, split: str, size: int, seen: set[str]) -> Iterator[Drawn]:
    rnd = Random(f"{language}/{split}")  # text seeds by its SHA-512, not by its hash
    templates = rules()[f"{language}.sentence"]
    training = split == "train"
    left = size
    while left:
        sentence = Sentence(rules(), rnd, training)
        template = templates.draw(rnd, training)
        sentence.write(templates.alternatives[template])
        words = as_written(language, sentence.words, rnd)
        text = " ".join(words).lower()
        longest = max((end - start for _, start, end in sentence.spans), default=0)
        if len(words) in LENGTHS and longest <= LONGEST and text not in seen:
            seen.add(text)
            left -= 1
            yield Drawn(tuple(words), tuple(sentence.tags), template)


def as_written(language: str, words: list[str], rnd: Random) -> list[str]:
    """Elides articles (`de Orléans` is `d' Orléans`) and capitalizes the first word."""
    elided = ELIDED.get(language, ())
    for i, follower in enumerate(words[1:]):
        article = words[i] if i else words[i].lower()
        if article in elided and follower[0].lower() in VOWELS:
            words[i] = words[i][:-1] + "'"
    words[0] = words[0][0].upper() + words[0][1:]
    return [word.lower() for word in words] if rnd.random() < LOWER else words


@cache
def rules() -> Rules:
    """Returns the rules of all languages. Each uses names of the others."""
    found: dict[str, Choice] = {}
    for language in LANGUAGES:
        found |= read(language) | _shared(language)
    for language in LANGUAGES:
        for name, (rule, size) in RECURRING.items():
            found[f"{language}.{name}"] = recurring(found, f"{language}.{rule}", size)
    return found


def _shared(language: str) -> dict[str, Choice]:
    """Reads the names that all languages have."""
    column = LANGUAGES.index(language)
    found = {}
    for header, body in sections("shared").items():
        name = "town" if header == f"town_{language}" else header
        entries = [entry.split("|") for entry in body.split()]
        names = [entry[column % len(entry)] for entry in entries]
        # By the first name, so that a town is held out in all languages or in none.
        found[f"{language}.{name}"] = named(language, names, [held_out(e[0]) for e in entries])
    return found
