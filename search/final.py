"""The final: the winner at full length, then the test set, once; the model and its export."""

import os
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from xlt.objectives.objective import Evaluation, Paused
from xlt.objectives.threads import Threads
from xlt.search import events, export
from xlt.search.jobs import Finish, Finished, Train
from xlt.search.session import Session
from xlt.search.store import Standing, scored
from xlt.spaces.catalogue import TASKS

# Seconds of the final under a deadline after which it is looked at how fast it is.
PROBED = 8.0
# The test at its end cannot be broken off: it is given so many times what it should take.
END = 1.6


def run(session: Session) -> None:
    """Train the leader to the end, test it, write `final/` and `best.toml`.

    A winner that was tested before is answered from the record: every opening of the test set is
    one more look at it. Raises `InputError` if nothing has been scored, `XltError` if the winner
    diverges on its way to the end.
    """
    winner, display = export.leader(session.store), session.display
    model, best = session.folder / "final", session.folder / "best.toml"
    display(events.FinalBegun(winner, session.description.steps))
    known = export.final_of(session.store, winner.configuration)
    record = known or _tested(session, winner)
    if not model.is_dir():
        after = record.get("final_threads_after", session.study.budget.rungs[-1])
        threads = Threads(record["final_threads"], after)
        _write_model(session, winner, record["test"]["step"], threads, test=False)
    export.write(export.as_toml(export.collect(session.store)), best)
    display(events.Written("model", model))
    display(events.Written("export", best))
    test = record["test"]
    measure = TASKS[session.study.task].measure
    display(events.Tested(test["score"], measure, test["metrics"], opened_now=known is None))


def _tested(session: Session, winner: Standing) -> dict[str, Any]:
    """The final's record: scores at full length and on the test set, and how they were made."""
    study = session.store.study
    full, threads = _trained(session, winner)
    # Recorded before it happens, so that no look at the test set goes unrecorded.
    opening = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "trial": winner.trial}
    study.set_user_attr("test_opened", [*study.user_attrs.get("test_opened", []), opening])
    finished = _write_model(session, winner, full["step"], threads, test=True)
    assert finished.test is not None
    record = {
        "trial": winner.trial,
        "configuration": dict(winner.configuration),
        "validation": [each for each in winner.evaluations if each["step"] < full["step"]],
        "test": scored(finished.test),
        "weights_sha256": finished.weights_sha256,
        "final_threads": threads.count,
        "final_threads_after": threads.after,
        "made": study.user_attrs["made"],
    }
    record["validation"].append(full)
    study.set_user_attr("final", record)
    return record


def _trained(session: Session, winner: Standing) -> tuple[Mapping[str, Any], Threads]:
    """The winner's scores at full length, and on how many threads it was brought there.

    With a deadline, those at the last step that it allows.
    """
    steps, engine, plan = session.description.steps, session.engine, session.plan
    # Until here it was trained on one.
    threads = Threads(session.threads, winner.step)
    if plan is None:
        found: Any = engine.answer(_job(session, winner, steps, threads))
        return scored(found), threads
    slower = 1.0
    if engine.pauses and winner.step < steps:
        begun = time.monotonic()
        found = engine.answer_within(_job(session, winner, steps, threads), PROBED)
        if isinstance(found, Evaluation):
            return scored(found), threads
        taken = time.monotonic() - begun
        slower = plan.slower(winner, found.step if isinstance(found, Paused) else 0, taken)
        if slower > plan.alone:
            threads = Threads(1, winner.step)
            slower = 1.0
            text = "the machine is busy with other work: the final is trained on one thread"
            session.display(events.Notice(text))
    likely = plan.reached(winner, slower)
    left = plan.deadline.left - END * slower * plan.closing(winner.configuration, likely)
    found = engine.answer_within(_job(session, winner, steps, threads), left)
    if not isinstance(found, Evaluation):
        reached = found.step if isinstance(found, Paused) else 0
        session.display(events.Notice(f"time is up: the final ends before step {steps}"))
        if reached <= winner.step:
            return winner.evaluations[-1], threads
        found = engine.answer(_job(session, winner, reached, threads))
    assert isinstance(found, Evaluation)
    return scored(found), threads


def _job(session: Session, winner: Standing, step: int, threads: Threads) -> Train:
    return Train(
        trial=winner.trial,
        config=winner.configuration,
        seed=session.study.search.seed,
        step=step,
        through=tuple(rung for rung in session.study.budget.rungs if rung < step),
        threads=threads,
    )


def _write_model(
    session: Session, winner: Standing, step: int, threads: Threads, *, test: bool
) -> Finished:
    """The winner's model in `final/`, written beside and renamed; its test if asked for."""
    target = session.folder / "final"
    beside = session.folder / ".final.new"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    finished = session.engine.answer(
        Finish(
            trial=winner.trial,
            config=winner.configuration,
            seed=session.study.search.seed,
            step=step,
            through=tuple(rung for rung in session.study.budget.rungs if rung < step),
            folder=beside,
            test=test,
            threads=threads,
        )
    )
    assert isinstance(finished, Finished)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(beside, target)
    return finished
