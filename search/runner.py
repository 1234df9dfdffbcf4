"""One study from start to finish: its trials, then its final."""

import threading

from xlt.search import events, final
from xlt.search.session import Options, as_found, opened
from xlt.search.store import existing
from xlt.search.trials import Trials
from xlt.studies import study as studies
from xlt.studies.study import Study, check_name


def search(
    study: Study,
    name: str,
    options: Options,
    display: events.Display,
    stop: threading.Event,
    *,
    with_final: bool = True,
) -> None:
    """Bring the study stored under `name` to its number of configurations, then run its final.

    `stop`: once set, what is running is given up until the next call, and `Interrupted` raised.
    """
    with opened(study, name, options, display, stop) as session:
        store, total = session.store, study.search.n_trials
        finished = len(store.finished())
        # Whoever pauses may have work for more than what is not finished.
        session.engine.use(options.workers, total)
        best = store.best()
        display(events.Opened(name, finished, total, session.engine.limit, best))
        Trials(session).run(total)
        if with_final:
            final.run(session)


def finish(name: str, options: Options, display: events.Display, stop: threading.Event) -> None:
    """The final alone, of a study that has been searched before, on the data it was searched on."""
    check_name(name, "STUDY")
    before = existing(options.storage, options.runs, name)
    file = options.runs / name / "study.toml"
    study = studies.load(str(file), as_found(before.attributes["data"]))
    with opened(study, name, options, display, stop) as session:
        final.run(session)
