"""The display in a notebook: one output, which is replaced."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from xlt.objectives.objective import Evaluation, Progress
from xlt.search import events, notebook_display


class Handle:
    """What `IPython.display.display` returns: an output that can be replaced."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def update(self, html: Any) -> None:
        self.shown.append(html.data)


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """The output of a cell, of an IPython that is not there."""
    handle = Handle()
    module: Any = ModuleType("IPython.display")
    module.HTML = lambda data: SimpleNamespace(data=data)
    module.display = lambda html, display_id: handle
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return handle


def test_the_output_has_the_last_lines_and_what_runs(
    handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred trials are not a hundred lines; what is finished stays at the end."""
    monkeypatch.setattr(notebook_display, "UPDATE_SECONDS", 0.0)
    with notebook_display.open_notebook_display() as show:
        show(events.StudyOpened("mine", 0, 100, 2, None))
        for trial in range(100):
            show(events.JobProgress(f"trial {trial}", Progress("A", 1, 9, 5.0)))
            if trial == 50:
                assert "trial 50  stage A  step 1 of 9" in handle.shown[-1]
                assert "50 of 100 configurations tried" in handle.shown[-1]
            show(events.TrialEvaluated(trial, Evaluation(9, float(trial), {})))
            reason = "paused <here>"
            show(events.TrialFinished(trial, "PRUNED", reason, trial + 1, 0, None))
    last = handle.shown[-1]
    assert last.count("trial ") == notebook_display.LINES
    assert "trial 99: paused &lt;here&gt;" in last
    assert "stage A" not in last


def test_updates_are_limited(handle: Handle, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's page stores every one."""
    monkeypatch.setattr(notebook_display, "UPDATE_SECONDS", 3600.0)
    with notebook_display.open_notebook_display() as show:
        for step in range(1000):
            show(events.JobProgress("trial 0", Progress("A", step, 1000, 5.0)))
    assert len(handle.shown) <= 2


def test_this_process_is_no_notebook() -> None:
    assert not notebook_display.in_notebook()
