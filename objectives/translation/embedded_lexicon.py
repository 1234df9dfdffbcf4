"""The words of the embedded corpus: how a noun, an adjective and a verb inflect, and how often
one is drawn.

Reads the notations of `embedded_nouns` and `embedded_words`. Draws are by 1 / rank (Zipf's law);
only `random()` of a seeded generator and arithmetic that IEEE 754 rounds exactly are used, so a
seed gives the same words on every machine.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from typing import TypeAlias, TypeVar

from xlt.objectives.translation import embedded_words as words

Random: TypeAlias = Callable[[], float]  # uniform in [0, 1)
T = TypeVar("T")
Draw: TypeAlias = Callable[[Random], T]

CASES = "nadg"  # nominative, accusative, dative, genitive
MASCULINE, FEMININE, NEUTER, PLURAL = range(4)
SYNONYM = 0.15  # how often a free synonym replaces a word's first translation: assumed


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


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A noun in one class: what adjectives it takes there and how one is at that place."""

    noun: Noun
    pool: Pool
    preposition: str
    english_preposition: str


@dataclass(frozen=True, slots=True, eq=False)
class GermanVerb:
    lemma: str
    prefix: str  # separable; else ""
    present: tuple[str, str, str]  # ich; er; wir, Sie, sie
    past: tuple[str, str, str] | None  # only where the preterite is what people say
    participle: str
    auxiliary: str
    infinitive: str
    zu_infinitive: str
    joint: str  # what stands between prefix and verb where they are joined: "" or a blank


@dataclass(frozen=True, slots=True, eq=False)
class EnglishVerb:
    base: str
    third: str
    ing: str
    past: str
    participle: str


UMLAUT = {"a": "ä", "o": "ö", "u": "ü", "A": "Ä", "O": "Ö", "U": "Ü"}
FEMALE = ("Mädchen",)
NEUTRAL = frozenset(
    "Person Mensch Kind Baby Kleinkind Teenager Gast Familie Regierung Universität Schule "
    "Gesellschaft Organisation Firma Bank Stiftung Gemeinde Partei Industrie Behörde Gewerkschaft "
    "Armee Zeitung".split()
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
    if gender == FEMININE or gender == PLURAL:
        singular = [lemma] * 4
    elif gender_code == "w":
        oblique = lemma + ("n" if lemma.endswith(("e", "er", "ar", "Herr")) else "en")
        singular = [lemma, oblique, oblique, oblique]
    else:
        singular = [lemma, lemma, lemma, genitive(lemma)]
    if lemma in NEUTRAL:
        sex = NEUTER
    else:
        sex = FEMININE if lemma in FEMALE else min(gender, NEUTER)
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
    if word.endswith(("tato", "mato", "squito", "hero")):
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
    """Read the notation of `ADJECTIVE_POOLS`."""
    blocks: dict[str, tuple[tuple[float, float], list[str]]] = {}
    name = ""
    for line in text.strip().splitlines():
        head = line.split()
        if len(head) == 3 and "=" not in line:
            name = head[0]
            blocks[name] = ((float(head[1]), float(head[2])), [""])
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
        )
    return found


class Classes:
    """The classes of nouns by name, each with its draw, and the compounds of each noun."""

    def __init__(self, texts: Sequence[str], compounds: str, adjectives: dict[str, Pool]) -> None:
        self.nouns: dict[tuple[str, str], Noun] = {}
        self.members: dict[str, list[Member]] = {}
        for text in texts:
            for block in text.strip().split("@")[1:]:
                head, body = block.split("\n", 1)
                name, pool = head.split()
                self.members[name] = [self._member(e, adjectives[pool]) for e in entries(body)]
        self.draws: dict[str, Draw[Member]] = {k: zipf(v) for k, v in self.members.items()}
        built: dict[Noun, list[Noun]] = {}
        lines = compounds.strip().splitlines()
        for modifiers, heads in zip(lines[::2], lines[1::2], strict=True):
            pairs = [entry.split(maxsplit=1) for entry in modifiers.split(",")]
            for word, head in product(heads[1:].split(), pairs):
                for base in self.find(word):
                    built.setdefault(base, []).append(compound(head[0], head[1], base))
        self.compounds: dict[Noun, Draw[Noun]] = {k: zipf(v, 6) for k, v in built.items()}

    def _member(self, entry: str, pool: Pool) -> Member:
        entry, _, place = entry.partition(" +")
        preposition, _, english = place.partition(":")
        if entry[0] == "=":
            found = self.find(entry[1:])[0]
        else:
            key = (entry.split()[0], entry.split(maxsplit=3)[3])
            found = self.nouns.setdefault(key, noun(entry))
        return Member(found, pool, preposition, english)

    def find(self, reference: str) -> list[Noun]:
        """The entries for `lemma`, or for `lemma:english` where it is a homonym."""
        lemma, _, english = reference.partition(":")
        found = [
            entry
            for (key, _), entry in self.nouns.items()
            if key == lemma and (not english or english in entry.english[0][0])
        ]
        if not found:
            raise KeyError(reference)
        return found

    def mix(self, name: str, parts: Sequence[tuple[str, float]]) -> None:
        """Add a class that draws from others, by weight."""
        self.members[name] = [member for part, _ in parts for member in self.members[part]]
        choose = weighted([(weight, self.draws[part]) for part, weight in parts])
        self.draws[name] = lambda rnd: choose(rnd)(rnd)


