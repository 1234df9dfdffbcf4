"""The final run: the winner's model, the test set once, and the export.

The winner is trained to the full length on the study's own seed. If a deadline leaves no time for
that, the model is the best one on validation of those that the proof has trained; if there is none,
the winner is trained as far as time allows.
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from xlt.objectives.objective import Evaluation
from xlt.objectives.tasks import TASKS
from xlt.objectives.threads import Threads
from xlt.search import events
from xlt.search.evidence.record import ProofRecord
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.execution.jobs import TestAndExport, TestedModel, Train
from xlt.search.pipeline.deadline_training import train_until_deadline
from xlt.search.pipeline.search_loop.seed_runs import SeedRuns
from xlt.search.pipeline.session import Session
from xlt.search.results import export
from xlt.search.results.model_card import write_card
from xlt.search.storage.keys import END_OF_SEARCH, FINAL, PROVENANCE, SECONDS, TEST_ACCESSES
from xlt.search.storage.store import RankedConfig, evaluation_record

# The run on the study's own seed is made if this multiple of its predicted time is left. If it took longer,
# it would stop early, although the proof has complete models.
_OWN_SEED_MARGIN = 1.3


def run_final(session: Session) -> events.TestScore:
    """Get the winner's model, test it, and write `final/` and `best.toml`.

    The test set is opened once for each winner: if the winner was tested before, its recorded score
    is returned.

    Raises:
        InputError: Nothing has been scored.
        XltError: The winner diverges.
    """
    winner, display = export.selected(session.store), session.display
    model, best = session.folder / "final", session.folder / "best.toml"
    earlier = export.final_record(session.store, winner.configuration)
    record = earlier or _test(session, winner)
    if not model.is_dir():
        after = record.get("final_threads_after", session.study.budget.rungs[-1])
        threads = Threads(record["final_threads"], after)
        seed = record["seed"]
        job = replace(_job(session, winner, seed, threads), step=record["test"]["step"])
        _write_model(session, job, test=False)
    result = export.build_export(session.store)
    write_card(result, model)
    export.write_file(export.as_toml(result), best)
    display(events.FileWritten("model", model))
    display(events.FileWritten("best configuration", best))
    test = record["test"]
    task, metrics = session.study.task, test["metrics"]
    return events.TestScore(
        winner.trial,
        winner.configuration,
        test["step"],
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
        if other := proof.against("runner-up"):
            yield f"the baseline {other}"
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
    """Get the winner's model and test it; returns the record of the final run."""
    study = session.store.study
    session.start_marker.mark_started()
    started_at = time.monotonic()
    job, validation = _trained(session, winner)
    trained_at = time.monotonic()
    # Recorded before it happens, so that no use of the test set goes unrecorded.
    opening = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "trial": winner.trial}
    study.set_user_attr(TEST_ACCESSES, [*study.user_attrs.get(TEST_ACCESSES, []), opening])
    finished = _write_model(session, job, test=True)
    assert finished.test is not None
    record = {
        "trial": winner.trial,
        "configuration": dict(winner.configuration),
        "seed": job.seed,
        "validation": validation,
        "test": evaluation_record(finished.test),
        "examples": [asdict(example) for example in finished.test.examples],
        SECONDS: {"training": trained_at - started_at, "scoring": time.monotonic() - trained_at},
        "weights_sha256": finished.weights_sha256,
        "final_threads": job.threads.count,
        "final_threads_after": job.threads.from_step,
        "made": study.user_attrs[PROVENANCE],
    }
    study.set_user_attr(FINAL, record)
    return record


def _trained(session: Session, winner: RankedConfig) -> tuple[Train, list[Mapping[str, Any]]]:
    """The training that the winner's model is from, and its scores on validation."""
    full, plan = session.description.steps, session.plan
    session.display(events.FinalStarted(winner, full, plan is not None))
    runs = SeedRuns(session.study, session.store)
    best = runs.best_run(winner) if plan is not None else None
    seconds = plan.seconds_to_finish(winner.configuration, winner.step) if plan else 0.0
    if best is None or plan is None or plan.has_time_for(_OWN_SEED_MARGIN * seconds):
        # The search trains on one thread.
        threads = Threads(session.threads, winner.step)
        job = _job(session, winner, session.study.search.seed, threads)
        job, scores = _train(session, job, winner.step)
        last_known = job.step if scores is None else job.step - 1
        known = [row for row in winner.evaluations if row["step"] <= last_known]
        return job, [*known, *([] if scores is None else [scores])]
    text = (
        "time budget: not enough for a full run on the study's own seed; the final model is that of "
        f"the proof's new seed {best['seed']}, the best one on validation"
    )
    session.display(events.Notice(text))
    # The proof trains on one thread.
    job = _job(session, winner, best["seed"], Threads(session.threads, full))
    # If the checkpoint is lost, this trains again, for as long as there is time.
    job, scores = _train(session, job, full)
    if job.step == full:
        scores = {name: best[name] for name in ("step", "metric", "score", "metrics")}
    return job, [] if scores is None else [scores]


def _train(
    session: Session, job: Train, trained_until: int
) -> tuple[Train, Mapping[str, Any] | None]:
    """Train to the full length, or as far as the deadline allows.

    Returns:
        The training with the step where it ended, and its scores there, unless the search has them or
        there was no time to score.
    """
    if session.plan is not None:
        stage_ends = session.description.stages.values()
        end = train_until_deadline(
            session.executor, session.display, session.plan, job, trained_until, stage_ends
        )
        return replace(job, step=end.step, threads=end.threads), end.scores
    evaluation = session.executor.run(job)
    assert isinstance(evaluation, Evaluation)
    return job, evaluation_record(evaluation)


def _job(session: Session, winner: RankedConfig, seed: int, threads: Threads) -> Train:
    step = session.description.steps
    return Train(
        job_id=winner.trial,
        config=winner.configuration,
        seed=seed,
        step=step,
        checkpoint_steps=tuple(rung for rung in session.study.budget.rungs if rung < step),
        threads=threads,
    )


def _write_model(session: Session, job: Train, *, test: bool) -> TestedModel:
    """Write the model that a training ends with to `final/`, and test it if `test`.

    The folder is written under another name and renamed when it is complete.
    """
    target = session.folder / "final"
    temporary = session.folder / ".final.new"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    finished = session.executor.run(
        TestAndExport(
            job_id=job.job_id,
            config=job.config,
            seed=job.seed,
            step=job.step,
            checkpoint_steps=tuple(step for step in job.checkpoint_steps if step < job.step),
            folder=temporary,
            test=test,
            threads=job.threads,
        )
    )
    assert isinstance(finished, TestedModel)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(temporary, target)
    return finished
