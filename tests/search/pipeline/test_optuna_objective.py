"""A study as the objective of an Optuna script."""

from pathlib import Path
from typing import Any

import optuna
import pytest
import toy_ner
import toy_objective
from optuna.trial import TrialState
from samples import write_corpus
from toy_objective import quality

from xlt.search.pipeline.options import Options
from xlt.search.pipeline.optuna_objective import as_optuna_objective
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


def test_a_diverged_trial_is_pruned(tmp_path: Path) -> None:
    study = load("league", ["data.source=toy", "space.d_model=256"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build_diverging)
    mine = optuna.create_study(direction="maximize", sampler=make_sampler("random", 1))
    mine.optimize(as_optuna_objective(study, options), n_trials=2)
    assert {trial.state for trial in mine.trials} == {TrialState.PRUNED}


@pytest.mark.parametrize(
    "directions", [None, ["minimize"], ["maximize", "maximize"], ["maximize", "minimize"]]
)
def test_a_study_that_does_not_maximize_one_score_is_refused_before_training(
    tmp_path: Path, directions: Any
) -> None:
    """`open_store()` minimizes by default."""
    study = load("league", ["data.source=toy"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build)
    mine = optuna.create_study(study_name="mine", directions=directions)
    expected = ", ".join(directions or ["minimize"])
    with pytest.raises(InputError, match=f'study mine: its direction is "{expected}", .*maximize'):
        mine.optimize(as_optuna_objective(study, options), n_trials=3)
    (trial,) = mine.trials
    assert trial.state == TrialState.FAIL
    assert not trial.params


def test_the_direction_of_a_trial_of_ask_is_checked(tmp_path: Path) -> None:
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
    trials: list[Any] = [mine.best_trial, optuna.trial.FixedTrial(mine.best_params)]
    for trial in trials:
        assert objective(trial) == mine.best_value


def warnings_of(*args: Any, **kwargs: Any) -> list[str]:
    """The warnings of `as_optuna_objective`, which must name the file of the caller."""
    with pytest.warns(UserWarning, match=".") as caught:
        as_optuna_objective(*args, **kwargs)
    assert {warning.filename for warning in caught} == {__file__}
    return [str(warning.message) for warning in caught]


def test_synthetic_data_cause_a_warning(tmp_path: Path) -> None:
    study = load("league", ["data.source=synthetic"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build)
    (message,) = warnings_of(study, options)
    assert message.startswith("SYNTHETIC DATA: these scores say nothing about real data")


def test_every_notice_causes_a_warning(tmp_path: Path) -> None:
    options = Options(runs=tmp_path, objective_factory=toy_ner.build)
    messages = warnings_of(load("ner-full", ["data.source=toy"]), options)
    assert messages[1:] == ["a notice"]


def test_data_overrides_the_data_of_the_study(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    """Each trial names the data."""
    study = load("league", ["data.source=synthetic"])
    options = Options(runs=tmp_path, objective_factory=toy_objective.build)
    objective = as_optuna_objective(study, options, data="toy")
    assert not recwarn.list
    mine = optuna.create_study(direction="maximize", sampler=make_sampler("random", 1))
    mine.optimize(objective, n_trials=1)
    data = mine.trials[0].user_attrs["data"]
    assert (data["source"], data["synthetic"]) == ("toy", False)
    assert len(data["fingerprint"]) == 64


def test_data_may_be_a_folder(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "corpus")
    messages = warnings_of(load("league"), Options(runs=tmp_path), data=folder)
    assert not any("SYNTHETIC" in message for message in messages)
    assert any("captions/train: 64 pairs where the protocol" in message for message in messages)
    with pytest.raises(InputError, match="nowhere: no such folder"):
        as_optuna_objective(load("league"), data=tmp_path / "nowhere")


def test_an_altered_checkpoint_causes_a_warning(tmp_path: Path) -> None:
    study = load("league", ["data.source=toy"])
    objective = as_optuna_objective(
        study, Options(runs=tmp_path, objective_factory=toy_objective.build)
    )
    mine = optuna.create_study(direction="maximize", sampler=make_sampler("random", 1))
    mine.optimize(objective, n_trials=1)
    for node in (tmp_path / "checkpoints").glob("*/node.json"):
        node.write_text("{}")
    mine.enqueue_trial(mine.best_params)
    with pytest.warns(UserWarning, match="it was deleted, and its steps are trained again"):
        mine.optimize(objective, n_trials=1)
    assert mine.trials[1].value == mine.trials[0].value
