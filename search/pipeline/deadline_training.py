"""The final training under a deadline: train the winner for as long as its test still fits.

A test cannot be interrupted, and its duration depends on what the model has learned: a model that
does not end its sentences yet takes several times as long to decode. So the test is timed on a few
validation sentences wherever the training might stop:

1. Probe for a few seconds to measure the speed, and time the test.
2. Train for as long as the longest possible test still fits afterwards.
3. Time the test there. If the expected test is shorter, train on; if the test does not fit any more,
   go back to the checkpoint before.

At its start, a stage makes the model worse at what it learned in the stage before. A training that stops early may not have
repaired it. So the test is timed at the end of each stage, too. A training that stops early goes back
to an earlier timed checkpoint only if that is better by every metric and its test still fits.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from xlt.objectives.objective import Evaluation, Paused, TestTime
from xlt.objectives.threads import Threads
from xlt.search import events
from xlt.search.budget.time_budget import TimeBudget
from xlt.search.budget.time_plan import SHUTDOWN_SECONDS, TimePlan
from xlt.search.execution.executor import Executor
from xlt.search.execution.jobs import Train
from xlt.search.storage.store import evaluation_record

# Seconds of training after which the speed is measured.
PROBE_SECONDS = 6.0
# A test may take this many times as long as measured: other work may start on the machine. The first
# factor decides whether to train on. The second is for upper bounds, and decides whether a timed
# checkpoint is still usable.
TEST_MARGIN, TEST_MARGIN_TIGHT = 1.25, 1.1
# The next timing of the test may take this many times as long as the last one: a model that has trained
# longer may write longer outputs.
TIMING_GROWTH = 2.0
# Extra reserve, for a test that is even slower than that: a share of the budget, up to a number of seconds. On a
# machine whose speed varied by half, tests took 1.4 to 1.9 times the measured time.
RESERVE_SHARE, RESERVE_MAX_SECONDS = 0.03, 15.0
# If the first timing says that the test is too slow to train at all, the test is timed again, for at
# most this share of the remaining time: the machine may have been busy for a moment. Assumed.
SECOND_TIMING_SHARE = 0.2
# Seconds that pausing a training takes.
PAUSE_SECONDS = 1.0
# With fewer seconds no training is started.
MIN_SLICE_SECONDS = 3.0


class FinalTraining(NamedTuple):
    """Where the final run ended.

    Attributes:
        scores: The record of its validation scores there; None if the search has it already, or if
            there was no time to score it.
        step: The step of its checkpoint.
        threads: The threads that trained it.
    """

    scores: Mapping[str, Any] | None
    step: int
    threads: Threads


class _Checkpoint(NamedTuple):
    step: int
    test: TestTime


# A state does its work and returns the next state, or None at the end.
_State: TypeAlias = Callable[[], "_State | None"]


def seconds_beside_test(deadline: TimeBudget) -> float:
    """Seconds kept beside the predicted test: the end of the command, and a reserve."""
    return SHUTDOWN_SECONDS + min(RESERVE_SHARE * deadline.seconds, RESERVE_MAX_SECONDS)


def train_until_deadline(
    executor: Executor,
    display: events.EventSink,
    plan: TimePlan,
    job: Train,
    searched_step: int,
    stage_ends: Iterable[int],
) -> FinalTraining:
    """Train as far as time allows.

    Args:
        executor: Runs the training.
        display: Shows where the training ends.
        plan: The study's time plan.
        job: The training to the full length.
        searched_step: The step that the search has trained this configuration to.
        stage_ends: The last step of each stage.
    """
    if executor.supports_pause:
        return _DeadlineTraining(executor, display, plan, job, searched_step, stage_ends).run()
    if searched_step == job.step:
        return FinalTraining(None, searched_step, job.threads)
    # If the training does not finish in time, the checkpoint of the search is tested instead.
    seconds_after_training = max(
        plan.seconds_after_training(job.config, job.step),
        plan.seconds_after_training(job.config, searched_step, solo=False),
    )
    test_seconds = seconds_after_training - SHUTDOWN_SECONDS
    available = (
        plan.budget.remaining - TEST_MARGIN * test_seconds - seconds_beside_test(plan.budget)
    )
    result = executor.run_with_timeout(job, available) if available > MIN_SLICE_SECONDS else None
    if isinstance(result, Evaluation):
        return FinalTraining(evaluation_record(result), job.step, job.threads)
    text = (
        f"time budget: used up; the final run uses the model of the search at step {searched_step}"
    )
    display(events.Notice(text))
    return FinalTraining(None, searched_step, job.threads)


class _DeadlineTraining:
    """The states of a final training: measure speed, train, time the test, choose a checkpoint.

    Attributes:
        job: The training to the full length, with its current threads.
        searched: The step that the search has trained to.
        position: The step reached, and the last known time of a test, perhaps of an earlier step.
        previous: The position before the last slice of training.
        timed: Every position where the test was timed, in order.
        evaluation: The last full evaluation.
        scored_steps: Steps whose evaluation is recorded, so that it costs nothing.
        timing_seconds: How long the last timing took.
    """

    def __init__(
        self,
        executor: Executor,
        display: events.EventSink,
        plan: TimePlan,
        job: Train,
        searched: int,
        stage_ends: Iterable[int],
    ) -> None:
        self.executor, self.display, self.plan = executor, display, plan
        self.job, self.searched_step = job, searched
        self.stage_ends = sorted({*stage_ends, job.step})
        self.was_complete = searched == job.step
        self.seconds_beside_test = seconds_beside_test(plan.budget)
        self.position = self.previous = _Checkpoint(searched, TestTime(0.0, 0.0))
        self.timed: list[_Checkpoint] = []
        self.evaluation: Evaluation | None = None
        self.scored_steps: set[int] = set()
        self.timing_seconds = 0.0

    @property
    def remaining(self) -> float:
        return self.plan.budget.remaining

    def run(self) -> FinalTraining:
        state: _State | None = self._measure_speed
        while state is not None:
            state = state()
        if self.position.step <= self.searched_step:
            return FinalTraining(None, self.searched_step, self.job.threads)
        return FinalTraining(self._scores(), self.position.step, self.job.threads)

    def _measure_speed(self) -> _State | None:
        """Train for a few seconds: how fast is it, on how many threads, and how long is a test?"""
        before = self.remaining
        result = self._train(PROBE_SECONDS)
        if self.position.step == self.job.step and (
            self.searched_step == self.job.step or not isinstance(result, Paused)
        ):
            return None
        seconds = before - self.remaining
        slowdown = self.plan.slowdown(
            self.job.config, self.searched_step, self.position.step, seconds
        )
        # Slower than one thread would be on an idle machine. A timing of the test would distort it.
        is_busy = slowdown > self.plan.solo_speedup and not isinstance(result, TestTime)
        if is_busy and self.job.threads.at(self.position.step + 1) > 1:
            self.job = replace(self.job, threads=Threads(1, self.searched_step))
            self.position = self.position._replace(step=self.searched_step)
            text = "the machine is busy with other work: the final run trains on one thread"
            self.display(events.Notice(text))
        was_timed = self._time_test(math.inf)
        assert was_timed
        return self._train_slice

    def _train_slice(self) -> _State | None:
        """Train while the longest possible test fits, then while the expected test fits."""
        if self.position.step == self.job.step:
            return None
        test = self.position.test
        safe = self._train_seconds_left(TEST_MARGIN_TIGHT * test.upper_bound, self.timing_seconds)
        risky = self._train_seconds_left(
            TEST_MARGIN * test.expected, TIMING_GROWTH * self.timing_seconds
        )
        seconds = safe if safe > MIN_SLICE_SECONDS else risky
        if seconds <= MIN_SLICE_SECONDS:
            return self._time_test_again if len(self.timed) == 1 else self._stop_early
        self.previous = self.position
        result = self._train(seconds)
        if self.position.step == self.previous.step:
            return self._stop_early
        finished = self.position.step == self.job.step and not isinstance(result, Paused)
        if finished and seconds == safe:
            return None
        return self._keep_or_go_back if isinstance(result, TestTime) else self._time_test_here

    def _time_test_again(self) -> _State | None:
        """Time the test a second time before nothing is trained for lack of time."""
        # One that takes longer than the first one cannot help.
        limit = min(SECOND_TIMING_SHARE * self.remaining, self.timing_seconds)
        rest = self.remaining - TEST_MARGIN_TIGHT * self.position.test.expected
        rest -= self.seconds_beside_test + PAUSE_SECONDS
        if rest > 0:  # the test fits: this must not change
            limit = min(limit, rest)
        if limit <= MIN_SLICE_SECONDS:
            return self._stop_early
        return self._train_slice if self._time_test(limit) else self._stop_early

    def _time_test_here(self) -> _State | None:
        # The timing may take longer than all earlier ones: it is interrupted while the previous test still fits.
        limit = self.remaining - TEST_MARGIN_TIGHT * self.previous.test.expected
        if self._time_test(limit - self.seconds_beside_test):
            return self._keep_or_go_back
        self.position = self.previous
        return self._stop_early

    def _keep_or_go_back(self) -> _State | None:
        if self._test_fits(self.position.test):
            return self._train_slice
        self.position = self.previous
        return self._stop_early

    def _stop_early(self) -> _State | None:
        """Choose the best timed checkpoint whose test still fits."""
        reason = ""
        better = [
            checkpoint
            for checkpoint in self.timed
            if checkpoint.test.dominates(self.position.test) and self._test_fits(checkpoint.test)
        ]
        if better:
            self.position = max(better, key=lambda checkpoint: checkpoint.test.validation)
            reason = ", the best one so far"
        where = f"at step {self.position.step} of {self.job.step}{reason}"
        self.display(events.Notice(f"time budget: used up; the final run stops {where}"))
        return None

    def _scores(self) -> Mapping[str, Any] | None:
        """The validation scores at the end, if they are known or there is time for them."""
        step = self.position.step
        available = (
            self.remaining
            - TEST_MARGIN * self.position.test.expected
            - PAUSE_SECONDS
            - self.seconds_beside_test
        )
        is_known = self.evaluation is not None and self.evaluation.step == step
        if not is_known and (available > MIN_SLICE_SECONDS or step in self.scored_steps):
            seconds = max(available, PAUSE_SECONDS)
            result = self.executor.run_with_timeout(self._job_to(step), seconds)
            self.evaluation = result if isinstance(result, Evaluation) else None
        if self.evaluation is None or self.evaluation.step != step:
            return None
        return evaluation_record(self.evaluation)

    def _test_fits(self, test: TestTime) -> bool:
        return TEST_MARGIN_TIGHT * test.expected + self.seconds_beside_test <= self.remaining

    def _train_seconds_left(self, test_seconds: float, timing_seconds: float) -> float:
        """Seconds of training that leave time to time the test afterwards, and to run it."""
        return (
            self.remaining
            - test_seconds
            - PAUSE_SECONDS
            - timing_seconds
            - self.seconds_beside_test
        )

    def _train(self, seconds: float) -> Any:
        """Train for some seconds, at most to the end of the stage; returns the job's result."""
        step = self.position.step
        end = next(end for end in self.stage_ends if end > step or end == self.job.step)
        job = self._job_to(end)
        # The test is timed at the end of every stage but the last. A complete run is timed, too: its
        # evaluation may be recorded although its state was evicted, and timing restores the state.
        only_score = end == self.job.step and not self.was_complete
        result = self.executor.run_with_timeout(
            job if only_score else replace(job, time_test=True), seconds
        )
        if isinstance(result, Evaluation | Paused):
            if 0 < result.step < self.searched_step:  # its checkpoint was deleted: it started again
                self.searched_step = step = 0
            self.position = self.position._replace(step=max(step, result.step))
        if isinstance(result, Evaluation):
            self.evaluation = result
        if isinstance(result, TestTime):
            self._set_timed(end, result)
            self.scored_steps.add(end)
        return result

    def _time_test(self, seconds: float) -> bool:
        """Time the test at the current step. Returns False if that took longer than `seconds`."""
        before = self.remaining
        step = self.position.step
        job = replace(self._job_to(step), time_test=True)
        result = self.executor.run_with_timeout(job, seconds)
        if not isinstance(result, TestTime):
            return False
        self.timing_seconds = before - self.remaining
        self._set_timed(step, result)
        return True

    def _set_timed(self, step: int, test: TestTime) -> None:
        self.position = _Checkpoint(step, test)
        self.timed.append(self.position)

    def _job_to(self, step: int) -> Train:
        # Without the current step: a state at `checkpoint_steps` is dropped once a job has passed it,
        # and the training may have to go back to this one.
        steps = tuple(s for s in self.job.checkpoint_steps if self.position.step < s < step)
        return replace(self.job, step=step, checkpoint_steps=steps)
