"""The session of a command with a study: lock, database, workers, data and time plan."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError

from xlt.objectives.folders import make_folder
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.budget.time_budget import TimeBudget
from xlt.search.budget.time_plan import TimePlan
from xlt.search.execution.executor import Executor
from xlt.search.execution.jobs import CheckpointRef, ObjectiveDescription
from xlt.search.mirror.copier import mirrored
from xlt.search.pipeline.options import Options, start_executor
from xlt.search.report.dashboard_study import following
from xlt.search.results import export
from xlt.search.results.provenance import collect_provenance
from xlt.search.storage.database import open_storage
from xlt.search.storage.keys import (
    BUDGET_ELAPSED,
    CONFIGURATION,
    PROOF,
    PROVENANCE,
    STUDY_CONFIG,
    TRACKING_ID,
)
from xlt.search.storage.lock import database_study_lock, folder_lock
from xlt.search.storage.reconnect import wait_for_database
from xlt.search.storage.store import RankedConfig, Store, seconds_by_part
from xlt.search.storage.studies import changed_by_others, open_store
from xlt.search.trackers.tracker import Destination
from xlt.search.trackers.tracking import load_clients, tracked
from xlt.spaces.errors import InputError, XltError
from xlt.spaces.limits import toml
from xlt.studies.resolved import resolved, to_toml
from xlt.studies.study import Study, check_name

# Best configurations whose checkpoints are evicted last. Seconds between two records of elapsed time.
N_PINNED = 3
SAVE_ELAPSED_EVERY_SECONDS = 2.0


@dataclass
class StartMarker:
    """Whether the command has started any job.

    Its first job records the command's provenance and starts to count its time. So a command for
    which nothing is left to do changes no result.

    Attributes:
        on_start: Called before the first job.
        started: Whether a job was started.
    """

    on_start: Callable[[], None]
    started: bool = False

    def mark_started(self) -> None:
        """Call this before each job whose result is recorded."""
        if not self.started:
            self.started = True
            self.on_start()


@dataclass(frozen=True)
class Session:
    """A stored study, which only this process writes, and what is needed to work on it.

    Attributes:
        study: The study.
        store: Its record in the database.
        executor: Runs the jobs.
        description: The objective as the workers describe it.
        threads: Threads of a job that runs alone.
        folder: The study's folder.
        display: Receives the events.
        runtimes: Predicts the seconds of jobs.
        plan: The time plan; None: there is no deadline.
        start_marker: Whether the command has started any job.
    """

    study: Study
    store: Store
    executor: Executor
    description: ObjectiveDescription
    threads: int
    folder: Path
    display: events.EventSink
    runtimes: RuntimeModel
    plan: TimePlan | None
    start_marker: StartMarker

    def write_definition(self) -> None:
        """Record the study as it is now: a command may ask for more trials or more time."""
        self.store.study.set_user_attr(STUDY_CONFIG, resolved(self.study))
        export.write_file(to_toml(self.study), self.folder / "study.toml")

    def pinned_checkpoints(self) -> tuple[CheckpointRef, ...]:
        """The checkpoints that the final run may need, which are evicted last.

        Under a deadline there may be no time to train the winner again from the start.
        """
        ranking = self.store.ranking()
        rows = ranking[:N_PINNED]
        target = self.plan.best_finishable(ranking) if self.plan else None
        rows = rows if target is None or target in rows else [target, *rows]
        runs = self.store.attributes.get(PROOF, {}).get("runs", []) if self.plan else []
        scored = sorted((run for run in runs if "score" in run), key=lambda run: -run["score"])
        on_new_seeds = (
            CheckpointRef(run["configuration"], run["seed"], self.description.steps)
            for run in scored[:N_PINNED]
        )
        return (*self.checkpoints_of(rows), *on_new_seeds)

    def checkpoints_of(self, rows: Iterable[RankedConfig]) -> tuple[CheckpointRef, ...]:
        """The last checkpoint of each configuration."""
        seed = self.study.search.seed
        return tuple(CheckpointRef(row.configuration, seed, row.step) for row in rows)


def resolved_overrides(data: Mapping[str, Any]) -> list[str]:
    """Overrides that replace a study's "auto" by what it was resolved to before.

    Args:
        data: The data as an objective describes them.
    """
    settings = {f"settings.{name}": value for name, value in data.get("settings", {}).items()}
    overrides = {"data.source": data["source"], **settings}
    return [f"{key}={toml(value)}" for key, value in overrides.items()]


@contextmanager
def open_session(
    study: Study,
    name: str,
    options: Options,
    display: events.EventSink,
    stop: threading.Event,
    *,
    timed: bool = True,
) -> Iterator[Session]:
    """Create a study, or open the stored one, and start the workers.

    Args:
        study: The study.
        name: The name under which it is stored.
        options: The options of the command.
        display: Receives the events.
        stop: Once set, running jobs are abandoned and `Interrupted` is raised.
        timed: Whether the study's time budget applies, and is used up by this session.

    Raises:
        InputError: The data or the client of a tracker are missing, or the study is stored with
            another definition.
        XltError: Another process works on the study, or has changed it during the session; or the
            time budget ended while the data were prepared.
    """
    check_name(name, "--study-name")
    # Reading and preparing data counts as well.
    started = time.monotonic() if options.started is None else options.started
    folder = options.runs / name
    make_folder(folder)
    clients = load_clients(options.track)
    with (
        mirrored(options.runs, options.mirror, display) as show,
        folder_lock(folder),
        database_study_lock(open_storage(options.storage, options.runs), name) as storage,
        start_executor(options, options.worker_config(study), stop, show) as executor,
    ):
        wait_for_database(storage, lambda text: show(events.Notice(text)), stop)
        description = executor.describe(_budget_check(study, started) if timed else lambda: None)
        show_data(description, show)
        if study.budget.rungs[-1] > description.steps:
            raise InputError(
                f"{study.origin}: budget.rungs ends at {study.budget.rungs[-1]}, after the full "
                f"run's {description.steps} steps"
            )
        store = open_store(storage, name, study, description.data)
        earlier = store.attributes.get(PROVENANCE)
        provenance = collect_provenance(description, options.command)
        if earlier and earlier["code"] != provenance["code"]:
            show(events.Notice("the training code has changed since this study was started"))
        if orphans := store.recover():
            show(
                events.Notice(
                    f"{orphans} trials of a killed process resume from their last checkpoints"
                )
            )
        threads = executor.max_threads_per_job
        if options.workers:
            threads = min(threads, options.workers)
        runtimes = _runtime_model(study, store, description)
        plan = None
        if timed and study.budget.seconds is not None:
            elapsed = store.attributes.get(BUDGET_ELAPSED, 0.0)
            plan = TimePlan(
                TimeBudget(study.budget.seconds, elapsed, started),
                runtimes,
                description.steps,
                threads,
                study.budget.rungs[-1],
                study.space.baseline_config,
                study.proof.seeds,
                options.workers or executor.max_parallel_jobs,
            )

        def on_start() -> None:
            store.study.set_user_attr(PROVENANCE, provenance)
            if plan is not None:
                executor.on_poll = _save_elapsed(store, plan.budget)

        try:
            destination = Destination(name, _tracking_id(store) if clients else "", folder)
            with (
                following(store, options.runs, show) as followed,
                tracked(clients, destination, followed) as tracked_display,
            ):
                yield Session(
                    study,
                    store,
                    executor,
                    description,
                    threads,
                    folder,
                    tracked_display,
                    runtimes,
                    plan,
                    StartMarker(on_start),
                )
        # Optuna raises these if somebody else deleted the study or finished one of its trials.
        except (KeyError, UpdateFinishedTrialError) as error:
            change = changed_by_others(storage, store)
            if change is None:
                raise
            raise XltError(change) from error


def _tracking_id(store: Store) -> str:
    """The study's identifier in trackers: other studies may have the same name."""
    if TRACKING_ID not in store.attributes:
        store.study.set_user_attr(TRACKING_ID, secrets.token_hex(4))
    tracking_id: str = store.attributes[TRACKING_ID]
    return tracking_id


