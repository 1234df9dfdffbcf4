"""The forms of German and English verbs."""

from dataclasses import dataclass

from xlt.objectives.translation.embedded.lexicon import english_plural
from xlt.objectives.translation.embedded.words import entries, text, word_list


@dataclass(frozen=True, slots=True, eq=False)
class GermanVerb:
    lemma: str  # the infinitive
    prefix: str  # separable; else ""
    present: tuple[str, str, str]  # ich; er; wir, Sie, sie
    past: tuple[str, str, str] | None  # only where the preterite is what people say
    participle: str
    auxiliary: str
    zu_infinitive: str
    joint: str  # what stands between prefix and verb where they are joined: "" or a blank


@dataclass(frozen=True, slots=True, eq=False)
class EnglishVerb:
    base: str
    third: str
    ing: str
    past: str
    participle: str


INSEPARABLE = ("be", "emp", "ent", "er", "ge", "miss", "ver", "zer")
FIRST_PERSON = {"sein": "bin", "haben": "habe", "werden": "werde", "wissen": "weiß"}
STRONG = {entry.split()[0]: entry.split()[1:] for entry in entries(text("german_strong_verbs"))}
IRREGULAR = {entry.split()[0]: entry.split() for entry in entries(text("english_irregular_verbs"))}
DOUBLING = word_list("doubling")


def german_verb(lemma: str) -> GermanVerb:
    """Conjugates a German verb.

    Args:
        lemma: The infinitive. `auf-heben` is separable and written as one word where its parts
            meet (aufheben), `Ski_laufen` as two.
    """
    prefix, _, infinitive = lemma.rpartition("-" if "-" in lemma else "_")
    third, participle, *past = STRONG.get(lemma) or STRONG.get(infinitive) or weak(infinitive)
    joint = " " if "_" in lemma else ""
    auxiliary = "sein" if participle[0] == "+" else "haben"
    participle = participle.lstrip("+")
    if prefix and lemma not in STRONG:
        participle = prefix + joint + participle
    first = FIRST_PERSON.get(infinitive)
    if first is None:
        first = infinitive[:-3] + "le" if infinitive.endswith("eln") else stem(infinitive) + "e"
    preterite = None
    if past:
        ending = {"t": "en", "e": "n"}.get(past[0][-1], "en")
        preterite = (past[0], past[0], past[0] + ending)
    whole = prefix + joint + infinitive
    return GermanVerb(
        lemma=whole,
        prefix=prefix,
        present=(first, third, "sind" if infinitive == "sein" else infinitive),
        past=preterite,
        participle=participle,
        auxiliary=auxiliary,
        zu_infinitive=f"{prefix}{joint}zu{joint}{infinitive}" if prefix else f"zu {infinitive}",
        joint=joint,
    )


def stem(infinitive: str) -> str:
    return infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]


def weak(infinitive: str) -> list[str]:
    """Returns third person and participle of a verb that is not in the list of strong verbs.

    It is strong nevertheless if the list has it without an inseparable prefix.
    """
    root = stem(infinitive)
    nasal = (
        root[-1] in "mn"
        and root[-2] not in "aeiouäöülrmn"
        and not (root[-2] == "h" and root[-3] != "c")
    )
    third = root + ("et" if root[-1] in "td" or nasal else "t")
    for prefix in INSEPARABLE:
        strong = STRONG.get(infinitive.removeprefix(prefix))
        if strong and infinitive.startswith(prefix):
            return [prefix + strong[0], prefix + strong[1].lstrip("+").removeprefix("ge")]
    silent = infinitive.startswith(INSEPARABLE) or infinitive.endswith("ieren")
    return [third, third if silent else "ge" + third]


def english_verb(base: str) -> EnglishVerb:
    """Conjugates an English verb."""
    one_syllable = sum(letter in "aeiou" for letter in base) == 1 and len(base) > 2
    short = one_syllable and base[-2] in "aeiou" and base[-1] not in "aeiouwxy"
    root = base + base[-1] if short or base in DOUBLING else base
    if base.endswith("ie"):
        ing = base[:-2] + "ying"
    elif base.endswith("e") and base != "be" and base[-2] not in "eo":
        ing = base[:-1] + "ing"
    else:
        ing = root + "ing"
    soft = base.endswith("y") and base[-2] not in "aeiou"
    regular = base + "d" if base[-1] == "e" else (base[:-1] + "ied" if soft else root + "ed")
    _, past, participle = IRREGULAR.get(base, ["", regular, regular])
    third = {"be": "is", "have": "has", "go": "goes", "do": "does"}.get(base, english_plural(base))
    return EnglishVerb(base, third, ing, past, participle)
