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
        work: What it does. An error that it does not catch is shown as a notice.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._name, self._work = name, work
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the search goes on
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            self.notify(f"{self._name} failed ({reason}); it is not continued")

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
