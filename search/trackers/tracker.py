"""What a tracker does, and where it writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xlt.objectives.objective import Configuration


@dataclass(frozen=True)
class Destination:
    """The study that is tracked.

    Attributes:
        study: Its name.
        study_id: An identifier, as studies of other people may have the same name.
        folder: Its folder.
    """

    study: str
    study_id: str
    folder: Path


class Tracker(Protocol):
    """Receives scores. All calls come from one thread. They may raise any exception."""

    def log(self, run: str, config: Configuration, scores: Mapping[str, float], step: int) -> None:
        """Record scores. The first call for a training starts its run, or continues an earlier one.

        Args:
            run: The training's name, such as "trial 3".
            config: Its configuration.
            scores: By metric.
            step: The step that was scored.
        """

    def end(self, run: str) -> None:
        """Record that a training with scores has ended or is paused. It may continue later."""
