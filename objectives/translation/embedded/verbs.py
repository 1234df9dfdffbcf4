"""German and English verbs: their forms, tenses and modal verbs.

A predicate has one of the tenses `present`, `preterite`, `perfect` and `pluperfect`, or one of
`data/verbs.txt`. `have` and `ever` are a German perfect whose English is a present perfect;
`progressive` and `participle` are a German present.
"""

import re
from dataclasses import dataclass

from xlt.objectives.translation.embedded.lexicon import english_plural
from xlt.objectives.translation.embedded.words import entries, sections, table, word_list


@dataclass(frozen=True, slots=True, eq=False)
class GermanVerb:
    """The forms of a German verb."""

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
    """The forms of an English verb."""

    base: str
    third: str
    ing: str
    past: str
    participle: str


def _forms(title: str) -> dict[str, list[str]]:
    rows = (entry.split() for entry in entries(sections("verbs")[title]))
    return {name: forms for name, *forms in rows}


def _tenses(title: str) -> dict[str, list[str]]:
    rows = (line.split("; ") for line in sections("verbs")[title].splitlines())
    return {name: columns for name, *columns in rows}


STRONG, IRREGULAR = _forms("German strong verbs"), _forms("English irregular verbs")
DOUBLING = word_list("doubling")
INSEPARABLE = ("be", "emp", "ent", "er", "ge", "miss", "ver", "zer")
FIRST_PERSON = {"sein": "bin", "haben": "habe", "werden": "werde", "wissen": "weiß"}
THIRD_PERSON = {"be": "is", "have": "has", "go": "goes", "do": "does"}
MODALS, FULL_VERBS, AUXILIARIES = map(_tenses, ("modals", "full verbs", "auxiliaries"))
CONTRACTIONS = table(sections("verbs")["contractions"])


def german_verb(lemma: str) -> GermanVerb:
    """Conjugates a German verb.

    Args:
        lemma: The infinitive. `auf-heben` is separable and written as one word where its parts
            meet (aufheben), `Ski_laufen` as two.
    """
    prefix, _, infinitive = lemma.rpartition("-" if "-" in lemma else "_")
    third, participle, *past = STRONG.get(lemma) or STRONG.get(infinitive) or _weak(infinitive)
    joint = " " if "_" in lemma else ""
    start = "" if lemma in STRONG else prefix + joint
    stem = infinitive.removesuffix("n").removesuffix("e")
    first = infinitive[:-3] + "le" if infinitive.endswith("eln") else stem + "e"
    return GermanVerb(
        lemma=prefix + joint + infinitive,
        prefix=prefix,
        present=(
            FIRST_PERSON.get(infinitive, first),
            third,
            "sind" if infinitive == "sein" else infinitive,
        ),
        past=(past[0], past[0], past[0] + ("n" if past[0][-1] == "e" else "en")) if past else None,
        participle=start + participle.lstrip("+"),
        auxiliary="sein" if participle[0] == "+" else "haben",
        zu_infinitive=f"{prefix}{joint}zu{joint}{infinitive}" if prefix else f"zu {infinitive}",
        joint=joint,
    )


def _weak(infinitive: str) -> list[str]:
    """Returns third person and participle of a verb that is not in the list of strong verbs.

    It is strong nevertheless if the list has it without an inseparable prefix.
    """
    for prefix in INSEPARABLE:
        strong = STRONG.get(infinitive.removeprefix(prefix))
        if strong and infinitive.startswith(prefix):
            return [prefix + strong[0], prefix + strong[1].lstrip("+").removeprefix("ge")]
    stem = infinitive.removesuffix("n").removesuffix("e")
    nasal = re.search(r"(?<![aeiouäöülrmnh])[mn]$|ch[mn]$", stem)
    third = stem + ("et" if stem[-1] in "td" or nasal else "t")
    silent = infinitive.startswith(INSEPARABLE) or infinitive.endswith("ieren")
    return [third, third if silent else "ge" + third]


