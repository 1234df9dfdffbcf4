"""The interface of executors, and what all of them share. Each executor is a module beside this one.

An executor takes jobs as plain data and yields their results in any order. It decides how many run
at once, where they run, and what happens when a process dies. None of this changes a result.
"""

import math
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from xlt.objectives.objective import Diverged, Evaluation, Paused, Progress, TestTime
from xlt.search import events
from xlt.search.execution.jobs import (
    Job,
    JobFailed,
    JobResult,
    ObjectiveDescription,
    TestedModel,
    WorkerBug,
    WorkerConfig,
)
from xlt.search.interrupt import Interrupted
from xlt.spaces.errors import InputError, XltError

# Threads of a job that runs alone. Measured for 2; assumed to help up to 4.
MAX_THREADS_PER_JOB = 4
# Retries of a job whose process died.
MAX_RETRIES = 2
# Longest wait between two checks for an interruption.
POLL_SECONDS = 0.25


class WorkerError(Exception):
    """Raised for a `WorkerBug` that a worker has sent. The message contains its traceback."""


def unwrap(message: Any, sender: str) -> Any:
    """Return what a process sent; raise it if it is an error. `sender` is named in the traceback."""
    if isinstance(message, XltError):
        raise message
    if isinstance(message, WorkerBug):
        raise WorkerError(f"in {sender}:\n{message.traceback}")
    return message


