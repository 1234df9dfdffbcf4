"""Draws noun phrases and verbs with their complements, in both languages at once.

What captions and talks share.
"""

from collections.abc import Sequence
from dataclasses import replace

from xlt.objectives.translation.embedded.bilingual import AND, Pair, joined
from xlt.objectives.translation.embedded.draws import Random, T, synonym
from xlt.objectives.translation.embedded.lexicon import Gender, Lexicon, Member, Noun, article
from xlt.objectives.translation.embedded.syntax import HIS, Filled, Owner, Phrase
from xlt.objectives.translation.embedded.verbs import Frame, Slot
from xlt.objectives.translation.embedded.words import CHOICES, PHRASES, WORD_LISTS, sections, table

ENDINGS = {  # by name, case and gender
    name: [[ending.strip("-") for ending in row.split()] for row in body.splitlines()]
    for name, body in sections("determiners", "ending ").items()
}
ROWS = sections("determiners")["determiners"].splitlines()
RELATIVE = ENDINGS["relative"]
DETERMINERS = {
    name: (stem.strip("-"), ENDINGS[endings], ENDINGS[adjectives], english.strip("-"))
    for name, stem, endings, adjectives, english in map(str.split, ROWS)
}
MERGED = table(sections("determiners")["merged with prepositions"])
KIN = ("kin", "baby", "lover")
RARE_COMPOUND = 0.06  # how often any noun is put together ad hoc: assumed, for a tail of rare words
COMPOUND = 0.33  # how often a noun that forms compounds is in one: assumed


