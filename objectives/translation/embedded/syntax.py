"""Noun phrases, subjects and clauses, with the word order still open."""

from dataclasses import dataclass

from xlt.objectives.translation.embedded.lexicon import Gender, Noun
from xlt.objectives.translation.embedded.verbs import (
    EnglishVerb,
    Frame,
    GermanVerb,
    conjugate,
    conjugate_english,
)
from xlt.objectives.translation.embedded.words import EMPTY, Pair, joined, say

UNCOUNTED = ("", "und", "aber")  # fronts that leave the subject before the German verb


@dataclass(frozen=True, slots=True)
class Owner(Pair):
    """The possessive of a person: the German stem, and the English word."""

    young: bool = False  # a child has no husband and no grandson


HIS, HER, THEIR = Owner("sein", "his"), Owner("ihr", "her"), Owner("ihr", "their")
MY, OUR, YOUR = Owner("mein", "my"), Owner("unser", "our"), Owner("Ihr", "your")


def owner_of(noun: Noun, plural: bool = False) -> Owner:
    """Returns the possessive that points back to a subject of the third person."""
    if plural or (noun.gender == Gender.FEMININE and noun.sex == Gender.NEUTER):
        return THEIR
    return HER if Gender.FEMININE in (noun.gender, noun.sex) else HIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Pair):
    """A text that a verb agrees with."""

    plural: bool = False  # in German
    english_plural: bool = False
    gender: int = Gender.PLURAL  # of a relative pronoun

    def agree(self, german: str, english: str = "") -> Pair:
        """Returns the form that agrees, of `singular/plural` in each language."""
        return Pair(german.split("/")[-self.plural], english.split("/")[-self.english_plural])


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase(Numbered):
    """A noun phrase."""

    noun: Noun


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Numbered):
    """The subject of a clause."""

    owner: Owner
    reflexive: tuple[str, str] = ("sich", "sich")  # accusative, dative
    first_person: bool = False  # in the singular: ich and I
    human: bool = True
    kind: str = "adult"  # in captions: its class of frames


def subject_of(phrase: Phrase, owner: Owner | None = None, human: bool = True) -> Subject:
    """Makes a noun phrase a subject. Without an owner, its noun decides about the possessive."""
    return Subject(
        phrase.german,
        phrase.english,
        plural=phrase.plural,
        english_plural=phrase.english_plural,
        gender=phrase.gender,
        owner=owner or owner_of(phrase.noun, phrase.plural),
        human=human,
    )


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with its word order still open."""

    subject: Subject
    verb: GermanVerb
    english_verb: EnglishVerb
    tense: str
    middle: Pair  # German: between the verbs; English: after them
    adverb: str = ""  # English only; the German one is in the middle
    after: Pair = EMPTY  # what follows; German with a comma before it
    negated: bool = False  # of the English verb; the German `nicht` is in the middle
    contracted: bool = False  # whether the English negation is contracted

    @property
    def verbs(self) -> tuple[str, str, str]:
        """The finite verb; what ends a main clause; all verbs as they end a subordinate one."""
        person = 2 if self.subject.plural else 0 if self.subject.first_person else 1
        return conjugate(self.verb, self.tense, person)

    def main(self, front: Pair = EMPTY, inverted: bool = False) -> Pair:
        """Returns a main clause.

        Args:
            front: What it begins with. Then the German verb comes next, but `und` and `aber` do not
                count.
            inverted: Whether the German verb comes first in any case.
        """
        finite, last, _ = self.verbs
        start = (self.subject.german, finite)
        if inverted or front.german not in UNCOUNTED:
            start = start[::-1]
        german = joined(front.german, *start, self.middle.german, last) + self.after.german
        return Pair(german, joined(front.english, self.subject.english, self._predicate()))

    def question(self, word: Pair = EMPTY) -> Pair:
        """Returns a question, which may begin with an interrogative."""
        german = joined(word.german, self.main(inverted=True).german)
        return Pair(german, joined(word.english, self._predicate(asking=True)))

    def subordinate(self) -> Pair:
        """Returns a subordinate clause without its conjunction."""
        return say("{subject} {clause}", subject=self.subject, clause=self.relative())

    def relative(self) -> Pair:
        """Returns a subordinate clause without its subject."""
        german = joined(self.middle.german, self.verbs[2]) + self.after.german
        return Pair(german, self._predicate())

    def _predicate(self, asking: bool = False) -> str:
        """The English predicate. In a question the subject is in it."""
        person = 2 if self.subject.english_plural else 0 if self.subject.first_person else 1
        auxiliary, verb = conjugate_english(
            self.english_verb, self.tense, person, self.negated, asking, self.contracted
        )
        subject = self.subject.english if asking else ""
        rest = (self.middle.english, self.after.english)
        return joined(auxiliary, subject, self.adverb, verb, *rest)


@dataclass(frozen=True, slots=True)
class Filled:
    """A frame with its subject and its complements."""

    subject: Subject
    frame: Frame
    early: str  # German pronouns
    objects: str  # German complements without a preposition
    others: str  # German complements with one, and fixed words
    english: str
    verb: EnglishVerb
    first: Phrase | None  # the first complement

    @property
    def reflexive(self) -> str:
        """The German reflexive pronoun, if the verb has one."""
        return reflexive(self.subject, self.frame)

    def infinitive(self) -> Pair:
        """Returns the infinitive, in German with `zu`, and its complements."""
        zu = self.frame.verb.zu_infinitive
        german = joined(self.reflexive, self.early, self.objects, self.others, zu)
        return Pair(german, joined(self.verb.base, self.english))

    def clause(
        self,
        tense: str,
        middle: Pair | None = None,
        after: Pair = EMPTY,
        adverb: str = "",
        negated: bool = False,
        contracted: bool = False,
    ) -> Clause:
        """Returns a clause. Without `middle`, it has nothing but the complements."""
        german = joined(self.reflexive, self.early, self.objects, self.others)
        middle = middle or Pair(german, self.english)
        verbs = (self.frame.verb, self.verb)
        return Clause(self.subject, *verbs, tense, middle, adverb, after, negated, contracted)


def reflexive(subject: Subject, frame: Frame) -> str:
    """Returns the German reflexive pronoun, if the verb has one."""
    return subject.reflexive[frame.reflexive == "mir"] if frame.reflexive else ""
