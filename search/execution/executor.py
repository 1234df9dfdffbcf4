"""What has jobs done: the part that all engines share. Each engine is one file beside this one.

An engine takes jobs as plain data and hands back answers, in whatever order they come. How many
run at once, where, and what becomes of a process that dies is its own affair; what a job's answer
is does not depend on it.
"""

import math
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from xlt.objectives.objective import Diverged, Evaluation, Paused, TestTime
from xlt.search import events
from xlt.search.execution.jobs import (
    Job,
    JobFailed,
    JobResult,
    ObjectiveInfo,
    TestedModel,
    WorkerBug,
    WorkerConfig,
)
from xlt.search.interrupt import Interrupted
from xlt.spaces.errors import InputError, XltError

# A job that runs alone has the cores to itself. Two were measured; beyond four nobody has looked.
MAX_THREADS_PER_JOB = 4
# How often work is done again whose process died.
MAX_RETRIES = 2
# How long the parent sleeps at most before it looks whether it was interrupted.
POLL_SECONDS = 0.25


class WorkerFailed(Exception):
    """A bug of ours, met in a worker, whose traceback this carries. Not the user's to mend."""


def unwrap(found: Any, place: str) -> Any:
    """What a process has sent; raises it if it is an error. `place`: for the traceback."""
    if isinstance(found, XltError):
        raise found
    if isinstance(found, WorkerBug):
        raise WorkerFailed(f"in {place}:\n{found.traceback}")
    return found


def _nothing() -> None: ...


@dataclass(eq=False)
class Executor(ABC):
    """Has up to `limit` jobs done at once. A context manager."""

    config: WorkerConfig
    stop: threading.Event  # once set, waiting for anything raises `Interrupted`
    display: events.EventSink
    job_limit: float | None = None  # seconds after which a job is ended, and has failed
    max_workers: int = field(default=1, init=False)
    # Called again and again while something is waited for.
    on_poll: Callable[[], None] = field(default_factory=lambda: _nothing, init=False)
    # Whether jobs that are broken off tell how far they came, and keep it.
    supports_pause: ClassVar[bool] = False
    steps_trained: int = field(default=0, init=False)  # steps, by all jobs so far
    _requested_workers: tuple[int | None, int | None] = field(default=(1, None), init=False)
    _description: ObjectiveInfo | None = field(default=None, init=False)
    # Of processes, by what they were doing.
    _deaths: Counter[str] = field(default_factory=Counter, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Give up what runs; its checkpoints are kept."""

    @abstractmethod
    def pause_all(self) -> list[tuple[int, JobResult]]:
        """End what runs, within seconds; what it has trained is kept.

        The answers, by trial, of jobs that could answer: `Paused`, if they were not done just then.
        """

    @abstractmethod
    def describe(self, on_poll: Callable[[], None] = lambda: None) -> ObjectiveInfo:
        """Prepare the data, and say what there is.

        `meanwhile` is called again and again until that is known. Raises what building the
        objective raises: `XltError` for unusable data; also if the process dies again and again.
        """

    @property
    @abstractmethod
    def max_parallel_jobs(self) -> int:
        """How many jobs at once are of use."""

    @property
    @abstractmethod
    def max_threads_per_job(self) -> int:
        """How many are of use to a job that runs alone."""

    @abstractmethod
    def has_capacity(self) -> bool:
        """Whether one more job can be taken."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Have a job done. There must be room."""

    @abstractmethod
    def completed(self) -> Iterator[tuple[int, JobResult]]:
        """Jobs that are done, by trial; waits a moment if there are none. Shows signs of life.

        The job of a process that dies is done again, `RETRIES` times; then it has failed.
        Raises `Interrupted` when told to stop, `XltError` if a job raised one.
        """

    def run(self, job: Job) -> Evaluation | TestedModel | TestTime:
        """Have one job done while nothing else runs. Raises `XltError` if it diverges or fails."""
        found = self.run_with_timeout(job, math.inf)
        assert isinstance(found, Evaluation | TestedModel | TestTime)
        return found

    def run_with_timeout(
        self, job: Job, seconds: float
    ) -> Evaluation | TestedModel | TestTime | Paused | None:
        """As `answer`; if it takes longer, how far it came, or None where it cannot tell."""
        end = time.monotonic() + seconds
        self.submit(job)
        found: list[tuple[int, JobResult]] = []
        while not found and time.monotonic() < end:
            found = list(self.completed())
        if not found:
            found = self.pause_all()
        if not found:
            return None
        _, answer = found[0]
        if isinstance(answer, Diverged):
            raise XltError(f"{job.name} {answer}") from answer
        if isinstance(answer, JobFailed):
            raise XltError(f"{job.name}: {answer.reason}")
        return answer

    def set_max_workers(self, wanted: int | None, jobs: int | None = None) -> None:
        """Set `limit` to `wanted`, or to as many as are of use to so many jobs, which may be any
        number."""
        self._requested_workers = wanted, jobs
        self.max_workers = wanted or max(
            1, self.max_parallel_jobs if jobs is None else min(self.max_parallel_jobs, jobs)
        )

    def _check_description(self, found: ObjectiveInfo) -> ObjectiveInfo:
        """Take note of what the data are, when they are seen first; later, prove them the same.

        Raises `InputError` if they are not.
        """
        first = self._description
        if first is None:
            self._description = found
            # Those that start later shall not come to another conclusion about "auto".
            settings = {**self.config.settings, **found.data.get("settings", {})}
            self.config = replace(self.config, source=found.data["source"], settings=settings)
            return found
        before, now = first.data["fingerprint"], found.data["fingerprint"]
        if before != now:
            raise InputError(
                f"{self.config.source}: the data are not what they were when the command was "
                f"started: {before[:12]} -> {now[:12]}; what is finished was made on the former. "
                "Put them back, or begin another study with --study-name"
            )
        for name, value in first.identity.items():
            if value != found.identity[name]:
                raise InputError(
                    f"workers differ in {name}: {value} and {found.identity[name]}; scores would "
                    "not compare. Have the same xlt-search on the same kind of machine"
                )
        return found

    def _retry_or_raise(self, work: str, cause: str) -> None:
        """Tell that work is done again; raises `XltError` if that was tried often enough."""
        self._deaths[work] += 1
        deaths = self._deaths[work]
        text = f"a worker process died while {work}: {cause}"
        if deaths > MAX_RETRIES:
            raise XltError(
                f"{text}; tried {deaths} times. If memory was short, use fewer --workers. "
                "Everything finished is saved: the same command goes on"
            )
        self.display(events.Notice(f"{text}; once more ({deaths} of {MAX_RETRIES})"))

    def _check_stopped(self) -> None:
        self.on_poll()
        if self.stop.is_set():
            raise Interrupted("interrupted; everything finished is saved")

    def _timeout_failure(self, seconds: float) -> JobFailed | None:
        """The answer to a job that has taken so many seconds, if that is too many."""
        if self.job_limit is None or seconds <= self.job_limit:
            return None
        return JobFailed(f"past its time: ended after {self.job_limit:g} s")
