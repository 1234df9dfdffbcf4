"""Worker processes that train, one thread each, and the loop over their pipes.

A worker keeps nothing between two jobs: it restores what it needs from the checkpoint tree.
What passes through the pipes is plain data, and only between a process and its own children.
Training code, and with it PyTorch, is imported in the workers alone.
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

from xlt.objectives import tasks
from xlt.objectives.checkpoints import Tree
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Objective,
    Progress,
)
from xlt.objectives.threads import SINGLE, Threads, computing
from xlt.search import events
from xlt.search.interrupt import Interrupted
from xlt.spaces.errors import XltError


class Builder(Protocol):
    """What `xlt.objectives.tasks.build` is. Importable by name, as it travels to workers."""

    def __call__(
        self, task: str, *, source: str, cache: Path, device: str, settings: Mapping[str, Any]
    ) -> Objective: ...


@dataclass(frozen=True)
class Setup:
    """What a worker needs to know once."""

    task: str
    settings: Mapping[str, Any]  # the study's own, of tasks that have some
    source: str
    device: str
    data_cache: Path
    checkpoints: Path
    cache_size: int  # bytes of checkpoints to keep
    build: Builder = tasks.build

    def objective(self) -> Objective:
        return self.build(
            self.task,
            source=self.source,
            cache=self.data_cache,
            device=self.device,
            settings=self.settings,
        )


@dataclass(frozen=True)
class Train:
    """Bring a configuration to a step and score it there. Answered by Evaluation or Diverged."""

    trial: int
    config: Configuration
    seed: int
    step: int
    through: tuple[int, ...]  # steps on the way worth a checkpoint
    threads: Threads = SINGLE

    @property
    def name(self) -> str:
        return f"trial {self.trial}"


@dataclass(frozen=True)
class Finish:
    """Bring a configuration to a step, test it there, write the model. Answered by Finished."""

    trial: int
    config: Configuration
    seed: int
    step: int
    through: tuple[int, ...]
    folder: Path | None  # None: write no model
    test: bool  # False: only write the model
    threads: Threads = SINGLE
    label: str = ""  # for people, of what is no trial

    @property
    def name(self) -> str:
        return self.label or f"trial {self.trial}"


Job: TypeAlias = Train | Finish


@dataclass(frozen=True)
class Finished:
    test: Evaluation | None
    weights_sha256: str | None


@dataclass(frozen=True)
class Description:
    """What the parent knows of an objective, which it never sees."""

    steps: int
    stages: Mapping[str, int]
    identity: Mapping[str, Any]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class _Failure:
    traceback: str


class WorkerFailed(Exception):
    """A bug of ours, met in a worker, whose traceback this carries. Not the user's to mend."""


Answer: TypeAlias = Evaluation | Diverged | Finished
Report: TypeAlias = Answer | Progress | events.Notice

# A worker a core beats one worker with all cores, and makes results independent of their number.
THREADS = 1
# A job that runs alone has the cores to itself. Two were measured; beyond four nobody has looked.
MOST_THREADS = 4
# What a worker is started with. Its C library and PyTorch read these once, at the start.
ENVIRONMENT = {
    "OMP_NUM_THREADS": str(THREADS),
    "MKL_NUM_THREADS": str(THREADS),
    # A training step asks for the same megabytes again and again. By default glibc gives them
    # back each time, and the kernel clears every page anew: 5 to 10 % of a small model's step
    # (measured). 32 MiB is the most that it accepts.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(64 * 2**20),
}
# At most this many signs of life a second reach the parent.
BEATS_A_SECOND = 4
# How long the parent sleeps at most before it looks whether it was interrupted.
PATIENCE = 0.25
# Seconds that an idle worker has to end by itself.
GRACE = 2.0


