"""Nouns and adjectives: how they inflect, which classes they form, and how often each is drawn."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import product

from xlt.objectives.translation.embedded.draws import Draw, zipf
from xlt.objectives.translation.embedded.words import WORD_LISTS, entries

Case = IntEnum("Case", "NOMINATIVE ACCUSATIVE DATIVE GENITIVE", start=0)
Gender = IntEnum("Gender", "MASCULINE FEMININE NEUTER PLURAL", start=0)
COUNTS = {"*": "plural", "~": "mass", "^": "generic"}
UMLAUT = {"a": "ä", "o": "ö", "u": "ü", "A": "Ä", "O": "Ö", "U": "Ü"}
VOWEL_SOUND = re.compile(
    "hour|honest|heir|(?!uni(?![mnd])|use|usua|[eE]u|one|once|unanim|utop)[aeiouAEIO]"
)


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """A noun with its forms in both languages."""

    lemma: str
    gender: int
    forms: tuple[Sequence[str], Sequence[str]]  # singular, plural: by case
    english: tuple[tuple[str, str], ...]  # synonyms: singular, plural
    sex: int  # of a person, for English pronouns; never PLURAL
    mass: bool  # without a plural
    english_count: str  # "count", "mass", "plural", or "generic": no article in general

    def compound(self, german: str, english: str) -> "Noun":
        """Return `Holzbank` for `Holz` and `Bank`. It inflects like its head."""
        heads = ([form[0].lower() + form[1:] for form in forms] for forms in self.forms)
        singular, plural = ([german + head for head in forms] for forms in heads)
        variants = tuple((f"{english} {one}", f"{english} {many}") for one, many in self.english)
        return replace(self, lemma=singular[0], forms=(singular, plural), english=variants)


@dataclass(frozen=True, slots=True, eq=False)
class Adjective:
    """An adjective with its forms in both languages."""

    forms: dict[str, str]  # by ending; "" is the predicative form
    english: tuple[str, ...]
    male: bool  # said of men only


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Adjectives that fit a class of nouns, in one or two tiers."""

    tiers: tuple[tuple[float, Draw[Adjective]], ...]  # the chance of an adjective, and the draw
    members: tuple[Adjective, ...]
    modifiers: Draw[tuple[str, str]] | None  # first parts of compounds that any of the nouns forms


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A noun in one class: which adjectives it takes there, and the preposition of the place."""

    noun: Noun
    pool: Pool
    preposition: str  # `German:English`, or ""


def noun(entry: str) -> Noun:
    """Read an entry such as `Mann m "er man/men`."""
    lemma, gender_code, ending, english = entry.split(maxsplit=3)
    gender = Gender("mfnp".index(gender_code.replace("w", "m")))
    oblique = genitive = lemma
    if gender_code == "w":
        oblique += "n" if lemma.endswith(("e", "er", "ar", "Herr")) else "en"
        genitive = oblique
    elif gender in (Gender.MASCULINE, Gender.NEUTER) and not lemma.endswith("us"):
        double = "s" if lemma.endswith("nis") else ""
        genitive += double + ("es" if (lemma + double)[-1] in "sßxz" else "s")
    if ending[0] == '"':
        plural = umlaut(lemma) + ending[1:]
    elif ending[0].isupper():
        plural = ending
    else:
        plural = lemma + ending.strip("-!")
    dative_plural = plural if plural.endswith(("n", "s", "ta")) else plural + "n"
    sex = Gender.NEUTER if lemma in WORD_LISTS["neutral persons"] else min(gender, Gender.NEUTER)
    if lemma in WORD_LISTS["female persons"]:
        sex = Gender.FEMININE
    count = COUNTS.get(english[-1], "mass" if ending == "!" else "count")
    if gender == Gender.PLURAL:
        count = "plural"
    variants = []
    for variant in english.split("|"):
        one, _, many = variant.strip("*~^").partition("/")
        variants.append((one, many or (english_plural(one) if count == "count" else one)))
    forms = ([lemma, oblique, oblique, genitive], [plural, plural, dative_plural, plural])
    return Noun(lemma, gender, forms, tuple(variants), sex, ending == "!", count)


def umlaut(stem: str) -> str:
    """Change the last vowel of a stem, or the `a` of its last `au`."""
    position = max(stem.rfind(letter) for letter in UMLAUT)
    if stem[position - 1 : position + 1] in ("au", "Au"):
        position -= 1
    return stem[:position] + UMLAUT[stem[position]] + stem[position + 1 :]


def english_plural(word: str) -> str:
    """Return a regular plural, which is also the third person of a verb."""
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    sibilant = word.endswith(("s", "sh", "ch", "x", "z", "tato", "mato", "hero", "cano"))
    return word + ("es" if sibilant else "s")


def article(phrase: str) -> str:
    """Return `a` or `an`, by the sound of the phrase's first word."""
    return "an" if VOWEL_SOUND.match(phrase) else "a"


