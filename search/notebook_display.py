"""The display of a search in a notebook: one output that is replaced, not thousands of lines."""

import io
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from rich.console import Console, RenderableType

from xlt.search.cli.display import LiveText
from xlt.search.events import EventSink

# Lines of finished work that stay visible, seconds between two updates, characters of a line.
LINES = 15
UPDATE_SECONDS = 0.5
WIDTH = 160


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


@contextmanager
def open_notebook_display() -> Iterator[EventSink]:
    """Open a display below the current cell.

    Yields:
        The function that shows an event.
    """
    output = _Output()
    try:
        yield LiveText(output.write, output.update).show
    finally:
        output.finish()


class _Output:
    """The last lines, and below them what is running, as one output of a cell."""

    def __init__(self) -> None:
        from IPython.display import display  # notebooks alone have it

        self._lines: deque[str] = deque(maxlen=LINES)
        self._running: RenderableType = ""
        self._updated_at = -UPDATE_SECONDS  # on the monotonic clock
        self._handle: Any = display(self._html(), display_id=True)

    def write(self, text: str) -> None:
        self._lines.extend(text.splitlines())

    def update(self, running: RenderableType) -> None:
        self._running = running
        if time.monotonic() - self._updated_at >= UPDATE_SECONDS:
            self._updated_at = time.monotonic()
            self._handle.update(self._html())

    def finish(self) -> None:
        """Show the last lines; nothing runs any more."""
        self._running = ""
        self._handle.update(self._html())

    def _html(self) -> Any:
        from IPython.display import HTML

        text = io.StringIO()
        Console(file=text, width=WIDTH, force_jupyter=False).print(self._running)
        lines = "\n".join((*self._lines, "", text.getvalue().rstrip()))
        return HTML(f'<pre style="white-space: pre-wrap">{escape(lines)}</pre>')