INSEPARABLE = ("be", "emp", "ent", "er", "ge", "miss", "ver", "zer")
FIRST_PERSON = {"sein": "bin", "haben": "habe", "werden": "werde", "wissen": "weiß"}
STRONG = {entry.split()[0]: entry.split()[1:] for entry in entries(words.STRONG_VERBS)}
STRONG |= {"sein": ["ist", "+gewesen", "war"]}


def german_verb(lemma: str) -> GermanVerb:
    """`auf-heben` is separable and joined (aufheben), `Ski_laufen` separable and apart."""
    mark = "-" if "-" in lemma else "_"
    prefix, _, infinitive = lemma.rpartition(mark)
    third, participle, *past = STRONG.get(lemma) or STRONG.get(infinitive) or weak(infinitive)
    joint = " " if "_" in lemma else ""
    auxiliary = "sein" if participle[0] == "+" else "haben"
    participle = participle.lstrip("+")
    if prefix and lemma not in STRONG:
        participle = prefix + joint + participle
    first = FIRST_PERSON.get(infinitive)
    if first is None:
        first = infinitive[:-3] + "le" if infinitive.endswith("eln") else stem(infinitive) + "e"
    plural = "sind" if infinitive == "sein" else infinitive
    preterite = None
    if past:
        ending = {"t": "en", "e": "n"}.get(past[0][-1], "en")
        preterite = (past[0], past[0], past[0] + ending)
    whole = prefix + joint + infinitive
    zu = f"{prefix}{joint}zu{joint}{infinitive}" if prefix else f"zu {infinitive}"
    return GermanVerb(
        lemma=whole,
        prefix=prefix,
        present=(first, third, plural),
        past=preterite,
        participle=participle,
        auxiliary=auxiliary,
        infinitive=whole,
        zu_infinitive=zu,
        joint=joint,
    )


def stem(infinitive: str) -> str:
    return infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]


def weak(infinitive: str) -> list[str]:
    """Third person and participle of a verb that is regular, or strong behind its prefix."""
    root = stem(infinitive)
    nasal = (
        root[-1] in "mn"
        and root[-2] not in "aeiouäöülrmn"
        and not (root[-2] == "h" and root[-3] != "c")
    )
    third = root + ("et" if root[-1] in "td" or nasal else "t")
    for prefix in INSEPARABLE:
        base = STRONG.get(infinitive.removeprefix(prefix))
        if base and infinitive.startswith(prefix):
            return [prefix + base[0], prefix + base[1].lstrip("+").removeprefix("ge")]
    silent = infinitive.startswith(INSEPARABLE) or infinitive.endswith("ieren")
    return [third, third if silent else "ge" + third]


IRREGULAR = {entry.split()[0]: entry.split() for entry in entries(words.ENGLISH_IRREGULAR)}
DOUBLING = (
    "begin",
    "forget",
    "prefer",
    "admit",
    "commit",
    "regret",
    "occur",
    "quit",
    "squat", "program",
    "unwrap",
)


def english_verb(base: str) -> EnglishVerb:
    doubled = base in DOUBLING or (
        len(base) > 2
        and sum(letter in "aeiou" for letter in base) == 1
        and base[-2] in "aeiou"
        and base[-1] not in "aeiouwxy"
    )
    root = base + base[-1] if doubled else base
    if base.endswith("ie"):
        ing = base[:-2] + "ying"
    elif base.endswith("e") and base != "be" and base[-2] not in "eo":
        ing = base[:-1] + "ing"
    else:
        ing = root + "ing"
    soft = base.endswith("y") and base[-2] not in "aeiou"
    regular = base + "d" if base[-1] == "e" else (base[:-1] + "ied" if soft else root + "ed")
    _, past, participle = IRREGULAR.get(base, ["", regular, regular])
    if base in ("be", "have"):
        third = {"be": "is", "have": "has"}[base]
    else:
        third = base + "es" if base in ("go", "do") else english_plural(base)
    return EnglishVerb(base, third, ing, past, participle)
