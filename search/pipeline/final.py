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
from xlt.search.execution.jobs import TestAndExport, TestedModel, Train
from xlt.search.pipeline.deadline_training import train_until_deadline
from xlt.search.pipeline.session import Session
from xlt.search.results import export
from xlt.search.results.model_card import write_card
from xlt.search.storage.keys import FINAL, PROVENANCE, TEST_ACCESSES
from xlt.search.storage.store import RankedConfig, evaluation_record
from xlt.spaces.catalogue import TASKS


def run_final(session: Session) -> events.TestScore:
    """Train the leader to the end, test it, write `final/` and `best.toml`; its score.

    A winner that was tested before is answered from the record: every opening of the test set is
    one more look at it. Raises `InputError` if nothing has been scored, `XltError` if the winner
    diverges on its way to the end.
    """
    winner, display = export.selected(session.store), session.display
    model, best = session.folder / "final", session.folder / "best.toml"
    bounded = session.plan is not None
    display(events.FinalStarted(winner, session.description.steps, bounded))
    known = export.final_record(session.store, winner.configuration)
    record = known or _test(session, winner)
    if not model.is_dir():
        after = record.get("final_threads_after", session.study.budget.rungs[-1])
        threads = Threads(record["final_threads"], after)
        _write_model(session, winner, record["test"]["step"], threads, test=False)
    found = export.build_export(session.store)
    write_card(found, model)
    export.write_file(export.as_toml(found), best)
    display(events.FileWritten("model", model))
    display(events.FileWritten("export", best))
    test = record["test"]
    task, metrics = session.study.task, test["metrics"]
    return events.TestScore(
        test["score"],
        TASKS[task].measure,
        metrics,
        opened_now=known is None,
        languages=export.languages_text(task, found.study, metrics),
    )


def _test(session: Session, winner: RankedConfig) -> dict[str, Any]:
    """The final's record: scores at full length and on the test set, and how they were made."""
    study = session.store.study
    session.work.begin()
    full, step, threads = _train(session, winner)
    # Recorded before it happens, so that no look at the test set goes unrecorded.
    opening = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "trial": winner.trial}
    study.set_user_attr(TEST_ACCESSES, [*study.user_attrs.get(TEST_ACCESSES, []), opening])
    finished = _write_model(session, winner, step, threads, test=True)
    assert finished.test is not None
    record = {
        "trial": winner.trial,
        "configuration": dict(winner.configuration),
        "validation": [
            *(each for each in winner.evaluations if each["step"] < step + (full is None)),
            *([] if full is None else [full]),
        ],
        "test": evaluation_record(finished.test),
        "examples": [asdict(each) for each in finished.test.examples],
        "weights_sha256": finished.weights_sha256,
        "final_threads": threads.count,
        "final_threads_after": threads.after,
        "made": study.user_attrs[PROVENANCE],
    }
    study.set_user_attr(FINAL, record)
    return record


def _train(session: Session, winner: RankedConfig) -> tuple[Mapping[str, Any] | None, int, Threads]:
    """The winner at full length, or as far as a deadline allows.

    Its scores there, if they are known; the step; and on how many threads it was brought there.
    """
    # Until here it was trained on one.
    threads = Threads(session.threads, winner.step)
    job = _job(session, winner, session.description.steps, threads)
    if session.plan is not None:
        stages = session.description.stages.values()
        return train_until_deadline(
            session.executor, session.display, session.plan, job, winner.step, stages
        )
    found = session.executor.run(job)
    assert isinstance(found, Evaluation)
    return evaluation_record(found), job.step, threads


def _job(session: Session, winner: RankedConfig, step: int, threads: Threads) -> Train:
    return Train(
        trial=winner.trial,
        config=winner.configuration,
        seed=session.study.search.seed,
        step=step,
        checkpoint_steps=tuple(rung for rung in session.study.budget.rungs if rung < step),
        threads=threads,
    )


def _write_model(
    session: Session, winner: RankedConfig, step: int, threads: Threads, *, test: bool
) -> TestedModel:
    """The winner's model in `final/`, written beside and renamed; its test if asked for."""
    target = session.folder / "final"
    beside = session.folder / ".final.new"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    finished = session.executor.run(
        TestAndExport(
            trial=winner.trial,
            config=winner.configuration,
            seed=session.study.search.seed,
            step=step,
            checkpoint_steps=tuple(rung for rung in session.study.budget.rungs if rung < step),
            folder=beside,
            test=test,
            threads=threads,
        )
    )
    assert isinstance(finished, TestedModel)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(beside, target)
    return finished
