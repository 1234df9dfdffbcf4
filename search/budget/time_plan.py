"""A budget of time: what may still be begun, when to stop, and what the end will need.

The budget covers a command from its process's start to its last line, and a call in Python from the
call to its return. It belongs to the study: what was spent before an interruption counts, the time
between two commands does not.
"""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median

import psutil

from xlt.objectives.objective import Configuration
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.storage.store import RankedConfig

# An estimate may be wrong by so much: when something is begun, and when it is broken off.
START_MARGIN, STOP_MARGIN = 1.25, 1.1
# The share of the time that is for the search in a short plan.
TRUNCATED_SEARCH_SHARE = 0.25
# The most that is kept for confirmation, where it does for anything.
MAX_CONFIRM_SHARE = 0.3
# What a full run's training may take of all the time beside its test, so that there is some left to
# search; but at least so many times what the cheapest takes.
MAX_RUN_SHARE, MIN_RUN_MULTIPLE = 0.35, 1.5
# In a short plan a configuration must reach at least this share of the steps that the cheapest
# reaches: a wide model learns more in a step, but nothing in a few dozen of them.
MIN_REACH_RATIO = 0.4
# If more than this share of the new configurations cannot be begun in time, nothing is held back for
# them.
MAX_UNSTARTED_SHARE = 0.25
# Seconds of the end that no estimate has: the model's export, the report, the processes' end, 2 to 3
# on an idle machine and 7 on one with five other busy processes (measured); and another worker's start
# where one had to be ended.
SHUTDOWN_SECONDS, WORKER_RESTART_SECONDS = 8.0, 10.0
# The more threads a run has, the less each of them does for it.
THREAD_EFFICIENCY = 0.6


def thread_speedup(threads: int) -> float:
    """How many times as fast a run is on so many threads."""
    return 1 + THREAD_EFFICIENCY * (threads - 1)


def process_started_at() -> float:
    """When this process was started, on the monotonic clock: at most a minute ago.

    For a command, whose imports take time as well. A clock that jumps must not count: hence two
    clocks.
    """
    started = time.time() - psutil.Process().create_time()
    return time.monotonic() - max(0.0, min(started, 60.0))


class Deadline:
    """`seconds` in all, of which `spent` are gone before this process.

    `since`: when it began to count in this process, on the monotonic clock; None: now.
    """

    def __init__(
        self, seconds: float, elapsed: float = 0.0, started_at: float | None = None
    ) -> None:
        self.seconds, self._elapsed_before = seconds, elapsed
        self._started_at = time.monotonic() if started_at is None else started_at

    @property
    def elapsed(self) -> float:
        return self._elapsed_before + time.monotonic() - self._started_at

    @property
    def remaining(self) -> float:
        return self.seconds - self.elapsed


