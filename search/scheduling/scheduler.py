"""The interface of a scheduler: the policy that decides which trainings continue."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Protocol

from xlt.objectives.objective import Configuration

# One in this many configurations at a rung continues. Hyperband recommends 3 or 4 (Li et al., 2018,
# section 3.6).
REDUCTION_FACTOR = 4


class Decision(Enum):
    """What happens to a training that was scored at a rung."""

    CONTINUE = "train to the next rung"
    PAUSE = "keep the checkpoint; the training may be resumed"
    STOP = "never train it again"


class Scheduler(Protocol):
    """Decides which trainings of one study continue.

    A configuration is identified by its key, see `xlt.search.storage.store.config_key`. A scheduler
    reads the earlier trials of its study when it is built.
    """

    def on_start(self, key: str, config: Configuration) -> None:
        """A new configuration starts."""

    def on_resume(self, key: str) -> None:
        """A paused configuration continues to its next rung."""

    def on_result(self, key: str, trial_number: int, scores: Mapping[int, float]) -> Decision:
        """A configuration was scored at a rung.

        Args:
            key: The configuration.
            trial_number: Its running trial.
            scores: All its scores, by step.
        """
        ...

    def on_error(self, key: str) -> None:
        """A configuration diverged or failed."""

    def paused(self) -> Iterable[str]:
        """The keys of the configurations that wait for a promotion."""
        ...

    def choose_promotion(
        self, can_start: bool, can_promote: Callable[[str, int], bool]
    ) -> str | None:
        """Chooses the paused configuration to resume.

        Args:
            can_start: Whether a new configuration could be started instead.
            can_promote: Whether the configuration with this key, paused at this step, may be
                resumed.

        Returns:
            The key of a configuration, or None to resume none for now.
        """
        ...
