"""Confirmation: new seeds choose the winner, no run is trained twice, texts match the record."""

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
import toy_objective
from in_process import Command
from toy_objective import luck, quality

from xlt.search import events
from xlt.search.cli.display import open_display
from xlt.search.evidence.record import Confirmation
from xlt.search.execution.jobs import JobResult
from xlt.search.execution.local import LocalExecutor
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import confirm, session
from xlt.search.pipeline.seed_training import SeedTraining, fresh_seeds
from xlt.search.pipeline.session import Session, open_session
from xlt.search.results import export
from xlt.search.results.notebook import as_notebook
from xlt.search.storage.keys import BUDGET_ELAPSED, CONFIRMATION
from xlt.spaces.errors import InputError
from xlt.studies.study import load

# With this seed the search's best configuration is only lucky, and so is the best single run.
SEED = 27
# Quasi-random samples, so that changes of the surrogate do not change the configurations.
TRIALS = ("search.n_trials=9", "search.sampler=qmc", "search.pruner=none", "budget.rungs=[1100]")


def noisy(folder: Path) -> Command:
    """A command with a final on a toy whose scores depend on the seed."""
    overrides = (*TRIALS, f"search.seed={SEED}")
    return Command(folder, toy_objective.build_noisy, overrides, final=True)


@pytest.fixture
def command(toy_log: Path, tmp_path: Path) -> Command:
    return noisy(tmp_path / "runs")


def noisy_score(config: dict[str, Any], seed: int) -> float:
    """The score of the noisy toy by its formula."""
    return quality(config) + 4.0 * luck(config, seed)


def recorded_runs(command: Command) -> list[Any]:
    if not (command.folder / "search.db").exists():
        return []
    runs: list[Any] = command.store().attributes.get(CONFIRMATION, {}).get("runs", [])
    return runs


def opened_session(command: Command) -> AbstractContextManager[Session]:
    study, options = command.study(), command.options()
    return open_session(study, "league", options, command.show, command.stop)


def confirm_some(command: Command, may_start: Callable[[SeedTraining], bool]) -> Confirmation:
    """Confirm a searched study with those runs that may start, without a final."""
    with opened_session(command) as opened:
        confirm.confirm(opened, may_start)
        confirmation = export.current_confirmation(opened.store)
        assert confirmation
        return confirmation


def runs_needed(command: Command) -> list[SeedTraining]:
    with opened_session(command) as opened:
        return confirm.runs_needed(opened)


def test_the_best_mean_wins_and_not_the_best_run(command: Command) -> None:
    """The means are over new seeds. The final trains the winner on the study's own seed."""
    store = command("confirm.top_k=4", "confirm.seeds=3")
    confirmation = command.result()
    assert confirmation.confirmed
    assert confirmation.seeds == fresh_seeds(SEED, 3)
    means, best_runs = {}, {}
    for row in confirmation.candidates:
        scores = [noisy_score(row.configuration, seed) for seed in confirmation.seeds]
        assert [run.score for run in row.runs] == scores
        assert row.mean == pytest.approx(fmean(scores))
        assert row.deviation == pytest.approx(stdev(scores))
        search_score = noisy_score(row.configuration, SEED)
        assert row.optimism == pytest.approx(search_score - fmean(scores))
        means[row.trial], best_runs[row.trial] = fmean(scores), max(scores)
    assert confirmation.ranking == sorted(means, key=lambda trial: -means[trial])
    winner = confirmation.candidate(confirmation.winner)
    assert winner.trial == confirmation.ranking[0]
    assert winner.trial not in (store.ranking()[0].trial, max(best_runs, key=best_runs.__getitem__))

    best = export.build_export(store)
    assert (best.trial, best.seed) == (winner.trial, SEED)
    assert best.configuration == winner.configuration
    assert best.validation[-1].score == noisy_score(best.configuration, SEED)
    (test_score,) = [event.score for event in command.of(events.TestScore)]
    assert test_score == noisy_score(best.configuration, SEED) - 1
    notebook = as_notebook(best)
    assert f"# Confirmed: BLEU {winner.mean:.2f} ± " in notebook
    # The best four and the baseline.
    assert "on 3 new seeds, on which it was chosen from 5 configurations." in notebook
    # The toy tests with a measure that it calls "score".
    assert f"# Test set: score {test_score:.2f} at step 1,100." in notebook


def test_all_texts_say_that_the_new_seeds_chose_the_winner(command: Command) -> None:
    command("confirm.seeds=2")
    confirmation = command.result()
    report = (command.folder / "league" / export.REPORT).read_text(encoding="utf-8")
    notebook = as_notebook(export.build_export(command.store()))
    assert len(confirmation.ranking) > 1
    for text in (notebook, report, str(confirmation)):
        assert "not chosen on" not in text
        assert "nothing was chosen on" not in text
    assert "These runs also selected the winner" in report
    single = confirmation.model_copy(update={"ranking": confirmation.ranking[:1]})
    assert single.seeds_text == "2 new seeds"


