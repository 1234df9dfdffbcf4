"""Noun phrases and verbs with their complements, built in both languages at once.

What captions and talks share.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from xlt.objectives.translation.embedded.bilingual import Pair, joined, say
from xlt.objectives.translation.embedded.draws import Draw, Random, T, synonym
from xlt.objectives.translation.embedded.frames import Frame, Slot
from xlt.objectives.translation.embedded.lexicon import (
    DATIVE,
    FEMININE,
    NEUTER,
    PLURAL,
    Lexicon,
    Member,
    Noun,
    article,
)
from xlt.objectives.translation.embedded.verbs import EnglishVerb
from xlt.objectives.translation.embedded.words import CHOICES, PHRASES, pairs, sections, word_list


class Owner(NamedTuple):
    """The possessive of a person: the German stem, and the English word."""

    german: str
    english: str
    young: bool = False  # a child has no husband and no grandson


HIS, HER, THEIR = Owner("sein", "his"), Owner("ihr", "her"), Owner("ihr", "their")
MY, OUR, YOUR = Owner("mein", "my"), Owner("unser", "our"), Owner("Ihr", "your")


def owner_of(noun: Noun, plural: bool = False) -> Owner:
    """Returns the possessive that points back to a subject of the third person."""
    if plural:
        return THEIR
    if FEMININE in (noun.gender, noun.sex):
        return THEIR if noun.sex == NEUTER else HER
    return HIS


class Phrase(NamedTuple):
    """A noun phrase."""

    german: str
    english: str
    plural: bool  # in German
    english_plural: bool
    noun: Noun

    @property
    def gender(self) -> int:
        """The gender of a relative pronoun."""
        return PLURAL if self.plural else self.noun.gender


class Numbered(Protocol):
    """Whatever a verb agrees with."""

    @property
    def plural(self) -> bool: ...
    @property
    def english_plural(self) -> bool: ...


def agree(subject: Numbered, german: str, english: str = "") -> Pair:
    """Returns the form that agrees, of `singular/plural` in each language."""
    form, english_form = -int(subject.plural), -int(subject.english_plural)
    return Pair(german.split("/")[form], english.split("/")[english_form])


class Filled(NamedTuple):
    """A frame with its complements chosen."""

    frame: Frame
    early: str  # German pronouns
    objects: str  # German complements without a preposition
    others: str  # German complements with one, and fixed words
    english: str
    verb: EnglishVerb
    first: Phrase | None

    def infinitive(self, reflexive: str = "") -> str:
        """Returns the German infinitive with `zu`, its complements before it."""
        zu = self.frame.verb.zu_infinitive
        return joined(reflexive, self.early, self.objects, self.others, zu)


def _word(entry: str) -> str:
    return "" if entry == "-" else entry


def _endings(name: str) -> list[list[str]]:
    rows = sections("determiners")[f"ending {name}"].splitlines()
    return [[_word(entry) for entry in row.split()] for row in rows]


ENDINGS = {
    name: _endings(name)
    for name in ["none", "ein", "der", "dies", "weak", "mixed", "strong", "relative"]
}
RELATIVE = ENDINGS["relative"]
DETERMINERS = {
    name: (_word(stem), ENDINGS[endings], ENDINGS[adjectives], _word(english))
    for name, stem, endings, adjectives, english in (
        line.split() for line in sections("determiners")["determiners"].splitlines()
    )
}
MERGED = dict(pairs(sections("determiners")["merged with prepositions"]))
DEFINITE_WITH_MASS_NOUNS = word_list("definite with mass nouns")
PRONOUNS = ("mir", "uns", "Ihnen", "ihm", "ihr", "ihnen", "mich", "Sie", "ihn")
KIN = ("kin", "baby", "lover")
RARE_COMPOUND = 0.06  # how often any noun is put together ad hoc: assumed, for a tail of rare words
COMPOUND = 0.33  # how often a noun that forms compounds is in one: assumed


class Grammar:
    """Draws phrases from a lexicon. One random generator decides everything.

    Args:
        lexicon: The nouns and adjectives.
        rnd: The random generator.
    """

    def __init__(self, lexicon: Lexicon, rnd: Random) -> None:
        self.lexicon = lexicon
        self.rnd = rnd

    def chance(self, probability: float) -> bool:
        return self.rnd() < probability

    def pick(self, options: Sequence[T]) -> T:
        """Draws one of the options, each as often as another."""
        return options[int(self.rnd() * len(options))]

    def pick_early(self, options: Sequence[T]) -> T:
        """Draws one of the options, the first ones more often."""
        return options[int(self.rnd() * self.rnd() * len(options))]

    def draw(self, title: str) -> Pair:
        """Draws from a table in `data/phrases.txt`."""
        return PHRASES[title](self.rnd)

    def choose(self, title: str) -> str:
        """Draws a name by the weights in `data/choices.txt`."""
        return CHOICES[title](self.rnd)

    def member(self, name: str) -> Member:
        """Draws a noun of a class."""
        return self.lexicon.draws[name](self.rnd)

    def pattern(self, title: str) -> Pair:
        """Draws a sentence by one of the methods that `data/choices.txt` has weights of."""
        sentence: Pair = getattr(self, self.choose(title))()
        return sentence

    def phrase(
        self,
        what: str | Member,
        case: int,
        mode: str | Draw[str] = "ein",
        owner: Owner = HIS,
        preposition: str = "",
    ) -> Phrase:
        """Draws a noun phrase: a determiner, adjectives and a noun.

        Args:
            what: The noun, or the class that it is drawn from.
            case: The case.
            mode: The determiner, by its name in `data/determiners.txt`, perhaps with ` plural`, or
                a draw of one. Where the noun has no such form, the nearest one is used.
            owner: Whose it is, for the determiner `own`.
            preposition: What stands before the phrase, in German only.
        """
        rnd = self.rnd
        member = self.member(what) if isinstance(what, str) else what
        kind, _, number = (mode if isinstance(mode, str) else mode(rnd)).partition(" ")
        noun, pool = self._compound(member), member.pool
        plural = number == "plural" or kind in ("number", "einig", "viel", "mehrer")
        if noun.plural_only:
            plural = True
            kind = "bare" if kind == "number" else kind
        elif noun.mass:
            plural = False
            if kind not in ("der", "dies", "own", "kein"):
                kind = "der" if preposition in DEFINITE_WITH_MASS_NOUNS else "bare"
        if kind == "ein" and plural:
            kind = "bare"
        gender = PLURAL if plural else noun.gender

        stem, endings, adjective_endings, english_determiner = DETERMINERS[kind]
        if kind == "own":
            stem, english_determiner = owner.german, owner.english
        elif kind == "number":
            stem, english_determiner = self.draw("numerals")
        determiner = stem + endings[case][gender]

        german = noun.forms[plural][case]
        one, several = synonym(rnd, noun.english)
        count = noun.english_count
        english = several if plural and count != "mass" else one
        if kind != "bare" or plural or noun.mass:
            for chance, adjectives in reversed(pool.tiers):
                if rnd() < chance:
                    adjective = adjectives(rnd)
                    if adjective.male and noun.sex == FEMININE:
                        continue
                    german = f"{adjective.forms[adjective_endings[case][gender]]} {german}"
                    english = f"{synonym(rnd, adjective.english)} {english}"

        english_plural = (plural and count != "mass") or count == "plural"
        if kind == "der" and count == "generic":
            english_determiner = ""
        elif kind == "dies" and english_plural:
            english_determiner = "these"
        elif kind == "ein" and not english_plural and count == "count":
            english_determiner = article(english)
        *before, last = preposition.split(" ")
        together = joined(last, determiner)
        german = joined(*before, MERGED.get(together, together), german)
        return Phrase(german, joined(english_determiner, english), plural, english_plural, noun)

    def located(self, member: Member, mode: Draw[str], owner: Owner = HIS) -> Pair:
        """Draws a place: a noun phrase after the preposition of its noun."""
        where = self.phrase(member, DATIVE, mode, owner, member.preposition)
        return Pair(where.german, f"{member.english_preposition} {where.english}")

    def _compound(self, member: Member) -> Noun:
        """Returns the noun of a member, or a compound of it now and then."""
        noun, modifiers = member.noun, member.pool.modifiers
        if noun in self.lexicon.compounds and self.chance(COMPOUND):
            return self.lexicon.compounds[noun](self.rnd)
        if modifiers is not None and self.chance(RARE_COMPOUND):
            return self.lexicon.rare(noun, modifiers(self.rnd))
        return noun

    def fill(
        self,
        frame: Frame,
        owner: Owner,
        negated: bool = False,
        person: Callable[[Slot], Phrase] | None = None,
        two_things: float = 0.0,
    ) -> Filled:
        """Chooses the complements of a frame.

        Args:
            frame: The frame.
            owner: The subject's possessive.
            negated: Whether the first complement takes `kein`.
            person: Chooses what is put in a slot of people, a pronoun perhaps.
            two_things: The chance that a complement is two things.
        """
        early = ""
        objects: list[str] = []
        others: list[str] = []
        english: list[str] = []
        first: Phrase | None = None
        for slot in frame.items:
            if isinstance(slot, str):
                others.append(slot)
                continue
            if person is not None and slot.name == "who":
                phrase = person(slot)
            else:
                kein = negated and first is None
                phrase = self._complement(slot, owner, kein, two_things, negated)
            first = first or phrase
            english.append(phrase.english)
            if phrase.german in PRONOUNS:
                early = phrase.german
            else:
                (others if slot.preposition or others else objects).append(phrase.german)
        wording = synonym(self.rnd, frame.english)
        rest = wording.rest.format(*english, P=owner.english)
        return Filled(frame, early, " ".join(objects), " ".join(others), rest, wording.verb, first)

    def _complement(
        self, slot: Slot, owner: Owner, kein: bool, two_things: float, single: bool
    ) -> Phrase:
        mode = slot.mode(self.rnd)
        if kein:
            mode = self.choose("negated")
        name = "playmate" if owner.young and slot.name in KIN else slot.name
        phrase = self.phrase(name, slot.case, mode, owner, slot.preposition)
        if two_things and self.chance(two_things):
            more = self.phrase(name, slot.case, slot.mode, owner, slot.preposition)
            if more.noun is not phrase.noun and not single:
                both = say("{one} und {two} = {one} and {two}", one=phrase, two=more)
                return phrase._replace(german=both.german, english=both.english)
        return phrase