def _budget_check(study: Study, started: float) -> Callable[[], None]:
    """A function that raises `XltError` if the budget ends before anything can be trained."""

    def check() -> None:
        budget = study.budget.seconds
        if budget is not None and time.monotonic() - started > budget:
            raise XltError(
                f"{study.budget.time_limit} ended while the data and the model were prepared, which is "
                "done only once; give more time, or prepare them first without a limit: "
                "xlt-search show STUDY --measure with the same --data, --set and --runs"
            )

    return check


def _save_elapsed(store: Store, deadline: TimeBudget) -> Callable[[], None]:
    """A function that records the elapsed time every few seconds, in case of a kill."""
    saved = deadline.elapsed

    def save() -> None:
        nonlocal saved
        if deadline.elapsed - saved >= SAVE_ELAPSED_EVERY_SECONDS:
            saved = deadline.elapsed
            store.study.set_user_attr(BUDGET_ELAPSED, saved)

    return save


def _runtime_model(study: Study, store: Store, description: ObjectiveDescription) -> RuntimeModel:
    """The runtime model, fitted to the times of the study's trials so far."""
    runtimes = prior_runtime_model(study, description)
    for key, trial in store.results_by_config().items():
        step = max(trial.intermediate_values, default=None)
        if step is not None:
            config = trial.user_attrs[CONFIGURATION]
            runtimes.observe(key, config, step, seconds_by_part(trial))
    return runtimes


def prior_runtime_model(study: Study, description: ObjectiveDescription) -> RuntimeModel:
    """The runtime model before anything was trained."""
    data = description.data
    settings = {
        **study.settings,
        **data.get("settings", {}),
        "sentences": data.get("sentences"),  # of the training data, where a task counts them
    }
    device = str(description.identity["device"])
    if (device, description.identity.get("precision")) == ("cpu", "bfloat16"):
        device = "cpu bfloat16"
    return RuntimeModel(TASKS[study.task].cost, settings, study.budget.rungs, device)


def show_data(description: ObjectiveDescription, display: events.EventSink) -> None:
    """Show which data are used, and the notices about them."""
    data = description.data
    display(
        events.DataLoaded(
            data["source"], data["description"], data["fingerprint"], data["synthetic"]
        )
    )
    for notice in data["notices"]:
        display(events.Notice(notice))
