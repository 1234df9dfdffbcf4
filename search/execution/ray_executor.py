"""The executor for several machines: jobs are Ray Core tasks that declare their CPUs and GPUs.

Ray decides where tasks run, and retries those whose machine is lost. An actor on the command's machine
collects their messages and checkpoints; see `xlt.search.execution.ray_task.DriverActor`.
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
from xlt.search.execution.environment import ENVIRONMENT, n_cores
from xlt.search.execution.executor import (
    MAX_RETRIES,
    MAX_THREADS_PER_JOB,
    POLL_SECONDS,
    Executor,
    WorkerError,
    unwrap,
)
from xlt.search.execution.jobs import Job, JobFailed, JobResult, ObjectiveDescription, TestAndExport
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

# Shared memory of a cluster that this process starts: small, as its tasks exchange files by the runs
# folder.
OBJECT_STORE_BYTES = 256 * 2**20
# Ray raises these for a task whose process or machine was lost, after its last retry.
LOST_TASK_ERRORS = (WorkerCrashedError, NodeDiedError, OutOfMemoryError, TaskCancelledError)
# Ray's resolution for fractions of a GPU.
GPU_FRACTIONS = 10_000
# Time to connect to a cluster's head.
CONNECT_SECONDS = 5.0
DAY_SECONDS = 24 * 3600


@dataclass
class _Running:
    reference: Any
    job: Job
    started_at: float | None = None  # when the data were loaded; before, it may wait for a machine
    attempts: int = 0


@dataclass(eq=False)
class RayExecutor(Executor):
    """Runs jobs as tasks of a Ray cluster.

    Attributes:
        address: HOST:PORT of a cluster that includes this machine, or "auto". None starts a cluster
            on this machine.

    Raises:
        InputError: The cluster cannot be reached, or has no GPU though one is required.
    """

    address: str | None = None

    def __post_init__(self) -> None:
        connect(self.address)
        # Counted once: a machine may disappear for a while.
        gpus = int(ray.cluster_resources().get("GPU", 0))
        self._gpus = 0 if self.worker_config.device == "cpu" else gpus
        self.worker_config = replace(
            self.worker_config,
            device=self._device(),
            data_cache=self.worker_config.data_cache.absolute(),
            checkpoints=self.worker_config.checkpoints.absolute(),
        )
        self._running: dict[str, _Running] = {}  # by Ray's task ID
        self._marker = shared_folder_marker(self.worker_config.checkpoints)
        node = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        actor = ray.remote(DriverActor).options(num_cpus=0, scheduling_strategy=node)
        self._driver: Any = actor.remote(self.worker_config)

    def close(self) -> None:
        self.pause_all()
        with suppress(RayError):
            ray.kill(self._driver)
        self._marker.unlink(missing_ok=True)

    def pause_all(self) -> list[tuple[int, JobResult]]:
        # Ray has no messages to a running task: it is cancelled, and its last checkpoint remains.
        for running in self._running.values():
            _cancel(running.reference)
        self._running = {}
        return []

    def describe(self, on_poll: Callable[[], None] = lambda: None) -> ObjectiveDescription:
        reference = self._remote(describe_task, 1).remote(self._context())
        while not ray.wait([reference], timeout=POLL_SECONDS)[0]:
            self._check_stopped()
            on_poll()
        description = self._task_result(reference)
        if isinstance(description, JobFailed):
            raise XltError(f"preparing the data: {description.reason}")
        return self._check_description(description)

    @property
    def max_parallel_jobs(self) -> int:
        """One per GPU of the cluster, or one per CPU."""
        return self._gpus or int(ray.cluster_resources().get("CPU", 1))

    @property
    def max_threads_per_job(self) -> int:
        return 1 if self._gpus else min(self._cpus(), MAX_THREADS_PER_JOB)

    def has_capacity(self) -> bool:
        self.set_max_workers(*self._requested_workers)  # the cluster may have grown or shrunk
        return len(self._running) < self.max_workers

    def submit(self, job: Job) -> None:
        if isinstance(job, TestAndExport) and job.folder:  # tasks have another working directory
            job = replace(job, folder=job.folder.absolute())
        task = self._remote(run_task, min(job.threads.count, self._cpus()))
        reference = task.remote(self._context(), job)
        self._running[reference.task_id().hex()] = _Running(reference, job)

    def completed(self) -> Iterator[tuple[int, JobResult]]:
        self._check_stopped()
        if not self._running:
            self.stop.wait(POLL_SECONDS)
            return
        references = [running.reference for running in self._running.values()]
        ray.wait(references, timeout=POLL_SECONDS)
        finished, _ = ray.wait(references, num_returns=len(references), timeout=0)
        self._show_messages()  # after `wait`: includes all messages of finished tasks
        for task_id, running in list(self._running.items()):
            if running.reference in finished:
                result = self._job_result(running)
            elif failure := self._failure(running):
                _cancel(running.reference)
                result = failure
            else:
                continue
            del self._running[task_id]
            yield running.job.job_id, result

    def _job_result(self, running: _Running) -> JobResult:
        task_result = self._task_result(running.reference)
        if isinstance(task_result, JobFailed):
            return task_result
        assert isinstance(task_result, TaskResult)
        self._check_description(task_result.description)
        self.steps_by_job[running.job.job_id] += task_result.steps_trained
        for notice in task_result.notices:
            self.display(events.Notice(notice))
        return task_result.result

    def _failure(self, running: _Running) -> JobFailed | None:
        """The failure of a running task that was lost too often, or exceeds `job_timeout_seconds`."""
        # Ray's memory monitor retries a task without counting.
        if running.attempts > MAX_RETRIES + 1:
            return JobFailed(f"its process was lost {MAX_RETRIES + 1} times")
        if running.started_at is None:
            return None
        return self._timeout_failure(time.monotonic() - running.started_at)

    def _show_messages(self) -> None:
        """Show what tasks have sent to the driver."""
        try:
            messages = ray.get(self._driver.take_messages.remote())
        except RayError as error:
            raise XltError(
                f"Ray lost the actor of this command: {_first_line(error)}. Everything finished "
                "is saved: run the same command again to continue"
            ) from error
        for task_id, message in messages:
            running = self._running.get(task_id)
            if running is None:
                continue
            if not isinstance(message, TaskStarted):
                self.show_progress(running.job, message)
                continue
            running.started_at = time.monotonic()
            running.attempts += 1
            if running.attempts > 1:
                text = f"{running.job.name} restarted on {message.machine}"
                self.display(events.Notice(f"{text}: its process or machine was lost"))

    def _task_result(self, reference: Any) -> Any:
        """What a task returned; `JobFailed` if it was lost in every attempt."""
        try:
            returned = ray.get(reference)
        except LOST_TASK_ERRORS as error:
            return JobFailed(f"{_first_line(error)}; tried {MAX_RETRIES + 1} times")
        except RayTaskError as error:
            user_error = as_user_error(error)
            if user_error is None and "failed to import" in str(error):
                user_error = XltError(
                    "a machine of the Ray cluster lacks xlt-search or has another version: "
                    "install the same version on all machines"
                )
            if user_error is None:
                raise WorkerError(f"in a Ray task:\n{error}") from error
            raise user_error from error
        except RayError as error:
            raise XltError(f"Ray: {_first_line(error)}") from error
        return unwrap(returned, "a Ray task")

    def _context(self) -> TaskContext:
        return TaskContext(self.worker_config, self._marker, Path.cwd(), self._driver)

    def _remote(self, function: Any, threads: int) -> Any:
        options: dict[str, Any] = {
            "num_cpus": threads,
            "max_retries": MAX_RETRIES,
            "runtime_env": {"env_vars": ENVIRONMENT},
        }
        if self._gpus:
            # Equal shares, rounded down so that all workers of a GPU fit.
            workers_per_gpu = math.ceil(self.max_workers / self._gpus)
            options["num_gpus"] = (GPU_FRACTIONS // workers_per_gpu) / GPU_FRACTIONS
            if any(node["Resources"].get("GPU", 0) > 1 for node in self._nodes()):
                # CUDA cannot change GPU within a process, so each task needs a new one.
                options["max_calls"] = 1
        return ray.remote(**options)(function)

    def _nodes(self) -> list[dict[str, Any]]:
        """Nodes that can run jobs."""
        alive = [node for node in ray.nodes() if node["Alive"]]
        return [node for node in alive if not self._gpus or node["Resources"].get("GPU")]

    def _cpus(self) -> int:
        """Number of CPUs of the largest node."""
        return int(max((node["Resources"].get("CPU", 1) for node in self._nodes()), default=1))

    def _device(self) -> str:
        """The device of all tasks. Ray assigns each task its GPU."""
        requested = self.worker_config.device
        if self._gpus:
            return "cuda"
        if requested.startswith("cuda"):
            raise InputError(f"--device {requested}: the Ray cluster has no GPU; use --device cpu")
        return "cpu"


def connect(address: str | None) -> None:
    """Connect this process to a cluster, or start one; do nothing if it is connected.

    Raises:
        InputError: The cluster cannot be reached.
    """
    if ray.is_initialized():
        return
    if address is not None:
        _check_reachable(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    resources: dict[str, Any] = {}
    if address is None:
        resources = {
            "num_cpus": n_cores(),
            "object_store_memory": OBJECT_STORE_BYTES,
            "include_dashboard": False,
        }
    # Ray replaces the handler by one that ends the process before anything is saved.
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **resources,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"Ray (--ray-address {address or 'left out'}): {reason}") from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _check_reachable(address: str) -> None:
    """Raise `InputError` within seconds where Ray would retry for minutes."""
    host, _, port = address.rpartition(":")
    try:
        if address != "auto":
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise InputError(
            f"--ray-address {address}: {error}; expected HOST:PORT of a cluster that includes "
            "this machine (ray start --address=HOST:PORT), or auto"
        ) from error


def shared_folder_marker(folder: Path) -> Path:
    """Create a file that a machine sees only if it shares the folder with this one."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob(".seen-*"):  # left by killed commands
        if time.time() - stale.stat().st_mtime > DAY_SECONDS:
            stale.unlink(missing_ok=True)
    marker = folder / f".seen-{uuid.uuid4().hex}"
    marker.touch()
    return marker


def _first_line(error: RayError) -> str:
    return " ".join(str(error).split(".")[0].split())


def _cancel(reference: Any) -> None:
    with suppress(RayError, ValueError):
        ray.cancel(reference, force=True)
