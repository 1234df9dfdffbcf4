"""The subjects of the talks."""

from typing import NamedTuple

from xlt.objectives.translation.embedded.draws import Draw, weighted, zipf
from xlt.objectives.translation.embedded.grammar import (
    HER,
    HIS,
    MY,
    OUR,
    THEIR,
    YOUR,
    Owner,
    Phrase,
    owner_of,
)
from xlt.objectives.translation.embedded.words import pairs, sections


class Agent(NamedTuple):
    """A subject. Its agreement is 0 for ich and I, 1 for er and he, 2 for wir and we."""

    german: str
    english: str
    agreement: int
    english_agreement: int
    owner: Owner
    reflexive: tuple[str, str] = ("sich", "sich")  # accusative, dative
    human: bool = True


ICH = Agent("ich", "I", 0, 0, MY, ("mich", "mir"))
WIR = Agent("wir", "we", 2, 2, OUR, ("uns", "uns"))
SIE = Agent("Sie", "you", 2, 2, YOUR)
MAN = Agent("man", "you", 1, 2, Owner("sein", "your"))
ER = Agent("er", "he", 1, 1, HIS)
SHE = Agent("sie", "she", 1, 1, HER)
THEY = Agent("sie", "they", 2, 2, THEIR)
ES = Agent("es", "it", 1, 1, HIS, human=False)

PRONOUNS: Draw[Agent] = weighted(
    [(34, ICH), (20, WIR), (10, SIE), (5, MAN), (5, ER), (5, SHE), (5, THEY), (22, ES)]
)
# The names alternate: a woman's, a man's.
NAMES: Draw[Agent] = zipf(
    [
        Agent(name, name, 1, 1, HIS if rank % 2 else HER)
        for rank, name in enumerate(sections("names")["first names"].split())
    ],
    3.0,
)


def as_agent(phrase: Phrase, human: bool = True) -> Agent:
    """Makes a noun phrase a subject."""
    owner = owner_of(phrase.noun, phrase.plural) if human else THEIR if phrase.plural else OUR
    return Agent(
        phrase.german,
        phrase.english,
        2 if phrase.plural else 1,
        2 if phrase.english_plural else 1,
        owner,
        human=human,
    )


def _hearers(title: str) -> list[tuple[str, str, str]]:
    found = []
    for german, english in pairs(sections("talk_tables")[f"whom {title}"]):
        dative, _, accusative = german.partition("/")
        found.append((dative, accusative, english))
    return found


_WHOM = {ICH: _hearers("ich"), WIR: _hearers("ich"), SIE: _hearers("Sie")}
_WHOM_OTHERS = _hearers("others")


def hearers(subject: Agent) -> list[tuple[str, str, str]]:
    """Returns to whom a subject speaks, never itself: dative, accusative, English."""
    return _WHOM.get(subject, _WHOM_OTHERS)
