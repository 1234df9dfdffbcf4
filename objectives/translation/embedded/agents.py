"""Who speaks and who is spoken of in the talks of the embedded corpus, and what a clause is."""

from typing import NamedTuple

from xlt.objectives.translation.embedded.grammar import (
    HER,
    HIS,
    MY,
    OUR,
    THEIR,
    YOUR,
    Owner,
    Phrase,
    joined,
    owner_of,
)
from xlt.objectives.translation.embedded.lexicon import (
    PLURAL,
    Draw,
    weighted,
    zipf,
)
from xlt.objectives.translation.embedded.words import sections

NOMINATIVE, ACCUSATIVE, DATIVE, GENITIVE = range(4)
CONTRACTED = 0.8  # how often English contracts a negation: assumed


class Agent(NamedTuple):
    """A subject: its agreement is 0 ich / I, 1 er / he, 2 wir / we."""

    german: str
    english: str
    agreement: int
    english_agreement: int
    owner: Owner
    reflexive: tuple[str, str]  # accusative, dative
    gender: int = 0
    human: bool = True


ICH = Agent("ich", "I", 0, 0, MY, ("mich", "mir"))
WIR = Agent("wir", "we", 2, 2, OUR, ("uns", "uns"))
SIE = Agent("Sie", "you", 2, 2, YOUR, ("sich", "sich"))
MAN = Agent("man", "you", 1, 2, Owner("sein", "your"), ("sich", "sich"))
ER = Agent("er", "he", 1, 1, HIS, ("sich", "sich"))
SHE = Agent("sie", "she", 1, 1, HER, ("sich", "sich"))
THEY = Agent("sie", "they", 2, 2, THEIR, ("sich", "sich"))
ES = Agent("es", "it", 1, 1, HIS, ("sich", "sich"), human=False)

PRONOUNS: Draw[Agent] = weighted(
    [(34, ICH), (20, WIR), (10, SIE), (5, MAN), (5, ER), (5, SHE), (5, THEY), (22, ES)]
)
WHOM = {  # dative, accusative, English; never whom the subject is
    ICH: [
        ("Ihnen", "Sie", "you"),
        ("ihm", "ihn", "him"),
        ("ihnen", "", "them"),
        ("ihr", "", "her"),
    ],
    WIR: [
        ("Ihnen", "Sie", "you"),
        ("ihm", "ihn", "him"),
        ("ihnen", "", "them"),
        ("ihr", "", "her"),
    ],
    SIE: [("mir", "mich", "me"), ("uns", "uns", "us"), ("ihm", "ihn", "him")],
}
WHOM_OTHERS = [
    ("mir", "mich", "me"),
    ("uns", "uns", "us"),
    ("mir", "mich", "me"),
    ("Ihnen", "Sie", "you"),
]


class Clause(NamedTuple):
    """One clause in both languages, its word order still open."""

    agent: Agent
    finite: str
    middle: str
    tail: str  # the verbs' last part in a main clause
    last: str  # all verbs in a subordinate clause
    after: str
    auxiliary: str
    adverb: str
    verb: str
    rest: str
    english_after: str

    def main(self, front: str = "") -> str:
        if front in ("und", "aber"):
            start = joined(front, self.agent.german, self.finite)
        elif front:
            start = joined(front, self.finite, self.agent.german)
        else:
            start = joined(self.agent.german, self.finite)
        return joined(start, self.middle, self.tail) + self.after

    def subordinate(self) -> str:
        return joined(self.agent.german, self.middle, self.last) + self.after

    def relative(self) -> str:
        return joined(self.middle, self.last) + self.after

    def english(self) -> str:
        return joined(self.agent.english, self.predicate())

    def predicate(self) -> str:
        return joined(self.auxiliary, self.adverb, self.verb, self.rest) + self.english_after

    def asked(self, front: str = "") -> str:
        return joined(front, self.finite, self.agent.german, self.middle, self.tail) + self.after

    def english_asked(self, front: str = "") -> str:
        inner = joined(front, self.auxiliary, self.agent.english, self.adverb, self.verb, self.rest)
        return inner + self.english_after


def as_agent(phrase: Phrase, human: bool = True) -> Agent:
    return Agent(
        phrase.german, phrase.english, 2 if phrase.plural else 1, 2 if phrase.english_plural else 1,
        owner_of(phrase) if human else (THEIR if phrase.plural else OUR), ("sich", "sich"),
        PLURAL if phrase.plural else phrase.noun.gender, human,
    )  # fmt: skip


# The names alternate: a woman's, a man's.
NAMES: Draw[Agent] = zipf(
    [
        Agent(name, name, 1, 1, HIS if rank % 2 else HER, ("sich", "sich"))
        for rank, name in enumerate(sections("common")["first names"].split())
    ],
    3.0,
)
