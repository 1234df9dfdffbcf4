"""The final under a deadline, on an engine whose time is the test's own."""

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
from xlt.search.budget.time_plan import SHUTDOWN_SECONDS, TimeBudget, TimePlan
from xlt.search.execution.jobs import Train
from xlt.search.pipeline import deadline_training
from xlt.search.pipeline.deadline_training import seconds_beside_test
from xlt.studies.study import load

LEAGUE = load("league")
RESTORING, PAUSING = 0.5, 0.3  # seconds
REHEARSED = 0.07  # of a test
STAGES = (600, 1100)


class Clock(TimeBudget):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.gone = 0.0

    @property
    def remaining(self) -> float:
        return self.seconds - self.gone


class Simulated:
    """An engine on which a step, scoring, and a test take so many seconds.

    `test`: at a step; `most`: what is told to be the most of that, None: what it is there. `gone`:
    all checkpoints are, and what they were worth is on record. `pauses`: else what is broken off is
    lost, and it cannot rehearse. `worth`: of a rehearsal at a step.
    """

    def __init__(
        self,
        clock: Clock,
        known: int,
        a_step: float,
        scoring: float,
        test: Callable[[int], float],
        most: float | None,
        *,
        gone: bool = False,
        pauses: bool = True,
        worth: Callable[[int], tuple[float, ...]] = lambda _: (),
    ) -> None:
        self.clock, self.first = clock, set() if gone else {known}
        self.a_step, self.scoring, self.test, self.most = a_step, scoring, test, most
        self.supports_pause, self.worth = pauses, worth
        # Steps, by the threads that got there: where something can go on, and what is on record.
        self.states: dict[Threads, set[int]] = {}
        self.scored = {step for step in (known, *STAGES) if step <= known}
        self.threads: list[Threads] = []
        self.rehearsed: list[int] = []

    @property
    def reached(self) -> int:
        return max(self.states.get(self.threads[-1], self.first), default=0)

    def run(self, job: Train) -> Any:
        return self.run_with_timeout(job, math.inf)

    def run_with_timeout(self, job: Train, seconds: float) -> Any:
        self.threads.append(job.threads)
        states = self.states.setdefault(job.threads, {*self.first})
        if not job.time_test and job.step in self.scored:
            return Evaluation(job.step, 20.0, {})
        begun = max((step for step in states if step <= job.step), default=0)
        taken = RESTORING + (job.step - begun) * self.a_step
        if begun < job.step or not job.time_test:
            taken += self.scoring
        if taken <= seconds:
            states.add(job.step)
            states -= set(job.checkpoint_steps) - {*STAGES}  # nobody else goes on from there
            self.scored.add(job.step)
            if not job.time_test:
                self.clock.gone += taken
                return Evaluation(job.step, 20.0, {})
        else:
            self.clock.gone += max(0.0, seconds)
            if not self.supports_pause:
                return None
            self.clock.gone += PAUSING
            done = int(max(0.0, seconds - RESTORING) / self.a_step)
            reached = min(job.step, begun + done)
            states.add(reached)
            return Paused(reached)
        assert self.supports_pause
        test = self.test(job.step)
        most = test if self.most is None else self.most
        taken += REHEARSED * (test + most)
        if taken > seconds:
            self.clock.gone += max(0.0, seconds) + PAUSING
            return Paused(job.step)
        self.rehearsed.append(job.step)
        self.clock.gone += taken
        return TestTime(test, most, self.worth(job.step))


def costs() -> RuntimeModel:
    return RuntimeModel(TASKS["translation"].cost, {}, LEAGUE.budget.rungs, "cpu")


def constant(seconds: float) -> Callable[[int], float]:
    return lambda _: seconds


def ended(
    seconds: float,
    known: int,
    a_step: float,
    scoring: float,
    test: Callable[[int], float],
    most: float | None,
    **others: Any,
) -> tuple[Clock, Simulated, Any, int, list[events.Event]]:
    clock = Clock(seconds)
    engine: Any = Simulated(clock, known, a_step, scoring, test, most, **others)
    config = LEAGUE.space.baseline
    job = Train(0, config, 42, 1100, (40, 100, 650), Threads(2, known))
    told: list[events.Event] = []
    plan = TimePlan(clock, costs(), 1100, 2)
    scores, step, threads = deadline_training.train_until_deadline(
        engine, told.append, plan, job, known, STAGES
    )
    assert step in engine.states.get(threads, {known}), "there is nothing to test"
    return clock, engine, scores, step, told


