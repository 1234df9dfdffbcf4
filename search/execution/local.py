"""The executor for this machine: worker processes, connected by pipes.

Only the workers import training code, and with it PyTorch (see `worker`).
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

from xlt.objectives.objective import Progress
from xlt.search import events
from xlt.search.execution.environment import (
    n_cores,
    sigint_blocked,
    worker_device,
    worker_environment,
)
from xlt.search.execution.executor import MAX_THREADS_PER_JOB, POLL_SECONDS, Executor, unwrap
from xlt.search.execution.jobs import (
    Job,
    JobFailed,
    JobResult,
    ObjectiveDescription,
    StepsTrained,
    WorkerConfig,
)
from xlt.search.execution.memory import available_bytes, rss_bytes
from xlt.search.execution.worker import Command, Message, Report, worker_main
from xlt.spaces.errors import XltError

# Memory of a worker that trains, relative to the largest worker so far (a guess).
MEMORY_FACTOR = 1.5
# A busy worker that sends nothing for this long is considered hung. Workers send nothing while
# they load data or write checkpoints.
HANG_TIMEOUT_SECONDS = 900.0
# Time for an idle worker to exit by itself.
SHUTDOWN_GRACE_SECONDS = 2.0
# Time for a worker to finish a training step and write a checkpoint.
PAUSE_TIMEOUT_SECONDS = 10.0


@dataclass(eq=False)
class LocalExecutor(Executor):
    """Runs jobs in processes on this machine, which are started when needed."""

    supports_pause = True
    _workers: list["_Worker"] = field(default_factory=list, init=False)
    _failures: list[tuple[int, JobFailed]] = field(default_factory=list, init=False)

    def close(self) -> None:
        """End all workers. Busy ones are terminated at once, which is safe because checkpoints are written atomically."""
        for worker in self._workers:
            if worker.job is not None:
                worker.process.terminate()
            # An idle worker exits by itself, and libraries clean up.
            worker.connection.close()
        for worker in self._workers:
            worker.process.join(SHUTDOWN_GRACE_SECONDS)
            worker.process.terminate()
            worker.process.join()
        self._workers = []

    def pause_all(self) -> list[tuple[int, JobResult]]:
        for worker in self._busy:
            worker.pause()
        results: list[tuple[int, JobResult]] = []
        end = time.monotonic() + PAUSE_TIMEOUT_SECONDS
        while self._busy and time.monotonic() < end:
            results += self.completed()
        for worker in self._busy:
            self._end(worker)
        return results

    @property
    def _busy(self) -> list["_Worker"]:
        return [worker for worker in self._workers if worker.job is not None]

    def describe(self, on_poll: Callable[[], None] = lambda: None) -> ObjectiveDescription:
        while True:
            worker = self._start()
            starting = Progress("starting the first worker", 0, 0, 0.0)
            self.display(events.JobProgress(events.PREPARATION, starting))
            try:
                while isinstance(description := self._receive(worker, on_poll), Progress):
                    self.display(events.JobProgress(events.PREPARATION, description))
            except _WorkerDied as death:
                self._drop(worker)
                self._retry_or_raise("preparing the data", str(death))
                continue
            assert isinstance(description, ObjectiveDescription)
            return self._check_description(description)

    def _receive(
        self, worker: "_Worker", on_poll: Callable[[], None]
    ) -> ObjectiveDescription | Report:
        """Wait for the next message of a worker."""
        while True:
            self._check_stopped()
            on_poll()
            if worker.connection.poll(POLL_SECONDS):
                return worker.receive()

    @property
    def max_parallel_jobs(self) -> int:
        """One per GPU, or one per core."""
        return self._gpus or n_cores()

    @property
    def max_threads_per_job(self) -> int:
        return 1 if self._gpus else min(n_cores(), MAX_THREADS_PER_JOB)

    @property
    def _gpus(self) -> int:
        """The GPUs to share out among workers."""
        gpus = self._description.gpus if self._description else 0
        names_one = ":" in self.worker_config.device
        return min(1, gpus) if names_one else gpus

    def has_capacity(self) -> bool:
        """Whether there is an idle worker, or enough memory to start one.

        Lowers `max_workers` while memory is short, and restores it afterwards.
        """
        if any(worker.job is None for worker in self._workers):
            return True
        before, count = self.max_workers, len(self._workers)
        self.set_max_workers(*self._requested_workers)
        if count >= self.max_workers:
            return False
        needed = MEMORY_FACTOR * max((rss_bytes(worker.pid) for worker in self._workers), default=0)
        free = available_bytes()
        if needed <= free:
            return True
        self.max_workers = count
        if count < before:
            workers = f"only {count} worker{'s' * (count > 1)} for now"
            memory = f"{needed / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free"
            self.display(events.Notice(f"{workers}: another may need {memory}"))
        return False

    def submit(self, job: Job) -> None:
        idle = (worker for worker in self._workers if worker.job is None)
        worker = next(idle, None) or self._start()
        worker.submit(job)

    def completed(self) -> Iterator[tuple[int, JobResult]]:
        self._check_stopped()
        for worker in list(self._workers):
            # This process may have been suspended. A worker with unread messages is alive, however old its last message.
            if not worker.connection.poll():
                worker.kill_if_hung()
                self._end_if_late(worker)
        for ready in wait([worker.connection for worker in self._workers], POLL_SECONDS):
            worker = next(worker for worker in self._workers if worker.connection is ready)
            try:
                report = worker.receive()
            except _WorkerDied as death:
                self._on_death(worker, death)
                continue
            if isinstance(
                report, ObjectiveDescription
            ):  # from a worker that has just loaded its data
                self._check_description(report)
                continue
            assert worker.job is not None
            job_id = worker.job.job_id
            match report:
                case Progress():
                    self.show_progress(worker.job, report)
                case StepsTrained():
                    self.steps_by_job[job_id] += report.steps
                case events.Notice():
                    self.display(report)
                case _:
                    self._deaths.pop(worker.activity, None)
                    worker.job = None
                    yield job_id, report
        while self._failures:
            yield self._failures.pop()

    def _start(self) -> "_Worker":
        assert len(self._workers) < self.max_workers
        used = {worker.slot for worker in self._workers}
        slot = next(slot for slot in count() if slot not in used)
        device = worker_device(self.worker_config.device, self._gpus, slot)
        worker = _Worker(replace(self.worker_config, device=device), slot)
        self._workers.append(worker)
        return worker

    def _on_death(self, worker: "_Worker", death: "_WorkerDied") -> None:
        """Remove a dead worker, and retry its job from the last checkpoint."""
        self._drop(worker)
        job = worker.job
        if job is None:
            return
        try:
            self._retry_or_raise(worker.activity, str(death))
        except XltError as error:
            self._failures.append((job.job_id, JobFailed(str(error))))
        else:
            self.submit(job)

    def _end_if_late(self, worker: "_Worker") -> None:
        """Fail a job that exceeds `job_timeout_seconds`. It is not retried: it would take as long again."""
        job = worker.job
        if job is None or worker.started_at is None:
            return
        failure = self._timeout_failure(time.monotonic() - worker.started_at)
        if failure is not None:
            self._end(worker)
            self._failures.append((job.job_id, failure))

    def _end(self, worker: "_Worker") -> None:
        worker.process.kill()
        worker.process.join()
        self._drop(worker)

    def _drop(self, worker: "_Worker") -> None:
        self._workers.remove(worker)
        worker.connection.close()


class _WorkerDied(Exception):
    """A worker process is gone. The message is the cause."""


class _Worker:
    """The parent's end of one process.

    Attributes:
        slot: Index among the workers, from 0.
        last_message_at: When the last message arrived, by the monotonic clock.
        started_at: When the job started, or, in a new worker, when the data were loaded.
    """

    def __init__(self, config: WorkerConfig, slot: int) -> None:
        context = get_context("spawn")
        self.connection, child_connection = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=worker_main, args=(child_connection, config), daemon=True
        )
        with worker_environment(), sigint_blocked():
            self.process.start()
        # Else reading would wait forever after the process is gone.
        child_connection.close()
        self.slot = slot
        self.pid = self.process.pid or 0
        self.job: Job | None = None
        self.last_message_at = time.monotonic()
        self.started_at: float | None = None
        self._loaded = False
        self.hung = False

    @property
    def activity(self) -> str:
        return f"training {self.job.name}" if self.job else "idle"

    def submit(self, job: Job) -> None:
        self.job, self.last_message_at = job, time.monotonic()
        self.started_at = self.last_message_at if self._loaded else None
        # If the process is gone, the next `receive` raises.
        with suppress(OSError):
            self.connection.send(job)

    def pause(self) -> None:
        with suppress(OSError):
            self.connection.send(Command.PAUSE)

    def kill_if_hung(self) -> None:
        """Kill a hung process."""
        if self.job is not None and time.monotonic() - self.last_message_at > HANG_TIMEOUT_SECONDS:
            self.hung = True
            self.process.kill()

    def receive(self) -> ObjectiveDescription | Report:
        try:
            received: Message = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        self.last_message_at = time.monotonic()
        if isinstance(received, ObjectiveDescription):
            self._loaded = True
            self.started_at = self.last_message_at
        message: ObjectiveDescription | Report = unwrap(received, "a worker process")
        return message

    def _death(self) -> _WorkerDied:
        self.process.join()
        code = self.process.exitcode or 0
        if self.hung:
            minutes = f"{HANG_TIMEOUT_SECONDS / 60:.0f} minutes"
            return _WorkerDied(f"no progress for {minutes}, so it was ended")
        if code < 0:
            return _WorkerDied(f"killed by {signal.Signals(-code).name}")
        return _WorkerDied(f"exit status {code}")
