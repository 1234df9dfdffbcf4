"""The time budget: what may still start, when to stop, and how much time the final run needs.

For a command the budget runs from the start of its process to its last line of output, for a call in
Python from the call to its return. It belongs to the study: time spent before an interruption counts,
the time between two commands does not. Constants without another source are assumed.
"""

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from xlt.objectives.objective import Configuration
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.budget.time_budget import TimeBudget
from xlt.search.storage.store import RankedConfig

# A job starts, or continues, only if this multiple of its predicted time is left.
SAFETY_MARGIN = 1.15
# Share of the budget that a truncated plan gives to the search.
TRUNCATED_SEARCH_SHARE = 0.25
# What follows the search, for one configuration, may take this share of the budget, or this multiple of
# what it takes for the cheapest one, whichever is more. The rest is for the search.
MAX_AFTER_SEARCH_SHARE, CHEAPEST_MULTIPLE = 0.6, 1.25
# In a truncated plan a configuration must reach at least this share of the steps that the cheapest
# one reaches: a wide model learns more per step, but nothing in a few dozen steps.
MIN_REACH_RATIO = 0.4
# Seconds for export, report and the end of processes: 2 to 3 on an idle machine, 7 beside five busy
# processes (measured). Seconds to replace a worker that had to be ended (assumed).
SHUTDOWN_SECONDS, WORKER_RESTART_SECONDS = 8.0, 10.0
# Speed that each further thread adds, relative to the first.
THREAD_EFFICIENCY = 0.6


def thread_speedup(threads: int) -> float:
    """How many times faster a training runs on `threads` threads than on one."""
    return 1 + THREAD_EFFICIENCY * (threads - 1)


