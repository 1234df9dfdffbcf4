"""The final under a deadline, on an executor with a simulated clock."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xlt.objectives.objective import Evaluation, Paused, TestTime
from xlt.objectives.tasks import TASKS
from xlt.objectives.threads import Threads
from xlt.search import events
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.budget.time_budget import TimeBudget
from xlt.search.budget.time_plan import SHUTDOWN_SECONDS, TimePlan
from xlt.search.execution.jobs import Train
from xlt.search.pipeline import deadline_training
from xlt.search.pipeline.deadline_training import seconds_beside_test
from xlt.studies.study import load

LEAGUE = load("league")
# Seconds to restore and to save a checkpoint.
RESTORE_SECONDS, PAUSE_SECONDS = 0.5, 0.3
# The share of a test that is timed.
TIMED_SHARE = 0.07
STAGES = (600, 1100)


class Clock(TimeBudget):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.spent = 0.0

    @property
    def remaining(self) -> float:
        return self.seconds - self.spent


class Simulated:
    """An executor whose jobs advance a clock.

    Args:
        clock: The clock.
        trained: The step that the search has trained to.
        step_seconds: Seconds of a training step.
        scoring_seconds: Seconds of scoring.
        test_seconds: Seconds of the test of the model at a step.
        longest: The longest possible test, as `time_test` reports it; None: the test at that step.
        lost: Whether all checkpoints are lost, though their scores are on record.
        pauses: Whether jobs can pause and be timed. If not, an interrupted job is lost.
        validation: The scores that `time_test` reports at a step.
    """

    def __init__(
        self,
        clock: Clock,
        trained: int,
        step_seconds: float,
        scoring_seconds: float,
        test_seconds: Callable[[int], float],
        longest: float | None,
        *,
        lost: bool = False,
        pauses: bool = True,
        validation: Callable[[int], tuple[float, ...]] = lambda _: (),
    ) -> None:
        self.clock, self.first = clock, set() if lost else {trained}
        self.step_seconds, self.scoring_seconds = step_seconds, scoring_seconds
        self.test_seconds, self.longest = test_seconds, longest
        self.supports_pause, self.validation = pauses, validation
        # The steps that have a checkpoint, for each number of threads.
        self.checkpoints: dict[Threads, set[int]] = {}
        self.scored = {step for step in (trained, *STAGES) if step <= trained}
        self.threads: list[Threads] = []
        self.timed: list[int] = []

    @property
    def reached(self) -> int:
        return max(self.checkpoints.get(self.threads[-1], self.first), default=0)

    def run(self, job: Train) -> Any:
        return self.run_with_timeout(job, math.inf)

    def run_with_timeout(self, job: Train, seconds: float) -> Any:
        self.threads.append(job.threads)
        checkpoints = self.checkpoints.setdefault(job.threads, {*self.first})
        if not job.time_test and job.step in self.scored:
            return Evaluation(job.step, 20.0, {})
        start = max((step for step in checkpoints if step <= job.step), default=0)
        needed = RESTORE_SECONDS + (job.step - start) * self.step_seconds
        if start < job.step or not job.time_test:
            needed += self.scoring_seconds
        if needed <= seconds:
            checkpoints.add(job.step)
            checkpoints -= set(job.checkpoint_steps) - {*STAGES}  # no other training needs them
            self.scored.add(job.step)
            if not job.time_test:
                self.clock.spent += needed
                return Evaluation(job.step, 20.0, {})
        else:
            self.clock.spent += max(0.0, seconds)
            if not self.supports_pause:
                return None
            self.clock.spent += PAUSE_SECONDS
            n_steps = int(max(0.0, seconds - RESTORE_SECONDS) / self.step_seconds)
            reached = min(job.step, start + n_steps)
            checkpoints.add(reached)
            return Paused(reached)
        assert self.supports_pause
        test = self.test_seconds(job.step)
        longest = test if self.longest is None else self.longest
        needed += TIMED_SHARE * (test + longest)
        if needed > seconds:
            self.clock.spent += max(0.0, seconds) + PAUSE_SECONDS
            return Paused(job.step)
        self.timed.append(job.step)
        self.clock.spent += needed
        return TestTime(test, longest, self.validation(job.step))


def costs() -> RuntimeModel:
    return RuntimeModel(TASKS["translation"].cost, {}, LEAGUE.budget.rungs, "cpu")


def constant(seconds: float) -> Callable[[int], float]:
    return lambda _: seconds


def run_final(
    seconds: float,
    trained: int,
    step_seconds: float,
    scoring_seconds: float,
    test_seconds: Callable[[int], float],
    longest: float | None,
    **others: Any,
) -> tuple[Clock, Simulated, Any, int, list[events.Event]]:
    """Clock, executor, scores, last step and events of a final; arguments as of `Simulated`."""
    clock = Clock(seconds)
    executor: Any = Simulated(
        clock, trained, step_seconds, scoring_seconds, test_seconds, longest, **others
    )
    config = LEAGUE.space.baseline
    job = Train(0, config, 42, 1100, (40, 100, 650), Threads(2, trained))
    shown: list[events.Event] = []
    plan = TimePlan(clock, costs(), 1100, 2, 650, LEAGUE.space.baseline_config)
    scores, step, threads = deadline_training.train_until_deadline(
        executor, shown.append, plan, job, trained, STAGES
    )
    assert step in executor.checkpoints.get(threads, {trained}), "no checkpoint to test"
    return clock, executor, scores, step, shown


@given(
    seconds=st.floats(40, 1000),
    trained=st.sampled_from([40, 100, 650, 1100]),
    step_seconds=st.floats(0.01, 5),
    scoring_seconds=st.floats(0.1, 100),
    share=st.floats(0.01, 1),
    tests=st.functions(like=constant(1), returns=st.floats(0.01, 1), pure=True),
    validation=st.functions(like=constant(1), returns=st.floats(0, 100), pure=True),
    lost=st.booleans(),
)
def test_there_is_always_time_for_the_test(
    seconds: float,
    trained: int,
    step_seconds: float,
    scoring_seconds: float,
    share: float,
    tests: Callable[[int], float],
    validation: Callable[[int], float],
    lost: bool,
) -> None:
    """With any speed, and any changes of the test's time, if the longest test fits at all."""
    overhead = deadline_training.PROBE_SECONDS + 3 * PAUSE_SECONDS + 3 * RESTORE_SECONDS
    if lost:  # it may be started twice, if it seems too slow
        overhead += deadline_training.PROBE_SECONDS + RESTORE_SECONDS + scoring_seconds
    assume(seconds > overhead + seconds_beside_test(TimeBudget(seconds)))
    longest = (
        share
        * (seconds - overhead - seconds_beside_test(TimeBudget(seconds)))
        / (deadline_training.TEST_MARGIN + 2 * TIMED_SHARE)
    )

    clock, executor, scores, step, _ = run_final(
        seconds,
        trained,
        step_seconds,
        scoring_seconds,
        lambda at: longest * tests(at),
        longest,
        lost=lost,
        validation=lambda at: (validation(at),),
    )
    assert (
        clock.remaining
        >= longest * tests(step) + seconds_beside_test(clock) - 3 * PAUSE_SECONDS - RESTORE_SECONDS
    )
    assert step <= executor.reached
    assert step in (*executor.timed, 1100)
    assert scores is None or scores["step"] == step