def adjective(entry: str) -> Adjective:
    """Read an entry such as `hoch>hoh=high|tall`."""
    german, english = entry.split("=")
    predicative, _, attributive = german.partition(">")
    lemma = predicative.rstrip("^!")
    stem = attributive or lemma.removesuffix("e")
    forms = {
        end: lemma if "!" in predicative else stem + end for end in ("e", "en", "er", "es", "em")
    }
    return Adjective({"": lemma} | forms, tuple(english.split("|")), "^" in predicative)


def pools(blocks: Mapping[str, str]) -> dict[str, Pool]:
    """Read pools of adjectives in the notation of `data/caption_adjectives.txt`."""
    result = {}
    for header, body in blocks.items():
        name, *chances = header.split()
        listed = body.startswith("+ ")
        first_parts, adjectives = body[2:].split("\n", 1) if listed else ("", body)
        tiers = [[adjective(entry) for entry in entries(tier)] for tier in adjectives.split("\n/ ")]
        result[name] = Pool(
            tuple((float(p), zipf(tier)) for p, tier in zip(chances, tiers, strict=True)),
            tuple(word for tier in tiers for word in tier),
            zipf(modifiers(first_parts), 8) if listed else None,
        )
    return result


def modifiers(text: str) -> list[tuple[str, str]]:
    """Read the first parts of compounds: `Holz wooden, Stein stone`."""
    rows = (entry.split(maxsplit=1) for entry in text.split(","))
    return [(german, english) for german, english in rows]


class Lexicon:
    """Classes of nouns by name, each with its draw, and the compounds of each noun.

    The notations are those of `data/caption_nouns.txt` and `data/compounds.txt`.

    Args:
        classes: The entries of each class, by `name pool`.
        compounds: Pairs of lines: first parts, and the heads that they go with.
        adjectives: The pools, by name.
    """

    def __init__(
        self, classes: Mapping[str, str], compounds: str, adjectives: Mapping[str, Pool]
    ) -> None:
        self.nouns: dict[str, Noun] = {}  # by entry
        self.members: dict[str, list[Member]] = {}
        for header, body in classes.items():
            name, pool = header.split()
            self.members[name] = [self._member(e, adjectives[pool]) for e in entries(body)]
        self.draws: dict[str, Draw[Member]] = {k: zipf(v) for k, v in self.members.items()}
        built: dict[Noun, list[Noun]] = {}
        lines = compounds.strip().splitlines()
        for first_parts, heads in zip(lines[::2], lines[1::2], strict=True):
            for reference, part in product(heads[1:].split(), modifiers(first_parts)):
                for head in self.find(reference):
                    built.setdefault(head, []).append(head.compound(*part))
        self.compounds: dict[Noun, Draw[Noun]] = {k: zipf(v, 6) for k, v in built.items()}

    def _member(self, entry: str, pool: Pool) -> Member:
        entry, _, place = entry.partition(" +")
        if entry[0] == "=":
            return Member(self.find(entry[1:])[0], pool, place)
        return Member(self.nouns.setdefault(entry, noun(entry)), pool, place)

    def find(self, reference: str) -> list[Noun]:
        """Return the nouns for `lemma`, or for `lemma:english` where it is a homonym."""
        lemma, _, english = reference.partition(":")
        nouns = [n for n in self.nouns.values() if n.lemma == lemma and english in n.english[0][0]]
        if not nouns:
            raise KeyError(reference)
        return nouns
