"""The tasks there are: the declared space and the locked protocol of each."""

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
    # How metrics of single languages end, whose mean a score is; None: it is of one language.
    language_suffix: str | None = None

    def by_language(self, metrics: Mapping[str, float]) -> dict[str, float]:
        """The scores of single languages among `metrics`; empty for a task of one language."""
        suffix = self.language_suffix
        if suffix is None:
            return {}
        found = {
            name.removesuffix(suffix): v for name, v in metrics.items() if name.endswith(suffix)
        }
        return dict(sorted(found.items()))


TASKS: Mapping[str, Task] = {
    "translation": Task(LEAGUE, PROTOCOL, "BLEU"),
    "ner": Task(NER, NER_PROTOCOL, "F1", "_f1"),
}
