"""A budget of time: what may still be begun, when to stop, and what the end will need.

The budget covers a command from its process's start to its last line. It belongs to the study: what
was spent before an interruption counts, the time between two commands does not.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from xlt.objectives.objective import Configuration
from xlt.search.costs import Costs
from xlt.search.store import Standing

# An estimate may be wrong by so much: when something is begun, and when it is broken off.
CAREFUL, LATE = 1.25, 1.1
# Seconds of the end that no estimate has: the model's export, the last lines, the processes' end;
# and another worker's start where one had to be ended.
CLOSING, RESTART = 4.0, 10.0
# The study's attribute that says how many seconds were spent.
SPENT = "seconds spent"
# The more threads a run has, the less each of them does for it.
EFFICIENCY = 0.6


class Deadline:
    """`seconds` in all, of which `spent` are gone before this process."""

    def __init__(self, seconds: float, spent: float = 0.0) -> None:
        self.seconds, self._before = seconds, spent
        # Importing this took time as well. A clock that jumps must not count: hence two clocks.
        started = time.time() - psutil.Process().create_time()
        self._begun = time.monotonic() - max(0.0, min(started, 60.0))

    @property
    def spent(self) -> float:
        return self._before + time.monotonic() - self._begun

    @property
    def left(self) -> float:
        return self.seconds - self.spent


@dataclass
class Plan:
    """What fits into the time that is left.

    One configuration, the target, can be brought to its full length, tested and handed over at any
    moment: it is the best of those that can. Nothing is begun that would end that, and nothing that
    could not be brought to the end itself.
    """

    deadline: Deadline
    costs: Costs
    steps: int  # of a full run
    threads: int  # of a run that runs alone

    def finish(self, config: Configuration, step: int) -> float:
        """Seconds from a run's state at `step` to the end of everything."""
        alone = 1 + EFFICIENCY * (self.threads - 1)
        training = self.costs.seconds(config, step, self.steps) if step < self.steps else 0.0
        return (training + self.costs.closing(config)) / alone + CLOSING

    def target(self, standings: Iterable[Standing]) -> Standing | None:
        """Of standings from best to worst, the first that can be finished in time."""
        for row in standings:
            if CAREFUL * self.finish(row.configuration, row.step) <= self.deadline.left:
                return row
        return None

    def reserve(self, standings: Iterable[Standing]) -> float:
        """Seconds that must be left when everything else has ended."""
        target = self.target(standings)
        return self.finish(target.configuration, target.step) if target else 0.0

    def may(self, config: Configuration, begin: int, end: int, reserve: float) -> bool:
        """Whether a job can be done, and what comes of it brought to the end."""
        job = self.costs.seconds(config, begin, end)
        after = max(reserve, self.finish(config, end))
        return CAREFUL * (job + after) <= self.deadline.left

    def over(self, reserve: float) -> bool:
        """Whether what runs must be broken off."""
        return self.deadline.left <= LATE * reserve + RESTART
