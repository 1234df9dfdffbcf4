"""Noun phrases and verb phrases of the embedded corpus, built in both languages at once.

What captions and talks share: determiners, adjective endings, prepositions that merge with
articles, and frames (a verb with its complements, in the notation of `data/caption_frames.txt`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from xlt.objectives.translation.embedded.lexicon import (
    CASES,
    FEMININE,
    PLURAL,
    Classes,
    Draw,
    Member,
    Noun,
    Random,
    article,
    entries,
    translation,
    weighted,
    word_set,
    zipf,
)
from xlt.objectives.translation.embedded.verbs import (
    EnglishVerb,
    GermanVerb,
    english_verb,
    german_verb,
)
from xlt.objectives.translation.embedded.words import sections


class Owner(NamedTuple):
    """Whose: the stem of the German possessive, and the English one."""

    german: str
    english: str
    young: bool = False  # a child has no husband and no grandson


class Phrase(NamedTuple):
    german: str
    english: str
    plural: bool  # in German
    english_plural: bool
    noun: Noun


HIS, HER, THEIR = Owner("sein", "his"), Owner("ihr", "her"), Owner("ihr", "their")
ITS = Owner("sein", "its")
MY, OUR, YOUR = Owner("mein", "my"), Owner("unser", "our"), Owner("Ihr", "your")

NO_ENDING = ("", "", "", "")
# Determiners by case and gender (masculine, feminine, neuter, plural).
EIN = (("", "e", "", "e"), ("en", "e", "", "e"), ("em", "er", "em", "en"), ("es", "er", "es", "er"))
DER = (
    ("der", "die", "das", "die"),
    ("den", "die", "das", "die"),
    ("dem", "der", "dem", "den"),
    ("des", "der", "des", "der"),
)
DIES = (
    ("er", "e", "es", "e"),
    ("en", "e", "es", "e"),
    ("em", "er", "em", "en"),
    ("es", "er", "es", "er"),
)
# Adjective endings: after der, after ein, and without either.
WEAK = (("e", "e", "e", "en"), ("en", "e", "e", "en"), ("en",) * 4, ("en",) * 4)
MIXED = (("er", "e", "es", "en"), ("en", "e", "es", "en"), ("en",) * 4, ("en",) * 4)
STRONG = (
    ("er", "e", "es", "e"),
    ("en", "e", "es", "e"),
    ("em", "er", "em", "en"),
    ("en", "er", "en", "er"),
)
RELATIVE = (*DER[:2], ("dem", "der", "dem", "denen"), ("dessen", "deren", "dessen", "deren"))

MERGED = {
    "in dem ": "im ",
    "in das ": "ins ",
    "an dem ": "am ",
    "an das ": "ans ",
    "zu dem ": "zum ",
    "zu der ": "zur ",
    "bei dem ": "beim ",
    "von dem ": "vom ",
}
PREPOSITIONS = word_set(
    "in an auf vor hinter neben über unter zwischen mit von zu bei aus nach durch gegen für um "
    "ohne als bis seit gegenüber trotz wegen"
)

# How a complement's determiner is chosen, by the flags of its slot.
MODES: dict[str, Draw[str]] = {
    "": weighted([(0.82, "ein"), (0.18, "der")]),
    "+": weighted([(0.62, "ein"), (0.2, "bare plural"), (0.1, "der"), (0.08, "number")]),
    "n": weighted([(0.78, "bare plural"), (0.14, "number"), (0.08, "einig")]),
    "nP": weighted([(1, "own plural")]),
    "i": weighted([(1, "ein")]),
    "d": weighted([(0.75, "der"), (0.25, "ein")]),
    "D": weighted([(1, "der")]),
    "b": weighted([(1, "bare")]),
    "p": weighted([(0.6, "own"), (0.4, "ein")]),
    "P": weighted([(1, "own")]),
    # Talks point back and speak of things in general more than captions do.
    "t": weighted(
        [(0.36, "der"), (0.28, "ein"), (0.2, "bare plural"), (0.1, "dies"),
         (0.06, "viel")]
    ),
    "tn": weighted([(0.55, "bare plural"), (0.15, "viel"), (0.14, "der plural"), (0.1, "own plural"), (0.06, "einig")]),
    "td": weighted([(0.66, "der"), (0.25, "dies"), (0.09, "own")]),
    "no": weighted([(0.6, "kein"), (0.4, "kein plural")]),
}  # fmt: skip

NUMERALS = zipf([tuple(entry.split("=")) for entry in entries(sections("common")["numerals"])], 0.4)
QUANTIFIERS = {"einig": "some", "viel": "many", "mehrer": "several"}
RARE_COMPOUND = 0.06  # how often any noun is put together ad hoc: assumed, for a tail of rare words
COMPOUND = 0.33  # how often a noun that forms compounds is in one: assumed


def noun_phrase(
    rnd: Random, lexicon: Classes, member: Member, case: int, mode: str, owner: Owner = HIS,
    preposition: str = "",
) -> Phrase:  # fmt: skip
    """A determiner, adjectives and a noun, after `preposition` if any.

    `mode` is the determiner's: ein, der, dies, kein, jed, own, bare, or the same with ` plural`,
    or number, einig, viel, mehrer. Where a noun has no such form the nearest one serves.
    """
    noun = member.noun
    if noun in lexicon.compounds and rnd() < COMPOUND:
        noun = lexicon.compounds[noun](rnd)
    elif member.pool.modifiers is not None and rnd() < RARE_COMPOUND:
        noun = lexicon.rare(noun, member.pool.modifiers(rnd))
    kind, _, many = mode.partition(" ")
    plural = many == "plural" or kind in ("number", "einig", "viel", "mehrer")
    if noun.plural_only:
        plural = True
        kind = {"ein": "bare", "number": "bare", "jed": "der"}.get(kind, kind)
    elif noun.mass:
        plural = False
        if kind not in ("der", "dies", "own", "kein"):
            kind = "der" if preposition in TWO_WAY else "bare"
    gender = PLURAL if plural else noun.gender

    if kind == "ein":
        if plural:
            kind, determiner, endings = "bare", "", STRONG
        else:
            determiner, endings = "ein" + EIN[case][gender] + " ", MIXED
    elif kind == "der":
        determiner, endings = DER[case][gender] + " ", WEAK
    elif kind == "bare":
        determiner, endings = "", STRONG
    elif kind == "own":
        determiner, endings = owner.german + EIN[case][gender] + " ", MIXED
    elif kind == "number":
        numeral, english_numeral = NUMERALS(rnd)
        determiner, endings = numeral + " ", STRONG
    elif kind == "kein":
        determiner, endings = "kein" + EIN[case][gender] + " ", MIXED
    elif kind in ("dies", "jed"):
        determiner, endings = kind + DIES[case][gender] + " ", WEAK
    else:
        determiner, endings = kind + STRONG[case][gender] + " ", STRONG

    ending = endings[case][gender]
    german = noun.forms[plural][case]
    one, several = translation(rnd, noun.english)
    count = noun.english_count
    english = several if plural and count != "mass" else one
    pool = member.pool
    if kind != "bare" or plural or noun.mass:
        for chance, tier in ((pool.chances[1], pool.tiers[1]), (pool.chances[0], pool.tiers[0])):
            if tier is not None and rnd() < chance:
                adjective = tier(rnd)
                if adjective.male and noun.sex == FEMININE:
                    continue
                german = f"{adjective.forms[ending]} {german}"
                english = f"{translation(rnd, adjective.english)} {english}"

    english_plural = (plural and count != "mass") or count == "plural"
    if kind == "der" and count != "generic":
        english = "the " + english
    elif kind == "own":
        english = f"{owner.english} {english}"
    elif kind == "dies":
        english = ("these " if english_plural else "this ") + english
    elif kind == "jed":
        english = "every " + english
    elif kind == "number":
        english = f"{english_numeral} {english}"
    elif kind == "kein":
        english = "no " + english
    elif kind in QUANTIFIERS:
        english = f"{QUANTIFIERS[kind]} {english}"
    elif kind == "ein" and not english_plural and count == "count":
        english = f"{article(english)} {english}"
    if preposition:
        *before, last = preposition.split(" ")
        apart = f"{last} {determiner}"
        determiner = " ".join([*before, MERGED.get(apart, apart)])
    return Phrase(determiner + german, english, plural, english_plural, noun)


TWO_WAY = word_set("in an auf vor hinter neben über unter zwischen durch nach bei von zu aus")


def owner_of(phrase: Phrase) -> Owner:
    """The possessive that points back to a subject of the third person."""
    if phrase.plural:
        return THEIR
    if phrase.noun.gender == 1 or phrase.noun.sex == 1:
        return THEIR if phrase.noun.sex == 2 else HER
    return HIS


class Slot(NamedTuple):
    """A complement: its class of nouns, case and flags, and the preposition before it."""

    name: str
    draw: Draw[Member]
    case: int
    mode: Draw[str]
    flags: str
    preposition: str


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """One way to put a frame in English."""

    verb: EnglishVerb
    rest: str  # a format string: complements by number, P the subject's possessive


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A verb with its complements in both languages."""

    verb: GermanVerb
    reflexive: str  # "", "sich" or, in the dative, "mir"
    items: tuple[Slot | str, ...]
    english: tuple[Wording, ...]
    tags: tuple[str, ...]

    @property
    def transitive(self) -> bool:
        """Whether a bare accusative comes first, so that a passive exists."""
        first = self.items[0] if self.items else ""
        return isinstance(first, Slot) and not first.preposition and first.case == 1


