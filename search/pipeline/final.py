"""The final run: the winner at full length, the test set once, the model and its export."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from xlt.objectives.objective import Evaluation
from xlt.objectives.tasks import TASKS
from xlt.objectives.threads import Threads
from xlt.search import events
from xlt.search.evidence.record import ProofRecord
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.execution.jobs import TestAndExport, TestedModel, Train
from xlt.search.pipeline.deadline_training import FinalTraining, train_until_deadline
from xlt.search.pipeline.session import Session
from xlt.search.results import export
from xlt.search.results.model_card import write_card
from xlt.search.storage.keys import END_OF_SEARCH, FINAL, PROVENANCE, SECONDS, TEST_ACCESSES
from xlt.search.storage.store import RankedConfig, evaluation_record


def run_final(session: Session) -> events.TestScore:
    """Train the winner to the end, test it, and write `final/` and `best.toml`.

    The test set is opened once for each winner: if the winner was tested before, its recorded score
    is returned.

    Raises:
        InputError: Nothing has been scored.
        XltError: The winner diverges.
    """
    winner, display = export.selected(session.store), session.display
    model, best = session.folder / "final", session.folder / "best.toml"
    has_deadline = session.plan is not None
    display(events.FinalStarted(winner, session.description.steps, has_deadline))
    earlier = export.final_record(session.store, winner.configuration)
    record = earlier or _test(session, winner)
    if not model.is_dir():
        after = record.get("final_threads_after", session.study.budget.rungs[-1])
        threads = Threads(record["final_threads"], after)
        _write_model(session, winner, record["test"]["step"], threads, test=False)
    result = export.build_export(session.store)
    write_card(result, model)
    export.write_file(export.as_toml(result), best)
    display(events.FileWritten("model", model))
    display(events.FileWritten("best configuration", best))
    test = record["test"]
    task, metrics = session.study.task, test["metrics"]
    return events.TestScore(
        test["score"],
        TASKS[task].metric,
        metrics,
        opened_now=earlier is None,
        languages=export.languages_text(task, result.study, metrics),
        score_note=TASKS[task].score_note,
        summary=tuple(_summary(session, result.proof)),
    )


def _summary(session: Session, proof: ProofRecord | None) -> Iterator[str]:
    """What tuning gained over the baseline, and how many configurations the search needed."""
    comparison = proof and proof.against("baseline")
    if proof and proof.candidate(proof.winner).baseline:
        yield "the baseline is the winner"
    elif proof and comparison:
        before = format_mean_std(list(proof.candidate(comparison.trial).scores.values()))
        after = format_mean_std(proof.winner_scores)
        yield f"{proof.metric} on validation: baseline {before}, winner {after}"
        yield f"the winner {comparison}"
    else:
        yield "not proven: winner and baseline have no new seed in common"
    n_tried = len(session.store.results_by_config())
    if reason := session.store.attributes.get(END_OF_SEARCH):
        yield f"search: {n_tried} of {session.study.search.n_trials} configurations; {reason}"


def _test(session: Session, winner: RankedConfig) -> dict[str, Any]:
    """Train and test the winner; returns the record of the final run."""
    study = session.store.study
    session.start_marker.mark_started()
    started_at = time.monotonic()
    scores, step, threads = _train(session, winner)
    trained_at = time.monotonic()
    # Recorded before it happens, so that no use of the test set goes unrecorded.
    opening = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "trial": winner.trial}
    study.set_user_attr(TEST_ACCESSES, [*study.user_attrs.get(TEST_ACCESSES, []), opening])
    finished = _write_model(session, winner, step, threads, test=True)
    assert finished.test is not None
    last_of_search = step if scores is None else step - 1
    record = {
        "trial": winner.trial,
        "configuration": dict(winner.configuration),
        "validation": [
            *(row for row in winner.evaluations if row["step"] <= last_of_search),
            *([] if scores is None else [scores]),
        ],
        "test": evaluation_record(finished.test),
        "examples": [asdict(example) for example in finished.test.examples],
        SECONDS: {"training": trained_at - started_at, "scoring": time.monotonic() - trained_at},
        "weights_sha256": finished.weights_sha256,
        "final_threads": threads.count,
        "final_threads_after": threads.from_step,
        "made": study.user_attrs[PROVENANCE],
    }
    study.set_user_attr(FINAL, record)
    return record


def _train(session: Session, winner: RankedConfig) -> FinalTraining:
    """Train the winner to the full length, or as far as the deadline allows."""
    # The search trains on one thread.
    threads = Threads(session.threads, winner.step)
    job = _job(session, winner, session.description.steps, threads)
    if session.plan is not None:
        stage_ends = session.description.stages.values()
        return train_until_deadline(
            session.executor, session.display, session.plan, job, winner.step, stage_ends
        )
    evaluation = session.executor.run(job)
    assert isinstance(evaluation, Evaluation)
    return FinalTraining(evaluation_record(evaluation), job.step, threads)


def _job(session: Session, winner: RankedConfig, step: int, threads: Threads) -> Train:
    return Train(
        job_id=winner.trial,
        config=winner.configuration,
        seed=session.study.search.seed,
        step=step,
        checkpoint_steps=tuple(rung for rung in session.study.budget.rungs if rung < step),
        threads=threads,
    )


def _write_model(
    session: Session, winner: RankedConfig, step: int, threads: Threads, *, test: bool
) -> TestedModel:
    """Write the winner's model to `final/`, and test it if `test`.

    The folder is written under another name and renamed when it is complete.
    """
    target = session.folder / "final"
    temporary = session.folder / ".final.new"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    finished = session.executor.run(
        TestAndExport(
            job_id=winner.trial,
            config=winner.configuration,
            seed=session.study.search.seed,
            step=step,
            checkpoint_steps=tuple(rung for rung in session.study.budget.rungs if rung < step),
            folder=temporary,
            test=test,
            threads=threads,
        )
    )
    assert isinstance(finished, TestedModel)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(temporary, target)
    return finished
