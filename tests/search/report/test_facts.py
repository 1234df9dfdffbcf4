"""The facts of a study agree with its trials."""

import threading
from pathlib import Path
from typing import Any

from records import searched

from xlt.search.report.facts import read
from xlt.search.storage.studies import load_store


def test_the_search_time_excludes_time_between_commands(tmp_path: Path) -> None:
    """Nothing is trained between two commands."""
    runs = tmp_path / "runs"
    searched(runs, "search.n_trials=2", final=False)
    first = read(load_store(None, runs, "league")).minutes
    threading.Event().wait(1.5)
    facts = read(searched(runs, "search.n_trials=4", final=False))
    trials: list[Any] = load_store(None, runs, "league").study.trials
    spans = [(trial.datetime_start, trial.datetime_complete) for trial in trials]
    whole = max(end for _, end in spans) - min(start for start, _ in spans)
    assert first < facts.minutes < whole.total_seconds() / 60 - 1.4 / 60
    assert [point.minutes for point in facts.points] == sorted(p.minutes for p in facts.points)
