"""The final run of a study on a toy objective."""

import json

import optuna
import pytest
import toy_objective
from in_process import Command
from toy_objective import quality

from xlt.search import events
from xlt.search.pipeline import runner
from xlt.search.results import export
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
