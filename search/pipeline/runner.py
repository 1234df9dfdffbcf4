"""One study from start to finish: its trials, the confirmation of the best, the final."""

import threading
from pathlib import Path
from typing import Any

from xlt.search import events
from xlt.search.pipeline import confirm, final
from xlt.search.pipeline.session import Options, Session, open_session, resolved_overrides
from xlt.search.pipeline.trial_loop import TrialLoop
from xlt.search.results import export
from xlt.search.results.export import REPORT
from xlt.search.results.provenance import shell_command
from xlt.search.results.trials_csv import TRIALS_FILE, write_trials
from xlt.search.storage.keys import BUDGET_ELAPSED, DATA, FINISHED_FOR, STUDY_CONFIG
from xlt.search.storage.studies import load_study
from xlt.spaces.errors import InputError
from xlt.spaces.limits import toml
from xlt.studies import study as studies
from xlt.studies.study import Study, check_name, resolved

# Seconds before a deadline in which a report is not begun: it takes that long on a busy machine.
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
    """Bring the study stored under `name` to its number of configurations, then confirm the best
    and run the winner's final.

    `stop`: once set, what is running is given up until the next call, and `Interrupted` raised.
    """
    with open_session(study, name, options, display, stop) as session:
        for notice in studies.notices(study):
            display(events.Notice(notice))
        store, total = session.store, study.search.n_trials
        finished = len(store.latest_by_config())
        # Whoever pauses may have work for more than what is not finished.
        session.executor.set_max_workers(options.workers, total)
        best = store.best()
        display(events.StudyOpened(name, finished, total, session.executor.max_workers, best))
        if with_final and _is_finished(session):
            _print_result(session, options)
            return
        session.write_definition()
        _drop_report(session)
        TrialLoop(session).run(total)
        write_trials(session.store, session.folder / TRIALS_FILE)
        if with_final:
            _confirm_and_finish(session, options)
            store.study.set_user_attr(FINISHED_FOR, _n_configs(study))
        else:
            _report(session, options)


def finish_study(
    name: str,
    options: Options,
    display: events.EventSink,
    stop: threading.Event,
    source: str | None = None,
) -> None:
    """Confirmation and final alone, of a study that has been searched before, on its data.

    Both take the time they need: the study's budget was for its search. `source`: where the data
    are now, if they have moved.
    """
    check_name(name, "STUDY")
    before = load_study(options.storage, options.runs, name)
    moved = [] if source is None else [f"data.source={toml(source)}"]
    study = studies.restored(
        before.attributes[STUDY_CONFIG],
        f"the study {name}",
        [*resolved_overrides(before.attributes[DATA]), *moved],
    )
    with open_session(study, name, options, display, stop, timed=False) as session:
        session.write_definition()
        _drop_report(session)
        _confirm_and_finish(session, options)


def _n_configs(study: Study) -> dict[str, Any]:
    """What a command asks of a study that another command may ask more of."""
    definition = resolved(study)
    return {
        "n_trials": study.search.n_trials,
        "enqueue": definition["search"].get("enqueue", []),
        "time": study.budget.time,
        "confirm": definition["confirm"],
    }


def _is_finished(session: Session) -> bool:
    """Whether an earlier command has done all that this one asks for, its test included."""
    before, now = session.store.attributes.get(FINISHED_FOR), _n_configs(session.study)
    if before is None or {**before, "n_trials": 0} != {**now, "n_trials": 0}:
        return False
    winner = export.selected(session.store)
    tested = export.final_record(session.store, winner.configuration) is not None
    return tested and bool(now["n_trials"] <= before["n_trials"])


def _print_result(session: Session, options: Options) -> None:
    """Show what is on record, and write again what was deleted since."""
    found = export.current_confirmation(session.store)
    if found is not None:
        confirm.show_confirmation(session, found)
    tested = final.run_final(session)
    _report(session, options)
    session.display(tested)


def _confirm_and_finish(session: Session, options: Options) -> None:
    """Confirmation and final."""
    # A short search may have had work for fewer.
    session.executor.set_max_workers(options.workers)
    confirm.confirm(session)
    tested = final.run_final(session)
    write_trials(session.store, session.folder / TRIALS_FILE)
    _report(session, options)
    session.display(tested)


def _drop_report(session: Session) -> None:
    """Remove the report of an earlier command before the study changes.

    However this command ends, that report would look like its own.
    """
    (session.folder / REPORT).unlink(missing_ok=True)


def _report(session: Session, options: Options) -> None:
    if session.plan is not None and session.work.started:
        session.store.study.set_user_attr(BUDGET_ELAPSED, session.plan.deadline.elapsed)
        if session.plan.deadline.remaining < REPORT_SECONDS:
            elsewhere = ["--runs", str(options.runs)] if options.runs != Path("runs") else []
            elsewhere += ["--storage", options.storage] if options.storage else []
            command = shell_command(["report", session.folder.name, *elsewhere])
            session.display(events.Notice(f"no time for a report: {command} writes it"))
            return
    # It takes a second to import, and errors before here shall not wait for it.
    from xlt.search.report.page import write

    path = session.folder / REPORT
    try:
        write([session.store], options.runs, path)
    except InputError as error:  # a comparison's altered file must not cost a study its last line
        session.display(events.Notice(f"no report was written: {error}"))
    else:
        session.display(events.FileWritten("report", path))
