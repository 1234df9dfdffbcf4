"""A study inside somebody's own Optuna script."""

from pathlib import Path
from typing import Any

import optuna
import pytest
import toy_objective
from optuna.trial import TrialState
from toy_objective import worth

from xlt.search.optuna_objective import as_optuna_objective
from xlt.search.pruners import pruner
from xlt.search.samplers import sampler
from xlt.search.session import Options
from xlt.search.suggest import enqueue
from xlt.spaces.errors import InputError
from xlt.studies.study import load


def test_optimize_reports_and_prunes(tmp_path: Path) -> None:
    """`optimize` sees scores at the rungs, prunes there, and returns the last score."""
    study = load("league", ["data.source=toy"])
    options = Options(runs=tmp_path, build=toy_objective.build)
    rungs = study.budget.rungs
    mine = optuna.create_study(
        direction="maximize", sampler=sampler("tpe", 1), pruner=pruner("halving-stop", rungs)
    )
    enqueue(mine, study.space, study.space.start)
    mine.optimize(as_optuna_objective(study, options), n_trials=15)
    assert mine.trials[0].user_attrs["configuration"] == study.space.baseline
    assert {trial.state for trial in mine.trials} == {TrialState.COMPLETE, TrialState.PRUNED}
    for trial in mine.trials:
        config = trial.user_attrs["configuration"]
        expected = {step: worth(config, step) for step in trial.intermediate_values}
        assert trial.intermediate_values == expected


def test_diverged_is_pruned(tmp_path: Path) -> None:
    """A run that leaves the numbers ends as a pruned trial, not as an error."""
    study = load("league", ["data.source=toy", "space.d_model=256"])
    options = Options(runs=tmp_path, build=toy_objective.build_diverging)
    mine = optuna.create_study(direction="maximize", sampler=sampler("random", 1))
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
    options = Options(runs=tmp_path, build=toy_objective.build)
    mine = optuna.create_study(study_name="mine", directions=directions)
    expected = ", ".join(directions or ["minimize"])
    with pytest.raises(InputError, match=f'study mine: its direction is "{expected}", .*maximize'):
        mine.optimize(as_optuna_objective(study, options), n_trials=3)
    (trial,) = mine.trials
    assert trial.state == TrialState.FAIL
    assert not trial.params


def test_a_trial_that_is_asked_for_by_hand_is_refused_as_well(tmp_path: Path) -> None:
    study = load("league", ["data.source=toy"])
    objective = as_optuna_objective(study, Options(runs=tmp_path, build=toy_objective.build))
    with pytest.raises(InputError, match="direction"):
        objective(optuna.create_study().ask())
    assert objective(optuna.create_study(direction="maximize").ask()) > 0


def test_the_best_trial_and_a_fixed_one_can_be_evaluated_again(tmp_path: Path) -> None:
    study = load("league", ["data.source=toy"])
    objective = as_optuna_objective(study, Options(runs=tmp_path, build=toy_objective.build))
    mine = optuna.create_study(direction="maximize", sampler=sampler("random", 1))
    mine.optimize(objective, n_trials=2)
    again: list[Any] = [mine.best_trial, optuna.trial.FixedTrial(mine.best_params)]
    for trial in again:
        assert objective(trial) == mine.best_value