class Grammar:
    """Draws phrases from a lexicon. One random generator decides everything.

    Args:
        lexicon: The nouns and adjectives.
        rnd: The random generator.
    """

    two_things = 0.0  # the chance that a complement is two things

    def __init__(self, lexicon: Lexicon, rnd: Random) -> None:
        self.lexicon = lexicon
        self.rnd = rnd
        self.rare: dict[tuple[Noun, str], Noun] = {}  # compounds made on the spot

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.rnd() < probability

    def pick(self, options: Sequence[T]) -> T:
        """Draw one of the options, each as often as another."""
        return options[int(self.rnd() * len(options))]

    def pick_early(self, options: Sequence[T]) -> T:
        """Draw one of the options, the first ones more often."""
        return options[int(self.rnd() * self.rnd() * len(options))]

    def draw(self, title: str) -> Pair:
        """Draw from a table in `data/phrases.txt`."""
        return PHRASES[title](self.rnd)

    def choose(self, title: str) -> str:
        """Draw a name by the weights in `data/choices.txt`, again while it is a title there."""
        while title in CHOICES:
            title = CHOICES[title](self.rnd)
        return title

    def member(self, name: str) -> Member:
        """Draw a noun of a class, which may draw from others by `data/choices.txt`."""
        mixed = CHOICES.get(f"class {name}")
        return self.lexicon.draws[mixed(self.rnd) if mixed else name](self.rnd)

    def phrase(
        self, what: str | Member, case: int, mode: str = "ein", owner: Owner = HIS, before: str = ""
    ) -> Phrase:
        """Draw a noun phrase: a determiner, adjectives and a noun.

        Args:
            what: The noun, or the class that it is drawn from.
            case: The case.
            mode: The determiner, by its name in `data/determiners.txt`, perhaps with ` plural`, or
                a title in `data/choices.txt`. Where the noun has no such form, the nearest one is
                used.
            owner: Whose it is, for the determiner `own`.
            before: What stands before the phrase: German, or `German:English`.
        """
        rnd = self.rnd
        preposition, _, english_preposition = before.partition(":")
        member = self.member(what) if isinstance(what, str) else what
        kind, _, number = self.choose(mode).partition(" ")
        noun, pool = self._compound(member), member.pool
        plural = number == "plural" or kind in ("number", "einig", "viel", "mehrer")
        if noun.gender == Gender.PLURAL:
            plural = True
            kind = "bare" if kind == "number" else kind
        elif noun.mass:
            plural = False
            if kind not in ("der", "dies", "own", "kein"):
                kind = "der" if preposition in WORD_LISTS["definite with mass nouns"] else "bare"
        if kind == "ein" and plural:
            kind = "bare"
        gender = Gender.PLURAL if plural else noun.gender

        stem, endings, adjective_endings, english_determiner = DETERMINERS[kind]
        if kind in ("own", "number"):
            stem_of = owner if kind == "own" else self.draw("numerals")
            stem, english_determiner = stem_of.german, stem_of.english
        determiner = stem + endings[case][gender]

        german = noun.forms[plural][case]
        one, several = synonym(rnd, noun.english)
        count = noun.english_count
        english = several if plural and count != "mass" else one
        if kind != "bare" or plural or noun.mass:
            for chance, adjectives in reversed(pool.tiers):
                if rnd() < chance:
                    adjective = adjectives(rnd)
                    if adjective.male and noun.sex == Gender.FEMININE:
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
        *first, last = preposition.split(" ")
        together = joined(last, determiner)
        german = joined(*first, MERGED.get(together, together), german)
        english = joined(english_preposition, english_determiner, english)
        own = Owner.of(noun, plural)
        return Phrase(german, english, plural, english_plural, own, noun=noun, gender=gender)

    def _compound(self, member: Member) -> Noun:
        """Return the noun of a member, or a compound of it now and then."""
        noun, modifiers = member.noun, member.pool.modifiers
        if noun in self.lexicon.compounds and self.chance(COMPOUND):
            return self.lexicon.compounds[noun](self.rnd)
        if modifiers is not None and self.chance(RARE_COMPOUND):
            part, lemma = modifiers(self.rnd), noun.lemma
            clumsy = len(lemma) > 9 or "-" in lemma or lemma.lower() in part[0].lower()
            if not (clumsy or noun.mass or lemma in WORD_LISTS["uncompounded"]):
                return self.rare.setdefault((noun, part[0]), noun.compound(*part))
        return noun

    def fill(
        self, frame: Frame, subject: Phrase, negated: bool = False, single: bool = False
    ) -> Filled:
        """Draw the complements of a frame.

        Args:
            frame: The frame.
            subject: The subject, which may own them.
            negated: Whether the first complement takes `kein`.
            single: Whether no complement is two things.
        """
        early = ""
        objects: list[str] = []
        others: list[str] = []
        phrases: list[Phrase] = []
        for slot in frame.items:
            if isinstance(slot, str):
                others.append(slot)
                continue
            phrase = self.complement(slot, subject, negated, negated and not phrases, single)
            phrases.append(phrase)
            if phrase.german in WORD_LISTS["pronouns"]:
                early = phrase.german
            else:
                (others if slot.preposition or others else objects).append(phrase.german)
        wording = synonym(self.rnd, frame.english)
        english = wording.rest.format(*(p.english for p in phrases), P=subject.owner.english)
        texts = (early, joined(*objects), joined(*others), english)
        return Filled(subject, frame, *texts, wording.verb, phrases)

    def complement(
        self, slot: Slot, subject: Phrase, negated: bool, kein: bool, single: bool
    ) -> Phrase:
        """Draw a complement. `kein` is whether this one takes it; for the rest see `fill`."""
        owner = subject.owner
        mode = self.choose(slot.mode)
        if kein:
            mode = self.choose("negated")
        name = "playmate" if owner.young and slot.name in KIN else slot.name
        phrase = self.phrase(name, slot.case, mode, owner, slot.preposition)
        if self.two_things and not single and self.chance(self.two_things):
            more = self.phrase(name, slot.case, slot.mode, owner, slot.preposition)
            if more.noun is not phrase.noun and not negated:
                both = phrase + AND + more
                return replace(phrase, german=both.german, english=both.english)
        return phrase
