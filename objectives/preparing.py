"""Progress of what is done once before anything is trained, such as pre-training an encoder.

It is deep below the objective's constructor, so whoever wants to hear of it says so around the call.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from xlt.objectives.objective import Heartbeat, Progress

_listener: ContextVar[Heartbeat | None] = ContextVar("listener", default=None)


@contextmanager
def listening(heartbeat: Heartbeat) -> Iterator[None]:
    """Send what is told inside the block to `heartbeat`."""
    token = _listener.set(heartbeat)
    try:
        yield
    finally:
        _listener.reset(token)


class Preparation:
    """One piece of work: `what` it is, in `target` steps; 0 if nobody counts them."""

    def __init__(self, what: str, target: int = 0) -> None:
        self._what, self._target, self._begun = what, target, time.monotonic()
        self.at(0)

    def at(self, step: int) -> None:
        """Tell whoever listens that so many steps are done."""
        heartbeat = _listener.get()
        if heartbeat is not None:
            seconds = max(time.monotonic() - self._begun, 1e-6)
            heartbeat(Progress(self._what, step, self._target, step / seconds))