def test_finish_seconds_grow_with_the_budget() -> None:
    """Up to a quarter of a minute."""
    expected = {120: 3.6, 300: 9.0, 500: 15.0, 7200: 15.0}
    assert {
        s: seconds_beside_test(TimeBudget(s)) - SHUTDOWN_SECONDS for s in expected
    } == pytest.approx(expected)


def test_with_enough_time_the_training_is_complete() -> None:
    clock, _, scores, step, shown = run_final(3000, 650, 0.1, 10, constant(10), 10)
    assert (step, scores["step"]) == (1100, 1100)
    assert not shown
    assert clock.remaining > 2500


def test_a_truncated_training_uses_its_time() -> None:
    """Little more is left than the test needs."""
    for test, longest in ((20, 20), (3, 40), (38, 40)):
        clock, _, _, step, shown = run_final(300, 100, 1.0, 2, constant(test), longest)
        assert 100 < step < 1100
        assert any("used up" in str(event) for event in shown)
        timing = RESTORE_SECONDS + TIMED_SHARE * (test + longest)
        assert (
            clock.remaining
            < deadline_training.TEST_MARGIN * test
            + seconds_beside_test(clock)
            + deadline_training.TIMING_GROWTH * timing
            + deadline_training.MIN_SLICE_SECONDS
        )


def test_the_final_rolls_back_to_a_step_with_a_short_test() -> None:
    """A model that suddenly ends no sentence any more is tested at an earlier step."""
    clock, executor, _, step, _ = run_final(120, 40, 0.5, 2, lambda at: 3 if at < 200 else 40, 40)
    assert step < 200 < max(executor.timed)
    assert clock.remaining >= 3 + seconds_beside_test(clock) - 3 * PAUSE_SECONDS - RESTORE_SECONDS


def test_timing_a_test_is_interrupted_as_well() -> None:
    """If the model suddenly ends no sentence any more, and the longest test is not known."""
    clock, executor, _, step, _ = run_final(120, 40, 0.5, 2, lambda at: 3 if at < 100 else 45, None)
    assert step in executor.timed
    assert step < 100 < executor.reached
    assert (
        clock.remaining
        >= deadline_training.TEST_MARGIN_TIGHT * 3
        + seconds_beside_test(clock)
        - 3 * PAUSE_SECONDS
        - RESTORE_SECONDS
    )


def broken_in_b(at: int) -> tuple[float, ...]:
    """BLEU and log-likelihood of a model that improves in Stage A, and forgets in Stage B."""
    return (at / 10, -600 / at) if at <= 600 else (60 - (at - 600) / 10, -1 - at / 600)


