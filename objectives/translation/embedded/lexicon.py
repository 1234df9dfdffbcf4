"""Nouns and adjectives: how they inflect, which classes they form, and how often each is drawn."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from xlt.objectives.translation.embedded.draws import Draw, mixture, zipf
from xlt.objectives.translation.embedded.words import entries, sections, weights, word_list

CASES = "nadg"
NOMINATIVE, ACCUSATIVE, DATIVE, GENITIVE = range(4)
MASCULINE, FEMININE, NEUTER, PLURAL = range(4)
GENDERS = {"m": MASCULINE, "w": MASCULINE, "f": FEMININE, "n": NEUTER, "p": PLURAL}

UMLAUT = {"a": "ä", "o": "ö", "u": "ü", "A": "Ä", "O": "Ö", "U": "Ü"}
NEUTRAL_PERSONS = word_list("neutral persons")
FEMALE_PERSONS = word_list("female persons")
UNCOMPOUNDED = word_list("uncompounded")


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    lemma: str
    gender: int
    forms: tuple[Sequence[str], Sequence[str]]  # singular, plural: by case
    english: tuple[tuple[str, str], ...]  # synonyms: singular, plural
    sex: int  # of a person, for English pronouns: MASCULINE, FEMININE or NEUTER
    mass: bool  # without a plural
    plural_only: bool
    english_count: str  # "count", "mass", "plural", or "generic": no article in general


@dataclass(frozen=True, slots=True, eq=False)
class Adjective:
    lemma: str
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
    preposition: str
    english_preposition: str


def umlaut(stem: str) -> str:
    """Changes the last vowel of a stem, or the `a` of its last `au`."""
    position = max(stem.rfind(letter) for letter in UMLAUT)
    if stem[position - 1 : position + 1] in ("au", "Au"):
        position -= 1
    return stem[:position] + UMLAUT[stem[position]] + stem[position + 1 :]


def noun(entry: str) -> Noun:
    """Reads an entry such as `Mann m "er man/men`."""
    lemma, gender_code, ending, english = entry.split(maxsplit=3)
    gender = GENDERS[gender_code]
    if ending[0] == '"':
        plural = umlaut(lemma) + ending[1:]
    elif ending[0].isupper():
        plural = ending
    else:
        plural = lemma + ending.strip("-!")
    dative_plural = plural if plural[-1] in "ns" or plural[-2:] == "ta" else plural + "n"
    if gender in (FEMININE, PLURAL):
        singular = [lemma] * 4
    elif gender_code == "w":
        oblique = lemma + ("n" if lemma.endswith(("e", "er", "ar", "Herr")) else "en")
        singular = [lemma, oblique, oblique, oblique]
    else:
        singular = [lemma, lemma, lemma, genitive(lemma)]
    sex = min(gender, NEUTER)
    if lemma in NEUTRAL_PERSONS:
        sex = NEUTER
    elif lemma in FEMALE_PERSONS:
        sex = FEMININE
    marks = {"*": "plural", "~": "mass", "^": "generic"}
    count = marks.get(english[-1], "mass" if ending == "!" else "count")
    if gender == PLURAL:
        count = "plural"
    variants = []
    for variant in english.split("|"):
        one, _, many = variant.strip("*~^").partition("/")
        variants.append((one, many or (english_plural(one) if count == "count" else one)))
    return Noun(
        lemma=lemma,
        gender=gender,
        forms=(singular, [plural, plural, dative_plural, plural]),
        english=tuple(variants),
        sex=sex,
        mass=ending == "!",
        plural_only=gender == PLURAL,
        english_count=count,
    )


def genitive(lemma: str) -> str:
    if lemma.endswith("us"):
        return lemma
    if lemma.endswith("nis"):
        return lemma + "ses"
    return lemma + ("es" if lemma[-1] in "sßxz" else "s")


def modifier(entry: str) -> tuple[str, str]:
    """Reads the first part of a compound: `Holz wooden`."""
    german, english = entry.split(maxsplit=1)
    return german, english


def compound(part: tuple[str, str], head: Noun) -> Noun:
    """Puts `Holz` and `wooden` before `Bank` and `bench`. The result inflects like its head."""
    german, english = part

    def join(form: str) -> str:
        return german + form[0].lower() + form[1:]

    return replace(
        head,
        lemma=join(head.lemma),
        forms=([join(form) for form in head.forms[0]], [join(form) for form in head.forms[1]]),
        english=tuple((f"{english} {one}", f"{english} {many}") for one, many in head.english),
    )


def english_plural(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "sh", "ch", "x", "z", "tato", "mato", "hero", "cano")):
        return word + "es"
    return word + "s"


def article(phrase: str) -> str:
    """Returns `a` or `an`, by the sound of the phrase's first word."""
    vowel = phrase[0] in "aeiouAEIO" and not phrase.startswith(
        ("uni", "use", "usua", "eu", "Eu", "one", "once", "unanim", "utop")
    )
    vowel = vowel or phrase.startswith(("hour", "honest", "heir", "unim", "unin", "unid"))
    return "an" if vowel else "a"


