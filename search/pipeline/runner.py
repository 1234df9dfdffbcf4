"""One study from start to end: search and proof, then the final run."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlt.search import events
from xlt.search.pipeline import final, winner
from xlt.search.pipeline.options import Options
from xlt.search.pipeline.search_loop.loop import SearchLoop
from xlt.search.pipeline.session import Session, open_session, resolved_overrides
from xlt.search.results import export
from xlt.search.results.export import REPORT
from xlt.search.results.provenance import shell_command
from xlt.search.results.trials_csv import TRIALS_FILE, write_trials
from xlt.search.storage.keys import BUDGET_ELAPSED, DATA, FINISHED_FOR, STUDY_CONFIG
from xlt.search.storage.studies import load_store
from xlt.spaces.errors import InputError
from xlt.spaces.limits import toml
from xlt.studies import study as studies
from xlt.studies.resolved import resolved
from xlt.studies.study import Study, check_name

# With fewer seconds before the deadline no report is written: it takes that long on a busy machine.
REPORT_SECONDS = 4.0


def run_study(
    study: Study,
    name: str,
    options: Options,
    display: events.EventSink,
    stop: threading.Event,
    *,
    with_final: bool = True,
) -> None:
    """Search a study, prove its winner on new seeds, and do the final run.

    A study that was started before continues.

    Args:
        study: The study, see `xlt.studies.study.load`.
        name: The name under which it is stored.
        options: The options of the command.
        display: Receives the events, see `xlt.search.events`.
        stop: Once set, trainings stop, their checkpoints are kept, and `Interrupted` is
            raised.
        with_final: Whether to prove the winner and to do the final run. False: only search.

    Raises:
        InputError: The data are missing, or the study is stored with another definition.
        XltError: Another process works on the study, or the work cannot go on; see the message.
    """
    with open_session(study, name, options, display, stop) as session:
        for notice in studies.notices(study):
            display(events.Notice(notice))
        store, total = session.store, study.search.n_trials
        tried = len(store.results_by_config())
        budget = session.plan.budget if session.plan else None
        # The total, not what is left: paused configurations can be resumed, too, and need workers.
        session.executor.set_max_workers(options.workers, total)
        display(
            events.StudyOpened(
                name,
                tried,
                total,
                session.executor.max_workers,
                store.best(),
                budget.elapsed if budget else None,
                budget.seconds if budget else None,
            )
        )
        if with_final and _is_finished(session):
            _show_recorded_result(session, options)
            return
        session.write_definition()
        _drop_report(session)
        SearchLoop(session, with_proof=with_final).search(total)
        write_trials(session.store, session.folder / TRIALS_FILE)
        if with_final:
            _finish(session, options)
            store.study.set_user_attr(FINISHED_FOR, _request(study))
        else:
            _report(session, options)


def finish_study(
    name: str,
    options: Options,
    display: events.EventSink,
    stop: threading.Event,
    overrides: Sequence[str] = (),
    *,
    source: str | None = None,
) -> None:
    """Prove the winner of a searched study on new seeds, and run its final.

    Both take the time that they need: the study's time budget does not apply.

    Args:
        name: The name of a stored study.
        options: The options of the command.
        display: Receives the events.
        stop: Once set, trainings stop, their checkpoints are kept, and `Interrupted` is raised.
        overrides: Changes to the stored study, such as "proof.most_runs=24".
        source: Where the data are now, if they have moved.
    """
    check_name(name, "STUDY")
    store = load_store(options.storage, options.runs, name)
    moved = [] if source is None else [f"data.source={toml(source)}"]
    study = studies.from_tables(
        store.attributes[STUDY_CONFIG],
        f"the study {name}",
        [*resolved_overrides(store.attributes[DATA]), *moved, *overrides],
    )
    with open_session(study, name, options, display, stop, timed=False) as session:
        session.write_definition()
        _drop_report(session)
        # A short search may have used fewer workers.
        session.executor.set_max_workers(options.workers)
        SearchLoop(session).prove()
        _finish(session, options)


def _request(study: Study) -> dict[str, Any]:
    """The keys of a study that a later command may change."""
    definition = resolved(study)
    return {
        "n_trials": study.search.n_trials,
        "enqueue": definition["search"].get("enqueue", []),
        "stop": [definition["search"]["stop_when"], definition["search"]["min_gain"]],
        "time": study.budget.time_limit,
        "proof": definition["proof"],
    }


def _is_finished(session: Session) -> bool:
    """Whether an earlier command has finished, the test included, with equal settings.

    It may have tried more configurations.
    """
    earlier, now = session.store.attributes.get(FINISHED_FOR), _request(session.study)
    if earlier is None or {**earlier, "n_trials": 0} != {**now, "n_trials": 0}:
        return False
    winner = export.selected(session.store)
    tested = export.final_record(session.store, winner.configuration) is not None
    return tested and bool(now["n_trials"] <= earlier["n_trials"])


def _show_recorded_result(session: Session, options: Options) -> None:
    """Show the recorded result. Write the export, the card and the report again.

    The model is written only if it was deleted.
    """
    proof = export.current_proof(session.store)
    if proof is not None:
        winner.show_proof(session, proof)
    test_score = final.run_final(session)
    _report(session, options)
    session.display(test_score)


def _finish(session: Session, options: Options) -> None:
    winner.decide(session)
    test_score = final.run_final(session)
    write_trials(session.store, session.folder / TRIALS_FILE)
    _report(session, options)
    session.display(test_score)


def _drop_report(session: Session) -> None:
    """Delete the report of an earlier command, which would look like this command's."""
    for suffix in (".html", ".tex"):
        (session.folder / REPORT).with_suffix(suffix).unlink(missing_ok=True)


def _report(session: Session, options: Options) -> None:
    if session.plan is not None and session.start_marker.started:
        session.store.study.set_user_attr(BUDGET_ELAPSED, session.plan.budget.elapsed)
        if session.plan.budget.remaining < REPORT_SECONDS:
            location = ["--runs", str(options.runs)] if options.runs != Path("runs") else []
            location += ["--storage", options.storage] if options.storage else []
            command = shell_command(["report", session.folder.name, *location])
            session.display(
                events.Notice(f"time budget: no time left for the report; {command} writes it")
            )
            return
    # Importing it takes a second, which errors before this line need not wait for.
    from xlt.search.report.page import write

    path = session.folder / REPORT
    try:
        write([session.store], options.runs, path)
    except (
        InputError
    ) as error:  # e.g. a changed file of a comparison: the study's result must still be shown
        session.display(events.Notice(f"no report was written: {error}"))
    else:
        session.display(events.FileWritten("report", path))
