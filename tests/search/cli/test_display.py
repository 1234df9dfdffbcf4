"""The display: events as lines; progress as a table on a terminal, and rarely elsewhere."""

import time
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from rich.live import Live

from xlt.objectives.objective import Configuration, Evaluation, Progress
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.cli import display
from xlt.search.storage.store import RankedConfig
from xlt.search.wording import SYNTHETIC_WARNING, format_config

CONFIG: Configuration = {"d_model": 256, "learning_rate": 0.00012345, "lr_scheduler_type": "cosine"}
SCORES = {"step": 1100, "metric": "BLEU", "score": 30.5, "metrics": {}}
BEST = RankedConfig(3, CONFIG, True, 1100, 30.5, (SCORES,))
STORY: list[events.Event] = [
    events.DataLoaded("synthetic", "made up", "f" * 64, synthetic=True),
    events.StudyOpened("league", 3, 40, 2, BEST, 90.0, 600.0),
    events.TrialStarted(4, CONFIG),
    events.JobProgress("trial 4", Progress("A", 10, 300, 5000.0)),
    events.JobProgress("trial 4", Progress("A", 20, 300, 5000.0)),
    events.TrialEvaluated(4, Evaluation(300, 31.25, {})),
    events.TrialFinished(4, "PRUNED", "pruned at step 300 by median", 4, 2, BEST),
]


def test_live_display_shows_the_best_and_the_running_trials() -> None:
    """Stage, step, speed and time left of a running trial, below the best configuration."""
    console = Console(file=StringIO(), force_terminal=True, width=100)
    live = Live(console=console, auto_refresh=False)
    show = display.LiveText(lambda text: console.print(text), live.update)
    for event in STORY[:5]:
        show.show(event)
    with console.capture() as capture:
        console.print(live.renderable)
    picture = capture.get()
    assert "3 of 40 configurations tried; best BLEU 30.50 at step 1100 (trial 3)" in picture
    assert "time budget: 1 min 30 s used, 8 min 30 s left" in picture
    assert "d_model=256 learning_rate=0.000123 lr_scheduler_type=cosine" in picture
    for part in ("trial 4", "stage A", "step 20 of 300", "5,000 tokens/s", "left"):
        assert part in picture


def test_plain_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every event is a line; progress rarely."""
    monkeypatch.setattr(display, "PLAIN_SECONDS", 3600.0)
    with display.open_display(as_json=False, quiet=False) as show:
        for event in STORY:
            show(event)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "data: synthetic: made up (fingerprint ffffffffffff)"
    assert SYNTHETIC_WARNING in lines[1]
    assert lines[2].startswith(
        "study league: 3 of 40 configurations tried; 2 workers; best BLEU 30"
    )
    assert lines[3] == f"trial 4: {format_config(CONFIG)}"
    assert lines[4] == "trial 4: score 31.25 at step 300"
    assert lines[5].startswith(
        "trial 4: pruned at step 300 by median; 4 tried, 2 of them paused; best BLEU 30.5"
    )
    assert len(lines) == 6


def test_plain_progress(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while without other events the progress of a running trial is a line."""
    monkeypatch.setattr(display, "PLAIN_SECONDS", 0.0)
    with display.open_display(as_json=False, quiet=False) as show:
        show(events.JobProgress("trial 4", Progress("decode", 100, 1014, 50.0)))
    line = capsys.readouterr().out
    assert line.startswith("trial 4: stage decode sentence 100 of 1014 50 sentences/s")


def test_time_left_is_measured_anew_for_the_next_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is measured from the start of a stage; the same stage starts once per language."""
    monkeypatch.setattr(display, "PLAIN_SECONDS", 0.0)
    now = iter(range(0, 1000, 10))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))
    with display.open_display(as_json=False, quiet=False) as show:
        for sentence in (100, 900, 100, 500):
            show(events.JobProgress("trial 4", Progress("decode", sentence, 1000, 50.0)))
    last = capsys.readouterr().out.splitlines()[-1]
    assert float(last.split()[-2].partition(":")[0]) < 1  # 400 in 20 seconds: 25 to go


def test_preparation_is_shown_at_once_but_not_to_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every stage at once, with its step if it has one. JSON lines start with the data."""
    story: list[events.Event] = [
        events.JobProgress(events.PREPARATION, Progress("starting the first worker", 0, 0, 0.0)),
        events.JobProgress(events.PREPARATION, Progress("pre-training", 0, 600, 0.0)),
        events.JobProgress(events.PREPARATION, Progress("pre-training", 60, 600, 6.0)),
        STORY[0],
    ]
    with display.open_display(as_json=False, quiet=False) as show:
        for event in story:
            show(event)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "preparation: starting the first worker"
    assert lines[1].startswith("preparation: pre-training step 0 of 600")
    assert lines[2].startswith("data: ")
    console = Console(file=StringIO(), force_terminal=True, width=100)
    live = Live(console=console, auto_refresh=False)
    shown = display.LiveText(lambda text: console.print(text), live.update)
    for event in story[:3]:
        shown.show(event)
    with console.capture() as capture:
        console.print(live.renderable)
    assert "pre-training" in capture.get()
    assert "step 60 of 600" in capture.get()
    with display.open_display(as_json=True, quiet=True) as show:
        for event in story:
            show(event)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_score_that_is_not_the_contests_is_remarked_on_its_own_line() -> None:
    """The line that people copy has the remark; without one, it is the bare score."""
    score = events.TestScore(3, {}, 1100, 70.951, "BLEU", {}, opened_now=True)
    assert display.format_event(score) == "FINAL_TEST_BLEU = 70.95"
    note = TASKS["translation-quick"].score_note
    remarked = display.format_event(replace(score, score_note=note))
    assert remarked == "FINAL_TEST_BLEU = 70.95 (quick league, not the contest's)"
