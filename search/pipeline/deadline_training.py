"""The final under a deadline: the winner is trained for as long as its test can still be made.

A test cannot be broken off, and what it takes depends on what a model has learned: one that does
not end its sentences yet takes several times as long. So nothing is left to the estimate that the
search went by: wherever the run is broken off, it is rehearsed what a test takes. First as early as
to see how fast all is; then where the longest test still fits. If that is not what a test takes
there, what is left is used up as well, and if it is one after all, the run goes back to where it
was before.

A stage breaks some of what the one before it has built, and where time cuts it short may never mend
it. So there is a rehearsal at a stage's end as well, and a run that is broken off ends where it was
worth most in one.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from xlt.objectives.objective import Evaluation, Paused, Rehearsed
from xlt.objectives.threads import Threads
from xlt.search import events
from xlt.search.budget.time_plan import SHUTDOWN_SECONDS, Deadline, TimePlan
from xlt.search.execution.executor import Executor
from xlt.search.execution.jobs import TimeTest, Train
from xlt.search.storage.store import evaluation_record

# Seconds after which it is looked at how fast the run is.
PROBE_SECONDS = 6.0
# A test may take so many times as long as when it was rehearsed: other work may begin beside it. The
# most that it can take, or where it has turned out to take longer than thought, a little less will do.
TEST_MARGIN, TEST_MARGIN_KNOWN = 1.25, 1.1
# The next rehearsal may take so many times as long as the last: if that ended its sentences.
REHEARSAL_GROWTH = 2.0
# Kept on top of that, for a test that is slower still: a share of the budget, up to so many seconds.
# On a machine whose speed went up and down by half, tests took 1.4 to 1.9 times what was rehearsed.
RESERVE_SHARE, RESERVE_MAX_SECONDS = 0.03, 15.0
# Seconds that breaking off takes.
PAUSE_SECONDS = 1.0
# With fewer seconds nothing more is begun.
MIN_SLICE_SECONDS = 3.0


def finish_seconds(deadline: Deadline) -> float:
    """Seconds that are left when the test has taken what it may."""
    return SHUTDOWN_SECONDS + min(RESERVE_SHARE * deadline.seconds, RESERVE_MAX_SECONDS)


def train_until_deadline(
    engine: Executor,
    display: events.EventSink,
    plan: TimePlan,
    job: Train,
    reached: int,
    stage_ends: Iterable[int],
) -> tuple[Mapping[str, Any] | None, int, Threads]:
    """Do the job as far as time allows.

    `known`: the step that its configuration has come to. `stages`: the steps where they end.

    Its scores where it ended, None where they are none but those that it had; that step; and on how
    many threads it got there.
    """
    if engine.supports_pause:
        return DeadlineTraining(engine, display, plan, job, reached, stage_ends).run()
    if reached == job.step:
        return None, reached, job.threads
    # If it does not come through, what is there already is tested, as it was trained.
    tests = (
        plan.seconds_to_close(job.config, job.step),
        plan.seconds_to_close(job.config, reached, solo=False),
    )
    spare = (
        plan.deadline.remaining
        - TEST_MARGIN * (max(tests) - SHUTDOWN_SECONDS)
        - finish_seconds(plan.deadline)
    )
    found = engine.run_with_timeout(job, spare) if spare > MIN_SLICE_SECONDS else None
    if isinstance(found, Evaluation):
        return evaluation_record(found), job.step, job.threads
    text = f"time budget: used up; the final is the search's own model at step {reached}"
    display(events.Notice(text))
    return None, reached, job.threads


class DeadlineTraining:
    """The last training of a study, in as many parts as it takes to know what a test takes."""

    def __init__(
        self,
        engine: Executor,
        display: events.EventSink,
        plan: TimePlan,
        job: Train,
        known: int,
        stages: Iterable[int],
    ) -> None:
        self.engine, self.display, self.plan = engine, display, plan
        self.job, self.known, self.reached = job, known, known
        self.ends = sorted({*stages, job.step})
        self.complete = known == job.step
        self.found: Evaluation | None = None  # what it scored there
        self.finish_seconds = finish_seconds(plan.deadline)
        self.test = Rehearsed(0.0, 0.0)  # where the run stands
        self.checkpoints_timed: list[
            tuple[int, Rehearsed]
        ] = []  # where it has stood, the last one last
        self.recorded: set[int] = set()  # steps with a score that costs nothing any more
        self.rehearsal_seconds = 0.0  # seconds that it took to know that

    @property
    def remaining(self) -> float:
        return self.plan.deadline.remaining

    def run(self) -> tuple[Mapping[str, Any] | None, int, Threads]:
        self._measure_speed()
        while self.reached < self.job.step:
            safe = self._train_seconds_left(
                TEST_MARGIN_KNOWN * self.test.most, self.rehearsal_seconds
            )
            risky = self._train_seconds_left(
                TEST_MARGIN * self.test.seconds, REHEARSAL_GROWTH * self.rehearsal_seconds
            )
            stretch = safe if safe > MIN_SLICE_SECONDS else risky
            if stretch <= MIN_SLICE_SECONDS:
                break
            before = self.reached, self.test
            found = self._train(stretch)
            through = self.reached == self.job.step and not isinstance(found, Paused)
            if (through and stretch == safe) or self.reached == before[0]:
                break
            # It may take longer than ever: it is broken off while the last test still fits.
            most = self.remaining - TEST_MARGIN_KNOWN * before[1].seconds - self.finish_seconds
            known = isinstance(found, Rehearsed) or self._rehearse(most)
            if (
                not known
                or TEST_MARGIN_KNOWN * self.test.seconds + self.finish_seconds > self.remaining
            ):
                self.reached, self.test = before
                break
        if self.reached < self.job.step:
            where = f"at step {self.reached} of {self.job.step}"
            better = self._best_earlier()
            if better is not None:
                self.reached, self.test = better
                where = f"at step {self.reached} of {self.job.step}, the best one so far"
            self.display(events.Notice(f"time budget: used up; the final stops {where}"))
        if self.reached <= self.known:
            return None, self.known, self.job.threads
        found = self.found
        spare = (
            self.remaining - TEST_MARGIN * self.test.seconds - PAUSE_SECONDS - self.finish_seconds
        )
        wanted = spare > MIN_SLICE_SECONDS or self.reached in self.recorded
        if (found is None or found.step != self.reached) and wanted:
            answer = self.engine.run_with_timeout(self._at(self.reached), max(spare, PAUSE_SECONDS))
            found = answer if isinstance(answer, Evaluation) else None
        scores = (
            evaluation_record(found) if found is not None and found.step == self.reached else None
        )
        return scores, self.reached, self.job.threads

    def _best_earlier(self) -> tuple[int, Rehearsed] | None:
        """Where the run stood before, if it was worth more there and can be tested still."""
        stood = [
            (step, test)
            for step, test in self.checkpoints_timed
            if test.beats(self.test)
            and TEST_MARGIN_KNOWN * test.seconds + self.finish_seconds <= self.remaining
        ]
        return max(stood, key=lambda stand: stand[1].worth, default=None)

    def _train_seconds_left(self, test: float, looking: float) -> float:
        """Seconds of training that leave time to look at what comes of it, and for such a test."""
        return self.remaining - test - PAUSE_SECONDS - looking - self.finish_seconds

    def _measure_speed(self) -> None:
        """See how fast the run is, and on how many threads; and what a test takes."""
        before = self.remaining
        found = self._train(PROBE_SECONDS)
        done = self.reached == self.job.step
        if done and (self.known == self.job.step or not isinstance(found, Paused)):
            return
        taken = before - self.remaining
        slower = self.plan.slowdown(self.job.config, self.known, self.reached, taken)
        # One whose checkpoint is gone is not on more threads yet.
        busy = slower > self.plan.solo_speedup and not isinstance(found, Rehearsed)
        if busy and self.job.threads.at(self.reached + 1) > 1:
            self.job = replace(self.job, threads=Threads(1, self.known))
            self.reached = self.known
            text = "the machine is busy with other work: the final is trained on one thread"
            self.display(events.Notice(text))
        told = self._rehearse(math.inf)
        assert told

    def _train(self, seconds: float) -> Any:
        """Go on for so long, at most to the stage's end; the engine's answer."""
        end = next(end for end in self.ends if end > self.reached or end == self.job.step)
        job = self._at(end)
        # What may be on record, whether or not its state is still there, has to be opened.
        sure = end == self.job.step and not self.complete
        found = self.engine.run_with_timeout(job if sure else self._rehearsal(job), seconds)
        if isinstance(found, Evaluation | Paused):
            if 0 < found.step < self.known:  # its checkpoint is gone: it has begun anew
                self.known = self.reached = 0
            self.reached = max(self.reached, found.step)
        if isinstance(found, Evaluation):
            self.found = found
        if isinstance(found, Rehearsed):
            self._stands(end, found)
            self.recorded.add(end)
        return found

    def _rehearse(self, seconds: float) -> bool:
        """Find out what a test takes where the run stands, if that takes no more than so long."""
        before = self.remaining
        found = self.engine.run_with_timeout(self._rehearsal(self._at(self.reached)), seconds)
        if not isinstance(found, Rehearsed):
            return False
        self.rehearsal_seconds = before - self.remaining
        self._stands(self.reached, found)
        return True

    def _stands(self, step: int, test: Rehearsed) -> None:
        self.reached, self.test = step, test
        self.checkpoints_timed.append((step, test))

    def _rehearsal(self, job: Train) -> TimeTest:
        return TimeTest(
            job.trial, job.config, job.seed, job.step, job.checkpoint_steps, job.threads
        )

    def _at(self, step: int) -> Train:
        # What it has reached is not in passing: it may have to go back there.
        through = tuple(rung for rung in self.job.checkpoint_steps if self.reached < rung < step)
        return replace(self.job, step=step, checkpoint_steps=through)
