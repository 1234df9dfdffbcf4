"""The embedded corpus: German and English sentence pairs that the project writes by itself.

For trying everything without a download. Two domains that share some words and not all: short
captions in the manner of Multi30k and longer talks in the first person in the manner of TED. No
sentence is taken from anywhere; a seeded grammar of both languages draws them, and English varies
a little where translators would (synonyms, tense, word order), so no model can be perfect.
The words are in `data/`.
"""

import random
from collections.abc import Callable, Mapping

from xlt.objectives.translation.embedded.captions import Captions
from xlt.objectives.translation.embedded.lexicon import Classes, Random, pools
from xlt.objectives.translation.embedded.talks import Talks
from xlt.objectives.translation.embedded.words import sections, text
from xlt.objectives.translation.pairs import Pairs

SEED = 20_240
SIZES: Mapping[str, int] = {  # as Multi30k's; of talks as many as 500 steps of 32 need
    "captions/train": 29_000,
    "captions/validation": 1_014,
    "captions/test": 1_000,
    "talks/train": 16_000,
    "talks/validation": 888,
}


def generate(seed: int = SEED) -> Mapping[str, Pairs]:
    """All parts, by the keys of `SIZES`. No German sentence comes twice, in whatever part.

    The same seed gives the same text on every machine and version of Python.
    """
    rnd = random.Random(seed).random
    domains = {
        "captions": Captions(caption_lexicon()).draw,
        "talks": Talks(talk_lexicon()).draw,
    }
    seen: set[str] = set()
    return {
        part: _draw(rnd, domains[part.split("/")[0]], size, seen) for part, size in SIZES.items()
    }


def caption_lexicon() -> Classes:
    classes = [text("caption_nouns"), text("caption_classes")]
    return Classes(classes, text("caption_compounds"), pools(text("caption_adjectives")))


def talk_lexicon() -> Classes:
    places = [name.partition("=") for name in sections("common")["place names"].split()]
    names = "; ".join(f"{german} n - {english or german}" for german, _, english in places)
    classes = [text("talk_nouns"), text("talk_classes"), f"@placename none\n{names}"]
    adjectives = pools(text("caption_adjectives") + text("talk_adjectives"))
    lexicon = Classes(classes, text("talk_compounds"), adjectives)
    lexicon.mix("who", [("folk", 3), ("family", 2)])
    return lexicon


def _draw(
    rnd: Random, draw: Callable[[Random], tuple[str, str]], size: int, seen: set[str]
) -> Pairs:
    pairs: dict[str, str] = {}
    while len(pairs) < size:
        german, english = draw(rnd)
        if german not in seen:
            seen.add(german)
            pairs[german] = english
    return Pairs(tuple(pairs), tuple(pairs.values()))
