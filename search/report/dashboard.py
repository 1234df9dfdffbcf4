"""optuna-dashboard on the studies that `dashboard_study` derives, not on the search's own.

Before it is served, studies get notes, their figures and report, and people are asked to rate
translations of the best configurations.
"""

import errno
import socket
from collections.abc import Callable
from pathlib import Path
from textwrap import wrap

import optuna
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta, upload_artifact
from optuna_dashboard import get_note, run_server, save_note, save_plotly_graph_object
from optuna_dashboard.artifact import get_artifact_path

from xlt.objectives.tasks import TASKS
from xlt.search.report.dashboard_study import update_once
from xlt.search.report.facts import ConfigSummary, Facts, read
from xlt.search.report.human_ratings import request_rating
from xlt.search.report.outcome import outcome
from xlt.search.report.page import study_sections, write
from xlt.search.report.section import Section
from xlt.search.results.artifacts import artifact_store
from xlt.search.results.export import REPORT
from xlt.search.storage.database import open_dashboard_storage, open_storage
from xlt.search.storage.store import Store
from xlt.search.storage.studies import list_own_studies, load_store, require_database
from xlt.spaces.errors import InputError

# Characters on a line of a figure's title.
TITLE_WIDTH = 64
# Pixels of a line of the title.
TITLE_LINE_HEIGHT = 18
# Sections of the report for which the dashboard has pictures of its own: history, intermediate
# values and importance. Ours have the search's trials and its other metrics as well.
REPLACED_SECTIONS = ("progress", "curves", "importance")
# Pixels of a figure: the dashboard cuts off what is higher than its cards.
CARD_HEIGHT = 470
# Configurations whose translations people are asked to rate.
N_RATED = 3


def serve(url: str | None, runs: Path, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the dashboard until interrupted.

    Args:
        url: The database of the search's own record, or None for the one in `runs`.
        runs: The folder of runs.
        host: The address to listen on. Whoever reaches it can change studies.
        port: The port to listen on.
        ready: Is called with the dashboard's address.

    Raises:
        InputError: The storage cannot be used, or the address cannot be listened on.
    """
    require_database(url, runs, "no studies to show")
    artifacts = artifact_store(runs)
    for name in list_own_studies(open_storage(url, runs)):
        publish(load_store(url, runs, name), runs, artifacts)
    storage = open_dashboard_storage(runs)
    try:
        with socket.create_server((host, port)):  # fails before the address is announced
            pass
        ready(f"http://{host}:{port}/dashboard")
        run_server(storage, host=host, port=port, artifact_store=artifacts)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            message = f"--port {port}: another program uses this port; take another"
        else:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            message = f"--host {host} --port {port}: cannot listen there: {reason}; take others"
        raise InputError(message) from error


def publish(store: Store, runs: Path, artifacts: FileSystemArtifactStore) -> None:
    """Save the trials, note, figures, report and requests for ratings of a study as it is now.

    Args:
        store: The search's own record of the study.
        runs: The folder of runs.
        artifacts: Where the report is uploaded to.
    """
    facts = read(store, runs)
    update_once(store, runs)
    storage = open_dashboard_storage(runs)
    study = optuna.load_study(study_name=facts.name, storage=storage)
    for section in study_sections(facts):
        if section.in_dashboard and section.anchor not in REPLACED_SECTIONS:
            _save_figures(study, section)
    address = None
    if facts.winner is not None:
        path = runs / facts.name / REPORT
        path.parent.mkdir(parents=True, exist_ok=True)
        write([store], runs, path)
        address = _upload(study, path, artifacts)
    text = study_note(facts, address)
    if get_note(study) != text:
        save_note(study, text)
    if TASKS[facts.study.task].examples == "texts" and facts.winner is not None:
        for best in _best(facts):
            request_rating(
                storage,
                facts.name,
                facts.study.space,
                best.trial,
                best.configuration,
                best.examples,
            )


def study_note(facts: Facts, report: str | None) -> str:
    """The note of a study, in Markdown: its outcome and a link to its report.

    Args:
        facts: The study.
        report: The report's address, if there is one.
    """
    result = outcome(facts)
    lines = [f"## {result.name}", "", result.description, ""]
    if result.synthetic:
        lines += ["**Synthetic data: these scores say nothing about real data.**", ""]
    for notice in result.notices:
        lines += [f"**Notice:** {notice}", ""]
    lines += [result.headline, ""]
    if facts.winner is not None:
        stats = {
            "baseline": result.baseline,
            "winner": result.winner,
            "difference": result.difference,
            "test": result.test,
        }
        lines += [f"- {name}: {stat.text} ({stat.note})" for name, stat in stats.items() if stat]
        lines += [
            "",
            f"The winner is **trial {facts.winner.trial}**.",
            "The best trial of the dashboard is only the best on the seed of the search.",
            "",
        ]
    if report is not None:
        lines += [f"[The report]({report}) shows everything on one page.", ""]
    return "\n".join(lines)


def _save_figures(study: optuna.Study, section: Section) -> None:
    for number, figure in enumerate(section.figures, 1):
        title = f"{section.title}: {figure.title}" if figure.title else section.title
        lines = wrap(title, TITLE_WIDTH)
        plot = figure.plot.update_layout(
            title={
                "text": "<br>".join(lines),
                "font": {"size": 14},
                "x": 0,
                # Plotly places the last line there.
                "y": 0.98 - (len(lines) - 1) * TITLE_LINE_HEIGHT / CARD_HEIGHT,
                "yanchor": "top",
            },
            height=CARD_HEIGHT,
            margin={"t": 120},
            paper_bgcolor="#ffffff",
            plot_bgcolor="#ffffff",
        )
        name = section.anchor if number == 1 else f"{section.anchor}-{number}"
        save_plotly_graph_object(study, plot, graph_object_id=name)


def _upload(study: optuna.Study, path: Path, artifacts: FileSystemArtifactStore) -> str:
    """Upload the report to the study's artifacts and return its address, which never changes."""
    for meta in get_all_artifact_meta(study):
        if meta.filename == path.name:
            with path.open("rb") as file:
                artifacts.write(meta.artifact_id, file)
            return str(get_artifact_path(study, meta.artifact_id))
    artifact = upload_artifact(artifact_store=artifacts, file_path=str(path), study_or_trial=study)
    return str(get_artifact_path(study, artifact))


def _best(facts: Facts) -> list[ConfigSummary]:
    """The best configurations on new seeds, or those with the best ranks."""
    if facts.proof is None or not facts.proof.has_proof_runs:
        return facts.ranked[:N_RATED]
    by_trial = {config.trial: config for config in facts.configs}
    proven = [by_trial[trial] for trial in facts.proof.ranking if trial in by_trial]
    return proven[:N_RATED]
