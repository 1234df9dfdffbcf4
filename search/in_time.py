"""The final under a deadline: the winner is trained for as long as its test can still be made.

A test cannot be broken off, and what it takes depends on what a model has learned: one that does
not end its sentences yet takes several times as long. So nothing is left to the estimate that the
search went by. The run is broken off early once, to see how fast it is and what a test takes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xlt.objectives.objective import Evaluation, Paused
from xlt.objectives.threads import Threads
from xlt.search import events
from xlt.search.deadline import CLOSING, Plan
from xlt.search.engine import Engine
from xlt.search.jobs import Rehearse, Rehearsed, Train
from xlt.search.store import scored

# Seconds after which it is looked at how fast the run is.
PROBED = 6.0
# A test may take so many times as long as it did when it was rehearsed; scoring on validation, where
# the run was broken off, such a share of that.
SURE, SCORING = 1.25, 0.3


def trained(
    engine: Engine, display: events.Display, plan: Plan, job: Train, known: int
) -> tuple[Mapping[str, Any] | None, int, Threads]:
    """Do the job as far as time allows. `known`: the step that its configuration has come to.

    Its scores where it ended, None if there was no time for them or none are needed; that step; and
    on how many threads it got there.
    """
    threads = job.threads
    if known == job.step:
        found: Any = engine.answer(job)
        return scored(found), known, threads
    test = plan.closing(job.config, job.step) - CLOSING
    if engine.pauses:
        before = plan.deadline.left
        found = engine.answer_within(job, PROBED)
        if isinstance(found, Evaluation):
            return scored(found), job.step, threads
        reached = max(known, found.step if isinstance(found, Paused) else 0)
        if plan.slower(job.config, known, reached, before - plan.deadline.left) > plan.alone:
            job = replace(job, threads=Threads(1, known))
            threads, reached = job.threads, known
            text = "the machine is busy with other work: the final is trained on one thread"
            display(events.Notice(text))
        through = tuple(rung for rung in job.through if rung < reached)
        rehearsal = Rehearse(job.trial, job.config, job.seed, reached, through, threads)
        rehearsed = engine.answer(rehearsal)
        assert isinstance(rehearsed, Rehearsed)
        test = rehearsed.seconds
    kept = SURE * test + CLOSING
    found = engine.answer_within(job, plan.deadline.left - kept - SCORING * test)
    if isinstance(found, Evaluation):
        return scored(found), job.step, threads
    display(events.Notice(f"time is up: the final ends before step {job.step}"))
    reached = found.step if isinstance(found, Paused) else 0
    if reached <= known:
        return None, known, threads
    through = tuple(rung for rung in job.through if rung < reached)
    found = engine.answer_within(
        replace(job, step=reached, through=through), plan.deadline.left - kept
    )
    return scored(found) if isinstance(found, Evaluation) else None, reached, threads
