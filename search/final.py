"""The final: the winner at full length, then the test set, once; the model and its export."""

import os
import shutil
from datetime import UTC, datetime
from typing import Any

from xlt.objectives.objective import Evaluation
from xlt.objectives.threads import Threads
from xlt.search import events, export
from xlt.search.jobs import Finish, Finished, Train
from xlt.search.session import Session
from xlt.search.store import Standing, scored
from xlt.spaces.catalogue import TASKS


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
        _write_model(session, winner, record["final_threads"], test=False)
    export.write(export.as_toml(export.collect(session.store)), best)
    display(events.Written("model", model))
    display(events.Written("export", best))
    test = record["test"]
    measure = TASKS[session.study.task].measure
    display(events.Tested(test["score"], measure, test["metrics"], opened_now=known is None))


def _tested(session: Session, winner: Standing) -> dict[str, Any]:
    """The final's record: scores at full length and on the test set, and how they were made."""
    study, steps = session.store.study, session.description.steps
    full = session.engine.answer(
        Train(
            trial=winner.trial,
            config=winner.configuration,
            seed=session.study.search.seed,
            step=steps,
            through=session.study.budget.rungs,
            threads=Threads(session.threads, session.study.budget.rungs[-1]),
        )
    )
    assert isinstance(full, Evaluation)
    # Recorded before it happens, so that no look at the test set goes unrecorded.
    opening = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "trial": winner.trial}
    study.set_user_attr("test_opened", [*study.user_attrs.get("test_opened", []), opening])
    finished = _write_model(session, winner, session.threads, test=True)
    assert finished.test is not None
    record = {
        "trial": winner.trial,
        "configuration": dict(winner.configuration),
        "validation": [each for each in winner.evaluations if each["step"] < steps],
        "test": scored(finished.test),
        "weights_sha256": finished.weights_sha256,
        "final_threads": session.threads,
        "made": study.user_attrs["made"],
    }
    record["validation"].append(scored(full))
    study.set_user_attr("final", record)
    return record


def _write_model(session: Session, winner: Standing, threads: int, *, test: bool) -> Finished:
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
            step=session.description.steps,
            through=session.study.budget.rungs,
            folder=beside,
            test=test,
            threads=Threads(threads, session.study.budget.rungs[-1]),
        )
    )
    assert isinstance(finished, Finished)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(beside, target)
    return finished
