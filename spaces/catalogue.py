"""The tasks there are: the declared space and the sealed protocol of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from xlt.spaces.league import LEAGUE, PROTOCOL, LeagueProtocol
from xlt.spaces.ner import NER, NER_PROTOCOL, NerProtocol
from xlt.spaces.space import Space


@dataclass(frozen=True)
class Task:
    space: Space
    protocol: LeagueProtocol | NerProtocol
    measure: str  # what a score is, as it is printed


TASKS: Mapping[str, Task] = {
    "translation": Task(LEAGUE, PROTOCOL, "BLEU"),
    "ner": Task(NER, NER_PROTOCOL, "F1"),
}
