"""One study from start to finish: its trials, the confirmation of the best, the final."""

import threading
from pathlib import Path
from typing import Any

from xlt.search import events
from xlt.search.pipeline import confirm, final
from xlt.search.pipeline.session import Options, Session, as_found, opened
from xlt.search.pipeline.trial_loop import Trials
from xlt.search.results import export
from xlt.search.results.export import REPORT
from xlt.search.results.provenance import shell
from xlt.search.results.trials_csv import TRIALS, write_trials
from xlt.search.storage.keys import FINISHED_FOR, SPENT
from xlt.search.storage.store import existing
from xlt.spaces.errors import InputError
from xlt.spaces.limits import toml
from xlt.studies import study as studies
from xlt.studies.resolved import resolved
from xlt.studies.study import Study, check_name

# Seconds before a deadline in which a report is not begun: it takes that long on a busy machine.
REPORTED = 4.0


def search(
    study: Study,
    name: str,
    options: Options,
    display: events.Display,
    stop: threading.Event,
    *,
    with_final: bool = True,
) -> None:
    """Bring the study stored under `name` to its number of configurations, then confirm the best
    and run the winner's final.

    `stop`: once set, what is running is given up until the next call, and `Interrupted` raised.
    """
    with opened(study, name, options, display, stop) as session:
        for notice in studies.notices(study):
            display(events.Notice(notice))
        store, total = session.store, study.search.n_trials
        finished = len(store.finished())
        # Whoever pauses may have work for more than what is not finished.
        session.engine.use(options.workers, total)
        best = store.best()
        display(events.Opened(name, finished, total, session.engine.limit, best))
        if with_final and _is_finished(session):
            _answer(session, options)
            return
        session.write_definition()
        _drop_report(session)
        Trials(session).run(total)
        write_trials(session.store, session.folder / TRIALS)
        if with_final:
            _end(session, options)
            store.study.set_user_attr(FINISHED_FOR, _asked(study))
        else:
            _report(session, options)


def finish(
    name: str,
    options: Options,
    display: events.Display,
    stop: threading.Event,
    source: str | None = None,
) -> None:
    """Confirmation and final alone, of a study that has been searched before, on its data.

    Both take the time they need: the study's budget was for its search. `source`: where the data
    are now, if they have moved.
    """
    check_name(name, "STUDY")
    before = existing(options.storage, options.runs, name)
    moved = [] if source is None else [f"data.source={toml(source)}"]
    study = studies.restored(
        before.attributes["definition"],
        f"the study {name}",
        [*as_found(before.attributes["data"]), *moved],
    )
    with opened(study, name, options, display, stop, timed=False) as session:
        session.write_definition()
        _drop_report(session)
        _end(session, options)


def _asked(study: Study) -> dict[str, Any]:
    """What a command asks of a study that another command may ask more of."""
    definition = resolved(study)
    return {
        "n_trials": study.search.n_trials,
        "enqueue": definition["search"].get("enqueue", []),
        "time": study.budget.time_limit,
        "confirm": definition["confirm"],
    }


def _is_finished(session: Session) -> bool:
    """Whether an earlier command has done all that this one asks for, its test included."""
    before, now = session.store.attributes.get(FINISHED_FOR), _asked(session.study)
    if before is None or {**before, "n_trials": 0} != {**now, "n_trials": 0}:
        return False
    winner = export.leader(session.store)
    tested = export.final_of(session.store, winner.configuration) is not None
    return tested and bool(now["n_trials"] <= before["n_trials"])


def _answer(session: Session, options: Options) -> None:
    """Show what is on record, and write again what was deleted since."""
    found = export.confirmed(session.store)
    if found is not None:
        confirm.show(session, found)
    tested = final.run(session)
    _report(session, options)
    session.display(tested)


def _end(session: Session, options: Options) -> None:
    """Confirmation and final."""
    # A short search may have had work for fewer.
    session.engine.use(options.workers)
    confirm.run(session)
    tested = final.run(session)
    write_trials(session.store, session.folder / TRIALS)
    _report(session, options)
    session.display(tested)


def _drop_report(session: Session) -> None:
    """Remove the report of an earlier command before the study changes.

    However this command ends, that report would look like its own.
    """
    (session.folder / REPORT).unlink(missing_ok=True)


def _report(session: Session, options: Options) -> None:
    if session.plan is not None and session.work.begun:
        session.store.study.set_user_attr(SPENT, session.plan.deadline.spent)
        if session.plan.deadline.left < REPORTED:
            elsewhere = ["--runs", str(options.runs)] if options.runs != Path("runs") else []
            elsewhere += ["--storage", options.storage] if options.storage else []
            command = shell(["report", session.folder.name, *elsewhere])
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
        session.display(events.Written("report", path))
