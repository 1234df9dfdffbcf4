"""Frames: verbs with their complements in both languages.

Reads the notation of `data/caption_frames.txt`.
"""

import re
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from xlt.objectives.translation.embedded.lexicon import ACCUSATIVE, CASES
from xlt.objectives.translation.embedded.verbs import (
    EnglishVerb,
    GermanVerb,
    english_verb,
    german_verb,
)
from xlt.objectives.translation.embedded.words import CHOICES, sections, word_list

PREPOSITIONS = word_list("prepositions")
SLOT = re.compile(r"\{(\w+)\.([nadg])(.*?)\}")
MODES = [title for title in CHOICES if title.startswith("mode")]


class Slot(NamedTuple):
    """A complement: a noun phrase that is still to be drawn."""

    name: str  # its class of nouns
    case: int
    flags: str
    preposition: str

    @property
    def mode(self) -> str:
        """How its determiner is drawn: the first choice in the file that has one of its flags."""
        return next(mode for mode in MODES if mode.removeprefix("mode").strip() in self.flags)


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """One way to put a frame in English."""

    verb: EnglishVerb
    rest: str  # a format string: complements by number, P the subject's possessive

    def without_object(self) -> str:
        """Returns what is left of `rest` where the first complement stands elsewhere."""
        return " ".join(self.rest.replace("{0}", "").split())


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A verb with its complements in both languages."""

    subject: Slot | None  # where the frame has its own
    verb: GermanVerb
    reflexive: str  # "", "sich" or, in the dative, "mir"
    items: list[Slot | str]
    english: list[Wording]
    tags: list[str]  # classes of places where it happens

    @property
    def slots(self) -> list[Slot]:
        """The noun phrases among the complements."""
        return [item for item in self.items if isinstance(item, Slot)]

    @property
    def words(self) -> str:
        """The fixed words among the complements."""
        return " ".join(item for item in self.items if isinstance(item, str))

    @property
    def object(self) -> Slot | None:
        """The complement that comes first and has no preposition."""
        first = self.items[0] if self.items else ""
        return first if isinstance(first, Slot) and not first.preposition else None

    @property
    def has_passive(self) -> bool:
        """Whether its one noun phrase is a direct object."""
        return (
            self.object is not None
            and self.object.case == ACCUSATIVE
            and len(self.slots) == 1
            and self.verb.auxiliary == "haben"
            and not self.reflexive
        )


def parse_frame(line: str) -> Frame:
    """Reads `heben {toy.a} über den Zaun = lift {0} over the fence @nature`."""
    german, _, right = line.partition(" = ")
    english, _, tags = right.partition("@")
    items: list[Slot | str] = []
    for token in german.split():
        match = SLOT.fullmatch(token)
        if match is None:
            items.append(token)
        else:
            name, case, flags = match.groups()
            preposition = str(items.pop()) if items and items[-1] in PREPOSITIONS else ""
            items.append(Slot(name, CASES.index(case), flags, preposition))
    subject, verb = (items.pop(0) if isinstance(items[0], Slot) else None), str(items.pop(0))
    wordings = []
    for words in product(*(token.split("|") for token in english.split())):
        base, *others = filter(None, words)
        wordings.append(Wording(english_verb(base), " ".join(others)))
    return Frame(
        subject=subject if isinstance(subject, Slot) else None,
        verb=german_verb(verb),
        reflexive=str(items.pop(0)) if items and items[0] in ("sich", "mir") else "",
        items=items,
        english=wordings,
        tags=tags.split(),
    )


def frames(name: str) -> dict[str, list[Frame]]:
    """Reads the sections of a file of frames, by their titles."""
    return {
        title: [parse_frame(line) for line in body.strip().splitlines()]
        for title, body in sections(name).items()
    }