@given(
    seconds=st.floats(40, 1000),
    known=st.sampled_from([40, 100, 650, 1100]),
    a_step=st.floats(0.01, 5),
    scoring=st.floats(0.1, 100),
    share=st.floats(0.01, 1),
    tests=st.functions(like=constant(1), returns=st.floats(0.01, 1), pure=True),
    worth=st.functions(like=constant(1), returns=st.floats(0, 100), pure=True),
    gone=st.booleans(),
)
def test_the_test_can_be_made(
    seconds: float,
    known: int,
    a_step: float,
    scoring: float,
    share: float,
    tests: Callable[[int], float],
    worth: Callable[[int], float],
    gone: bool,
) -> None:
    """However slow all is, and however what a test takes changes from step to step.

    If there is time for the longest one at all.
    """
    overhead = deadline_training.PROBE_SECONDS + 3 * PAUSING + 3 * RESTORING
    if gone:  # and begun anew twice, if it seems too slow
        overhead += deadline_training.PROBE_SECONDS + RESTORING + scoring
    assume(seconds > overhead + seconds_beside_test(TimeBudget(seconds)))
    most = (
        share
        * (seconds - overhead - seconds_beside_test(TimeBudget(seconds)))
        / (deadline_training.TEST_MARGIN + 2 * REHEARSED)
    )

    def times(at: int) -> float:
        return most * tests(at)

    clock, engine, scores, step, _ = ended(
        seconds, known, a_step, scoring, times, most, gone=gone, worth=lambda at: (worth(at),)
    )
    assert (
        clock.remaining >= most * tests(step) + seconds_beside_test(clock) - 3 * PAUSING - RESTORING
    )
    assert step <= engine.reached
    assert step in (*engine.rehearsed, 1100)
    assert scores is None or scores["step"] == step


def test_more_is_kept_of_more_time() -> None:
    """Up to a quarter of a minute."""
    kept = {120: 3.6, 300: 9.0, 500: 15.0, 7200: 15.0}
    assert {
        s: seconds_beside_test(TimeBudget(s)) - SHUTDOWN_SECONDS for s in kept
    } == pytest.approx(kept)


def test_with_time_enough_it_is_at_full_length() -> None:
    clock, _, scores, step, told = ended(3000, 650, 0.1, 10, constant(10), 10)
    assert (step, scores["step"]) == (1100, 1100)
    assert not told
    assert clock.remaining > 2500


def test_the_time_is_used() -> None:
    """One that ends early leaves little more than is kept for the test it has come to."""
    for test, most in ((20, 20), (3, 40), (38, 40)):
        clock, _, _, step, told = ended(300, 100, 1.0, 2, constant(test), most)
        assert 100 < step < 1100
        assert any("used up" in str(event) for event in told)
        looking = deadline_training.TIMING_GROWTH * (RESTORING + REHEARSED * (test + most))
        assert (
            clock.remaining
            < deadline_training.TEST_MARGIN * test
            + seconds_beside_test(clock)
            + looking
            + deadline_training.MIN_SLICE_SECONDS
        )


def test_it_goes_back_to_where_a_test_was_short() -> None:
    """One that all of a sudden ends no sentence any more is tested as it was before."""
    clock, engine, _, step, _ = ended(120, 40, 0.5, 2, lambda at: 3 if at < 200 else 40, 40)
    assert step < 200 < max(engine.rehearsed)
    assert clock.remaining >= 3 + seconds_beside_test(clock) - 3 * PAUSING - RESTORING


def test_a_rehearsal_is_broken_off_too() -> None:
    """One that seemed to know how to end its sentences, and does not any more."""
    clock, engine, _, step, _ = ended(120, 40, 0.5, 2, lambda at: 3 if at < 100 else 45, None)
    assert step in engine.rehearsed
    assert step < 100 < engine.reached
    assert (
        clock.remaining
        >= deadline_training.TEST_MARGIN_TIGHT * 3
        + seconds_beside_test(clock)
        - 3 * PAUSING
        - RESTORING
    )


