"""The nouns and adjectives of the embedded corpus: how they inflect, and how often one is drawn.

Reads the notations of `data/`. Draws are by 1 / rank (Zipf's law);
only `random()` of a seeded generator and arithmetic that IEEE 754 rounds exactly are used, so a
seed gives the same words on every machine.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from typing import TypeAlias, TypeVar

Random: TypeAlias = Callable[[], float]  # uniform in [0, 1)
T = TypeVar("T")
Draw: TypeAlias = Callable[[Random], T]

CASES = "nadg"  # nominative, accusative, dative, genitive
MASCULINE, FEMININE, NEUTER, PLURAL = range(4)
SYNONYM = 0.15  # how often a free synonym replaces a word's first translation: assumed


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def weighted(items: Iterable[tuple[float, T]]) -> Draw[T]:
    """Draws an item in proportion to its weight."""
    weights, values = zip(*items, strict=True)
    bounds = list(accumulate(weights))
    total = bounds[-1]
    return lambda rnd: values[bisect(bounds, rnd() * total)]


def zipf(items: Sequence[T], shift: float = 1.0) -> Draw[T]:
    """Draws an item in proportion to 1 / (rank + shift), the first having rank 0."""
    return weighted((1 / (rank + shift), item) for rank, item in enumerate(items))


def translation(rnd: Random, variants: Sequence[T]) -> T:
    """The first variant as a rule, now and then one of its synonyms."""
    if len(variants) == 1 or rnd() >= SYNONYM:
        return variants[0]
    return variants[1 + int(rnd() * (len(variants) - 1))]


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
    """Adjectives that fit a class of nouns, in two tiers."""

    chances: tuple[float, float]
    tiers: tuple[Draw[Adjective] | None, Draw[Adjective] | None]
    members: tuple[Adjective, ...]
    modifiers: Draw[tuple[str, str]] | None  # first parts of compounds that any of the nouns forms


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A noun in one class: what adjectives it takes there and how one is at that place."""

    noun: Noun
    pool: Pool
    preposition: str
    english_preposition: str


UMLAUT = {"a": "ä", "o": "ö", "u": "ü", "A": "Ä", "O": "Ö", "U": "Ü"}
FEMALE = ("Mädchen",)
NEUTRAL = word_set(
    "Person Mensch Kind Baby Kleinkind Teenager Gast Familie Regierung Universität Schule "
    "Gesellschaft Organisation Firma Bank Stiftung Gemeinde Partei Industrie Behörde "
    "Gewerkschaft Armee Zeitung"
)


def umlaut(stem: str) -> str:
    position = max(stem.rfind(letter) for letter in "aouAOU")
    if stem[position] == "u" and stem[position - 1 : position] in ("a", "A"):
        position -= 1
    return stem[:position] + UMLAUT[stem[position]] + stem[position + 1 :]


def noun(entry: str) -> Noun:
    """Read an entry such as `Mann m "er man/men`."""
    lemma, gender_code, ending, english = entry.split(maxsplit=3)
    gender = {"m": 0, "w": 0, "f": 1, "n": 2, "p": 3}[gender_code]
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
    sex = NEUTER if lemma in NEUTRAL else FEMININE if lemma in FEMALE else min(gender, NEUTER)
    count = {"*": "plural", "~": "mass", "^": "generic"}.get(
        english[-1], "mass" if ending == "!" else "count"
    )
    if gender == PLURAL:
        count = "plural"
    variants = [variant.strip("*~^").split("/") for variant in english.split("|")]
    return Noun(
        lemma=lemma,
        gender=gender,
        forms=(singular, [plural, plural, dative_plural, plural]),
        english=tuple(
            (form[0], form[-1] if len(form) > 1 or count != "count" else english_plural(form[0]))
            for form in variants
        ),
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


def compound(modifier: str, english: str, head: Noun) -> Noun:
    """`Holz` wooden + `Bank` bench: a noun that inflects like its head."""

    def join(form: str) -> str:
        return modifier + form[0].lower() + form[1:]

    return Noun(
        lemma=join(head.lemma),
        gender=head.gender,
        forms=([join(form) for form in head.forms[0]], [join(form) for form in head.forms[1]]),
        english=tuple((f"{english} {one}", f"{english} {many}") for one, many in head.english),
        sex=head.sex,
        mass=head.mass,
        plural_only=head.plural_only,
        english_count=head.english_count,
    )


def english_plural(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "sh", "ch", "x", "z")):
        return word + "es"
    if word.endswith(("tato", "mato", "hero", "cano")):
        return word + "es"
    return word + "s"


def article(phrase: str) -> str:
    """`a` or `an`, by the sound of the phrase's first word."""
    vowel = phrase[0] in "aeiouAEIO" and not phrase.startswith(
        ("uni", "use", "usua", "eu", "Eu", "one", "once", "unanim", "utop")
    )
    vowel = vowel or phrase.startswith(("hour", "honest", "heir", "unim", "unin", "unid"))
    return "an" if vowel else "a"