class Filled(NamedTuple):
    """A frame with its complements chosen."""

    frame: Frame
    early: str  # German pronouns
    objects: str  # German complements without a preposition
    others: str  # German complements with one, and fixed words
    english: str
    verb: EnglishVerb
    first: Phrase | None


KIN = ("kin", "baby", "lover")
PRONOUNS = word_set("mir uns Ihnen ihm ihr ihnen mich Sie ihn")
SLOT = re.compile(r"\{(\w+)\.([nadg])(.*?)\}")


def parse_frame(line: str, lexicon: Classes) -> Frame:
    """Read `heben {toy.a} über den Zaun = lift {0} over the fence @nature`."""
    german, _, right = line.partition(" = ")
    english, _, tags = right.partition("@")
    verb, *rest = german.split()
    reflexive = rest[0] if rest and rest[0] in ("sich", "mir") else ""
    items: list[Slot | str] = []
    for token in rest[bool(reflexive) :]:
        match = SLOT.fullmatch(token)
        if match is None:
            items.append(token)
            continue
        preposition = ""
        if items and isinstance(items[-1], str) and items[-1] in PREPOSITIONS:
            preposition = str(items.pop())
        name, case, flags = match.groups()
        choose = MODES[mode_key(flags)]
        draw = lexicon.draws[name]
        items.append(Slot(name, draw, CASES.index(case), choose, flags, preposition))
    options = [token.split("|") for token in english.split()]
    wordings = []
    for chosen in product(*options):
        base, *others = (token for token in chosen if token)
        wordings.append(Wording(english_verb(base), " ".join(others)))
    return Frame(german_verb(verb), reflexive, tuple(items), tuple(wordings), tuple(tags.split()))


