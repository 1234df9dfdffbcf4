"""The final run of a study on a toy objective."""

import json
import math
import shutil
import threading

import optuna
import pytest
import toy_objective
from in_process import Command
from toy_objective import quality

from xlt.objectives.objective import Configuration
from xlt.search import events
from xlt.search.budget.time_plan import TimePlan
from xlt.search.pipeline import runner
from xlt.search.pipeline.reproduce import reproduce
from xlt.search.results import export
from xlt.search.results.export import read_export
from xlt.spaces.errors import InputError
from xlt.studies.study import load


def test_the_final_opens_the_test_set_once(command: Command) -> None:
    """A repeated final shows the recorded score."""
    store = command("search.n_trials=5", final=True)
    best = export.selected(store)
    expected = quality(best.configuration) - 1
    assert [event.score for event in command.of(events.TestScore)] == [expected]
    assert command.done().count("test") == 1
    model = json.loads((command.folder / "league" / "final" / "model.json").read_text())
    assert model == {**best.configuration, "step": 1100, "seed": 42}
    command.finish()
    assert [event.score for event in command.of(events.TestScore)] == [expected] * 2
    assert command.done().count("test") == 1
    accesses = command.store().attributes["test_accesses"]
    assert [access["trial"] for access in accesses] == [best.trial]


@pytest.mark.parametrize("is_lost", [False, True])
def test_without_time_for_a_final_run_the_best_model_of_the_proof_is_used(
    command: Command, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    """Its seed is recorded, and `reproduce` gets the same scores. A lost model is trained again."""
    seconds = TimePlan.seconds_to_finish

    def seconds_to_finish(plan: TimePlan, config: Configuration, step: int) -> float:
        return math.inf if step == plan.last_rung else seconds(plan, config, step)

    def delete(event: events.Event) -> None:
        command.show(event)
        if is_lost and isinstance(event, events.FinalStarted):
            for path in (command.folder / "checkpoints").glob("*-1100*"):
                shutil.rmtree(path)

    monkeypatch.setattr(TimePlan, "seconds_to_finish", seconds_to_finish)
    study, options = command.study("search.n_trials=5"), command.options()
    runner.run_study(study, "league", options, delete, command.stop, with_final=True)
    text = "not enough for a full run on the study's own seed"
    assert sum(text in notice for notice in command.notices()) == 1
    proof, exported = command.result(), read_export(command.folder / "league/best.toml")
    runs = {run.seed: run.score or 0.0 for run in proof.candidate(proof.winner).runs}
    assert 42 not in runs
    assert exported.validation[-1].score == runs[exported.seed] == max(runs.values())
    model = json.loads((command.folder / "league/final/model.json").read_text())
    assert model == {**exported.configuration, "step": 1100, "seed": exported.seed}
    again: list[events.Event] = []
    file = command.folder / "league/best.toml"
    reproduce(file, command.options(), again.append, threading.Event())
    assert any(isinstance(event, events.Reproduced) for event in again)


def test_the_final_resumes_from_a_checkpoint_that_a_small_cache_kept(command: Command) -> None:
    """The checkpoints of leading configurations are not deleted."""
    command.cache_size = 9 * 10**6  # four checkpoints
    store = command(
        "search.n_trials=8",
        "search.sampler=random",
        "search.pruner=none",
        "search.enqueue=[{ d_model = 256, dropout = 0.1, learning_rate = 1e-6 }]",
        "budget.rungs=[1100]",
        "proof.seeds=0",
        build=toy_objective.build_large,
        final=True,
    )
    best = export.selected(store)
    assert best.trial == 1
    config = json.dumps(dict(best.configuration), sort_keys=True)
    trained = [line for line in command.done() if line.startswith(f"train {config} ")]
    assert [line.split()[-3] for line in trained] == ["600", "1100"]


def test_the_final_of_a_missing_study_is_refused(command: Command) -> None:
    with pytest.raises(InputError, match="no study 'league'"):
        command.finish()


def test_the_final_of_a_study_that_was_copied_or_renamed_needs_no_study_file(
    command: Command,
) -> None:
    """Everything that it needs is in the database."""
    store = command("search.n_trials=4", "space.num_layers=2")
    storage = store.study._storage
    optuna.copy_study(
        from_study_name="league", from_storage=storage, to_storage=storage, to_study_name="copy"
    )
    exports = []
    for name in ("league", "copy"):
        runner.finish_study(name, command.options(), command.show, command.stop)
        exports.append(export.read_export(command.folder / name / "best.toml"))
    one, two = exports
    assert (one.configuration, one.test) == (two.configuration, two.test)
    written = load(str(command.folder / "copy" / "study.toml"))
    assert written.space == command.study("space.num_layers=2").space
