"""An engine for more than one machine: jobs are Ray Core tasks, with their CPUs and GPUs declared.

Where they run, and what becomes of those whose machine is lost, is Ray's. Beside tasks there is one
actor on the command's machine, see `xlt.search.execution.ray_task.Home`.
"""

import logging
import math
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import (
    NodeDiedError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
    TaskCancelledError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from xlt.search import events
from xlt.search.execution.executor import (
    MAX_RETRIES,
    MAX_THREADS_PER_JOB,
    POLL_SECONDS,
    Executor,
    WorkerFailed,
    unwrap,
)
from xlt.search.execution.jobs import Job, JobFailed, JobResult, ObjectiveInfo, TestAndExport
from xlt.search.execution.local import ENVIRONMENT, n_cores
from xlt.search.execution.os_errors import as_user_error
from xlt.search.execution.ray_task import (
    DriverActor,
    TaskContext,
    TaskResult,
    TaskStarted,
    describe_task,
    run_task,
)
from xlt.spaces.errors import InputError, XltError

# What a cluster of our own keeps in shared memory: little, as all share the runs folder there.
OBJECT_STORE_BYTES = 256 * 2**20
# A task of which these are left was lost with its process or machine, as often as it was tried.
LOST_TASK_ERRORS = (WorkerCrashedError, NodeDiedError, OutOfMemoryError, TaskCancelledError)
# What Ray divides a GPU into.
GPU_FRACTIONS = 10_000
# How long a cluster's head may take to be reached.
CONNECT_SECONDS = 5.0
DAY_SECONDS = 24 * 3600


@dataclass
class _Running:
    reference: Any
    job: Job
    started_at: float | None = (
        None  # once its data are loaded; it may have waited for a free machine
    )
    attempts: int = 0


@dataclass(eq=False)
class RayExecutor(Executor):
    """Tasks on a Ray cluster. Raises `InputError` if there is none."""

    # HOST:PORT of a cluster which this machine is a node of, or "auto"; None starts one here.
    address: str | None = None

    def __post_init__(self) -> None:
        connect(self.address)
        # Once and for all: a machine may be away for a while.
        self._gpus = (
            0 if self.config.device == "cpu" else int(ray.cluster_resources().get("GPU", 0))
        )
        self.config = replace(
            self.config,
            device=self._device(),
            data_cache=self.config.data_cache.absolute(),
            checkpoints=self.config.checkpoints.absolute(),
        )
        self._running: dict[str, _Running] = {}  # by ticket
        self._marker = shared_folder_marker(self.config.checkpoints)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        home = ray.remote(DriverActor).options(num_cpus=0, scheduling_strategy=here)
        self._driver: Any = home.remote(self.config)

    def close(self) -> None:
        self.pause_all()
        with suppress(RayError):
            ray.kill(self._driver)
        self._marker.unlink(missing_ok=True)

    def pause_all(self) -> list[tuple[int, JobResult]]:
        # A task cannot be told anything: it ends, and its last checkpoint is what it has trained.
        for running in self._running.values():
            _cancel(running.reference)
        self._running = {}
        return []

    def describe(self, on_poll: Callable[[], None] = lambda: None) -> ObjectiveInfo:
        reference = self._remote(describe_task, 1).remote(self._context(""))
        while not ray.wait([reference], timeout=POLL_SECONDS)[0]:
            self._check_stopped()
            on_poll()
        found = self._task_result(reference)
        if isinstance(found, JobFailed):
            raise XltError(f"preparing the data: {found.reason}")
        return self._check_description(found)

    @property
    def max_parallel_jobs(self) -> int:
        """One a GPU of the cluster, or one a CPU."""
        return self._gpus or int(ray.cluster_resources().get("CPU", 1))

    @property
    def max_threads_per_job(self) -> int:
        return 1 if self._gpus else min(self._cpus(), MAX_THREADS_PER_JOB)

    def has_capacity(self) -> bool:
        self.set_max_workers(*self._requested_workers)  # machines come and go
        return len(self._running) < self.max_workers

    def submit(self, job: Job) -> None:
        if isinstance(job, TestAndExport) and job.folder:  # tasks are somewhere else
            job = replace(job, folder=job.folder.absolute())
        ticket = uuid.uuid4().hex
        task = self._remote(run_task, min(job.threads.count, self._cpus()))
        self._running[ticket] = _Running(task.remote(self._context(ticket), job), job)

    def completed(self) -> Iterator[tuple[int, JobResult]]:
        self._check_stopped()
        if not self._running:
            self.stop.wait(POLL_SECONDS)
            return
        references = [running.reference for running in self._running.values()]
        ray.wait(references, timeout=POLL_SECONDS)
        finished, _ = ray.wait(references, num_returns=len(references), timeout=0)
        self._drain_news()  # after that: nothing of what a finished task has sent is missed
        for ticket, running in list(self._running.items()):
            if running.reference in finished:
                answer = self._job_result(running)
            else:
                failed = self._overdue(running)
                if failed is None:
                    continue
                _cancel(running.reference)
                answer = failed
            del self._running[ticket]
            yield running.job.trial, answer

    def _job_result(self, running: _Running) -> JobResult:
        found = self._task_result(running.reference)
        if isinstance(found, JobFailed):
            return found
        assert isinstance(found, TaskResult)
        self._check_description(found.description)
        self.steps_trained += found.steps_trained
        for notice in found.notices:
            self.display(events.Notice(notice))
        return found.result

    def _overdue(self, running: _Running) -> JobFailed | None:
        """What a task that goes on and on has come to."""
        if (
            running.attempts > MAX_RETRIES + 1
        ):  # Ray does not count those that its memory monitor kills
            return JobFailed(f"its process was lost {MAX_RETRIES + 1} times")
        return (
            self._timeout_failure(time.monotonic() - running.started_at)
            if running.started_at
            else None
        )

    def _drain_news(self) -> None:
        """Show what tasks have let us know."""
        try:
            news = ray.get(self._driver.news.remote())
        except RayError as error:
            raise XltError(
                f"Ray's process beside this command was lost: {_first_line(error)}. Everything "
                "finished is saved: the same command goes on"
            ) from error
        for ticket, sign in news:
            running = self._running.get(ticket)
            if running is None:
                continue
            if not isinstance(sign, TaskStarted):
                self.display(events.JobProgress(running.job.name, sign))
                continue
            running.started_at = time.monotonic()
            running.attempts += 1
            if running.attempts > 1:
                text = f"{running.job.name} is begun again on {sign.machine}"
                self.display(events.Notice(f"{text}: its process or machine was lost"))

    def _task_result(self, reference: Any) -> Any:
        """What a task has returned; `Failed` if Ray has tried often enough."""
        try:
            found = ray.get(reference)
        except LOST_TASK_ERRORS as error:
            return JobFailed(f"{_first_line(error)}; tried {MAX_RETRIES + 1} times")
        except RayTaskError as error:
            told = as_user_error(error)
            if told is None and "failed to import" in str(error):
                told = XltError(
                    "a machine of the Ray cluster has not got xlt-search, or another version of "
                    "it: install the same on all of them"
                )
            if told is None:
                raise WorkerFailed(f"in a Ray task:\n{error}") from error
            raise told from error
        except RayError as error:
            raise XltError(f"Ray: {_first_line(error)}") from error
        return unwrap(found, "a Ray task")

    def _context(self, ticket: str) -> TaskContext:
        return TaskContext(self.config, ticket, self._marker, Path.cwd(), self._driver)

    def _remote(self, function: Any, threads: int) -> Any:
        options: dict[str, Any] = {
            "num_cpus": threads,
            "max_retries": MAX_RETRIES,
            "runtime_env": {"env_vars": ENVIRONMENT},
        }
        if self._gpus:
            # More workers than GPUs share them in equal parts, of which whole numbers fit.
            sharing = math.ceil(self.max_workers / self._gpus)
            options["num_gpus"] = (GPU_FRACTIONS // sharing) / GPU_FRACTIONS
            if any(node["Resources"].get("GPU", 0) > 1 for node in self._nodes()):
                # A process stays on the GPU that it began with, whatever Ray gives it later.
                options["max_calls"] = 1
        return ray.remote(**options)(function)

    def _nodes(self) -> list[dict[str, Any]]:
        """Those where jobs can run."""
        alive = [node for node in ray.nodes() if node["Alive"]]
        return [node for node in alive if not self._gpus or node["Resources"].get("GPU")]

    def _cpus(self) -> int:
        """Of the largest machine."""
        return int(max((node["Resources"].get("CPU", 1) for node in self._nodes()), default=1))

    def _device(self) -> str:
        """What "auto" comes to in this cluster. Which GPU a task has is Ray's to say."""
        asked = self.config.device
        if self._gpus:
            return "cuda"
        if asked.startswith("cuda"):
            raise InputError(f"--device {asked}: the Ray cluster has no GPU; use --device cpu")
        return "cpu"


def connect(address: str | None) -> None:
    """Be part of a cluster, once for the whole process."""
    if ray.is_initialized():
        return
    if address is not None:
        _check_reachable(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    own: dict[str, Any] = {
        "num_cpus": n_cores(),
        "object_store_memory": OBJECT_STORE_BYTES,
        "include_dashboard": False,
    }
    # Ray puts its own handler there, which would end us without our saving anything.
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **(own if address is None else {}),
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"Ray (--ray-address {address or 'left out'}): {reason}") from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _check_reachable(address: str) -> None:
    """Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        if address != "auto":
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise InputError(
            f"--ray-address {address}: {error}; expected HOST:PORT of a cluster which this "
            "machine is a node of (ray start --address=HOST:PORT), or auto"
        ) from error


def shared_folder_marker(folder: Path) -> Path:
    """A file by which a machine sees whether the folder is the one that we see."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".seen-*"):  # by commands that were killed
        if time.time() - left.stat().st_mtime > DAY_SECONDS:
            left.unlink(missing_ok=True)
    file = folder / f".seen-{uuid.uuid4().hex}"
    file.touch()
    return file


def _first_line(error: RayError) -> str:
    return " ".join(str(error).split(".")[0].split())


def _cancel(reference: Any) -> None:
    with suppress(RayError, ValueError):
        ray.cancel(reference, force=True)
