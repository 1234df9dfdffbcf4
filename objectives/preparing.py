"""Progress of one-off preparations before training, such as pre-training an encoder.

They run deep inside an objective's constructor, so a context variable holds who listens.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from xlt.objectives.objective import Heartbeat, Progress

_listener: ContextVar[Heartbeat | None] = ContextVar("listener", default=None)


@contextmanager
def listening(heartbeat: Heartbeat) -> Iterator[None]:
    """Send the progress of preparations inside the block to `heartbeat`."""
    token = _listener.set(heartbeat)
    try:
        yield
    finally:
        _listener.reset(token)


class Preparation:
    """One preparation of `target` steps; 0 if they are not counted."""

    def __init__(self, name: str, target: int = 0) -> None:
        self._name, self._target, self._started_at = name, target, time.monotonic()
        self.at(0)

    def at(self, step: int) -> None:
        """Report that `step` steps are done."""
        heartbeat = _listener.get()
        if heartbeat is not None:
            seconds = max(time.monotonic() - self._started_at, 1e-6)
            heartbeat(Progress(self._name, step, self._target, step / seconds))
