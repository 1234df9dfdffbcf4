"""The options of a command, and the executor that they name."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlt.objectives import tasks
from xlt.search import events
from xlt.search.execution.executor import Executor
from xlt.search.execution.executor_name import ExecutorName
from xlt.search.execution.jobs import ObjectiveFactory, WorkerConfig
from xlt.search.execution.local import LocalExecutor
from xlt.search.trackers.names import TrackerName
from xlt.spaces.errors import InputError
from xlt.studies.study import Study


@dataclass(frozen=True)
class Options:
    """The options of a command, which are no part of a study.

    Attributes:
        runs: The folder of all studies.
        storage: A database URL; None: an SQLite file in `runs`.
        device: The device to train on; "auto": a GPU if there is one.
        precision: Of training; see `xlt.objectives.identity.resolve_precision`.
        cache_size: The maximum size of all checkpoints, in bytes.
        workers: The number of workers; None: as many as there are cores, and work for them.
        track: The trackers that receive the scores.
        mirror: A folder on another disk to which `runs` is copied; see `xlt.search.mirror`.
        job_timeout_seconds: Seconds after which a job is ended as failed; None: no limit.
        executor: Where jobs run.
        ray_address: The address of a running Ray cluster; None: start one.
        command: The command as typed, for the record.
        started: When the time budget starts, on the monotonic clock; None: now.
        objective_factory: Makes the objective in each worker.
    """

    runs: Path = Path("runs")
    storage: str | None = None
    device: str = "auto"
    precision: str = "auto"
    cache_size: int = 10 * 10**9
    workers: int | None = None
    track: Sequence[TrackerName] = ()
    mirror: Path | None = None
    job_timeout_seconds: float | None = None
    executor: ExecutorName = ExecutorName.LOCAL
    ray_address: str | None = None
    command: str = ""
    started: float | None = None
    objective_factory: ObjectiveFactory = tasks.build

    def __post_init__(self) -> None:
        """Check what excludes each other. Raises `InputError`."""
        if self.mirror is not None and self.storage is not None:
            raise InputError(
                f"--mirror {self.mirror}: it copies the database in --runs, which is not used with "
                "--storage; leave out one of them"
            )

    def worker_config(self, study: Study) -> WorkerConfig:
        """What a worker needs to know to train configurations of `study`."""
        return WorkerConfig(
            task=study.task,
            settings=study.settings,
            source=study.data.source,
            device=self.device,
            precision=self.precision,
            data_cache=self.runs / "data",
            checkpoints=self.runs / "checkpoints",
            cache_size=self.cache_size,
            build=self.objective_factory,
        )


def start_executor(
    options: Options, config: WorkerConfig, stop: threading.Event, display: events.EventSink
) -> Executor:
    """Make the executor that `options` name.

    Raises:
        InputError: Ray is not installed, or its address is given without `--engine ray`.
    """
    if options.executor == ExecutorName.LOCAL:
        if options.ray_address is not None:
            raise InputError(f"--ray-address {options.ray_address}: needs --engine ray as well")
        return LocalExecutor(config, stop, display, options.job_timeout_seconds)
    try:
        # Ray is an extra, and takes seconds to import.
        from xlt.search.execution.ray_executor import RayExecutor
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        text = "--engine ray: Ray is not installed: pip install 'ray>=2.50'"
        raise InputError(text) from error
    return RayExecutor(config, stop, display, options.job_timeout_seconds, options.ray_address)