def adjective(entry: str) -> Adjective:
    """Reads an entry such as `hoch>hoh=high|tall`."""
    german, english = entry.split("=")
    lemma, _, attributive = german.partition(">")
    male = lemma.endswith("^")
    lemma = lemma.rstrip("^")
    stem = attributive or lemma.rstrip("!").removesuffix("e")
    endings = ("e", "en", "er", "es", "em")
    forms = {ending: lemma[:-1] if lemma[-1] == "!" else stem + ending for ending in endings}
    lemma = lemma.rstrip("!")
    return Adjective(lemma, {"": lemma} | forms, tuple(english.split("|")), male)


def pools(blocks: Mapping[str, str]) -> dict[str, Pool]:
    """Reads pools of adjectives in the notation of `data/caption_adjectives.txt`."""
    found = {}
    for header, body in blocks.items():
        name, *chances = header.split()
        listed = re.match(r"\+ (.*)\n", body)
        adjectives = body[listed.end() :] if listed else body
        parts = [modifier(part) for part in listed[1].split(",")] if listed else []
        tiers = [
            [adjective(entry) for entry in entries(tier)]
            for tier in re.split(r"^/ ", adjectives, flags=re.MULTILINE)
        ]
        found[name] = Pool(
            # A pool with one tier has a second chance that nothing uses.
            tuple((float(p), zipf(tier)) for p, tier in zip(chances, tiers, strict=False)),
            tuple(word for tier in tiers for word in tier),
            zipf(parts, 8) if parts else None,
        )
    return found


class Lexicon:
    """Classes of nouns by name, each with its draw, and the compounds of each noun."""

    def __init__(
        self, classes: Mapping[str, str], compounds: str, adjectives: Mapping[str, Pool]
    ) -> None:
        """Reads the notations of `data/caption_nouns.txt` and `data/caption_compounds.txt`.

        Args:
            classes: The entries of each class, by `name pool`.
            compounds: Pairs of lines: first parts, and the heads that they go with.
            adjectives: The pools, by name.
        """
        self.nouns: dict[str, Noun] = {}  # by entry
        self.members: dict[str, list[Member]] = {}
        self._rare: dict[tuple[Noun, str], Noun] = {}
        for header, body in classes.items():
            name, pool = header.split()
            self.members[name] = [self._member(e, adjectives[pool]) for e in entries(body)]
        self.draws: dict[str, Draw[Member]] = {k: zipf(v) for k, v in self.members.items()}
        built: dict[Noun, list[Noun]] = {}
        lines = compounds.strip().splitlines()
        for modifiers, heads in zip(lines[::2], lines[1::2], strict=True):
            parts = [modifier(entry) for entry in modifiers.split(",")]
            for word, part in product(heads[1:].split(), parts):
                for head in self.find(word):
                    built.setdefault(head, []).append(compound(part, head))
        self.compounds: dict[Noun, Draw[Noun]] = {k: zipf(v, 6) for k, v in built.items()}

    def _member(self, entry: str, pool: Pool) -> Member:
        entry, _, place = entry.partition(" +")
        preposition, _, english = place.partition(":")
        if entry[0] == "=":
            found = self.find(entry[1:])[0]
        else:
            found = self.nouns.setdefault(entry, noun(entry))
        return Member(found, pool, preposition, english)

    def find(self, reference: str) -> list[Noun]:
        """Returns the nouns for `lemma`, or for `lemma:english` where it is a homonym."""
        lemma, _, english = reference.partition(":")
        found = [
            entry
            for entry in self.nouns.values()
            if entry.lemma == lemma and (not english or english in entry.english[0][0])
        ]
        if not found:
            raise KeyError(reference)
        return found

    def rare(self, head: Noun, part: tuple[str, str]) -> Noun:
        """Returns a compound made on the spot, or the head itself where that would be clumsy."""
        lemma = head.lemma
        clumsy = len(lemma) > 9 or "-" in lemma or lemma.lower() in part[0].lower()
        if clumsy or head.mass or lemma in UNCOMPOUNDED:
            return head
        key = (head, part[0])
        if key not in self._rare:
            self._rare[key] = compound(part, head)
        return self._rare[key]

    def mix(self, *names: str) -> None:
        """Adds classes that draw from others, by the weights in `data/choices.txt`."""
        for name in names:
            parts = weights(sections("choices")[f"class {name}"])
            self.members[name] = [member for _, part in parts for member in self.members[part]]
            self.draws[name] = mixture((weight, self.draws[part]) for weight, part in parts)
