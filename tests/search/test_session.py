"""What a command needs before it can work on a study."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import toy_objective

from xlt.search import session
from xlt.search.engine import Engine
from xlt.search.session import Options, opened
from xlt.studies.study import load


def test_what_comes_before_the_study_is_read_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The budget of time covers data that have to be fetched first, however long that takes."""
    start, fetching = session.start, 2.0

    def fetched(*arguments: Any) -> Engine:
        time.sleep(fetching)
        return start(*arguments)

    monkeypatch.setattr(session, "start", fetched)
    options = Options(runs=tmp_path, device="cpu", workers=1, build=toy_objective.build)
    study = load("league", ["data.source=toy"])
    with opened(study, "league", options, lambda _: None, threading.Event()) as found:
        assert found.plan is not None
        # The age of this process, which ran other tests before, does not count.
        assert fetching <= found.plan.deadline.spent < fetching + 30
