"""Whole studies on a toy objective: interrupted, repeated and extended commands."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from in_process import Command, story
from optuna.trial import TrialState

from xlt.search import events
from xlt.search.cli.display import format_event
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import runner
from xlt.search.report.facts import read
from xlt.search.report.outcome import outcome
from xlt.search.report.page import study_sections
from xlt.search.storage.keys import BUDGET_ELAPSED
from xlt.search.suggest.proposer import NOT_WORTH


def test_n_trials_is_the_total_of_all_commands(command: Command) -> None:
    """A repeated command trains nothing; a larger number trains the difference."""
    command("search.n_trials=4")
    before = command.done()
    assert len(command("search.n_trials=4").results_by_config()) == 4
    assert command.done() == before
    assert len(command("search.n_trials=6").results_by_config()) == 6


def test_studies_with_one_seed_are_equal(toy_log: Path, tmp_path: Path) -> None:
    """With one worker: the same configurations, scores and states, bit for bit."""
    one, two = (story(Command(tmp_path / name)("search.n_trials=14")) for name in "ab")
    assert one == two


@pytest.mark.parametrize(
    ("sampler", "pruner"), [("auto", "asha"), ("tpe", "asha"), ("qmc", "asha-stop")]
)
def test_an_interrupted_study_ends_like_an_uninterrupted_one(
    toy_log: Path, tmp_path: Path, sampler: str, pruner: str
) -> None:
    """Only the job of each interruption may be trained twice."""
    enqueued = "search.enqueue=[{ dropout = 0.2 }, { num_layers = 3 }]"
    algorithms = (f"search.sampler={sampler}", f"search.pruner={pruner}")
    overrides = ("search.n_trials=13", *algorithms, enqueued)
    expected = story(Command(tmp_path / "a", overrides=overrides)())
    toy_log.unlink()
    command = Command(tmp_path / "b", overrides=overrides)
    interruptions = (1, 3, 10)
    for n_started in interruptions:
        command.stop_at, command.seen = (events.TrialStarted, n_started), []
        with pytest.raises(Interrupted):
            command()
        command.stop.clear()
    command.stop_at = None
    store = command()
    assert story(store) == expected
    failed = [t for t in store.study.trials if t.state == TrialState.FAIL]
    reasons = {trial.user_attrs["end_reason"] for trial in failed}
    assert {"interrupted"} <= reasons <= {"interrupted", NOT_WORTH}
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))
    assert len(command.done()) - len(set(command.done())) <= len(interruptions)


def test_the_report_is_left_out_where_the_deadline_leaves_no_time(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice has the command that writes it."""
    overrides = ("search.n_trials=3", "proof.seeds=0", "budget.time_limit=50m")
    with monkeypatch.context() as patched:
        patched.setattr(runner, "REPORT_SECONDS", 3600.0)
        command(*overrides, final=True)
    assert any("xlt-search report league" in text for text in command.notices())
    assert not (command.folder / "league" / "report.html").exists()
    assert (command.folder / "league" / "best.toml").exists()
    command(*overrides, final=True)
    assert (command.folder / "league" / "report.html").exists()


def record(command: Command) -> dict[str, Any]:
    """Everything that a finished command has recorded."""
    store, folder = command.store(), command.folder / "league"
    return {
        "attributes": store.study.user_attrs,
        "trials": story(store),
        "trained": command.done(),
        "export": (folder / "best.toml").read_text(),
        "numbers": [(part.title, part.tables) for part in study_sections(read(store))],
        "outcome": outcome(read(store)),
        "model": (folder / "final" / "model.json").read_text(),
    }


def finished_in_time(command: Command, *overrides: str) -> dict[str, Any]:
    """The record of a command that ended a second before its deadline."""
    store = command(*overrides, "budget.time_limit=50m", final=True)
    store.study.set_user_attr(BUDGET_ELAPSED, 2999.0)
    command.seen.clear()
    return record(command)


@pytest.mark.parametrize(
    ("n_trials", "message"),
    [
        (5, "5 of 5 configurations tried"),
        (2, "5 configurations tried, 2 requested"),
    ],
)
def test_repeating_a_finished_command_changes_no_record(
    command: Command, n_trials: int, message: str
) -> None:
    """Nothing is trained, the test set is not opened, and only what is recorded is shown."""
    before = finished_in_time(command, "search.n_trials=5")
    assert before["attributes"]["provenance"]["command"] == "first"
    command.typed = "second"
    command(f"search.n_trials={n_trials}", "budget.time_limit=50m", final=True)
    assert record(command) == before
    assert command.notices() == command.result().flags
    (test_score,) = command.of(events.TestScore)
    assert not test_score.opened_now
    (opened,) = command.of(events.StudyOpened)
    assert message in (format_event(opened) or "")


def test_a_deleted_model_is_written_again_without_changing_a_record(command: Command) -> None:
    before = finished_in_time(command, "search.n_trials=3")
    shutil.rmtree(command.folder / "league" / "final")
    (command.folder / "league" / "best.toml").unlink()
    command("search.n_trials=3", "budget.time_limit=50m", final=True)
    assert record(command) == before


def test_more_trials_without_time_for_them_do_not_change_the_winner(command: Command) -> None:
    """The test set is not opened again."""
    before = finished_in_time(command, "search.n_trials=5")
    command("search.n_trials=9", "budget.time_limit=50m", final=True)
    after = record(command)
    for name in ("provenance", BUDGET_ELAPSED, "final", "test_accesses", "proof"):
        assert after["attributes"][name] == before["attributes"][name]
    assert after["export"].partition("[study]")[0] == before["export"].partition("[study]")[0]
    assert not any("is too short" in text for text in command.notices())


def test_an_extended_time_limit_is_recorded(command: Command) -> None:
    finished_in_time(command, "search.n_trials=5")
    command("search.n_trials=6", "budget.time_limit=5h", final=True)
    assert read(command.store()).study.budget.time_limit == "5h"
    assert len(command.store().results_by_config()) == 6


def test_repeating_a_final_changes_no_record(command: Command) -> None:
    command("search.n_trials=4")
    for typed in ("second", "third"):
        command.typed = typed
        command.finish()
        if typed == "second":
            before = record(command)
    assert before["attributes"]["provenance"]["command"] == "second"
    assert record(command) == before


def test_repeating_a_search_whose_time_is_up_changes_no_record(command: Command) -> None:
    store = command("search.n_trials=4", "budget.time_limit=50m")
    store.study.set_user_attr(BUDGET_ELAPSED, 2999.0)
    before = store.study.user_attrs
    command.typed = "second"
    command("search.n_trials=4", "budget.time_limit=50m")
    assert command.store().attributes == before
    assert not command.of(events.Notice)
