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
from xlt.search.execution.executor import MOST_THREADS, PATIENCE, Engine, returned
from xlt.search.execution.jobs import Answer, Description, Failed, Job, Setup, Trained
from xlt.search.execution.memory import available, resident
from xlt.search.execution.worker import PAUSE, Message, Report, work
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
NEEDED = 1.5
# Seconds without a sign of life after which a busy worker is taken to hang. Loading data and
# writing checkpoints give none.
SILENCE = 900.0
# Seconds that an idle worker has to end by itself.
GRACE = 2.0
# Seconds that a worker has to end a training step and write a checkpoint.
PAUSING = 10.0


@dataclass(eq=False)
class Workers(Engine):
    """Processes on this machine, started when there is work for them."""

    pauses = True
    _all: list["_Worker"] = field(default_factory=list, init=False)
    _failed: list[tuple[int, Failed]] = field(default_factory=list, init=False)

    def close(self) -> None:
        """End all workers: busy ones at once, as checkpoints are never half there."""
        for worker in self._all:
            if worker.job is not None:
                worker.process.terminate()
            # An idle one ends by itself, and cleans up what libraries have left.
            worker.connection.close()
        for worker in self._all:
            worker.process.join(GRACE)
            worker.process.terminate()
            worker.process.join()
        self._all = []

    def break_off(self) -> list[tuple[int, Answer]]:
        for worker in self._busy:
            worker.pause()
        found: list[tuple[int, Answer]] = []
        end = time.monotonic() + PAUSING
        while self._busy and time.monotonic() < end:
            found += self.answers()
        for worker in self._busy:
            self._end(worker)
        return found

    @property
    def _busy(self) -> list["_Worker"]:
        return [worker for worker in self._all if worker.job is not None]

    def describe(self, meanwhile: Callable[[], None] = lambda: None) -> Description:
        while True:
            worker = self._start()
            starting = Progress("starting the first worker", 0, 0, 0.0)
            self.display(events.Beat(events.PREPARATION, starting))
            try:
                while isinstance(description := self._heard(worker, meanwhile), Progress):
                    self.display(events.Beat(events.PREPARATION, description))
            except _Died as died:
                self._drop(worker)
                self._again("preparing the data", str(died))
                continue
            assert isinstance(description, Description)
            return self._described(description)

    def _heard(self, worker: "_Worker", meanwhile: Callable[[], None]) -> Description | Report:
        """What a worker says next, waited for."""
        self._check()
        meanwhile()
        while not worker.connection.poll(PATIENCE):
            self._check()
            meanwhile()
        return worker.receive()

    @property
    def most(self) -> int:
        """One a core, or one a GPU."""
        return self._gpus or cores()

    @property
    def threads(self) -> int:
        return min(self.most, MOST_THREADS)

    @property
    def _gpus(self) -> int:
        return self._description.gpus if self._description else 0

    def room(self) -> bool:
        """Whether there is an idle worker, or the memory for another one.

        `limit` falls while there is too little memory, and rises again when there is enough.
        """
        if any(worker.job is None for worker in self._all):
            return True
        before, count = self.limit, len(self._all)
        self.use(*self._asked)
        if count >= self.limit:
            return False
        wanted = NEEDED * max((resident(each.pid) for each in self._all), default=0)
        free = available()
        if wanted <= free:
            return True
        self.limit = count
        if count < before:
            memory = f"one more may need {wanted / 1e9:.1f} GB, {free / 1e9:.1f} GB are free"
            workers = f"no more than {count} worker{'s' * (count > 1)} for now"
            self.display(events.Notice(f"{workers}: {memory}"))
        return False

    def submit(self, job: Job) -> None:
        idle = (worker for worker in self._all if worker.job is None)
        worker = next(idle, None) or self._start()
        worker.give(job)

    def answers(self) -> Iterator[tuple[int, Answer]]:
        self._check()
        for worker in list(self._all):
            # We may have been away ourselves: what has been said counts first.
            if not worker.connection.poll():
                worker.end_if_silent()
                self._end_if_late(worker)
        for ready in wait([worker.connection for worker in self._all], PATIENCE):
            worker = next(each for each in self._all if each.connection is ready)
            try:
                report = worker.receive()
            except _Died as died:
                self._lose(worker, died)
                continue
            if isinstance(report, Description):  # of a worker that was started later
                self._described(report)
                continue
            assert worker.job is not None
            trial = worker.job.trial
            match report:
                case Progress():
                    self.display(events.Beat(worker.job.name, report))
                case Trained():
                    self.trained += report.steps
                case events.Notice():
                    self.display(report)
                case _:
                    self._deaths.pop(worker.work, None)
                    worker.job = None
                    yield trial, report
        while self._failed:
            yield self._failed.pop()

    def _start(self) -> "_Worker":
        assert len(self._all) < self.limit
        taken = {worker.place for worker in self._all}
        place = next(place for place in count() if place not in taken)
        worker = _Worker(replace(self.setup, device=device(self.setup.device, self._gpus, place)))
        worker.place = place
        self._all.append(worker)
        return worker

    def _lose(self, worker: "_Worker", died: "_Died") -> None:
        """Go on without a dead worker; its job is done again from its last checkpoint."""
        self._drop(worker)
        job = worker.job
        if job is None:
            return
        try:
            self._again(worker.work, str(died))
        except XltError as error:
            self._failed.append((job.trial, Failed(str(error))))
        else:
            self.submit(job)

    def _end_if_late(self, worker: "_Worker") -> None:
        """A job past its time would be so again: it has failed."""
        job = worker.job
        if job is None or worker.begun is None:
            return
        failed = self._past(time.monotonic() - worker.begun)
        if failed is not None:
            self._end(worker)
            self._failed.append((job.trial, failed))

    def _end(self, worker: "_Worker") -> None:
        worker.process.kill()
        worker.process.join()
        self._drop(worker)

    def _drop(self, worker: "_Worker") -> None:
        self._all.remove(worker)
        worker.connection.close()