def test_the_baseline_is_confirmed_as_well(command: Command) -> None:
    """It comes last, unless it is among the best."""
    command("confirm.top_k=2", "confirm.seeds=1")
    candidates = command.result().candidates
    assert [candidate.baseline for candidate in candidates] == [False, False, True]
    assert candidates[-1].configuration == command.study().space.baseline_config
    command("confirm.top_k=9", "confirm.seeds=1")
    candidates = command.result().candidates
    assert len(candidates) == 9
    assert sum(candidate.baseline for candidate in candidates) == 1


def test_an_interrupted_confirmation_resumes(toy_log: Path, tmp_path: Path) -> None:
    """It has the same result as an uninterrupted one, bit for bit."""
    uninterrupted, command = noisy(tmp_path / "a"), noisy(tmp_path / "b")
    uninterrupted()
    expected, trained = uninterrupted.result(), set(command.done())
    toy_log.unlink()
    for n_runs in (1, 3, 5):
        command.stop_at = (events.ConfirmationRun, n_runs - len(recorded_runs(command)))
        command.seen.clear()
        with pytest.raises(Interrupted):
            command()
        command.stop.clear()
        assert len(recorded_runs(command)) >= n_runs
        assert not (command.folder / "league/best.toml").exists()
    command.stop_at = None
    command()
    assert command.result() == expected
    assert set(command.done()) == trained
    # A job may finish after the interruption and is then repeated.
    assert len(command.done()) - len(trained) <= 3
    before = command.done()
    command()
    command.finish()
    assert command.done() == before
    assert command.result() == expected