class Workers:
    """Up to `limit` processes, started when there is work for them. A context manager."""

    def __init__(self, setup: Setup, stop: threading.Event, display: events.Display) -> None:
        """`stop`: once set, waiting for anything raises `Interrupted`."""
        self.setup, self.stop, self.display = setup, stop, display
        self.limit = 1
        self._all: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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

    def describe(self, meanwhile: Callable[[], None] = lambda: None) -> Description:
        """Start the first worker, which prepares the data, and ask what it has got.

        `meanwhile` is called again and again until it answers. Raises what building the objective raises: `XltError` for unusable data.
        """
        worker = self._start()
        while not worker.connection.poll(PATIENCE):
            self._check()
            meanwhile()
        description = worker.receive()
        assert isinstance(description, Description)
        # Those that start later shall not come to another conclusion about "auto".
        settings = {**self.setup.settings, **description.data.get("settings", {})}
        self.setup = replace(self.setup, source=description.data["source"], settings=settings)
        return description

    def submit(self, job: Job) -> None:
        """Give a job to an idle worker. There must be one, or room for one more."""
        idle = (worker for worker in self._all if worker.job is None)
        worker = next(idle, None) or self._start()
        worker.job = job
        worker.send(job)

    def answers(self) -> Iterator[tuple[int, Answer]]:
        """Jobs that are done, by trial; waits a moment if there are none. Shows signs of life.

        Raises `Interrupted` when told to stop, `XltError` if a worker raised one or died.
        """
        self._check()
        for ready in wait([worker.connection for worker in self._all], PATIENCE):
            worker = next(each for each in self._all if each.connection is ready)
            report = worker.receive()
            if isinstance(report, Description):  # a later worker has seen the same data
                continue
            assert worker.job is not None
            trial = worker.job.trial
            match report:
                case Progress():
                    self.display(events.Beat(worker.job.name, report))
                case events.Notice():
                    self.display(report)
                case _:
                    worker.job = None
                    yield trial, report

    def answer(self, job: Job) -> Evaluation | Finished:
        """Have one job done while nothing else runs. Raises `XltError` if it diverges."""
        self.submit(job)
        while True:
            for _, answer in self.answers():
                if isinstance(answer, Diverged):
                    raise XltError(f"{job.name} {answer}") from answer
                return answer

    def _start(self) -> "_Worker":
        assert len(self._all) < self.limit
        worker = _Worker(self.setup)
        self._all.append(worker)
        return worker

    def _check(self) -> None:
        if self.stop.is_set():
            raise Interrupted("interrupted; everything finished is saved")


class _Worker:
    """The parent's end of one process."""

    def __init__(self, setup: Setup) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=_work, args=(theirs, setup), daemon=True
        )
        with worker_environment(), _deaf_children():
            self.process.start()
        # So that reading ends, instead of waiting forever, once the process is gone.
        theirs.close()
        self.job: Job | None = None

    def send(self, job: Job) -> None:
        try:
            self.connection.send(job)
        except OSError:
            raise self._death() from None

    def receive(self) -> Description | Report:
        try:
            report: Description | Report | XltError | _Failure = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        if isinstance(report, XltError):
            raise report
        if isinstance(report, _Failure):
            raise WorkerFailed(f"in a worker process:\n{report.traceback}")
        return report

    def _death(self) -> XltError:
        self.process.join()
        code = self.process.exitcode or 0
        cause = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        work = f"training {self.job.name}" if self.job else "preparing the data"
        return XltError(
            f"a worker process died while {work}: {cause}; if memory was short, use fewer "
            "--workers. Everything finished is saved: the same command goes on"
        )


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


class _ParentGone(BaseException):
    """Nobody to work for any more. Not an Exception: nothing on the way may catch it."""


class _Wire:
    """The worker's end of the pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last_beat = 0.0

    def send(self, message: Description | Report | XltError | _Failure) -> None:
        try:
            self._connection.send(message)
        except OSError:
            raise _ParentGone from None

    def receive(self) -> Job:
        try:
            job: Job = self._connection.recv()
        except (EOFError, OSError):
            raise _ParentGone from None
        return job

    def beat(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last_beat >= 1 / BEATS_A_SECOND:
            self._last_beat = now
            self.send(progress)


def _work(connection: Connection, setup: Setup) -> None:
    """A worker's life: build the objective once, then one job after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wire = _Wire(connection)
    with suppress(_ParentGone):
        try:
            _serve(wire, setup)
        except XltError as error:
            wire.send(error)
        except Exception:  # noqa: BLE001 - it is raised again in the parent
            wire.send(_Failure(traceback.format_exc()))


def _serve(wire: _Wire, setup: Setup) -> None:
    objective = setup.objective()
    tree = Tree(setup.checkpoints, setup.cache_size)
    wire.send(Description(objective.steps, objective.stages, objective.identity, objective.data))
    while True:
        job = wire.receive()
        arguments = (objective, job.config, job.seed, job.step)
        how: Any = {"through": job.through, "threads": job.threads, "heartbeat": wire.beat}
        report: Report
        try:
            if isinstance(job, Train):
                report = tree.evaluate(*arguments, **how)
            else:
                run = tree.open(*arguments, **how)
                with computing(job.threads, job.step):
                    test = run.test(wire.beat) if job.test else None
                report = Finished(test, run.export(job.folder) if job.folder else None)
        except Diverged as diverged:
            report = diverged
        while tree.notices:
            wire.send(events.Notice(tree.notices.pop(0)))
        wire.send(report)


def cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def useful(description: Description, wanted: int) -> int:
    """How many workers: one a core, on a GPU one in all; none without work."""
    most = cores() if description.identity["device"] == "cpu" else 1
    return max(1, min(most, wanted))
