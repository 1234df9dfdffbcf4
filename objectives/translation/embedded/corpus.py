"""Draws the embedded corpus.

It has two domains that share only some words: short captions in the manner of Multi30k, and longer
talks in the first person in the manner of TED. No sentence is copied from anywhere. As with human
translators, the English varies a little: synonyms, tenses, word order.
"""

import random
from collections.abc import Callable, Mapping

from xlt.objectives.translation.embedded.bilingual import Pair
from xlt.objectives.translation.embedded.captions import Captions
from xlt.objectives.translation.embedded.lexicon import Lexicon, pools
from xlt.objectives.translation.embedded.talks import Talks
from xlt.objectives.translation.embedded.words import pairs, sections
from xlt.objectives.translation.pairs import Pairs

SEED = 20_240
SIZES: Mapping[str, int] = {  # Multi30k's; talks for 500 steps of 32 sentences
    "captions/train": 29_000,
    "captions/validation": 1_014,
    "captions/test": 1_000,
    "talks/train": 16_000,
    "talks/validation": 888,
}


def generate(seed: int = SEED) -> Mapping[str, Pairs]:
    """Draws the whole corpus.

    Args:
        seed: The same seed gives the same text on every machine and version of Python.

    Returns:
        The parts, by the keys of `SIZES`. No German sentence occurs twice.
    """
    rnd = random.Random(seed).random
    domains = {
        "captions": Captions(caption_lexicon(), rnd).sentence,
        "talks": Talks(talk_lexicon(), rnd).sentence,
    }
    seen: set[str] = set()
    return {part: _part(domains[part.split("/")[0]], size, seen) for part, size in SIZES.items()}


def caption_lexicon() -> Lexicon:
    """Reads the nouns and adjectives of the captions."""
    classes = {**sections("caption_nouns"), **sections("caption_classes")}
    adjectives = pools(sections("caption_adjectives"))
    return Lexicon(classes, sections("compounds")["captions"], adjectives)


def talk_lexicon() -> Lexicon:
    """Reads the nouns and adjectives of the talks."""
    places = pairs(sections("phrases")["places 3"])
    names = "; ".join(f"{place.german} n - {place.english}" for place in places)
    classes = {**sections("talk_nouns"), **sections("talk_classes"), "placename none": names}
    adjectives = {**sections("caption_adjectives"), **sections("talk_adjectives")}
    return Lexicon(classes, sections("compounds")["talks"], pools(adjectives))


def _part(sentence: Callable[[], Pair], size: int, seen: set[str]) -> Pairs:
    english: dict[str, str] = {}
    while len(english) < size:
        pair = sentence()
        if pair.german not in seen:
            seen.add(pair.german)
            english[pair.german] = pair.english
    return Pairs(tuple(english), tuple(english.values()))
