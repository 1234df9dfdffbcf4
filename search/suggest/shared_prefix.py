"""The part of a training that several configurations share, because the same parameters decide it.

The checkpoint tree trains such a prefix once. The search uses a score within the prefix for all
configurations that share it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlt.objectives.objective import Configuration
from xlt.search.storage.store import config_key


@dataclass(frozen=True)
class SharedPrefix:
    """Up to and including `step`, a training and its scores depend on `params` alone."""

    step: int
    params: Sequence[str]


class PrefixTracker:
    """How far the prefixes of one study's configurations are trained.

    Attributes:
        prefix: The first prefix that configurations can share; None if a task has none.
    """

    def __init__(
        self, shared_params: Mapping[str, Sequence[str]], stage_ends: Mapping[str, int]
    ) -> None:
        """Create a tracker without trainings.

        Args:
            shared_params: The parameters that decide a training up to the end of a stage, by the
                stage's name. In a stage that is missing here, all parameters count.
            stage_ends: The last step of each stage, by its name, in training order.
        """
        self._shared_params, self._stage_ends = shared_params, stage_ends
        self._trained_until: dict[str, int] = {}  # by the prefix's ID
        prefixes = (
            SharedPrefix(end, shared_params[stage])
            for stage, end in stage_ends.items()
            if stage in shared_params
        )
        self.prefix = next(prefixes, None)

    def prefix_id(self, config: Configuration, step: int) -> str:
        """A key that is equal for configurations whose training up to `step` is the same."""
        stage = next((name for name, end in self._stage_ends.items() if step <= end), None)
        names = self._shared_params.get(stage or "")
        return config_key(config, names)

    def end_id(self, config: Configuration) -> str | None:
        """A key that is equal for configurations with the same `prefix`; None if a task has none."""
        return None if self.prefix is None else self.prefix_id(config, self.prefix.step)

    def record(self, config: Configuration, step: int) -> None:
        """Record that a configuration is trained up to `step`; 0 when its training starts."""
        for end, prefix in self._prefix_ids(config):
            self._trained_until[prefix] = max(self._trained_until.get(prefix, 0), min(step, end))

    def shared_until(self, config: Configuration) -> int:
        """The step up to which it shares the training of a recorded configuration."""
        shared = [end for end, prefix in self._prefix_ids(config) if prefix in self._trained_until]
        return max(shared, default=0)

    def is_pending(self, config: Configuration) -> bool:
        """Whether a prefix of it is recorded, but not trained to its end yet."""
        return self.trained_until(config) < self.shared_until(config)

    def trained_until(self, config: Configuration) -> int:
        """The step up to which it is trained, by itself or in configurations with its prefix."""
        prefixes = self._prefix_ids(config)
        return max((self._trained_until.get(prefix, 0) for _, prefix in prefixes), default=0)

    def _prefix_ids(self, config: Configuration) -> list[tuple[int, str]]:
        """The last step of each stage, and the ID of the prefix that ends there."""
        return [(end, self.prefix_id(config, end)) for end in self._stage_ends.values()]
