"""Noun phrases and clauses, with the word order still open."""

from dataclasses import dataclass

from xlt.objectives.translation.embedded.bilingual import EMPTY, Pair, joined
from xlt.objectives.translation.embedded.lexicon import Gender, Noun, noun
from xlt.objectives.translation.embedded.verbs import EnglishVerb, Frame, GermanVerb

UNCOUNTED = ("", "und", "aber")  # fronts that leave the subject before the German verb
PERSON = noun("Person f en person/people")  # the noun of a pronoun


@dataclass(frozen=True, slots=True)
class Owner(Pair):
    """The possessive of a person: the German stem, and the English word."""

    young: bool = False  # a child has no husband and no grandson

    @staticmethod
    def of(noun: Noun, plural: bool = False) -> "Owner":
        """Return the possessive that points back to a subject of the third person."""
        if plural or (noun.gender == Gender.FEMININE and noun.sex == Gender.NEUTER):
            return THEIR
        return HER if Gender.FEMININE in (noun.gender, noun.sex) else HIS


HIS, HER, THEIR = Owner("sein", "his"), Owner("ihr", "her"), Owner("ihr", "their")
MY, OUR = Owner("mein", "my"), Owner("unser", "our")


@dataclass(frozen=True, slots=True)
class Phrase(Pair):
    """A noun phrase or a pronoun: what a verb agrees with."""

    plural: bool = False  # in German
    english_plural: bool = False
    owner: Owner = HIS  # the possessive that points back to it
    reflexive: tuple[str, str] = ("sich", "sich")  # accusative, dative
    first_person: bool = False  # in the singular: ich and I
    human: bool = True
    noun: Noun = PERSON
    gender: int = Gender.PLURAL  # of a relative pronoun
    kind: str = "adult"  # in captions: its class of frames

    @property
    def persons(self) -> tuple[int, int]:
        """The person in each language: 0 for ich and I, 1 for er and he, 2 for wir and we."""
        singular = 0 if self.first_person else 1
        return 2 if self.plural else singular, 2 if self.english_plural else singular

    def reflexive_of(self, frame: Frame) -> str:
        """Return the German reflexive pronoun, if the verb has one."""
        return self.reflexive[frame.reflexive == "mir"] if frame.reflexive else ""

    def agree(self, german: str, english: str = "") -> Pair:
        """Return the form that agrees, of `singular/plural` in each language."""
        return Pair(german.split("/")[-self.plural], english.split("/")[-self.english_plural])


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with its word order still open."""

    subject: Phrase
    verb: GermanVerb
    english_verb: EnglishVerb
    tense: str
    middle: Pair  # German: between the verbs; English: after them
    after: Pair = EMPTY  # what follows; German with a comma before it
    adverb: str = ""  # English only; the German one is in the middle
    negated: bool = False  # of the English verb; the German `nicht` is in the middle
    contracted: bool = False  # whether the English negation is contracted

    @property
    def verbs(self) -> tuple[str, str, str]:
        """The finite verb; what ends a main clause; all verbs as they end a subordinate one."""
        return self.verb.conjugate(self.tense, self.subject.persons[0])

    def main(self, front: Pair = EMPTY, inverted: bool = False) -> Pair:
        """Return a main clause.

        Args:
            front: What it begins with. Then the German verb comes next, but `und` and `aber` do not
                count.
            inverted: Whether the German verb comes first in any case.
        """
        finite, last, _ = self.verbs
        start = (self.subject.german, finite)
        if inverted or front.german not in UNCOUNTED:
            start = start[::-1]
        german = joined(front.german, *start, self.middle.german, last, self.after.german)
        return Pair(german, joined(front.english, self.subject.english, self._predicate()))

    def question(self, word: Pair = EMPTY) -> Pair:
        """Return a question without its mark. It may begin with an interrogative."""
        return word + Pair(self.main(inverted=True).german, self._predicate(asking=True))

    def subordinate(self) -> Pair:
        """Return a subordinate clause without its conjunction."""
        return self.subject + self.relative()

    def relative(self) -> Pair:
        """Return a subordinate clause without its subject."""
        german = joined(self.middle.german, self.verbs[2], self.after.german)
        return Pair(german, self._predicate())

    def _predicate(self, asking: bool = False) -> str:
        """The English predicate. In a question the subject is in it."""
        person = self.subject.persons[1]
        auxiliary, verb = self.english_verb.conjugate(
            self.tense, person, self.negated, asking, self.contracted
        )
        subject = self.subject.english if asking else ""
        rest = (self.middle.english, self.after.english)
        return joined(auxiliary, subject, self.adverb, verb, *rest)


@dataclass(frozen=True, slots=True)
class Filled:
    """A frame with its subject and its complements."""

    subject: Phrase
    frame: Frame
    early: str  # German pronouns
    objects: str  # German complements without a preposition
    others: str  # German complements with one, and fixed words
    english: str
    verb: EnglishVerb
    phrases: list[Phrase]  # the complements that were drawn

    @property
    def reflexive(self) -> str:
        """The German reflexive pronoun, if the verb has one."""
        return self.subject.reflexive_of(self.frame)

    @property
    def middle(self) -> Pair:
        """The complements as they stand in a clause."""
        german = joined(self.reflexive, self.early, self.objects, self.others)
        return Pair(german, self.english)

    def infinitive(self) -> Pair:
        """Return the infinitive, in German with `zu`, and its complements."""
        german = joined(self.middle.german, self.frame.verb.zu_infinitive)
        return Pair(german, joined(self.verb.base, self.english))

    def clause(self, tense: str, middle: Pair | None = None, after: Pair = EMPTY) -> Clause:
        """Return a clause. Without `middle`, it has nothing but the complements."""
        verbs = (self.frame.verb, self.verb)
        return Clause(self.subject, *verbs, tense, middle or self.middle, after)
