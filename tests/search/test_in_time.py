"""The final under a deadline, on an engine whose time is the test's own."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from xlt.objectives.objective import Evaluation, Paused
from xlt.objectives.threads import Threads
from xlt.objectives.work import WORK
from xlt.search import events, in_time
from xlt.search.costs import Costs
from xlt.search.deadline import CLOSING, Deadline, Plan
from xlt.search.jobs import Job, Rehearse, Rehearsed, Train
from xlt.studies.study import load

LEAGUE = load("league")
RESTORING, PAUSING, REHEARSING = 0.5, 0.3, 2.0  # seconds


class Clock(Deadline):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.gone = 0.0

    @property
    def left(self) -> float:
        return self.seconds - self.gone


class Simulated:
    """An engine on which a step, scoring, and a test take so many seconds."""

    pauses = True

    def __init__(self, clock: Clock, known: int, a_step: float, scoring: float, test: float):
        self.clock, self.known = clock, known
        self.reached: dict[Threads, int] = {}
        self.a_step, self.scoring, self.test = a_step, scoring, test
        self.threads: list[Threads] = []

    def answer(self, job: Job) -> Any:
        return self.answer_within(job, math.inf)

    def answer_within(self, job: Job, seconds: float) -> Any:
        self.threads.append(job.threads)
        begun = self.reached.get(job.threads, self.known)
        if isinstance(job, Rehearse):
            assert job.step == begun
            self.clock.gone += REHEARSING
            return Rehearsed(self.test)
        assert isinstance(job, Train)
        training = RESTORING + (job.step - begun) * self.a_step
        if training + self.scoring <= seconds:
            self.clock.gone += training + self.scoring
            self.reached[job.threads] = job.step
            return Evaluation(job.step, 20.0, {})
        done = int(max(0.0, seconds - RESTORING) / self.a_step)
        self.reached[job.threads] = reached = min(job.step, begun + done)
        self.clock.gone += max(0.0, seconds) + PAUSING
        return Paused(reached)


def ended(
    seconds: float, known: int, a_step: float, scoring: float, test: float
) -> tuple[Clock, Simulated, Any, int, list[events.Event]]:
    clock = Clock(seconds)
    costs = Costs(WORK["translation"], {}, LEAGUE.budget.rungs, "cpu")
    engine: Any = Simulated(clock, known, a_step, scoring, test)
    config = LEAGUE.space.baseline
    job = Train(0, config, 42, 1100, (40, 100, 650), Threads(2, known))
    told: list[events.Event] = []
    plan = Plan(clock, costs, 1100, 2)
    scores, step, _ = in_time.trained(engine, told.append, plan, job, known)
    return clock, engine, scores, step, told


@given(
    seconds=st.floats(40, 1000),
    known=st.sampled_from([40, 100, 650]),
    a_step=st.floats(0.01, 5),
    scoring=st.floats(0.1, 100),
    share=st.floats(0.01, 1),
)
def test_the_test_can_be_made(
    seconds: float, known: int, a_step: float, scoring: float, share: float
) -> None:
    """However slow training, scoring and the test are: if there is a way at all, there is time."""
    overhead = in_time.PROBED + REHEARSING + 3 * PAUSING + RESTORING
    test = share * (seconds - overhead - CLOSING) / in_time.SURE
    clock, engine, scores, step, _ = ended(seconds, known, a_step, scoring, test)
    if step < 1100:
        assert clock.left >= test + CLOSING - 3 * PAUSING - RESTORING
    assert step == engine.reached[engine.threads[-1]]
    assert scores is None or scores["step"] == step


def test_with_time_enough_it_is_at_full_length() -> None:
    clock, _, scores, step, told = ended(3000, 650, 0.1, 10, 10)
    assert (step, scores["step"]) == (1100, 1100)
    assert not told
    assert clock.left > 2500


def test_the_time_is_used() -> None:
    """One that ends early leaves little more than is kept for the test."""
    clock, _, _, step, told = ended(300, 100, 1.0, 2, 20)
    assert 100 < step < 1100
    assert any("time is up" in str(event) for event in told)
    assert clock.left < 20 * (in_time.SURE + in_time.SCORING) + CLOSING


def test_beside_other_work_it_is_on_one_thread() -> None:
    _, engine, _, _, told = ended(3000, 100, 20.0, 2, 20)
    assert engine.threads[-1].count == 1
    assert any("one thread" in str(event) for event in told)