@dataclass
class TimePlan:
    """What fits into the time that is left.

    One configuration, the target, can be brought to its full length, tested and handed over at any
    moment: it is the best of those that can. Nothing is begun that would end that, and nothing that
    could not be brought to the end itself.

    A plan is `short` where a middle configuration's full run does not fit: those whose run does would
    hardly be worth it. It is short as well while nothing that was scored can be finished (`review`).
    Then a part of the time is for the search, and the best that it finds is trained for as long as
    there is time.
    """

    deadline: Deadline
    costs: RuntimeModel
    steps: int  # of a full run
    threads: int  # of a run that runs alone
    # Configurations and seeds that are to be confirmed, and workers for that.
    n_confirmed: int = 0
    seeds: int = 0
    workers: int = 1
    too_short: bool = False  # for a middle configuration's full run: see `fit`
    none_affordable: bool = False  # nothing that was scored can be finished: see `review`
    cheapest: Configuration | None = None  # as far as it was looked for

    @property
    def truncated(self) -> bool:
        """Whether the final is trained for as long as there is time, not to its full length."""
        return self.too_short or self.none_affordable

    def detect_truncation(
        self, configs: Iterable[Configuration], first: int, *, underway: bool = False
    ) -> float | None:
        """Be short if a middle one of these cannot be brought to the end in all the time.

        The budget that would do, in seconds, if not even the cheapest can in what is left, nor
        what is `underway`. `first`: the first rung.
        """

        def seconds(config: Configuration) -> float:
            return self.costs.predict_run(config, 0, first) + self.seconds_to_finish(config, first)

        ordered = sorted(configs, key=seconds)
        self.cheapest, middle = ordered[0], ordered[len(ordered) // 2]
        needed = START_MARGIN * seconds(self.cheapest)
        none = needed > self.deadline.remaining and not underway
        self.too_short = none or START_MARGIN * seconds(middle) > self.deadline.seconds
        return self.deadline.elapsed + needed if none else None

    def update_truncation(self, standings: Sequence[RankedConfig]) -> None:
        """Note whether anything that was scored can still be finished, by what is known of costs now.

        To be called when there are new scores. What one estimate has decided a better one takes back.
        """
        self.none_affordable = bool(standings) and not any(map(self._fits, standings))

    def seconds_to_finish(self, config: Configuration, step: int) -> float:
        """Seconds from a run's state at `step` to the end of everything."""
        closing = self.seconds_to_close(config, self.steps, solo=step < self.steps)
        return self._training(config, step) + closing

    def _training(self, config: Configuration, step: int) -> float:
        """Seconds from a run's state at `step` to its full length, alone."""
        seconds = self.costs.predict_run(config, step, self.steps) if step < self.steps else 0.0
        return seconds / self.solo_speedup

    def seconds_to_close(self, config: Configuration, step: int, *, solo: bool = True) -> float:
        """Seconds from the end of the training, at `step`, to the end of everything.

        `alone`: whether the way there was trained alone. What the search itself has trained is
        tested on one thread, too: on more its scores would have other last bits.
        """
        return (
            self.costs.predict_test(config, step) / (self.solo_speedup if solo else 1.0)
            + SHUTDOWN_SECONDS
        )

    def slowdown(self, config: Configuration, begin: int, end: int, seconds: float) -> float:
        """How many times as long a run that runs alone, and pauses, has taken as was expected."""
        expected = self.costs.predict_training(config, begin, end) if end > begin else 0.0
        return seconds / (expected / self.solo_speedup) if expected else math.inf

    @property
    def solo_speedup(self) -> float:
        """How many times as fast a run is that runs alone."""
        return thread_speedup(self.threads)

    def best_affordable(self, standings: Iterable[RankedConfig]) -> RankedConfig | None:
        """Of standings from best to worst, the first that can be finished in time."""
        return next(filter(self.can_finish, standings), None)

    def can_finish(self, row: RankedConfig) -> bool:
        """Whether a configuration can be finished in time; where none can, any will do.

        By what is thought now, without anything for error: the time was kept for it with that, and
        if it turns out to be too little the final ends where a test still fits.
        """
        return self.truncated or self._fits(row)

    def _fits(self, row: RankedConfig) -> bool:
        return self.seconds_to_finish(row.configuration, row.step) <= self.deadline.remaining

    def leaves_time_to_search(self, config: Configuration) -> bool:
        """Whether a full run leaves time for others: else it had better not be begun.

        Training is meant, and the time beside the test, which whoever wins needs. In a short plan
        few come to the end, and all shall come to something.
        """
        if self.truncated:
            assert self.cheapest is not None
            return self.reachable_fraction(config) >= MIN_REACH_RATIO * self.reachable_fraction(
                self.cheapest
            )
        test = self.seconds_to_close(config, self.steps)
        most = MAX_RUN_SHARE * (self.deadline.seconds - test)
        if self.cheapest is not None:  # by what is known of costs now
            most = max(most, MIN_RUN_MULTIPLE * self._training(self.cheapest, 0))
        return self._training(config, 0) <= most

    def reachable_fraction(self, config: Configuration) -> float:
        """How much of a full run fits into a short plan's final, whose test is that of a beginner."""
        left = (1 - TRUNCATED_SEARCH_SHARE) * self.deadline.seconds - self.seconds_to_close(
            config, 0
        )
        return min(1.0, max(0.0, left) / self._training(config, 0))

    def reserved_seconds(self, standings: Sequence[RankedConfig]) -> float:
        """Seconds that must be left when everything else has ended."""
        if not standings:
            return 0.0
        target = self.best_affordable(standings)
        if self.truncated or target is None:
            return (1 - TRUNCATED_SEARCH_SHARE) * self.deadline.seconds
        rows = list(islice(filter(self._fits, standings), self.n_confirmed))
        return self.seconds_to_finish(
            target.configuration, target.step
        ) + self.confirmation_reserve(rows)

    def confirmation_reserve(self, rows: Sequence[RankedConfig]) -> float:
        """Seconds that are kept for confirming these, at most a share of all.

        0 where that would not do for two of them on one seed: one alone proves nothing.
        """
        runs = [self.costs.predict_run(row.configuration, 0, self.steps) for row in rows]
        share = MAX_CONFIRM_SHARE * self.deadline.seconds
        if not self.seeds or len(runs) < 2 or START_MARGIN * sum(runs[:2]) / self.workers > share:
            return 0.0
        return min(share, START_MARGIN * sum(runs) * self.seeds / self.workers)

    def can_start(self, config: Configuration, begin: int, end: int, reserve: float) -> bool:
        """Whether a job can be done, and what comes of it brought to the end."""
        return self.slack_seconds(config, begin, end, reserve) >= 0

    def slack_seconds(self, config: Configuration, begin: int, end: int, reserve: float) -> float:
        """Seconds that a job can wait until it may no longer be begun."""
        job = self.costs.predict_run(config, begin, end)
        if self.truncated:
            # Something has to be scored first, or there is no final.
            end_needs = reserve if reserve else self.seconds_to_close(config, end)
            return self.deadline.remaining - START_MARGIN * job - end_needs
        return self.deadline.remaining - START_MARGIN * (
            job + max(reserve, self.seconds_to_finish(config, end))
        )

    def defer_promotion(
        self,
        climb: float,
        typical: Sequence[Configuration],
        count: int,
        first: int,
        reserve: float,
    ) -> bool:
        """Whether a climb of so many seconds has to wait, or some of `count` new ones never begin.

        A new configuration has the longest way to its end: it must be begun early, and a climb can
        be made up for. Not where so many could not be begun in time even so: then time is the limit,
        and rungs are filled as ever. `typical`: what they are like, as far as that is modest.
        `first`: the first rung.
        """
        if self.truncated or not count:
            return False
        alike = [config for config in typical if self.leaves_time_to_search(config)] or typical
        waits = median(self.slack_seconds(config, 0, first, reserve) for config in alike)
        needed = count * median(self.costs.predict_run(config, 0, first) for config in alike)
        there = waits * self.workers
        return (1 - MAX_UNSTARTED_SHARE) * needed <= there < needed + min(climb, waits)

    def must_stop(self, reserve: float) -> bool:
        """Whether what runs must be broken off. `reserve` 0: nothing has been scored yet."""
        if self.truncated and reserve:
            return self.deadline.remaining <= reserve
        return self.deadline.remaining <= (
            STOP_MARGIN * reserve + WORKER_RESTART_SECONDS if reserve else SHUTDOWN_SECONDS
        )