def adjective(entry: str) -> Adjective:
    german, english = entry.split("=")
    lemma, _, attributive = german.partition(">")
    male = lemma.endswith("^")
    lemma = lemma.rstrip("^")
    stem = attributive or lemma.rstrip("!").removesuffix("e")
    endings = ("e", "en", "er", "es", "em")
    forms = {ending: lemma[:-1] if lemma[-1] == "!" else stem + ending for ending in endings}
    lemma = lemma.rstrip("!")
    return Adjective(lemma, {"": lemma} | forms, tuple(english.split("|")), male)


def entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.replace("\n", " ").split(";") if entry.strip()]


def pools(text: str) -> dict[str, Pool]:
    """Read the notation of `data/caption_adjectives.txt`."""
    blocks: dict[str, tuple[tuple[float, float], list[str]]] = {}
    modifiers: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in text.strip().splitlines():
        head = line.split()
        if len(head) == 3 and "=" not in line:
            name = head[0]
            blocks[name] = ((float(head[1]), float(head[2])), [""])
        elif line.startswith("+ "):
            modifiers[name] = [modifier(entry) for entry in line[2:].split(",")]
        elif line.startswith("/ "):
            blocks[name][1].append(line[2:])
        else:
            blocks[name][1][-1] += line + "\n"
    found = {}
    for name, (chances, texts) in blocks.items():
        tiers = [[adjective(entry) for entry in entries(tier)] for tier in texts]
        draws = [zipf(tier) for tier in tiers]
        found[name] = Pool(
            chances,
            (draws[0], draws[1] if len(draws) > 1 else None),
            tuple(word for tier in tiers for word in tier),
            zipf(modifiers[name], 8) if name in modifiers else None,
        )
    return found


def table(text: str, shift: float = 1.0) -> Draw[tuple[str, str]]:
    """Draws from `german=english; ...`, frequent entries first."""
    pairs = [entry.partition("=") for entry in entries(text)]
    return zipf([(german, english.split("|")[0]) for german, _, english in pairs], shift)


def modifier(entry: str) -> tuple[str, str]:
    """Read `Holz wooden`."""
    german, english = entry.split(maxsplit=1)
    return german, english


UNCOMPOUNDED = word_set(
    "Mann Frau Junge Mädchen Kind Mensch Person Dame Mutter Vater Paar Freund Student Leute Teenager "
    "Passant Tourist Bruder Rentner Braut Nonne Mönch Pfarrer Besucher Kunde Kundin Gast Bürger "
    "Großmutter Großvater Bräutigam Freundin Nachbar Fußgänger Patient Flüchtling Häftling Bettler Zuhörer Leser"
)


class Classes:
    """The classes of nouns by name, each with its draw, and the compounds of each noun."""

    def __init__(self, texts: Sequence[str], compounds: str, adjectives: dict[str, Pool]) -> None:
        self.nouns: dict[str, Noun] = {}  # by entry
        self.members: dict[str, list[Member]] = {}
        self._rare: dict[tuple[Noun, str], Noun] = {}
        for text in texts:
            for block in text.strip().split("@")[1:]:
                head, body = block.split("\n", 1)
                name, pool = head.split()
                self.members[name] = [self._member(e, adjectives[pool]) for e in entries(body)]
        self.draws: dict[str, Draw[Member]] = {k: zipf(v) for k, v in self.members.items()}
        built: dict[Noun, list[Noun]] = {}
        lines = compounds.strip().splitlines()
        for modifiers, heads in zip(lines[::2], lines[1::2], strict=True):
            pairs = [modifier(entry) for entry in modifiers.split(",")]
            for word, part in product(heads[1:].split(), pairs):
                for base in self.find(word):
                    built.setdefault(base, []).append(compound(*part, base))
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
        """The entries for `lemma`, or for `lemma:english` where it is a homonym."""
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
        """A compound made on the spot; the noun itself where it would get clumsy."""
        lemma = head.lemma
        clumsy = len(lemma) > 9 or "-" in lemma or lemma.lower() in part[0].lower()
        if clumsy or head.mass or lemma in UNCOMPOUNDED:
            return head
        key = (head, part[0])
        if key not in self._rare:
            self._rare[key] = compound(*part, head)
        return self._rare[key]

    def mix(self, name: str, parts: Sequence[tuple[str, float]]) -> None:
        """Add a class that draws from others, by weight."""
        self.members[name] = [member for part, _ in parts for member in self.members[part]]
        choose = weighted([(weight, self.draws[part]) for part, weight in parts])
        self.draws[name] = lambda rnd: choose(rnd)(rnd)
