"""The tasks there are: the declared space and the sealed protocol of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from xlt.spaces.league import LEAGUE, PROTOCOL, LeagueProtocol
from xlt.spaces.space import Space


@dataclass(frozen=True)
class Task:
    space: Space
    protocol: LeagueProtocol


TASKS: Mapping[str, Task] = {"translation": Task(LEAGUE, PROTOCOL)}