def mode_key(flags: str) -> str:
    for key in ("tn", "td", "t"):
        if key in flags:
            return key
    if "P" in flags:
        return "nP" if "n" in flags else "P"
    if "p" in flags:
        return "p"
    for key in "nibD+":
        if key in flags:
            return key
    return "d" if "d" in flags else ""


def nobody(rnd: Random, slot: Slot) -> Phrase | None:
    return None


def fill(
    rnd: Random,
    lexicon: Classes,
    frame: Frame,
    owner: Owner,
    negated: bool = False,
    whom: Callable[[Random, Slot], Phrase | None] = nobody,
    pairs: float = 0.0,
) -> Filled:
    """Choose the complements; with `negated` the first one takes `kein`.

    `whom` may put persons of its own, pronouns say, in a slot of people; `pairs` is the chance
    that a complement is two things.
    """
    early = ""
    objects: list[str] = []
    others: list[str] = []
    english: list[str] = []
    first: Phrase | None = None
    for item in frame.items:
        if isinstance(item, str):
            others.append(item)
            continue
        person = whom(rnd, item) if item.name == "who" else None
        if person is not None:
            if person.german in PRONOUNS:
                early = person.german
            else:
                (others if item.preposition or others else objects).append(person.german)
            english.append(person.english)
            first = first or person
            continue
        mode = item.mode(rnd)
        if negated and first is None:
            mode = MODES["no"](rnd)
        draw = lexicon.draws["playmate"] if owner.young and item.name in KIN else item.draw
        phrase = noun_phrase(rnd, lexicon, draw(rnd), item.case, mode, owner, item.preposition)
        first = first or phrase
        german, translated = phrase.german, phrase.english
        if pairs and rnd() < pairs:
            more = noun_phrase(
                rnd, lexicon, draw(rnd), item.case, item.mode(rnd), owner, item.preposition
            )
            if more.noun is not phrase.noun and not negated:
                german = f"{german} und {more.german}"
                translated = f"{translated} and {more.english}"
        (others if item.preposition or others else objects).append(german)
        english.append(translated)
    wording = translation(rnd, frame.english)
    rest = wording.rest.format(*english, P=owner.english)
    return Filled(frame, early, " ".join(objects), " ".join(others), rest, wording.verb, first)


def joined(*parts: str) -> str:
    """The parts that are not empty, with single blanks."""
    return " ".join([part for part in parts if part])


def frames(text: str, lexicon: Classes) -> dict[str, list[Frame]]:
    """Read the sections of a text of frames, by their headings."""
    found: dict[str, list[Frame]] = {}
    for block in text.strip().split("[")[1:]:
        head, body = block.split("]\n", 1)
        found[head] = [parse_frame(line, lexicon) for line in body.strip().splitlines()]
    return found


def draws(found: dict[str, list[Frame]]) -> dict[str, Draw[Frame]]:
    return {name: zipf(lines, 2.0) for name, lines in found.items()}