def broken_in_b(at: int) -> tuple[float, ...]:
    """BLEU and log-likelihood of a model that grows until Stage A's end, and forgets after it."""
    return (at / 10, -600 / at) if at <= 600 else (60 - (at - 600) / 10, -1 - at / 600)


def test_a_run_that_is_broken_off_ends_where_it_was_best() -> None:
    """At the stage's end, if the next one breaks what there is; and has a score there."""
    given = (450, 100, 0.5, 2, constant(10), 10)
    clock, engine, scores, step, told = ended(*given, worth=broken_in_b)
    assert (step, scores["step"]) == (600, 600)
    assert max(engine.rehearsed) > 600
    assert "step 600 of 1100, the best one so far" in str(told[-1])
    assert clock.remaining >= deadline_training.TEST_MARGIN_TIGHT * 10 + seconds_beside_test(clock)
    _, _, _, later, _ = ended(*given, worth=lambda at: (at / 10, -600 / at))
    assert later == max(engine.rehearsed)


def test_one_measure_alone_may_err() -> None:
    """Early on all BLEU is noise: who models better has learned more."""
    *_, step, told = ended(300, 40, 1.0, 2, constant(10), 10, worth=lambda at: (1 / at, -600 / at))
    assert step > 100
    assert "worse" not in str(told[-1])


def test_what_comes_to_its_end_is_taken_as_it_is() -> None:
    """Both stages are the protocol, whatever the second has made of the first."""
    *_, step, _ = ended(3000, 100, 0.1, 10, constant(10), 10, worth=broken_in_b)
    assert step == 1100


def test_nothing_is_scored_where_no_time_is_left() -> None:
    clock, _, scores, step, _ = ended(60, 40, 0.5, 30, constant(10), 10)
    assert step > 40
    assert scores is None
    assert clock.remaining > deadline_training.TEST_MARGIN * 10 + seconds_beside_test(clock) - 1


def test_a_checkpoint_that_is_gone_is_trained_anew() -> None:
    """As far as there is time: the final is where that ends."""
    clock, engine, _, step, told = ended(200, 650, 1.0, 2, constant(10), 10, gone=True)
    assert 100 < step < 650
    assert step in engine.rehearsed
    assert not any("busy" in str(event) for event in told)
    assert clock.remaining >= 10 + seconds_beside_test(clock) - 3 * PAUSING - RESTORING


def test_one_that_is_complete_is_opened_alone() -> None:
    """Its scores are on record; and it is none of the time's business how fast it once was."""
    clock, engine, scores, step, told = ended(60, 1100, 1.0, 30, constant(10), 10)
    assert (step, scores, told) == (1100, None, [])
    assert clock.remaining == pytest.approx(60 - RESTORING - REHEARSED * 20)
    assert engine.reached == 1100


def test_one_that_is_complete_may_have_no_state_any_more() -> None:
    """It is on record, but there is nothing to test: it is trained anew, for as long as can be."""
    for seconds, through in ((200, False), (2000, True)):
        clock, engine, _, step, told = ended(seconds, 1100, 1.0, 2, constant(10), 10, gone=True)
        assert step == engine.reached
        assert step in engine.rehearsed
        assert (step == 1100) is through
        assert step > 100
        assert any("used up" in str(event) for event in told) is not through
        assert clock.remaining >= 10 + seconds_beside_test(clock) - 3 * PAUSING - RESTORING


def test_beside_other_work_it_is_on_one_thread() -> None:
    _, engine, _, _, told = ended(3000, 100, 20.0, 2, constant(20), 20)
    assert engine.threads[-1].count == 1
    assert any("one thread" in str(event) for event in told)


@pytest.mark.parametrize(("a_step", "fits"), [(0.1, True), (1.0, False)])
def test_without_pauses_it_is_all_or_nothing(a_step: float, fits: bool) -> None:
    """As on a cluster: where a full run does not come through, what was searched is tested."""
    clock, engine, scores, step, told = ended(600, 100, a_step, 2, constant(10), 10, pauses=False)
    assert len(engine.threads) == 1
    if fits:
        assert (step, scores["step"]) == (1100, 1100)
        assert not told
    else:
        assert (step, scores) == (100, None)
        assert any("the search's own model at step 100" in str(event) for event in told)
        plan = TimePlan(clock, costs(), 1100, 2)
        assert clock.remaining >= plan.seconds_to_close(LEAGUE.space.baseline, 100, solo=False)
