"""What a command needs before it can work on a study."""

import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import toy_objective

from xlt.search.cli.option_groups import RunOptions
from xlt.search.execution.executor import Executor
from xlt.search.pipeline import session
from xlt.search.pipeline.session import Options, open_session
from xlt.studies.study import load


def test_what_comes_before_the_study_is_read_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The budget of time covers data that have to be fetched first, however long that takes."""
    start, fetching = session.start_executor, 2.0

    def fetched(*arguments: Any) -> Executor:
        time.sleep(fetching)
        return start(*arguments)

    monkeypatch.setattr(session, "start_executor", fetched)
    options = Options(runs=tmp_path, device="cpu", workers=1, objective_factory=toy_objective.build)
    study = load("league", ["data.source=toy"])
    called = time.monotonic()
    with open_session(study, "league", options, lambda _: None, threading.Event()) as found:
        assert found.plan is not None
        spent = found.plan.deadline.elapsed
        # What this process did before the call does not count.
        assert fetching <= spent <= time.monotonic() - called


def test_a_commands_budget_counts_from_the_start_of_its_process(tmp_path: Path) -> None:
    """Importing took time as well: up to a minute of it counts."""
    options = RunOptions(runs=tmp_path).resolve()

    age = time.time() - psutil.Process().create_time()
    assert options.started is not None
    assert time.monotonic() - options.started == pytest.approx(min(age, 60), abs=0.5)
