"""The final: the winner at full length, then the test set, once; the model and its export."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from xlt.objectives.objective import Evaluation
from xlt.objectives.threads import Threads
from xlt.search import events
from xlt.search.execution.jobs import Finish, Finished, Train
from xlt.search.pipeline.deadline_training import trained
from xlt.search.pipeline.session import Session
from xlt.search.results import export
from xlt.search.results.model_card import write_card
from xlt.search.storage.store import Standing, scored
from xlt.spaces.catalogue import TASKS


def run(session: Session) -> events.Tested:
    """Train the leader to the end, test it, write `final/` and `best.toml`; its score.

    A winner that was tested before is answered from the record: every opening of the test set is
    one more look at it. Raises `InputError` if nothing has been scored, `XltError` if the winner
    diverges on its way to the end.
    """
    winner, display = export.leader(session.store), session.display
    model, best = session.folder / "final", session.folder / "best.toml"
    bounded = session.plan is not None
    display(events.FinalBegun(winner, session.description.steps, bounded))
    known = export.final_of(session.store, winner.configuration)
    record = known or _tested(session, winner)
    if not model.is_dir():
        after = record.get("final_threads_after", session.study.budget.rungs[-1])
        threads = Threads(record["final_threads"], after)
        _write_model(session, winner, record["test"]["step"], threads, test=False)
    found = export.collect(session.store)
    write_card(found, model)
    export.write(export.as_toml(found), best)
    display(events.Written("model", model))
    display(events.Written("export", best))
    test = record["test"]
    task, metrics = session.study.task, test["metrics"]
    return events.Tested(
        test["score"],
        TASKS[task].measure,
        metrics,
        opened_now=known is None,
        languages=export.languages_text(task, found.study, metrics),
    )


def _tested(session: Session, winner: Standing) -> dict[str, Any]:
    """The final's record: scores at full length and on the test set, and how they were made."""
    study = session.store.study
    session.work.begin()
    full, step, threads = _trained(session, winner)
    # Recorded before it happens, so that no look at the test set goes unrecorded.
    opening = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "trial": winner.trial}
    study.set_user_attr("test_opened", [*study.user_attrs.get("test_opened", []), opening])
    finished = _write_model(session, winner, step, threads, test=True)
    assert finished.test is not None
    record = {
        "trial": winner.trial,
        "configuration": dict(winner.configuration),
        "validation": [
            *(each for each in winner.evaluations if each["step"] < step + (full is None)),
            *([] if full is None else [full]),
        ],
        "test": scored(finished.test),
        "examples": [asdict(each) for each in finished.test.examples],
        "weights_sha256": finished.weights_sha256,
        "final_threads": threads.count,
        "final_threads_after": threads.from_step,
        "made": study.user_attrs["made"],
    }
    study.set_user_attr("final", record)
    return record


def _trained(session: Session, winner: Standing) -> tuple[Mapping[str, Any] | None, int, Threads]:
    """The winner at full length, or as far as a deadline allows.

    Its scores there, if they are known; the step; and on how many threads it was brought there.
    """
    # Until here it was trained on one.
    threads = Threads(session.threads, winner.step)
    job = _job(session, winner, session.description.steps, threads)
    if session.plan is not None:
        stages = session.description.stages.values()
        return trained(session.engine, session.display, session.plan, job, winner.step, stages)
    found = session.engine.answer(job)
    assert isinstance(found, Evaluation)
    return scored(found), job.step, threads


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
