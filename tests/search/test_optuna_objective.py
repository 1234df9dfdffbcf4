"""A study inside somebody's own Optuna script."""

from pathlib import Path

import optuna
import toy_objective
from optuna.trial import TrialState
from toy_objective import worth

from xlt.search.optuna_objective import as_optuna_objective
from xlt.search.pruners import pruner
from xlt.search.samplers import sampler
from xlt.search.session import Options
from xlt.search.suggest import enqueue
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
