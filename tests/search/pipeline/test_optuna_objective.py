"""A study inside somebody's own Optuna script."""

from pathlib import Path
from typing import Any

import optuna
import pytest
import toy_ner
import toy_objective
from optuna.trial import TrialState
from samples import write_corpus
from toy_objective import quality

from xlt.search.pipeline.optuna_objective import as_optuna_objective
from xlt.search.pipeline.session import Options
from xlt.search.scheduling.pruners import make_pruner
from xlt.search.suggest.distributions import enqueue_config
from xlt.search.suggest.samplers import make_sampler
from xlt.spaces.errors import InputError
from xlt.studies.study import load


def test_optimize_reports_and_prunes(tmp_path: Path) -> None:
    """`optimize` sees scores at the rungs, prunes there, and returns the last score."""
    study = load("league", ["data.source=toy"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build)
    rungs = study.budget.rungs
    mine = optuna.create_study(
        direction="maximize",
        sampler=make_sampler("tpe", 1),
        pruner=make_pruner("asha-stop", rungs),
    )
    enqueue_config(mine, study.space, study.space.baseline_config)
    mine.optimize(as_optuna_objective(study, options), n_trials=15)
    assert mine.trials[0].user_attrs["configuration"] == study.space.baseline
    assert {trial.state for trial in mine.trials} == {TrialState.COMPLETE, TrialState.PRUNED}
    for trial in mine.trials:
        config = trial.user_attrs["configuration"]
        expected = {step: quality(config, step) for step in trial.intermediate_values}
        assert trial.intermediate_values == expected


def test_diverged_is_pruned(tmp_path: Path) -> None:
    """A run that leaves the numbers ends as a pruned trial, not as an error."""
    study = load("league", ["data.source=toy", "space.d_model=256"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build_diverging)
    mine = optuna.create_study(direction="maximize", sampler=make_sampler("random", 1))
    mine.optimize(as_optuna_objective(study, options), n_trials=2)
    assert {trial.state for trial in mine.trials} == {TrialState.PRUNED}


@pytest.mark.parametrize(
    "directions", [None, ["minimize"], ["maximize", "maximize"], ["maximize", "minimize"]]
)
def test_a_study_that_minimises_is_refused_before_anything_is_trained(
    tmp_path: Path, directions: Any
) -> None:
    """As one of `create_study()` without a direction does, and one of several scores."""
    study = load("league", ["data.source=toy"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build)
    mine = optuna.create_study(study_name="mine", directions=directions)
    expected = ", ".join(directions or ["minimize"])
    with pytest.raises(InputError, match=f'study mine: its direction is "{expected}", .*maximize'):
        mine.optimize(as_optuna_objective(study, options), n_trials=3)
    (trial,) = mine.trials
    assert trial.state == TrialState.FAIL
    assert not trial.params


def test_a_trial_that_is_asked_for_by_hand_is_refused_as_well(tmp_path: Path) -> None:
    study = load("league", ["data.source=toy"])
    objective = as_optuna_objective(
        study, Options(runs=tmp_path, objective_factory=toy_objective.build)
    )
    with pytest.raises(InputError, match="direction"):
        objective(optuna.create_study().ask())
    assert objective(optuna.create_study(direction="maximize").ask()) > 0


def test_the_best_trial_and_a_fixed_one_can_be_evaluated_again(tmp_path: Path) -> None:
    study = load("league", ["data.source=toy"])
    objective = as_optuna_objective(
        study, Options(runs=tmp_path, objective_factory=toy_objective.build)
    )
    mine = optuna.create_study(direction="maximize", sampler=make_sampler("random", 1))
    mine.optimize(objective, n_trials=2)
    again: list[Any] = [mine.best_trial, optuna.trial.FixedTrial(mine.best_params)]
    for trial in again:
        assert objective(trial) == mine.best_value


# Data.


def warned(*arguments: Any, **more: Any) -> list[str]:
    """By the making of an objective; each warning names this file, not the library's."""
    with pytest.warns(UserWarning, match=".") as caught:
        as_optuna_objective(*arguments, **more)
    assert {warning.filename for warning in caught} == {__file__}
    return [str(warning.message) for warning in caught]


def test_a_script_on_synthetic_data_is_warned_as_the_command_warns(tmp_path: Path) -> None:
    study = load("league", ["data.source=synthetic"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build)
    (message,) = warned(study, options)
    assert message.startswith("SYNTHETIC DATA: these scores say nothing about real data")


def test_a_script_is_warned_of_every_notice(tmp_path: Path) -> None:
    options = Options(runs=tmp_path, objective_factory=toy_ner.build)
    messages = warned(load("ner-full", ["data.source=toy"]), options)
    assert messages[1:] == ["a notice"]


def test_a_script_can_say_which_data(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """They count for more than the study's own, and each trial names them."""
    study = load("league", ["data.source=synthetic"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build)
    objective = as_optuna_objective(study, options, data="toy")
    assert not recwarn.list
    mine = optuna.create_study(direction="maximize", sampler=make_sampler("random", 1))
    mine.optimize(objective, n_trials=1)
    data = mine.trials[0].user_attrs["data"]
    assert (data["source"], data["synthetic"]) == ("toy", False)
    assert len(data["fingerprint"]) == 64


def test_a_script_reads_a_folder_of_its_own(tmp_path: Path) -> None:
    """With nothing replaced, from the path as an object."""
    folder = write_corpus(tmp_path / "corpus")
    messages = warned(load("league"), Options(runs=tmp_path), data=folder)
    assert not any("SYNTHETIC" in message for message in messages)
    assert any("captions/train: 64 pairs where the protocol" in message for message in messages)
    with pytest.raises(InputError, match="nowhere: no such folder"):
        as_optuna_objective(load("league"), data=tmp_path / "nowhere")


def test_a_script_is_warned_of_a_checkpoint_that_was_altered(tmp_path: Path) -> None:
    study = load("league", ["data.source=toy"])
    objective = as_optuna_objective(
        study, Options(runs=tmp_path, objective_factory=toy_objective.build)
    )
    mine = optuna.create_study(direction="maximize", sampler=make_sampler("random", 1))
    mine.optimize(objective, n_trials=1)
    for node in (tmp_path / "checkpoints").glob("*/node.json"):
        node.write_text("{}")
    mine.enqueue_trial(mine.best_params)
    with pytest.warns(UserWarning, match="it was dropped and is trained again"):
        mine.optimize(objective, n_trials=1)
    assert mine.trials[1].value == mine.trials[0].value
