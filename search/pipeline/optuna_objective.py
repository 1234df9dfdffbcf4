"""A study as an objective function for `optuna.Study.optimize`, for your own Optuna script."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import optuna

from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.objective import Diverged
from xlt.search.pipeline.options import Options
from xlt.search.storage.keys import CONFIGURATION, DATA, DIVERGED
from xlt.search.storage.store import evaluation_attributes
from xlt.search.suggest.distributions import suggest_config
from xlt.search.wording import SYNTHETIC_WARNING
from xlt.spaces.errors import InputError
from xlt.studies.study import Study

MAXIMIZE = [optuna.study.StudyDirection.MAXIMIZE]


def as_optuna_objective(
    study: Study, options: Options | None = None, *, data: str | Path | None = None
) -> Callable[[optuna.Trial], float]:
    """Make an objective that suggests a configuration, trains it in this process and may prune it.

    Use it with a study that maximizes, and with one job at a time:

        study = xlt.studies.study.load("league")
        optuna_study = optuna.create_study(direction="maximize", pruner=...)
        optuna_study.optimize(as_optuna_objective(study), n_trials=40)

    Scores are reported at the study's rungs. `xlt.search.scheduling.pruners.make_pruner` makes
    pruners for these, and `xlt.search.suggest.distributions.enqueue_config` enqueues the
    configurations of `study.initial_configs`. Data and checkpoints are kept in `options.runs`, as
    the command line does it.

    Synthetic data, and each notice about the data, cause a `UserWarning`. Each trial has the user
    attribute "data": source, description, fingerprint, synthetic.

    Args:
        study: The study to search.
        options: The options that a command would have.
        data: As the command's `--data`: "auto", "hub", "synthetic" or a folder. None: the study's
            own, which is "auto" in shipped studies.

    Returns:
        The objective. It raises `InputError` in a study that does not maximize a single score.

    Raises:
        InputError: The data are missing.
    """
    if data is not None:
        study = replace(study, data=study.data.model_copy(update={"source": str(data)}))
    worker_config = (options or Options()).worker_config(study)
    objective = worker_config.objective()
    info = objective.data
    if info["synthetic"]:
        warnings.warn(f"{SYNTHETIC_WARNING} ({info['description']})", stacklevel=2)
    for notice in info["notices"]:
        warnings.warn(notice, stacklevel=2)
    record = {name: info[name] for name in ("source", "description", "fingerprint", "synthetic")}
    tree = CheckpointTree(worker_config.checkpoints, worker_config.cache_size)
    rungs, seed = study.budget.rungs, study.search.seed

    def evaluate(trial: optuna.Trial) -> float:
        # A `FrozenTrial` and a `FixedTrial`, which evaluate a configuration again, have no study.
        directions = trial.study.directions if hasattr(trial, "study") else MAXIMIZE
        if directions != MAXIMIZE:
            names = ", ".join(direction.name.lower() for direction in directions)
            raise InputError(
                f'study {trial.study.study_name}: its direction is "{names}", but higher scores are '
                'better; create it with direction="maximize"'
            )
        config = suggest_config(study.space, trial)
        trial.set_user_attr(CONFIGURATION, dict(config))
        trial.set_user_attr(DATA, record)
        evaluations = []
        for index, step in enumerate(rungs):
            try:
                evaluation = tree.evaluate(
                    objective, config, seed, step, through=rungs[:index], heartbeat=lambda _: None
                )
            except Diverged as diverged:
                trial.set_user_attr(DIVERGED, diverged.values | {"step": diverged.step})
                raise optuna.TrialPruned(str(diverged)) from diverged
            finally:
                while tree.notices:
                    warnings.warn(tree.notices.pop(0), stacklevel=2)
            evaluations.append(evaluation)
            for name, value in evaluation_attributes(evaluations).items():
                trial.set_user_attr(name, value)
            for scored_step, score in (*evaluation.earlier_scores, (step, evaluation.score)):
                trial.report(score, scored_step)
            if step != rungs[-1] and trial.should_prune():
                raise optuna.TrialPruned(f"pruned at step {step}")
        return evaluations[-1].score

    return evaluate
