"""Which trainings configurations share: the trunks of the checkpoint tree, as the search sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlt.objectives.objective import Configuration
from xlt.search.storage.store import config_key


@dataclass(frozen=True)
class SharedPrefix:
    """Until `step` training, and what is scored of it, follows from the parameters `names` alone."""

    step: int
    params: Sequence[str]


class PrefixTracker:
    """How far the runs of one study have trained, also for configurations that only share a part."""

    def __init__(self, alike: Mapping[str, Sequence[str]], stages: Mapping[str, int]) -> None:
        """`alike`: see `xlt.objectives.work.CostProfile`. `stages`: each one's last step, in order."""
        self._alike, self._stages = alike, stages
        self._furthest: dict[str, int] = {}
        shared = (SharedPrefix(end, alike[name]) for name, end in stages.items() if name in alike)
        # Where the first of them part; None: no part is shared.
        self.prefix = next(shared, None)

    def prefix_id(self, config: Configuration, step: int) -> str:
        """Equal for configurations whose training up to `step` is the same."""
        stage = next((name for name, end in self._stages.items() if step <= end), None)
        names = self._alike.get(stage or "")
        return config_key(config if names is None else {name: config[name] for name in names})

    def record(self, config: Configuration, step: int) -> None:
        """It was trained until `step`."""
        for end in self._stages.values():
            path = self.prefix_id(config, end)
            self._furthest[path] = max(self._furthest.get(path, 0), min(step, end))

    def shared_until(self, config: Configuration) -> int:
        """The step until which another's scores are its own: before, there is nothing to learn."""
        ends = self._stages.values()
        return max(
            (end for end in ends if self.prefix_id(config, end) in self._furthest), default=0
        )

    def is_pending(self, config: Configuration) -> bool:
        """Whether all that can be learned of it soon is known: its structure has not gone on yet."""
        return self.trained_until(config) < self.shared_until(config)

    def trained_until(self, config: Configuration) -> int:
        """The step until which nothing is left to train, for its own sake or another's."""
        ends = self._stages.values()
        return max((self._furthest.get(self.prefix_id(config, end), 0) for end in ends), default=0)
