"""optuna-dashboard on the studies of this storage, with what makes them readable there.

Each trial gets a note, each study a note, its plots and its report, and translations of the confirmed
few are put up for rating.
"""

import errno
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import wrap

import optuna
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta, upload_artifact
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState
from optuna_dashboard import get_note, run_server, save_note, save_plotly_graph_object
from optuna_dashboard.artifact import get_artifact_path

from xlt.search.report.dashboard_notes import of_study, of_trial
from xlt.search.report.facts import Facts, Tried, read
from xlt.search.report.human_ratings import put_up
from xlt.search.report.page import parts, write
from xlt.search.report.parts import Part
from xlt.search.results.artifacts import artifact_store
from xlt.search.results.export import REPORT
from xlt.search.storage.database import open_storage
from xlt.search.storage.keys import CONFIGURATION, RESUMED_FROM
from xlt.search.storage.store import Store
from xlt.search.storage.studies import list_own_studies, load_study, require_database
from xlt.spaces.errors import InputError

# Parts whose pictures the dashboard shows as the study's own.
PLOTS = ("seeds", "course", "curves", "importance", "map", "cost", "forgetting")
# Letters on a line of a plot's title.
WIDE = 64
# Configurations that are put up for rating.
RATED = 3


def serve(url: str | None, runs: Path, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the dashboard until interrupted.

    Args:
        url: The database, or None for the one in `runs`.
        runs: The folder of runs.
        host: The address to listen on. Whoever reaches it can change studies.
        port: The port to listen on.
        ready: Is called with the dashboard's address.

    Raises:
        InputError: The storage cannot be used, or the address cannot be listened on.
    """
    require_database(url, runs, "no studies to show")
    storage = open_storage(url, runs)
    kept = artifact_store(runs)
    for name in list_own_studies(storage):
        dress(load_study(url, runs, name), storage, runs, kept)
    try:
        with socket.create_server((host, port)):  # before anybody is told that it is served there
            pass
        ready(f"http://{host}:{port}/dashboard")
        run_server(storage, host=host, port=port, artifact_store=kept)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            message = f"--port {port}: something else is served there; take another"
        else:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            message = f"--host {host} --port {port}: cannot be served there: {reason}; take others"
        raise InputError(message) from error


def dress(store: Store, storage: BaseStorage, runs: Path, kept: FileSystemArtifactStore) -> None:
    """Notes, plots, the report and what is to be rated, of one study as it stands."""
    facts = read(store)
    study = optuna.load_study(study_name=facts.name, storage=storage)
    trials = study.get_trials(deepcopy=False)
    _note_trials(study, trials)
    for part in parts(facts):
        if part.anchor in PLOTS:
            _save_plots(study, part)
    address = None
    if facts.winner is not None:
        path = runs / facts.name / REPORT
        path.parent.mkdir(parents=True, exist_ok=True)
        write([store], runs, path)
        address = _published(study, path, kept)
    text = of_study(facts, address)
    if get_note(study) != text:
        save_note(study, text)
    if facts.study.task == "translation" and facts.winner is not None:
        for each in _best(facts):
            put_up(
                storage,
                facts.name,
                facts.study.space,
                each.trial,
                each.configuration,
                each.examples,
            )


def _note_trials(study: optuna.Study, trials: Sequence[FrozenTrial]) -> None:
    """Of those that have ended, as far as they have none, or another one by now."""
    followers = {
        trial.user_attrs[RESUMED_FROM]: trial.number
        for trial in trials
        if RESUMED_FROM in trial.user_attrs and trial.state != TrialState.FAIL
    }
    for trial in trials:
        if trial.state.is_finished() and CONFIGURATION in trial.user_attrs:
            live = Trial(study, trial._trial_id)
            text = of_trial(trial, followers)
            if get_note(live) != text:
                save_note(live, text)


def _save_plots(study: optuna.Study, part: Part) -> None:
    for place, picture in enumerate(part.pictures):
        title = part.title if not picture.title else f"{part.title}: {picture.title}"
        drawn = picture.figure.update_layout(
            title={"text": "<br>".join(wrap(title, WIDE)), "x": 0, "font": {"size": 14}},
            margin={"t": 110},
            paper_bgcolor="#ffffff",
            plot_bgcolor="#ffffff",
        )
        name = part.anchor if not place else f"{part.anchor}-{place + 1}"
        save_plotly_graph_object(study, drawn, graph_object_id=name)


def _published(study: optuna.Study, path: Path, kept: FileSystemArtifactStore) -> str:
    """The report among the study's artifacts, always under the same address."""
    for meta in get_all_artifact_meta(study):
        if meta.filename == path.name:
            with path.open("rb") as file:
                kept.write(meta.artifact_id, file)
            return str(get_artifact_path(study, meta.artifact_id))
    found = upload_artifact(artifact_store=kept, file_path=str(path), study_or_trial=study)
    return str(get_artifact_path(study, found))


def _best(facts: Facts) -> list[Tried]:
    """The confirmed few, or those that lead."""
    if facts.confirmation is None or not facts.confirmation.confirmed:
        return facts.ranked[:RATED]
    by_trial = {each.trial: each for each in facts.tried}
    return [by_trial[trial] for trial in facts.confirmation.ranking if trial in by_trial][:RATED]
