"""Reads the words, phrases and tables in `data/`.

Each data file explains its notation in its first lines.
"""

import re
from collections.abc import Mapping
from functools import cache

from xlt.objectives import embedded_text
from xlt.objectives.translation.embedded.bilingual import Pair
from xlt.objectives.translation.embedded.draws import Draw, weighted, zipf


@cache
def sections(name: str, prefix: str = "") -> Mapping[str, str]:
    """Return the sections of `data/<name>.txt` whose title begins with a prefix.

    A line `[title]` opens a section. The keys are the titles without the prefix.
    """
    text = embedded_text.read(__package__, name)
    parts = re.split(r"^\[(.*)\]\n", text, flags=re.MULTILINE)
    rows = zip(parts[1::2], parts[2::2], strict=True)
    return {title.removeprefix(prefix): body for title, body in rows if title.startswith(prefix)}


def entries(text: str) -> list[str]:
    """Split a text into its entries, which end with `;`."""
    return [entry.strip() for entry in text.replace("\n", " ").split(";") if entry.strip()]


def table(text: str) -> dict[str, str]:
    """Read `key=value; ...`."""
    return dict(entry.split("=") for entry in entries(text))


def pairs(text: str) -> list[Pair]:
    """Read `german=english|synonym; ...`. Only the first synonym is used.

    An entry without `=` is the same in both languages.
    """
    rows = (entry.partition("=") for entry in entries(text))
    return [Pair(german, english.split("|")[0] if two else german) for german, two, english in rows]


def weights(text: str) -> list[tuple[float, str]]:
    """Read `3 adult, 0.5 child, ...`."""
    rows = (entry.split(maxsplit=1) for entry in text.split(","))
    return [(float(weight), name.strip()) for weight, name in rows]


WORD_LISTS = {title: frozenset(body.split()) for title, body in sections("word_lists").items()}
CHOICES = {title: weighted(weights(body)) for title, body in sections("choices").items()}
PHRASES: dict[str, Draw[Pair]] = {}
for header, body in sections("phrases").items():
    title, shift = header.rsplit(" ", 1)
    PHRASES[title] = zipf(pairs(body), float(shift))