@dataclass
class TimePlan:
    """Decides what still fits into the budget.

    To prove a configuration means to train it and the baseline to the full length on new seeds, and
    to test and export one of its models. To finish it means to train it alone to the full length, and
    to test and export that model: what remains where nothing can be proven. The plan keeps time for
    its target: the best configuration that can still be proven, or else finished. A job starts only
    if that is possible afterwards for the target, and for the job's own configuration.

    A plan is truncated if the median of the sampled configurations cannot be trained, tested and
    exported within the budget, or if none of the scored ones can be. It gives
    `TRUNCATED_SEARCH_SHARE` of the budget to the search, and trains the best configuration for the
    rest, however far that is. Nothing is proven.

    Attributes:
        steps: The length of a full run, see `Objective.steps`.
        threads: Threads of a training that runs alone.
        last_rung: The step to which the search trains.
        baseline: The configuration that is trained on the same new seeds as the winner.
        n_proof_seeds: The number of new seeds that a proof needs.
        workers: The number of simultaneous trainings.
        has_time_for_proof: Whether there is time to prove any configuration, see `check_proof`.
        too_short: See `check_full_run`.
        none_finishable: See `check_finishable`.
        cheapest: The configuration that finishes soonest, of those given to `check_full_run`.
        untruncated_budget: The seconds that the median of them needs.
    """

    budget: TimeBudget
    runtimes: RuntimeModel
    steps: int
    threads: int
    last_rung: int
    baseline: Configuration
    n_proof_seeds: int = 0
    workers: int = 1
    has_time_for_proof: bool = True
    too_short: bool = False
    none_finishable: bool = False
    cheapest: Configuration | None = None
    untruncated_budget: float = 0.0

    @property
    def truncated(self) -> bool:
        """Whether the final run trains for as long as there is time, not to its full length."""
        return self.too_short or self.none_finishable

    @property
    def proves(self) -> bool:
        """Whether the winner is to be proven, and there is time for it."""
        return bool(self.n_proof_seeds) and self.has_time_for_proof and not self.truncated

    def check_full_run(
        self, configs: Iterable[Configuration], first: int, *, can_finish_one: bool = False
    ) -> float | None:
        """Set `too_short` and `cheapest` by current predictions.

        The budget is too short if the median of `configs` does not fit into all of it, or if the
        cheapest does not fit into the remaining time and `can_finish_one` is False.

        Args:
            configs: A sample of the space.
            first: Step of the first rung.
            can_finish_one: Whether a configuration with a score can still be finished.

        Returns:
            The smallest sufficient budget in seconds, if the cheapest of `configs` does not fit into
            the remaining time and `can_finish_one` is False; else None.
        """

        def seconds(config: Configuration) -> float:
            return self.runtimes.predict_run(config, 0, first) + self.seconds_to_finish(
                config, first
            )

        ordered = sorted(configs, key=seconds)
        self.cheapest, middle = ordered[0], ordered[len(ordered) // 2]
        needed = SAFETY_MARGIN * seconds(self.cheapest)
        none_fits = needed > self.budget.remaining and not can_finish_one
        self.untruncated_budget = SAFETY_MARGIN * seconds(middle)
        self.too_short = none_fits or self.untruncated_budget > self.budget.seconds
        return self.budget.elapsed + needed if none_fits else None

    def check_proof(self) -> float | None:
        """Set `has_time_for_proof`: whether the budget suffices to search and to prove the cheapest configuration.

        Returns:
            None if the budget suffices, else the smallest one in which the plan is not truncated and
            this configuration can be proven, in seconds.
        """
        assert self.cheapest is not None
        runs = [self.cheapest, self.baseline] * self.n_proof_seeds
        needed = SAFETY_MARGIN * (
            self.runtimes.predict_run(self.cheapest, 0, self.last_rung)
            + self.seconds_for_full_runs(runs)
            + self.seconds_after_proof(self.cheapest)
        )
        if self.truncated:
            needed = max(needed, self.untruncated_budget)
        self.has_time_for_proof = not self.truncated and needed <= self.budget.seconds
        return None if self.has_time_for_proof else needed

    def seconds_for_full_runs(
        self, configs: Iterable[Configuration], busy: Sequence[float] = ()
    ) -> float:
        """Seconds to train configurations to their full length, in this order, on all workers.

        Args:
            configs: One for each run.
            busy: The seconds for which workers are still busy, one for each busy worker.
        """
        # A heap: the next run starts on the worker that is free first.
        busy_until = sorted([*busy, *[0.0] * (self.workers - len(busy))])
        for config in configs:
            seconds = self.runtimes.predict_run(config, 0, self.steps)
            heapq.heapreplace(busy_until, busy_until[0] + seconds)
        return max(busy_until)

    def check_finishable(
        self,
        ranking: Sequence[RankedConfig],
        proof_seconds: Callable[[Configuration], float] | None = None,
    ) -> None:
        """Set `none_finishable` by current predictions. Call it when there are new scores.

        Args:
            ranking: All configurations with a score.
            proof_seconds: See `leaves_time_to_search`; None: nothing is to be proven.
        """
        self.none_finishable = bool(ranking) and not any(
            self._fits(row)
            or (proof_seconds is not None and self.can_prove(row.configuration, proof_seconds))
            for row in ranking
        )

    def can_prove(
        self, config: Configuration, proof_seconds: Callable[[Configuration], float]
    ) -> bool:
        """Whether there is time to prove a configuration, by current predictions."""
        seconds = proof_seconds(config) + self.seconds_after_proof(config)
        return seconds <= self.budget.remaining

    def seconds_after_proof(self, config: Configuration) -> float:
        """Seconds from the end of a proof to the end of the command."""
        return self.seconds_after_training(config, self.steps, solo=False)

    def seconds_to_finish(self, config: Configuration, step: int) -> float:
        """Seconds to finish a configuration that is trained until `step`."""
        closing = self.seconds_after_training(config, self.steps, solo=step < self.steps)
        return self._seconds_to_train_alone(config, step) + closing

    def _seconds_to_train_alone(self, config: Configuration, step: int) -> float:
        """Seconds to train alone from `step` to the full length."""
        seconds = self.runtimes.predict_run(config, step, self.steps) if step < self.steps else 0.0
        return seconds / self.solo_speedup

    def seconds_after_training(
        self, config: Configuration, step: int, *, solo: bool = True
    ) -> float:
        """Seconds from the end of training, at `step`, to the end of the command.

        Args:
            solo: Whether the training ran alone. What the search trained is tested on one thread as
                well: more threads would change the last bits of its scores.
        """
        return (
            self.runtimes.predict_test(config, step) / (self.solo_speedup if solo else 1.0)
            + SHUTDOWN_SECONDS
        )

    def slowdown(self, config: Configuration, begin: int, end: int, seconds: float) -> float:
        """The time that a training took, relative to its prediction.

        Args:
            begin: First step, of a training that ran alone, without scoring.
            end: Last step.
            seconds: The time that it took.
        """
        expected = self.runtimes.predict_training(config, begin, end) if end > begin else 0.0
        return seconds / (expected / self.solo_speedup) if expected else math.inf

    @property
    def solo_speedup(self) -> float:
        """How many times faster a training runs alone, because it has all threads."""
        return thread_speedup(self.threads)

    def best_finishable(self, ranking: Iterable[RankedConfig]) -> RankedConfig | None:
        """The first of `ranking`, best first, that can be finished in time."""
        return next(filter(self.may_be_final, ranking), None)

    def may_be_final(self, row: RankedConfig) -> bool:
        """Whether a configuration can be finished in time. In a truncated plan all can.

        There is no safety factor: it was applied when the time was reserved. If the prediction is
        too short, the final run stops where a test still fits.
        """
        return self.truncated or self._fits(row)

    def _fits(self, row: RankedConfig) -> bool:
        return self.seconds_to_finish(row.configuration, row.step) <= self.budget.remaining

    def seconds_to_hand_over(self, config: Configuration, step: int, proof_seconds: float) -> float:
        """Seconds to prove a configuration, or else to finish it.

        Args:
            config: The configuration.
            step: The step that it is trained to.
            proof_seconds: Seconds for the runs that its proof lacks.
        """
        if self.proves:
            return proof_seconds + self.seconds_after_proof(config)
        return self.seconds_to_finish(config, step)

    def leaves_time_to_search(
        self,
        config: Configuration,
        proof_seconds: Callable[[Configuration], float],
    ) -> bool:
        """Whether proof and final run are short enough to leave time for other configurations.

        In a truncated plan, whether the configuration gets far enough, see `MIN_REACH_RATIO`.

        Args:
            config: An untried configuration.
            proof_seconds: Gives the seconds for the runs that the proof of a configuration lacks.
        """
        assert self.cheapest is not None
        if self.truncated:
            return self.reachable_fraction(config) >= MIN_REACH_RATIO * self.reachable_fraction(
                self.cheapest
            )
        limit = CHEAPEST_MULTIPLE * self._seconds_after_search(self.cheapest, proof_seconds)
        return self._seconds_after_search(config, proof_seconds) <= max(
            limit, MAX_AFTER_SEARCH_SHARE * self.budget.seconds
        )

    def _seconds_after_search(
        self, config: Configuration, proof_seconds: Callable[[Configuration], float]
    ) -> float:
        """Seconds to prove a configuration that was trained to the last rung, or else to finish it."""
        return self.seconds_to_hand_over(config, self.last_rung, proof_seconds(config))

    def budget_for(
        self,
        configs: Iterable[Configuration],
        proof_seconds: Callable[[Configuration], float],
    ) -> float:
        """The smallest budget in seconds in which `leaves_time_to_search` holds for all of `configs`."""
        seconds = (self._seconds_after_search(config, proof_seconds) for config in configs)
        return max(seconds, default=0.0) / MAX_AFTER_SEARCH_SHARE

    def reachable_fraction(self, config: Configuration) -> float:
        """Share of a full run that fits into the final run of a truncated plan, from 0 to 1.

        Time for the test is that of an untrained model, whose outputs are longest.
        """
        seconds = (1 - TRUNCATED_SEARCH_SHARE) * self.budget.seconds
        seconds -= self.seconds_after_training(config, 0)
        return min(1.0, max(0.0, seconds) / self._seconds_to_train_alone(config, 0))

    def reserved_seconds(self, target: RankedConfig | None, proof_seconds: float) -> float:
        """Seconds that the search must leave for the proof and the final run.

        Args:
            target: The configuration that the plan keeps time for; None: none can be finished.
            proof_seconds: Seconds for the runs that its proof lacks.
        """
        if self.truncated or target is None:
            return (1 - TRUNCATED_SEARCH_SHARE) * self.budget.seconds
        return self.seconds_to_hand_over(target.configuration, target.step, proof_seconds)

    def has_time_to_train(
        self,
        config: Configuration,
        begin: int,
        end: int,
        reserve: float,
        proof_seconds: float = 0.0,
    ) -> bool:
        """Whether there is time to train from `begin` to `end`, and for what follows.

        That is the longer of `reserve` and of the proof and final run of `config`.

        Args:
            config: The configuration to train.
            begin: The step that it has reached.
            end: The step to train to.
            reserve: The seconds kept for the target, see `reserved_seconds`; 0 without any score.
            proof_seconds: Seconds for the runs that the proof of `config` lacks.
        """
        job = self.runtimes.predict_run(config, begin, end)
        if self.truncated:
            # Without any score there is no final run, so the first job may use all the time.
            after = reserve if reserve else self.seconds_after_training(config, end)
            return self.budget.remaining >= SAFETY_MARGIN * job + after
        own = self.seconds_to_hand_over(config, end, proof_seconds)
        return self.budget.remaining >= SAFETY_MARGIN * (job + max(reserve, own))

    def has_time_for(self, seconds: float) -> bool:
        """Whether there is time for trainings that are predicted to take `seconds` in all."""
        return self.budget.remaining >= SAFETY_MARGIN * seconds

    def must_stop(self, reserve: float) -> bool:
        """Whether running jobs must end now. `reserve`: 0 as long as nothing has a score."""
        if self.truncated and reserve:
            return self.budget.remaining <= reserve
        return self.budget.remaining <= (
            SAFETY_MARGIN * reserve + WORKER_RESTART_SECONDS if reserve else SHUTDOWN_SECONDS
        )