def test_a_run_that_finishes_while_all_are_paused_is_recorded(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other run is started."""

    def wait_for_result(executor: LocalExecutor) -> list[tuple[int, JobResult]]:
        results: list[tuple[int, JobResult]] = []
        while not results:
            results += executor.completed()
        return results

    monkeypatch.setattr(confirm._Confirmation, "_must_stop_now", lambda one: len(one._results) > 0)
    monkeypatch.setattr(LocalExecutor, "pause_all", wait_for_result)
    command(final=False)
    confirmation = confirm_some(command, lambda run: True)
    assert len(recorded_runs(command)) == 2
    assert sum(len(candidate.runs) for candidate in confirmation.candidates) == 2


def test_more_seeds_are_added_to_recorded_runs(command: Command) -> None:
    """The candidates stay the same."""
    command("confirm.seeds=1")
    first = command.result()
    command("confirm.seeds=2")
    second = command.result()
    assert second.seeds[:1] == first.seeds
    assert [row.runs[:1] for row in second.candidates] == [row.runs for row in first.candidates]
    assert len(recorded_runs(command)) == 2 * len(first.candidates)


def test_an_extended_study_is_confirmed_again(command: Command) -> None:
    """Until then it has no confirmation. The candidates of the first one remain candidates."""
    command("search.n_trials=3", "confirm.top_k=1")
    first = command.result()
    store = command("confirm.top_k=1", final=False)
    assert export.current_confirmation(store) is None
    assert export.selected(store).trial == store.ranking()[0].trial
    command("confirm.top_k=1")
    second = command.result()
    assert {row.trial for row in first.candidates} < {row.trial for row in second.candidates}


def test_without_seeds_the_search_score_chooses_the_winner(command: Command) -> None:
    store = command("confirm.seeds=0")
    confirmation = command.result()
    assert not confirmation.confirmed
    assert confirmation.winner == store.ranking()[0].trial
    assert not any(candidate.runs for candidate in confirmation.candidates)
    assert not command.of(events.Confirmed)
    assert {line.split()[-1] for line in command.done() if line.startswith("train")} == {str(SEED)}


def test_a_study_is_confirmed_only_with_its_final(command: Command) -> None:
    command(final=False)
    assert not recorded_runs(command)
    with pytest.raises(InputError, match=r"data: .*called toy .* -> .*called moved"):
        command.finish(source="moved")
    assert not recorded_runs(command)
    command.finish(source="auto")  # which the toy resolves to the same data
    assert command.result().confirmed
    assert load(str(command.folder / "league/study.toml")).data.source == "auto"


def test_a_separate_final_does_not_use_the_time_budget(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the budget is left for the search."""
    monkeypatch.setattr(session, "SAVE_ELAPSED_EVERY_SECONDS", 0.0)
    command("budget.time_limit=50m", final=False)
    elapsed = command.store().attributes[BUDGET_ELAPSED]
    command.finish()
    assert command.result().confirmed
    assert command.store().attributes[BUDGET_ELAPSED] == elapsed > 0


def test_a_configuration_that_diverges_on_new_seeds_loses(toy_log: Path, tmp_path: Path) -> None:
    """Its search score does not matter, and its runs are not repeated."""
    command = Command(tmp_path, toy_objective.build_fragile, TRIALS, final=True)
    store = command()
    assert store.ranking()[0].configuration["d_model"] != 128
    confirmation = command.result()
    assert confirmation.confirmed
    assert confirmation.candidate(confirmation.winner).configuration["d_model"] == 128
    last = confirmation.candidate(confirmation.ranking[-1])
    assert {run.score for run in last.runs} == {None}
    assert all("the loss is not finite" in (run.reason or "") for run in last.runs)
    text = f"confirmed: trial {last.trial}: 2 of 2 runs failed or diverged"
    assert text in str(confirmation)
    assert any(event.reason for event in command.of(events.ConfirmationRun))
    before = command.done()
    command()
    assert command.done() == before


def test_runs_that_do_not_fit_into_the_time_are_left_out(command: Command) -> None:
    """The record lists them, and candidates are compared on common seeds only."""
    store = command(final=False)
    empty = confirm_some(command, lambda run: False)
    assert not empty.confirmed
    assert empty.winner == store.ranking()[0].trial
    assert len(empty.left_out) == 8
    assert not empty.seeds

    needed = runs_needed(command)
    assert [run.name for run in needed] == empty.left_out
    assert {run.step for run in needed} == {1100}
    assert needed[-1].configuration == command.study().space.baseline_config
    assert all(one.seed != two.seed for one, two in pairwise(needed))

    partial = confirm_some(command, lambda run: run in needed[:3])
    assert partial.confirmed
    assert partial.seeds == fresh_seeds(SEED, 2)[:1]  # the second configuration has no other
    assert set(partial.ranking) == {run.trial for run in needed[:3]}
    assert partial.left_out == [run.name for run in needed[3:]]

    complete = confirm_some(command, lambda run: True)
    assert not complete.left_out
    assert len(complete.ranking) == 4
    assert len([line for line in command.done() if f"seed {SEED}" not in line]) == 2 * 8


def test_a_run_without_checkpoint_is_repeated_if_there_is_time(command: Command) -> None:
    """Without its sentences, a comparison uses the recorded scores only, and a notice says so."""
    command(final=False)
    needed = runs_needed(command)
    confirm_some(command, lambda run: run in needed[:3])
    shutil.rmtree(command.folder / "checkpoints")
    before = len(command.done())

    first = confirm_some(command, lambda run: run in needed[3:])

    assert len(command.done()) - before == 2 * len(needed[3:])
    assert not first.left_out
    assert first.confirmed
    assert any("not compared sentence by sentence" in text for text in command.notices())

    second = confirm_some(command, lambda run: True)

    tests = [comparison.sentences for comparison in second.comparisons]
    assert all(len(sentences) == 2 for sentences in tests)
    assert tests != [comparison.sentences for comparison in first.comparisons]
    before = len(command.done())
    assert confirm_some(command, lambda run: False) == second
    assert len(command.done()) == before


@pytest.mark.parametrize("started", [False, True])
def test_confirmation_leaves_the_time_of_the_final(
    started: bool, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs for which there is no time are not started, or paused if they were."""
    store = command("budget.time_limit=2h", final=False)
    monkeypatch.setattr("xlt.search.budget.time_plan.TimePlan.can_start", lambda *_: started)
    monkeypatch.setattr("xlt.search.budget.time_plan.TimePlan.must_stop", lambda *_: True)
    # Slow enough that a run is never finished before it is paused.
    command("budget.time_limit=2h", build=toy_objective.build_slow)
    confirmation = command.result()
    assert not confirmation.confirmed
    assert confirmation.winner == store.ranking()[0].trial
    assert len(confirmation.left_out) == 8
    assert any("confirmation stops here" in text for text in command.notices()) == started
    assert command.of(events.TestScore)


def test_a_confirmation_is_shown_as_text_or_json(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """The JSON has no sentences. With `--quiet` nothing is shown."""
    command()
    confirmation = command.result()
    for as_json in (False, True):
        with open_display(as_json=as_json, quiet=False) as show:
            for event in command.seen:
                show(event)
    lines = capsys.readouterr().out.splitlines()
    heading = f"confirmation: {len(confirmation.candidates)} configurations on 2 new seeds, "
    assert heading in str(lines)
    assert f"confirmed: trial {confirmation.winner}" in str(lines)
    json_lines = [line for line in lines if line.startswith("{")]
    shown = [json.loads(line) for line in json_lines]
    (record,) = (event["record"] for event in shown if event["event"] == "Confirmed")
    assert Confirmation.model_validate(record) == confirmation
    assert max(map(len, json_lines)) < 10_000
    with open_display(as_json=False, quiet=True) as show:
        for event in command.of(events.Confirmed) + command.of(events.ConfirmationRun):
            show(event)
    assert not capsys.readouterr().out
