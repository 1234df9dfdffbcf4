"""German and English verbs: their forms, tenses and modal verbs.

A predicate has one of the tenses `present`, `preterite`, `perfect` and `pluperfect`, or one of
`data/verbs.txt`. `participle` is a German present whose English is a participle.
"""

import re
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from xlt.objectives.translation.embedded.bilingual import joined
from xlt.objectives.translation.embedded.lexicon import Case, english_plural
from xlt.objectives.translation.embedded.words import CHOICES, WORD_LISTS, sections, table


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

    def conjugate(self, tense: str, person: int) -> tuple[str, str, str]:
        """Conjugate the verb.

        Args:
            tense: One of the tenses that the module's docstring names.
            person: 0 for ich, 1 for er, 2 for wir.

        Returns:
            The finite verb, the verbs that end a main clause, and all verbs as they end a
            subordinate clause.
        """
        modal = MODALS.get(tense) or FULL_VERBS.get(tense)
        if modal:
            finite, last = modal[0].split()[person], self.lemma
        elif tense in PRESENT_TENSES:
            finite, last = self.present[person], self.prefix
        elif tense == "preterite" and self.past:
            finite, last = self.past[person], self.prefix
        else:
            finite = AUXILIARIES[self.auxiliary][tense == "pluperfect"].split()[person]
            last = self.participle
        joint = self.joint if last == self.prefix else " "
        return finite, last, f"{last}{joint}{finite}"


@dataclass(frozen=True, slots=True, eq=False)
class EnglishVerb:
    """The forms of an English verb."""

    base: str
    third: str
    ing: str
    past: str
    participle: str

    def conjugate(
        self, tense: str, person: int, negated: bool, asking: bool, contracted: bool
    ) -> tuple[str, str]:
        """Conjugate the verb.

        Args:
            tense: One of the tenses that the module's docstring names.
            person: 0 for I, 1 for he, 2 for we.
            negated: Whether `not` follows the auxiliary.
            asking: Whether the auxiliary stands before the subject.
            contracted: Whether a negation is contracted.

        Returns:
            The auxiliary, which may be empty, and the main verb. An adverb stands between them.
        """
        if tense in FULL_VERBS:
            time, base = FULL_VERBS[tense][1].split()
            full_verb = english_verb(base)
            auxiliary, main = full_verb.conjugate(time, person, negated, asking, contracted)
            return auxiliary, f"{main} to {self.base}"
        auxiliary, main = "", self.past
        if tense in MODALS:
            auxiliary, *to = MODALS[tense][1].split()
            main = joined(*to, self.base)
        elif tense in ENGLISH_TENSES:
            auxiliaries, form = ENGLISH_TENSES[tense]
            auxiliary, main = auxiliaries.split(", ")[person], getattr(self, form)
        elif tense == "participle":
            main = "" if self.base == "be" else self.ing
        elif self.base == "be":
            forms = ("am", "is", "are") if tense == "present" else ("was", "was", "were")
            auxiliary, main = forms[person], ""
        elif asking or negated:
            auxiliary = ("do", "does", "do")[person] if tense == "present" else "did"
            main = self.base
        elif tense == "present":
            main = self.third if person == 1 else self.base
        if negated:
            full = f"{auxiliary} not".replace("can not", "cannot")
            auxiliary = CONTRACTIONS.get(full, full) if contracted else full
        return auxiliary, main


def _table(title: str) -> dict[str, list[str]]:
    rows = (line.split("; ") for line in sections("verbs")[title].splitlines())
    return {name: columns for name, *columns in rows}


STRONG, IRREGULAR = _table("German strong verbs"), _table("English irregular verbs")
MODALS, FULL_VERBS, AUXILIARIES = map(_table, ("modals", "full verbs", "auxiliaries"))
ENGLISH_TENSES = _table("English tenses")
INSEPARABLE = ("be", "emp", "ent", "er", "ge", "miss", "ver", "zer")
FIRST_PERSON = {"sein": "bin", "haben": "habe", "werden": "werde", "wissen": "weiß"}
PRESENT_TENSES = ("present", "progressive", "participle", "lasting", "lasting state")  # German
THIRD_PERSON = {"be": "is", "have": "has", "go": "goes", "do": "does"}
SLOT = re.compile(r"\{(\w+)\.([nadg])(.*?)\}")
MODES = [title for title in CHOICES if title.startswith("mode")]
CONTRACTIONS = table(sections("verbs")["contractions"])


def german_verb(lemma: str) -> GermanVerb:
    """Conjugate a German verb.

    Args:
        lemma: The infinitive. `auf-heben` is separable and written as one word where its parts
            meet (aufheben), `Ski_laufen` as two.
    """
    prefix, _, infinitive = lemma.rpartition("-" if "-" in lemma else "_")
    third, participle, *past = STRONG.get(lemma) or STRONG.get(infinitive) or _weak(infinitive)
    joint = " " if "_" in lemma else ""
    stem = infinitive.removesuffix("n").removesuffix("e")
    first = infinitive[:-3] + "le" if infinitive.endswith("eln") else stem + "e"
    plural = "sind" if infinitive == "sein" else infinitive
    return GermanVerb(
        lemma=prefix + joint + infinitive,
        prefix=prefix,
        present=(FIRST_PERSON.get(infinitive, first), third, plural),
        past=(past[0], past[0], past[0].removesuffix("e") + "en") if past else None,
        participle=("" if lemma in STRONG else prefix + joint) + participle.lstrip("+"),
        auxiliary="sein" if participle[0] == "+" else "haben",
        zu_infinitive=f"{prefix}{joint}zu{joint}{infinitive}" if prefix else f"zu {infinitive}",
        joint=joint,
    )


def _weak(infinitive: str) -> list[str]:
    """Return third person and participle of a verb that is not in the list of strong verbs.

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
    """Conjugate an English verb."""
    one_syllable = sum(letter in "aeiou" for letter in base) == 1 and len(base) > 2
    short = one_syllable and base[-2] in "aeiou" and base[-1] not in "aeiouwxy"
    stem = base + base[-1] if short or base in WORD_LISTS["doubling"] else base
    past = base + "d" if base[-1] == "e" else stem + "ed"
    if base.endswith("y") and base[-2] not in "aeiou":
        past = base[:-1] + "ied"
    if base.endswith("ie"):
        stem = base[:-2] + "y"
    elif base.endswith("e") and base != "be" and base[-2] not in "eo":
        stem = base[:-1]
    third = THIRD_PERSON.get(base) or english_plural(base)
    return EnglishVerb(base, third, stem + "ing", *IRREGULAR.get(base, (past, past)))


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
        """Return what is left of `rest` where the first complement stands elsewhere."""
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
        direct = self.slots == [self.object] and self.slots[0].case == Case.ACCUSATIVE
        return direct and self.verb.auxiliary == "haben" and not self.reflexive


def parse_frame(line: str) -> Frame:
    """Read `heben {toy.a} über den Zaun = lift {0} over the fence @nature`."""
    german, _, right = line.partition(" = ")
    english, _, tags = right.partition("@")
    items: list[Slot | str] = []
    for token in german.split():
        match = SLOT.fullmatch(token)
        if match is None:
            items.append(token)
        else:
            name, case, flags = match.groups()
            governed = bool(items) and items[-1] in WORD_LISTS["prepositions"]
            preposition = str(items.pop()) if governed else ""
            items.append(Slot(name, "nadg".index(case), flags, preposition))
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
    """Read the sections of a file of frames, by their titles."""
    return {
        title: [parse_frame(line) for line in body.strip().splitlines()]
        for title, body in sections(name).items()
    }
