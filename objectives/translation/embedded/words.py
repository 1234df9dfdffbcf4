"""Reads the words, phrases and tables in `data/`.

Each file explains its notation in its first lines.
"""

import re
from collections.abc import Mapping
from functools import cache

from xlt.objectives import embedded_text
from xlt.objectives.translation.embedded.bilingual import Pair
from xlt.objectives.translation.embedded.draws import Draw, weighted, zipf


@cache
def text(name: str) -> str:
    """Returns the contents of `data/<name>.txt`."""
    return embedded_text.read(__package__, name)


@cache
def sections(name: str) -> Mapping[str, str]:
    """Returns the contents by section. A line `[title]` opens one."""
    parts = re.split(r"^\[(.+)\]\n", text(name), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def entries(text: str) -> list[str]:
    """Splits a text into its entries, which end with `;`."""
    return [entry.strip() for entry in text.replace("\n", " ").split(";") if entry.strip()]


def word_list(title: str) -> frozenset[str]:
    """Returns one of the lists in `data/word_lists.txt`."""
    return frozenset(sections("word_lists")[title].split())


def pairs(text: str) -> list[Pair]:
    """Reads `german=english; ...`. Of English synonyms only the first is read."""
    found = (entry.partition("=") for entry in entries(text))
    return [Pair(german, english.split("|")[0]) for german, _, english in found]


def place_names() -> list[Pair]:
    """Returns the names of towns and countries. Most are the same in both languages."""
    names = (name.partition("=") for name in sections("names")["place names"].split())
    return [Pair(german, english or german) for german, _, english in names]


def weights(text: str) -> list[tuple[float, str]]:
    """Reads `3 adult, 0.5 child, ...`."""
    found = (entry.split(maxsplit=1) for entry in text.split(","))
    return [(float(weight), name.strip()) for weight, name in found]


CHOICES = {title: weighted(weights(body)) for title, body in sections("choices").items()}
PHRASES: dict[str, Draw[Pair]] = {}
for header, body in sections("phrases").items():
    title, shift = header.rsplit(" ", 1)
    PHRASES[title] = zipf(pairs(body), float(shift))
PHRASES["places"] = zipf(place_names(), 3.0)