def english_verb(base: str) -> EnglishVerb:
    """Conjugates an English verb."""
    one_syllable = sum(letter in "aeiou" for letter in base) == 1 and len(base) > 2
    short = one_syllable and base[-2] in "aeiou" and base[-1] not in "aeiouwxy"
    stem = base + base[-1] if short or base in DOUBLING else base
    past = base + "d" if base[-1] == "e" else stem + "ed"
    if base.endswith("y") and base[-2] not in "aeiou":
        past = base[:-1] + "ied"
    if base.endswith("ie"):
        stem = base[:-2] + "y"
    elif base.endswith("e") and base != "be" and base[-2] not in "eo":
        stem = base[:-1]
    third = THIRD_PERSON.get(base) or english_plural(base)
    return EnglishVerb(base, third, stem + "ing", *IRREGULAR.get(base, (past, past)))


def conjugate(verb: GermanVerb, tense: str, person: int) -> tuple[str, str, str]:
    """Returns the parts of a German predicate.

    Args:
        verb: The verb.
        tense: One of the tenses above.
        person: 0 for ich, 1 for er, 2 for wir.

    Returns:
        The finite verb, the verbs that end a main clause, and all verbs as they end a subordinate
        clause.
    """
    modal = MODALS.get(tense) or FULL_VERBS.get(tense)
    if modal:
        finite, last = modal[0].split()[person], verb.lemma
    elif tense in ("present", "progressive", "participle") or (tense == "preterite" and verb.past):
        finite = (verb.past if tense == "preterite" and verb.past else verb.present)[person]
        return finite, verb.prefix, verb.prefix + verb.joint + finite
    else:
        finite = AUXILIARIES[verb.auxiliary][tense == "pluperfect"].split()[person]
        last = verb.participle
    return finite, last, f"{last} {finite}"


def conjugate_english(
    verb: EnglishVerb,
    tense: str,
    person: int,
    negated: bool = False,
    asking: bool = False,
    contracted: bool = False,
) -> tuple[str, str]:
    """Returns the parts of an English predicate.

    Args:
        verb: The verb.
        tense: One of the tenses above.
        person: 0 for I, 1 for he, 2 for we.
        negated: Whether `not` follows the auxiliary.
        asking: Whether the auxiliary stands before the subject.
        contracted: Whether a negation is contracted.

    Returns:
        The auxiliary, which may be empty, and the main verb. An adverb stands between the two.
    """
    if tense in FULL_VERBS:
        time, base = FULL_VERBS[tense][1].split()
        full = english_verb(base)
        auxiliary, main = conjugate_english(full, time, person, negated, asking, contracted)
        return auxiliary, f"{main} to {verb.base}"
    auxiliary, main = "", ""
    if tense in MODALS:
        auxiliary, *to = MODALS[tense][1].split()
        main = " ".join([*to, verb.base])
    elif tense in ("have", "ever", "pluperfect"):
        auxiliary, main = ("have", "has", "have")[person], verb.participle
        auxiliary = "had" if tense == "pluperfect" else auxiliary
    elif tense == "participle":
        main = verb.ing if verb.base != "be" else ""
    elif tense == "progressive" or verb.base == "be":
        present = tense in ("present", "progressive")
        auxiliary = (("am", "is", "are") if present else ("was", "was", "were"))[person]
        main = verb.ing if verb.base != "be" else ""
    elif asking or negated:
        auxiliary = ("do", "does", "do")[person] if tense == "present" else "did"
        main = verb.base
    elif tense == "present":
        main = verb.third if person == 1 else verb.base
    else:
        main = verb.past
    if negated:
        auxiliary += " not"
        auxiliary = CONTRACTIONS.get(auxiliary, auxiliary) if contracted else auxiliary
        auxiliary = "cannot" if auxiliary == "can not" else auxiliary
    return auxiliary, main
