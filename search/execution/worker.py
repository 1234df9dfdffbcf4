"""A worker process: builds the objective once, then does one job after the other.

It keeps nothing between two jobs: it restores what it needs from the checkpoint tree. What passes
through its pipe is plain data, and only between a process and its own child.
"""

import signal
import time
from contextlib import suppress
from enum import Enum
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.objective import Heartbeat, Paused, Progress
from xlt.objectives.preparing import Preparation, listening
from xlt.search import events
from xlt.search.execution.jobs import (
    Job,
    JobResult,
    ObjectiveInfo,
    StepsTrained,
    WorkerBug,
    WorkerConfig,
    describe,
    run_job,
)
from xlt.search.execution.os_errors import to_transferable
from xlt.spaces.errors import XltError

# At most this many signs of life a second reach the parent.
MAX_PROGRESS_HZ = 4


class Pause(Enum):
    """What a worker is told that should end its job where it stands."""

    PAUSE = "pause"


PAUSE = Pause.PAUSE

Report: TypeAlias = JobResult | Progress | StepsTrained | events.Notice
Message: TypeAlias = ObjectiveInfo | Report | XltError | WorkerBug


class _ParentGone(BaseException):
    """Nobody to work for any more. Not an Exception: nothing on the way may catch it."""


class _Channel:
    """The worker's end of the pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, message: Message) -> None:
        try:
            self._connection.send(message)
        except OSError:
            raise _ParentGone from None

    def receive(self) -> Job:
        """The next job; that one should pause which is over does not matter any more."""
        while True:
            message = self._received()
            if message is not PAUSE:
                job: Job = message
                return job

    def check_pause(self) -> None:
        """Raises `Paused`."""
        if self._connection.poll() and self._received() is PAUSE:
            raise Paused

    def _received(self) -> Any:
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            raise _ParentGone from None


def throttled(send: Heartbeat) -> Heartbeat:
    """Passes on at most `BEATS_A_SECOND`, and the first of every stage."""
    last, stage = 0.0, ""

    def beat(progress: Progress) -> None:
        nonlocal last, stage
        if progress.stage != stage or time.monotonic() - last >= 1 / MAX_PROGRESS_HZ:
            last, stage = time.monotonic(), progress.stage
            send(progress)

    return beat


def worker_main(connection: Connection, setup: WorkerConfig) -> None:
    """A worker's life: build the objective once, then one job after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wire = _Channel(connection)
    with suppress(_ParentGone):
        try:
            _serve(wire, setup)
        except Exception as error:  # noqa: BLE001 - it is raised again in the parent
            wire.send(to_transferable(error))


def _serve(wire: _Channel, setup: WorkerConfig) -> None:
    with listening(throttled(wire.send)):
        Preparation("reading the data")
        objective = setup.objective()
    tree = CheckpointTree(setup.checkpoints, setup.cache_size)
    wire.send(describe(objective))
    show = throttled(wire.send)

    def beat(progress: Progress) -> None:
        wire.check_pause()
        show(progress)

    while True:
        job, before = wire.receive(), tree.trained
        answer = run_job(job, objective, tree, beat)
        wire.send(StepsTrained(tree.trained - before))
        while tree.notices:
            wire.send(events.Notice(tree.notices.pop(0)))
        wire.send(answer)
