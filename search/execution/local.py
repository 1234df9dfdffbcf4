"""Worker processes that train, one thread each, and the loop over their pipes.

Training code, and with it PyTorch, is imported in the workers alone; see `xlt.search.execution.worker`.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

from xlt.objectives.objective import Progress
from xlt.search import events
from xlt.search.execution.executor import MAX_THREADS_PER_JOB, POLL_SECONDS, Executor, unwrap
from xlt.search.execution.jobs import (
    Job,
    JobFailed,
    JobResult,
    ObjectiveInfo,
    StepsTrained,
    WorkerConfig,
)
from xlt.search.execution.memory import available_bytes, rss_bytes
from xlt.search.execution.worker import PAUSE, Message, Report, worker_main
from xlt.spaces.errors import XltError

# A worker a core beats one worker with all cores, and makes results independent of their number.
THREADS = 1
# What a worker is started with. Its C library and PyTorch read these once, at the start.
ENVIRONMENT = {
    "OMP_NUM_THREADS": str(THREADS),
    "MKL_NUM_THREADS": str(THREADS),
    # A thread that waits for another spins only so long before it lets go of its core (by default a
    # hundred times as long). On an idle machine the same within noise; beside one other busy process
    # a step on two threads took up to 30 times as long otherwise.
    "GOMP_SPINCOUNT": "3000",
    # A training step asks for the same megabytes again and again. By default glibc gives them
    # back each time, and the kernel clears every page anew: 5 to 10 % of a small model's step
    # (measured). 32 MiB is the most that it accepts.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(64 * 2**20),
    # oneDNN keeps what it has made for each shape, up to 1,024 of them, and batches have ever other
    # shapes: half a megabyte a trial, which spares no time that could be measured.
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "0",
}
# A worker that trains needs so many times what one has that has loaded its data.
MEMORY_FACTOR = 1.5
# Seconds without a sign of life after which a busy worker is taken to hang. Loading data and
# writing checkpoints give none.
HANG_TIMEOUT_SECONDS = 900.0
# Seconds that an idle worker has to end by itself.
SHUTDOWN_GRACE_SECONDS = 2.0
# Seconds that a worker has to end a training step and write a checkpoint.
PAUSE_TIMEOUT_SECONDS = 10.0


@dataclass(eq=False)
class LocalExecutor(Executor):
    """Processes on this machine, started when there is work for them."""

    supports_pause = True
    _workers: list["_Worker"] = field(default_factory=list, init=False)
    _failures: list[tuple[int, JobFailed]] = field(default_factory=list, init=False)

    def close(self) -> None:
        """End all workers: busy ones at once, as checkpoints are never half there."""
        for worker in self._workers:
            if worker.job is not None:
                worker.process.terminate()
            # An idle one ends by itself, and cleans up what libraries have left.
            worker.connection.close()
        for worker in self._workers:
            worker.process.join(SHUTDOWN_GRACE_SECONDS)
            worker.process.terminate()
            worker.process.join()
        self._workers = []

    def pause_all(self) -> list[tuple[int, JobResult]]:
        for worker in self._busy:
            worker.pause()
        found: list[tuple[int, JobResult]] = []
        end = time.monotonic() + PAUSE_TIMEOUT_SECONDS
        while self._busy and time.monotonic() < end:
            found += self.completed()
        for worker in self._busy:
            self._end(worker)
        return found

    @property
    def _busy(self) -> list["_Worker"]:
        return [worker for worker in self._workers if worker.job is not None]

    def describe(self, on_poll: Callable[[], None] = lambda: None) -> ObjectiveInfo:
        while True:
            worker = self._start()
            starting = Progress("starting the first worker", 0, 0, 0.0)
            self.display(events.JobProgress(events.PREPARATION, starting))
            try:
                while isinstance(description := self._receive(worker, on_poll), Progress):
                    self.display(events.JobProgress(events.PREPARATION, description))
            except _Died as died:
                self._drop(worker)
                self._retry_or_raise("preparing the data", str(died))
                continue
            assert isinstance(description, ObjectiveInfo)
            return self._check_description(description)

    def _receive(self, worker: "_Worker", meanwhile: Callable[[], None]) -> ObjectiveInfo | Report:
        """What a worker says next, waited for."""
        self._check_stopped()
        meanwhile()
        while not worker.connection.poll(POLL_SECONDS):
            self._check_stopped()
            meanwhile()
        return worker.receive()

    @property
    def max_parallel_jobs(self) -> int:
        """One a core, or one a GPU."""
        return self._gpus or n_cores()

    @property
    def max_threads_per_job(self) -> int:
        return min(self.max_parallel_jobs, MAX_THREADS_PER_JOB)

    @property
    def _gpus(self) -> int:
        return self._description.gpus if self._description else 0

    def has_capacity(self) -> bool:
        """Whether there is an idle worker, or the memory for another one.

        `limit` falls while there is too little memory, and rises again when there is enough.
        """
        if any(worker.job is None for worker in self._workers):
            return True
        before, count = self.max_workers, len(self._workers)
        self.set_max_workers(*self._requested_workers)
        if count >= self.max_workers:
            return False
        wanted = MEMORY_FACTOR * max((rss_bytes(each.pid) for each in self._workers), default=0)
        free = available_bytes()
        if wanted <= free:
            return True
        self.max_workers = count
        if count < before:
            memory = f"one more may need {wanted / 1e9:.1f} GB, {free / 1e9:.1f} GB are free"
            workers = f"no more than {count} worker{'s' * (count > 1)} for now"
            self.display(events.Notice(f"{workers}: {memory}"))
        return False

    def submit(self, job: Job) -> None:
        idle = (worker for worker in self._workers if worker.job is None)
        worker = next(idle, None) or self._start()
        worker.submit(job)

    def completed(self) -> Iterator[tuple[int, JobResult]]:
        self._check_stopped()
        for worker in list(self._workers):
            # We may have been away ourselves: what has been said counts first.
            if not worker.connection.poll():
                worker.end_if_silent()
                self._end_if_late(worker)
        for ready in wait([worker.connection for worker in self._workers], POLL_SECONDS):
            worker = next(each for each in self._workers if each.connection is ready)
            try:
                report = worker.receive()
            except _Died as died:
                self._on_death(worker, died)
                continue
            if isinstance(report, ObjectiveInfo):  # of a worker that was started later
                self._check_description(report)
                continue
            assert worker.job is not None
            trial = worker.job.trial
            match report:
                case Progress():
                    self.display(events.JobProgress(worker.job.name, report))
                case StepsTrained():
                    self.steps_trained += report.steps
                case events.Notice():
                    self.display(report)
                case _:
                    self._deaths.pop(worker.work, None)
                    worker.job = None
                    yield trial, report
        while self._failures:
            yield self._failures.pop()

    def _start(self) -> "_Worker":
        assert len(self._workers) < self.max_workers
        taken = {worker.slot for worker in self._workers}
        place = next(place for place in count() if place not in taken)
        worker = _Worker(
            replace(self.config, device=worker_device(self.config.device, self._gpus, place))
        )
        worker.slot = place
        self._workers.append(worker)
        return worker

    def _on_death(self, worker: "_Worker", died: "_Died") -> None:
        """Go on without a dead worker; its job is done again from its last checkpoint."""
        self._drop(worker)
        job = worker.job
        if job is None:
            return
        try:
            self._retry_or_raise(worker.work, str(died))
        except XltError as error:
            self._failures.append((job.trial, JobFailed(str(error))))
        else:
            self.submit(job)

    def _end_if_late(self, worker: "_Worker") -> None:
        """A job past its time would be so again: it has failed."""
        job = worker.job
        if job is None or worker.started_at is None:
            return
        failed = self._timeout_failure(time.monotonic() - worker.started_at)
        if failed is not None:
            self._end(worker)
            self._failures.append((job.trial, failed))

    def _end(self, worker: "_Worker") -> None:
        worker.process.kill()
        worker.process.join()
        self._drop(worker)

    def _drop(self, worker: "_Worker") -> None:
        self._workers.remove(worker)
        worker.connection.close()


class _Died(Exception):
    """A worker process is gone; the message is its cause."""


class _Worker:
    """The parent's end of one process."""

    def __init__(self, setup: WorkerConfig) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=worker_main, args=(theirs, setup), daemon=True
        )
        with worker_environment(), sigint_blocked():
            self.process.start()
        # So that reading ends, instead of waiting forever, once the process is gone.
        theirs.close()
        self.slot = 0  # among the workers, from 0
        self.pid = self.process.pid or 0
        self.job: Job | None = None
        self.last_message_at = time.monotonic()  # last, from the process
        self.started_at: float | None = None  # the job, once the data are loaded
        self._loaded = False
        self.silent = False

    @property
    def work(self) -> str:
        return f"training {self.job.name}" if self.job else "idle"

    def submit(self, job: Job) -> None:
        self.job, self.last_message_at = job, time.monotonic()
        self.started_at = self.last_message_at if self._loaded else None
        # Of a process that is gone, reading tells.
        with suppress(OSError):
            self.connection.send(job)

    def pause(self) -> None:
        with suppress(OSError):
            self.connection.send(PAUSE)

    def end_if_silent(self) -> None:
        """A process that hangs is as good as dead."""
        if self.job is not None and time.monotonic() - self.last_message_at > HANG_TIMEOUT_SECONDS:
            self.silent = True
            self.process.kill()

    def receive(self) -> ObjectiveInfo | Report:
        try:
            report: Message = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        self.last_message_at = time.monotonic()
        if isinstance(report, ObjectiveInfo):
            self._loaded = True
            self.started_at = self.last_message_at
        answer: ObjectiveInfo | Report = unwrap(report, "a worker process")
        return answer

    def _death(self) -> _Died:
        self.process.join()
        code = self.process.exitcode or 0
        if self.silent:
            return _Died(
                f"no sign of life for {HANG_TIMEOUT_SECONDS / 60:.0f} minutes, so it was ended"
            )
        if code < 0:
            return _Died(f"killed by {signal.Signals(-code).name}")
        return _Died(f"exit status {code}")


@contextmanager
def worker_environment() -> Iterator[None]:
    """Processes started here have ENVIRONMENT in theirs."""
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Processes started here never see Ctrl-C, not even before their first line runs."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def worker_device(requested: str, gpus: int, slot: int) -> str:
    """Which one a worker has: several GPUs in turn, which many workers share."""
    return requested if gpus < 2 else f"cuda:{slot % gpus}"


def n_cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
