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
    Answer,
    Description,
    Failed,
    Failure,
    Finished,
    Job,
    Setup,
)
from xlt.search.interrupt import Interrupted
from xlt.spaces.errors import InputError, XltError

# A job that runs alone has the cores to itself. Two were measured; beyond four nobody has looked.
MOST_THREADS = 4
# How often work is done again whose process died.
RETRIES = 2
# How long the parent sleeps at most before it looks whether it was interrupted.
PATIENCE = 0.25


class WorkerFailed(Exception):
    """A bug of ours, met in a worker, whose traceback this carries. Not the user's to mend."""


def returned(found: Any, place: str) -> Any:
    """What a process has sent; raises it if it is an error. `place`: for the traceback."""
    if isinstance(found, XltError):
        raise found
    if isinstance(found, Failure):
        raise WorkerFailed(f"in {place}:\n{found.traceback}")
    return found


def _nothing() -> None: ...


@dataclass(eq=False)
class Engine(ABC):
    """Has up to `limit` jobs done at once. A context manager."""

    setup: Setup
    stop: threading.Event  # once set, waiting for anything raises `Interrupted`
    display: events.Display
    job_limit: float | None = None  # seconds after which a job is ended, and has failed
    limit: int = field(default=1, init=False)
    # Called again and again while something is waited for.
    meanwhile: Callable[[], None] = field(default_factory=lambda: _nothing, init=False)
    # Whether jobs that are broken off tell how far they came, and keep it.
    pauses: ClassVar[bool] = False
    trained: int = field(default=0, init=False)  # steps, by all jobs so far
    _asked: tuple[int | None, int | None] = field(default=(1, None), init=False)
    _description: Description | None = field(default=None, init=False)
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
    def break_off(self) -> list[tuple[int, Answer]]:
        """End what runs, within seconds; what it has trained is kept.

        The answers, by trial, of jobs that could answer: `Paused`, if they were not done just then.
        """

    @abstractmethod
    def describe(self, meanwhile: Callable[[], None] = lambda: None) -> Description:
        """Prepare the data, and say what there is.

        `meanwhile` is called again and again until that is known. Raises what building the
        objective raises: `XltError` for unusable data; also if the process dies again and again.
        """

    @property
    @abstractmethod
    def most(self) -> int:
        """How many jobs at once are of use."""

    @property
    @abstractmethod
    def threads(self) -> int:
        """How many are of use to a job that runs alone."""

    @abstractmethod
    def room(self) -> bool:
        """Whether one more job can be taken."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Have a job done. There must be room."""

    @abstractmethod
    def answers(self) -> Iterator[tuple[int, Answer]]:
        """Jobs that are done, by trial; waits a moment if there are none. Shows signs of life.

        The job of a process that dies is done again, `RETRIES` times; then it has failed.
        Raises `Interrupted` when told to stop, `XltError` if a job raised one.
        """

    def answer(self, job: Job) -> Evaluation | Finished | TestTime:
        """Have one job done while nothing else runs. Raises `XltError` if it diverges or fails."""
        found = self.answer_within(job, math.inf)
        assert isinstance(found, Evaluation | Finished | TestTime)
        return found

    def answer_within(
        self, job: Job, seconds: float
    ) -> Evaluation | Finished | TestTime | Paused | None:
        """As `answer`; if it takes longer, how far it came, or None where it cannot tell."""
        end = time.monotonic() + seconds
        self.submit(job)
        found: list[tuple[int, Answer]] = []
        while not found and time.monotonic() < end:
            found = list(self.answers())
        if not found:
            found = self.break_off()
        if not found:
            return None
        _, answer = found[0]
        if isinstance(answer, Diverged):
            raise XltError(f"{job.name} {answer}") from answer
        if isinstance(answer, Failed):
            raise XltError(f"{job.name}: {answer.reason}")
        return answer

    def use(self, wanted: int | None, jobs: int | None = None) -> None:
        """Set `limit` to `wanted`, or to as many as are of use to so many jobs, which may be any
        number."""
        self._asked = wanted, jobs
        self.limit = wanted or max(1, self.most if jobs is None else min(self.most, jobs))

    def _described(self, found: Description) -> Description:
        """Take note of what the data are, when they are seen first; later, prove them the same.

        Raises `InputError` if they are not.
        """
        first = self._description
        if first is None:
            self._description = found
            # Those that start later shall not come to another conclusion about "auto".
            settings = {**self.setup.settings, **found.data.get("settings", {})}
            self.setup = replace(self.setup, source=found.data["source"], settings=settings)
            return found
        before, now = first.data["fingerprint"], found.data["fingerprint"]
        if before != now:
            raise InputError(
                f"{self.setup.source}: the data are not what they were when the command was "
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

    def _again(self, work: str, cause: str) -> None:
        """Tell that work is done again; raises `XltError` if that was tried often enough."""
        self._deaths[work] += 1
        deaths = self._deaths[work]
        text = f"a worker process died while {work}: {cause}"
        if deaths > RETRIES:
            raise XltError(
                f"{text}; tried {deaths} times. If memory was short, use fewer --workers. "
                "Everything finished is saved: the same command goes on"
            )
        self.display(events.Notice(f"{text}; once more ({deaths} of {RETRIES})"))

    def _check(self) -> None:
        self.meanwhile()
        if self.stop.is_set():
            raise Interrupted("interrupted; everything finished is saved")

    def _past(self, seconds: float) -> Failed | None:
        """The answer to a job that has taken so many seconds, if that is too many."""
        if self.job_limit is None or seconds <= self.job_limit:
            return None
        return Failed(f"past its time: ended after {self.job_limit:g} s")