def test_a_truncated_training_ends_at_its_best_step() -> None:
    """Here the end of Stage A, which has a score."""
    arguments = (450, 100, 0.5, 2, constant(10), 10)
    clock, executor, scores, step, shown = run_final(*arguments, validation=broken_in_b)
    assert (step, scores["step"]) == (600, 600)
    assert max(executor.timed) > 600
    assert "step 600 of 1100, the best one so far" in str(shown[-1])
    assert clock.remaining >= deadline_training.TEST_MARGIN_TIGHT * 10 + seconds_beside_test(clock)
    _, _, _, later, _ = run_final(*arguments, validation=lambda at: (at / 10, -600 / at))
    assert later == max(executor.timed)


def test_a_step_is_not_worse_by_one_measure_alone() -> None:
    """BLEU is noise early on, while the log-likelihood shows what was learned."""
    *_, step, shown = run_final(
        300, 40, 1.0, 2, constant(10), 10, validation=lambda at: (1 / at, -600 / at)
    )
    assert step > 100
    assert "worse" not in str(shown[-1])


def test_a_complete_training_is_not_rolled_back() -> None:
    """The protocol has both stages, even if the second makes the model worse."""
    *_, step, _ = run_final(3000, 100, 0.1, 10, constant(10), 10, validation=broken_in_b)
    assert step == 1100


def test_validation_is_skipped_where_no_time_is_left() -> None:
    clock, _, scores, step, _ = run_final(60, 40, 0.5, 30, constant(10), 10)
    assert step > 40
    assert scores is None
    assert clock.remaining > deadline_training.TEST_MARGIN * 10 + seconds_beside_test(clock) - 1


def test_a_lost_checkpoint_is_trained_again() -> None:
    """As far as there is time, which may be less far than the search trained."""
    clock, executor, _, step, shown = run_final(200, 650, 1.0, 2, constant(10), 10, lost=True)
    assert 100 < step < 650
    assert step in executor.timed
    assert not any("busy" in str(event) for event in shown)
    assert clock.remaining >= 10 + seconds_beside_test(clock) - 3 * PAUSE_SECONDS - RESTORE_SECONDS


def test_a_complete_training_is_only_tested() -> None:
    """Its scores are on record, and its speed does not matter."""
    clock, executor, scores, step, shown = run_final(60, 1100, 1.0, 30, constant(10), 10)
    assert (step, scores, shown) == (1100, None, [])
    assert clock.remaining == pytest.approx(60 - RESTORE_SECONDS - TIMED_SHARE * 20)
    assert executor.reached == 1100


def test_a_complete_training_without_checkpoint_is_trained_again() -> None:
    """As far as there is time."""
    for seconds, complete in ((200, False), (2000, True)):
        clock, executor, _, step, shown = run_final(
            seconds, 1100, 1.0, 2, constant(10), 10, lost=True
        )
        assert step == executor.reached
        assert step in executor.timed
        assert (step == 1100) is complete
        assert step > 100
        assert any("used up" in str(event) for event in shown) is not complete
        assert (
            clock.remaining >= 10 + seconds_beside_test(clock) - 3 * PAUSE_SECONDS - RESTORE_SECONDS
        )


def test_a_busy_machine_trains_on_one_thread() -> None:
    _, executor, _, _, shown = run_final(3000, 100, 20.0, 2, constant(20), 20)
    assert executor.threads[-1].count == 1
    assert any("one thread" in str(event) for event in shown)


def test_a_machine_that_was_busy_for_a_moment_does_not_end_the_training() -> None:
    """The first timing of the test says that no test fits; the second one shows that it was wrong."""
    timings = iter([1400.0, *[20.0] * 100])
    _, executor, _, step, shown = run_final(1500, 100, 0.1, 2, lambda _: next(timings), None)
    assert step == 1100
    assert executor.timed[:2] == [executor.timed[0]] * 2
    assert not any("used up" in str(event) for event in shown)


@pytest.mark.parametrize(("step_seconds", "fits"), [(0.1, True), (1.0, False)])
def test_an_executor_without_pauses_trains_completely_or_not_at_all(
    step_seconds: float, fits: bool
) -> None:
    """On a cluster, the checkpoint of the search is tested if a full training does not fit."""
    clock, executor, scores, step, shown = run_final(
        600, 100, step_seconds, 2, constant(10), 10, pauses=False
    )
    assert len(executor.threads) == 1
    if fits:
        assert (step, scores["step"]) == (1100, 1100)
        assert not shown
    else:
        assert (step, scores) == (100, None)
        assert any("the model of the search at step 100" in str(event) for event in shown)
        plan = TimePlan(clock, costs(), 1100, 2, 650, LEAGUE.space.baseline_config)
        assert clock.remaining >= plan.seconds_after_training(
            LEAGUE.space.baseline, 100, solo=False
        )
