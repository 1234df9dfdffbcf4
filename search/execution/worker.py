"""The main function of a worker process: build the objective once, then run job after job.

Nothing is kept between jobs: each restores what it needs from the checkpoint tree. The pipe carries
plain data, and only between a process and its own child.
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
    ObjectiveDescription,
    StepsTrained,
    WorkerBug,
    WorkerConfig,
    describe,
    run_job,
)
from xlt.search.execution.os_errors import to_transferable
from xlt.spaces.errors import XltError

# Progress messages per second that the parent receives at most.
MAX_PROGRESS_HZ = 4


class Command(Enum):
    """Messages to a worker that are not jobs."""

    PAUSE = "pause"  # save the current job at its current step, and end it


Report: TypeAlias = JobResult | Progress | StepsTrained | events.Notice
Message: TypeAlias = ObjectiveDescription | Report | XltError | WorkerBug


class _ParentGone(BaseException):
    """The parent process is gone. No `Exception`, so that no `except` clause stops it."""


class _Channel:
    """The worker's end of the pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, message: Message) -> None:
        try:
            self._connection.send(message)
        except OSError:
            raise _ParentGone from None

    def next_job(self) -> Job:
        """Wait for the next job. Skips a `PAUSE` that arrived after its job had ended."""
        while (message := self._receive()) is Command.PAUSE:
            pass
        job: Job = message
        return job

    def check_pause(self) -> None:
        """Raise `Paused` if the parent asked for it."""
        if self._connection.poll() and self._receive() is Command.PAUSE:
            raise Paused

    def _receive(self) -> Any:
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            raise _ParentGone from None


def throttled(send: Heartbeat) -> Heartbeat:
    """Wrap `send` to pass on at most `MAX_PROGRESS_HZ` messages, and the first of every stage."""
    last, stage = 0.0, ""

    def send_some(progress: Progress) -> None:
        nonlocal last, stage
        if progress.stage != stage or time.monotonic() - last >= 1 / MAX_PROGRESS_HZ:
            last, stage = time.monotonic(), progress.stage
            send(progress)

    return send_some


def worker_main(connection: Connection, config: WorkerConfig) -> None:
    """Serve the parent until it closes the pipe. Errors are sent to it, then the process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = _Channel(connection)
    with suppress(_ParentGone):
        try:
            _serve(channel, config)
        except Exception as error:  # noqa: BLE001 - the parent raises it
            channel.send(to_transferable(error))


def _serve(channel: _Channel, config: WorkerConfig) -> None:
    with listening(throttled(channel.send)):
        Preparation("reading the data")
        objective = config.objective()
    tree = CheckpointTree(config.checkpoints, config.cache_size)
    channel.send(describe(objective))
    send_progress = throttled(channel.send)

    def heartbeat(progress: Progress) -> None:
        channel.check_pause()
        send_progress(progress)

    while True:
        job, steps_before = channel.next_job(), tree.trained
        result = run_job(job, objective, tree, heartbeat)
        channel.send(StepsTrained(tree.trained - steps_before))
        while tree.notices:
            channel.send(events.Notice(tree.notices.pop(0)))
        channel.send(result)
