"""The seconds that a study may take, and those that it has taken."""

import time
from dataclasses import dataclass, field

import psutil


def process_started_at() -> float:
    """When this process started, on the monotonic clock. Imports count.

    At most 60 s ago, in case the wall clock was changed.
    """
    age = time.time() - psutil.Process().create_time()
    return time.monotonic() - max(0.0, min(age, 60.0))


@dataclass
class TimeBudget:
    """A budget of `seconds`.

    Attributes:
        elapsed_before: Seconds that earlier commands spent.
        started_at: When this command started, on the monotonic clock.
    """

    seconds: float
    elapsed_before: float = 0.0
    started_at: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        return self.elapsed_before + time.monotonic() - self.started_at

    @property
    def remaining(self) -> float:
        return self.seconds - self.elapsed