class _Died(Exception):
    """A worker process is gone; the message is its cause."""


class _Worker:
    """The parent's end of one process."""

    def __init__(self, setup: Setup) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=work, args=(theirs, setup), daemon=True)
        with worker_environment(), _deaf_children():
            self.process.start()
        # So that reading ends, instead of waiting forever, once the process is gone.
        theirs.close()
        self.place = 0  # among the workers, from 0
        self.pid = self.process.pid or 0
        self.job: Job | None = None
        self.heard = time.monotonic()  # last, from the process
        self.begun: float | None = None  # the job, once the data are loaded
        self._loaded = False
        self.silent = False

    @property
    def work(self) -> str:
        return f"training {self.job.name}" if self.job else "idle"

    def give(self, job: Job) -> None:
        self.job, self.heard = job, time.monotonic()
        self.begun = self.heard if self._loaded else None
        # Of a process that is gone, reading tells.
        with suppress(OSError):
            self.connection.send(job)

    def pause(self) -> None:
        with suppress(OSError):
            self.connection.send(PAUSE)

    def end_if_silent(self) -> None:
        """A process that hangs is as good as dead."""
        if self.job is not None and time.monotonic() - self.heard > SILENCE:
            self.silent = True
            self.process.kill()

    def receive(self) -> Description | Report:
        try:
            report: Message = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        self.heard = time.monotonic()
        if isinstance(report, Description):
            self._loaded = True
            self.begun = self.heard
        answer: Description | Report = returned(report, "a worker process")
        return answer

    def _death(self) -> _Died:
        self.process.join()
        code = self.process.exitcode or 0
        if self.silent:
            return _Died(f"no sign of life for {SILENCE / 60:.0f} minutes, so it was ended")
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
def _deaf_children() -> Iterator[None]:
    """Processes started here never see Ctrl-C, not even before their first line runs."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def device(asked: str, gpus: int, place: int) -> str:
    """Which one a worker has: several GPUs in turn, which many workers share."""
    return asked if gpus < 2 else f"cuda:{place % gpus}"


def cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
