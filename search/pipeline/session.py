"""What a command needs before it can work on a study: its lock, workers, data, database."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError

from xlt.objectives import tasks
from xlt.objectives.folders import make_folder
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.budget.time_plan import TimeBudget, TimePlan
from xlt.search.execution.executor import Executor
from xlt.search.execution.executor_name import ExecutorName
from xlt.search.execution.jobs import (
    CheckpointRef,
    ObjectiveDescription,
    ObjectiveFactory,
    WorkerConfig,
)
from xlt.search.execution.local import LocalExecutor
from xlt.search.results import export
from xlt.search.results.provenance import collect_provenance
from xlt.search.storage.database import open_storage
from xlt.search.storage.keys import BUDGET_ELAPSED, CONFIGURATION, PROVENANCE, STUDY_CONFIG
from xlt.search.storage.lock import database_study_lock, folder_lock
from xlt.search.storage.reconnect import wait_for_database
from xlt.search.storage.store import RankedConfig, Store, seconds_by_part
from xlt.search.storage.studies import changed_by_others, open_study
from xlt.spaces.errors import InputError, XltError
from xlt.spaces.limits import toml
from xlt.studies.resolved import resolved, to_toml
from xlt.studies.study import Study, check_name

# Seconds between two notes of what was spent of a budget.
SAVE_ELAPSED_EVERY_SECONDS = 2.0


@dataclass(frozen=True)
class Options:
    """What belongs to a command, not to a study."""

    runs: Path = Path("runs")
    storage: str | None = None  # a database URL; None: a file in `runs`
    device: str = "auto"
    cache_size: int = 10 * 10**9  # bytes of checkpoints
    workers: int | None = None  # None: as many as there are cores, and work for them
    job_timeout_seconds: float | None = None  # seconds after which a job is ended
    executor: ExecutorName = ExecutorName.LOCAL
    ray_address: str | None = None  # of a running cluster; None: one for the purpose
    command: str = ""
    started: float | None = None  # when a budget begins to count, on the monotonic clock; None: now
    objective_factory: ObjectiveFactory = tasks.build

    def worker_config(self, study: Study) -> WorkerConfig:
        return WorkerConfig(
            task=study.task,
            settings=study.settings,
            source=study.data.source,
            device=self.device,
            data_cache=self.runs / "data",
            checkpoints=self.runs / "checkpoints",
            cache_size=self.cache_size,
            build=self.objective_factory,
        )


def start_executor(
    options: Options, setup: WorkerConfig, stop: threading.Event, display: events.EventSink
) -> Executor:
    """The engine that was asked for. Raises `InputError` if it cannot be had."""
    if options.executor == ExecutorName.LOCAL:
        if options.ray_address is not None:
            raise InputError(f"--ray-address {options.ray_address}: needs --engine ray beside it")
        return LocalExecutor(setup, stop, display, options.job_timeout_seconds)
    try:
        # It takes seconds to import, and is an extra.
        from xlt.search.execution.ray_executor import RayExecutor
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        missing = "--engine ray: Ray is not installed: pip install 'ray>=2.50'"
        raise InputError(missing) from error
    return RayExecutor(setup, stop, display, options.job_timeout_seconds, options.ray_address)


@dataclass
class FinishedMarker:
    """Whether a command has trained anything yet.

    Once it does, the study's record says who did it and counts the time. A command that finds
    everything done leaves that record as it is.
    """

    record: Callable[[], None]
    started: bool = False

    def begin(self) -> None:
        """Call this before each job whose result is recorded."""
        if not self.started:
            self.started = True
            self.record()


@dataclass(frozen=True)
class Session:
    """A study that this process alone writes."""

    study: Study
    store: Store
    executor: Executor
    description: ObjectiveDescription
    threads: int  # of a job that runs alone
    folder: Path
    display: events.EventSink
    runtimes: RuntimeModel
    plan: TimePlan | None  # None: there is no deadline
    work: FinishedMarker

    def write_definition(self) -> None:
        """Record what is asked of the study now: more configurations, say, or more time."""
        self.store.study.set_user_attr(STUDY_CONFIG, resolved(self.study))
        export.write_file(to_toml(self.study), self.folder / "study.toml")

    def pinned_checkpoints(self) -> tuple[CheckpointRef, ...]:
        """What the final may have to go on from: under a deadline it could not begin anew."""
        standings = self.store.ranking()
        rows = standings[: self.study.confirm.top_k]
        target = self.plan.best_finishable(standings) if self.plan else None
        return self.checkpoints_of(rows if target is None or target in rows else [target, *rows])

    def checkpoints_of(self, rows: Iterable[RankedConfig]) -> tuple[CheckpointRef, ...]:
        """Where these stand."""
        seed = self.study.search.seed
        return tuple(CheckpointRef(row.configuration, seed, row.step) for row in rows)


def resolved_overrides(data: Mapping[str, Any]) -> list[str]:
    """Assignments that make a study's "auto" come to what it once came to.

    `data`: as an objective describes its data.
    """
    settings = {f"settings.{name}": value for name, value in data.get("settings", {}).items()}
    found = {"data.source": data["source"], **settings}
    return [f"{key}={toml(value)}" for key, value in found.items()]


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
    """The study, stored under `name`, ready to go on.

    `timed`: whether its budget of time holds for what is done now, and is used up by that. Raises
    `InputError` if the data cannot be had, or the study is there with another definition; `XltError`
    if another process works on it, or changes it meanwhile.
    """
    check_name(name, "--study-name")
    # What is read and prepared counts.
    since = time.monotonic() if options.started is None else options.started
    folder = options.runs / name
    make_folder(folder)
    with (
        folder_lock(folder),
        database_study_lock(open_storage(options.storage, options.runs), name) as storage,
        start_executor(options, options.worker_config(study), stop, display) as engine,
    ):
        wait_for_database(storage, lambda text: display(events.Notice(text)), stop)
        description = engine.describe(_while_preparing(study, since) if timed else lambda: None)
        show_data(description, display)
        if study.budget.rungs[-1] > description.steps:
            raise InputError(
                f"{study.origin}: budget.rungs ends at {study.budget.rungs[-1]}, after the full "
                f"run's {description.steps} steps"
            )
        store = open_study(storage, name, study, description.data)
        before, now = (
            store.attributes.get(PROVENANCE),
            collect_provenance(description, options.command),
        )
        if before and before["code"] != now["code"]:
            display(events.Notice("the training code has changed since this study was started"))
        orphans = store.recover()
        if orphans:
            display(events.Notice(f"{orphans} trials of a killed process are restarted"))
        threads = min(engine.max_threads_per_job, options.workers or engine.max_threads_per_job)
        costs = _runtime_model(study, store, description)
        plan = None
        if timed and study.budget.seconds is not None:
            deadline = TimeBudget(
                study.budget.seconds, store.attributes.get(BUDGET_ELAPSED, 0.0), since
            )
            confirm, workers = study.confirm, options.workers or engine.max_parallel_jobs
            plan = TimePlan(
                deadline, costs, description.steps, threads, confirm.top_k, confirm.seeds, workers
            )

        def record() -> None:
            store.study.set_user_attr(PROVENANCE, now)
            if plan is not None:
                engine.on_poll = _save_elapsed(store, plan.deadline)

        try:
            yield Session(
                study,
                store,
                engine,
                description,
                threads,
                folder,
                display,
                costs,
                plan,
                FinishedMarker(record),
            )
        except (
            KeyError,
            UpdateFinishedTrialError,
        ) as error:  # what Optuna raises of a row that changed
            change = changed_by_others(storage, store)
            if change is None:
                raise
            raise XltError(change) from error


def _while_preparing(study: Study, since: float) -> Callable[[], None]:
    """Raises `XltError` once the budget is spent before anything could be trained."""

    def check() -> None:
        budget = study.budget.seconds
        if budget is not None and time.monotonic() - since > budget:
            raise XltError(
                f"{study.budget.time_limit} ended while the data and the model were prepared, which is "
                "done once; give more time, or prepare them first without a limit: "
                "xlt-search show STUDY --measure with the same --data, --set and --runs"
            )

    return check


def _save_elapsed(store: Store, deadline: TimeBudget) -> Callable[[], None]:
    """Writes down what was spent, every few seconds: a killed command loses no more of it."""
    written = deadline.elapsed

    def keep() -> None:
        nonlocal written
        if deadline.elapsed - written >= SAVE_ELAPSED_EVERY_SECONDS:
            written = deadline.elapsed
            store.study.set_user_attr(BUDGET_ELAPSED, written)

    return keep


def _runtime_model(study: Study, store: Store, description: ObjectiveDescription) -> RuntimeModel:
    """With what the study's runs have taken so far."""
    costs = prior_runtime_model(study, description)
    for name, trial in store.current_by_config().items():
        step = max(trial.intermediate_values, default=None)
        if step is not None:
            config, taken = trial.user_attrs[CONFIGURATION], seconds_by_part(trial)
            costs.observe(name, config, step, taken)
    return costs


def prior_runtime_model(study: Study, description: ObjectiveDescription) -> RuntimeModel:
    """Before anything was run."""
    data = description.data
    settings = {
        **study.settings,
        **data.get("settings", {}),
        "sentences": data.get("sentences"),  # how many there are, of tasks that count them
    }
    device = str(description.identity["device"])
    return RuntimeModel(TASKS[study.task].cost, settings, study.budget.rungs, device)


def show_data(description: ObjectiveDescription, display: events.EventSink) -> None:
    """Which data are used, before anything else is said."""
    data = description.data
    display(
        events.DataLoaded(
            data["source"], data["description"], data["fingerprint"], data["synthetic"]
        )
    )
    for notice in data["notices"]:
        display(events.Notice(notice))
