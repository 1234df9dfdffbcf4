"""A thread beside the search, which can neither end it nor keep it waiting for long."""

import queue
import threading
from collections.abc import Callable

from xlt.search import events

# At the end, the thread is waited for this long without a notice.
QUIET_SECONDS = 3.0


class Background:
    """One thread, and the notices that it has for people.

    Args:
        name: Of the thread.
        work: What it does. It must catch its errors.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name=name, daemon=True)
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self) -> None:
        self._thread.start()

    def notify(self, text: str) -> None:
        """Leave a notice. The thread calls this."""
        self._notices.put(text)

    def show_notices(self, display: events.EventSink) -> None:
        """Show the notices since the last call."""
        while not self._notices.empty():
            display(events.Notice(self._notices.get()))

    def finish(
        self, display: events.EventSink, seconds: float, waiting: str, unfinished: str
    ) -> None:
        """Wait until the thread has ended, but not for ever.

        Args:
            display: Receives the notices.
            seconds: How long to wait at most.
            waiting: The notice if it takes longer than a moment.
            unfinished: The notice if it does not end in time.
        """
        self._thread.join(min(QUIET_SECONDS, seconds))
        if self._thread.is_alive():
            display(events.Notice(waiting))
            self._thread.join(max(0.0, seconds - QUIET_SECONDS))
        self.show_notices(display)
        if self._thread.is_alive():
            display(events.Notice(unfinished))