@dataclass(eq=False)
class Executor(ABC):
    """Runs up to `max_workers` jobs at once. A context manager.

    Attributes:
        stop: Once it is set, every wait raises `Interrupted`.
        job_timeout_seconds: Seconds after which a job is ended and counts as failed.
        on_poll: Called repeatedly during every wait.
        supports_pause: Whether jobs that are ended early report the step they reached, and keep
            a checkpoint there.
        steps_by_job: Steps that were trained so far, by job ID. Restored ones do not count.
        progress_by_job: The latest report of each job, by job ID.
    """

    worker_config: WorkerConfig
    stop: threading.Event
    display: events.EventSink
    job_timeout_seconds: float | None = None
    max_workers: int = field(default=1, init=False)
    on_poll: Callable[[], None] = field(default_factory=lambda: lambda: None, init=False)
    supports_pause: ClassVar[bool] = False
    steps_by_job: Counter[int] = field(default_factory=Counter, init=False)
    progress_by_job: dict[int, Progress] = field(default_factory=dict, init=False)
    _requested_workers: tuple[int | None, int | None] = field(default=(1, None), init=False)
    _description: ObjectiveDescription | None = field(default=None, init=False)
    _deaths: Counter[str] = field(default_factory=Counter, init=False)  # by activity

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def show_progress(self, job: Job, progress: Progress) -> None:
        """Record and display the progress of a running job."""
        self.progress_by_job[job.job_id] = progress
        self.display(events.JobProgress(job.name, progress))

    @abstractmethod
    def close(self) -> None:
        """End running jobs at once. Their checkpoints are kept."""

    @abstractmethod
    def pause_all(self) -> list[tuple[int, JobResult]]:
        """End running jobs within seconds. What they have trained is kept.

        Returns:
            Job ID and result of each job that could report one: `Paused`, or its result if it
            finished just then.
        """

    @abstractmethod
    def describe(self, on_poll: Callable[[], None] = lambda: None) -> ObjectiveDescription:
        """Prepare the data and describe the objective.

        Args:
            on_poll: Called repeatedly during the wait.

        Raises:
            XltError: The data are unusable, or the process died more than `MAX_RETRIES` times.
        """

    @property
    @abstractmethod
    def max_parallel_jobs(self) -> int:
        """The largest number of simultaneous jobs that still adds speed."""

    @property
    @abstractmethod
    def max_threads_per_job(self) -> int:
        """The number of threads that a job running alone can use."""

    @abstractmethod
    def has_capacity(self) -> bool:
        """Whether one more job can be submitted."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Start a job. Requires `has_capacity()`."""

    @abstractmethod
    def completed(self) -> Iterator[tuple[int, JobResult]]:
        """Yield job ID and result of finished jobs; wait a moment if there are none.

        Shows the progress of running jobs. A job whose process dies is retried `MAX_RETRIES`
        times, then it counts as failed.

        Raises:
            Interrupted: `stop` was set.
            XltError: A job raised it.
        """

    def run(self, job: Job) -> Evaluation | TestedModel | TestTime:
        """Run one job while nothing else runs. Raises `XltError` if it diverges or fails."""
        result = self.run_with_timeout(job, math.inf)
        assert isinstance(result, Evaluation | TestedModel | TestTime)
        return result

    def run_with_timeout(
        self, job: Job, seconds: float
    ) -> Evaluation | TestedModel | TestTime | Paused | None:
        """As `run`, but ends the job after `seconds`.

        Returns `Paused` if the job could report its step, its result if it finished just then,
        else None.
        """
        end = time.monotonic() + seconds
        self.submit(job)
        results: list[tuple[int, JobResult]] = []
        while not results and time.monotonic() < end:
            results = list(self.completed())
        if not results:
            results = self.pause_all()
        if not results:
            return None
        _, result = results[0]
        if isinstance(result, Diverged):
            raise XltError(f"{job.name} {result}") from result
        if isinstance(result, JobFailed):
            raise XltError(f"{job.name}: {result.reason}")
        return result

    def set_max_workers(self, requested: int | None, jobs: int | None = None) -> None:
        """Set `max_workers`.

        Args:
            requested: The number, if the user gave one. None: as many as are of use.
            jobs: Number of jobs to come, which may need fewer workers. None: any number.
        """
        self._requested_workers = requested, jobs
        self.max_workers = requested or max(
            1, self.max_parallel_jobs if jobs is None else min(self.max_parallel_jobs, jobs)
        )

    def _check_description(self, description: ObjectiveDescription) -> ObjectiveDescription:
        """Keep the first description. Raises `InputError` if a later one differs from it."""
        first = self._description
        if first is None:
            self._description = description
            # Later workers must not resolve "auto" differently.
            settings = {**self.worker_config.settings, **description.data.get("settings", {})}
            self.worker_config = replace(
                self.worker_config, source=description.data["source"], settings=settings
            )
            return description
        before, now = first.data["fingerprint"], description.data["fingerprint"]
        if before != now:
            raise InputError(
                f"{self.worker_config.source}: the data changed while the command ran, fingerprint "
                f"{before[:12]} -> {now[:12]}. Restore the former data, to which all results "
                "belong, or start another study with --study-name"
            )
        for name, value in first.identity.items():
            if value != description.identity[name]:
                raise InputError(
                    f"workers differ in {name}: {value} and {description.identity[name]}, so "
                    "their scores are not comparable; use the same version of xlt-search and the "
                    "same kind of machine for all workers"
                )
        return description

    def _retry_or_raise(self, activity: str, cause: str) -> None:
        """Announce a retry after a process died. Raises `XltError` if none is left."""
        self._deaths[activity] += 1
        deaths = self._deaths[activity]
        text = f"a worker process died while {activity}: {cause}"
        if deaths > MAX_RETRIES:
            raise XltError(
                f"{text}; tried {deaths} times. If memory was short, use fewer --workers. "
                "Everything finished is saved: run the same command again to continue"
            )
        self.display(events.Notice(f"{text}; retry {deaths} of {MAX_RETRIES}"))

    def _check_stopped(self) -> None:
        self.on_poll()
        if self.stop.is_set():
            raise Interrupted("interrupted; everything finished is saved")

    def _timeout_failure(self, seconds: float) -> JobFailed | None:
        """The result of a job that has run for `seconds`, if that exceeds `job_timeout_seconds`."""
        if self.job_timeout_seconds is None or seconds <= self.job_timeout_seconds:
            return None
        return JobFailed(f"time limit exceeded: ended after {self.job_timeout_seconds:g} s")
