"""Draws the embedded corpus.

It has two domains that share only some words: short captions in the manner of Multi30k, and longer
talks in the first person in the manner of TED. No sentence is copied from anywhere. As with human
translators, the English varies a little: synonyms, tenses, word order.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping

from xlt.objectives.translation.embedded.bilingual import Pair
from xlt.objectives.translation.embedded.captions import Captions
from xlt.objectives.translation.embedded.lexicon import Lexicon, pools
from xlt.objectives.translation.embedded.talks import Talks
from xlt.objectives.translation.embedded.words import pairs, sections
from xlt.objectives.translation.pairs import Pairs

SEED = 20_240
# Sentences in which words are counted to find the common ones.
COUNTED_SENTENCES = 5_000
_WORD = re.compile(r"\w+")
SIZES: Mapping[str, int] = {  # Multi30k's; talks for 500 steps of 32 sentences
    "captions/train": 29_000,
    "captions/validation": 1_014,
    "captions/test": 1_000,
    "talks/train": 16_000,
    "talks/validation": 888,
}


def generate(
    seed: int = SEED, sizes: Mapping[str, int] = SIZES, n_words: int | None = None
) -> Mapping[str, Pairs]:
    """Draw the corpus.

    Args:
        seed: The same seed gives the same text on every machine and version of Python.
        sizes: Sentences of every part.
        n_words: Captions have only so many different words in each language, the most common ones,
            so that a small model learns them in a few hundred steps. None: all words.

    Returns:
        The parts, by the keys of `sizes`. No German sentence occurs twice.
    """
    rnd = random.Random(seed).random
    captions = Captions(caption_lexicon(), rnd).sentence
    domains = {
        "captions": captions if n_words is None else _with_common_words(captions, n_words),
        "talks": Talks(talk_lexicon(), rnd).sentence,
    }
    seen: set[str] = set()
    return {part: _part(domains[part.split("/")[0]], size, seen) for part, size in sizes.items()}


def _with_common_words(sentence: Callable[[], Pair], n_words: int) -> Callable[[], Pair]:
    """Draw those sentences that have only the most common words of each language."""

    def words(pair: Pair) -> tuple[set[str], set[str]]:
        return set(_WORD.findall(pair.german)), set(_WORD.findall(pair.english))

    counts: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for _ in range(COUNTED_SENTENCES):
        for count, used in zip(counts, words(sentence()), strict=True):
            count.update(used)
    common = [{word for word, _ in count.most_common(n_words)} for count in counts]

    def draw() -> Pair:
        while True:
            pair = sentence()
            if all(used <= known for used, known in zip(words(pair), common, strict=True)):
                return pair

    return draw


def caption_lexicon() -> Lexicon:
    """Read the nouns and adjectives of the captions."""
    classes = {**sections("caption_nouns"), **sections("caption_classes")}
    adjectives = pools(sections("caption_adjectives"))
    return Lexicon(classes, sections("compounds")["captions"], adjectives)


def talk_lexicon() -> Lexicon:
    """Read the nouns and adjectives of the talks."""
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
