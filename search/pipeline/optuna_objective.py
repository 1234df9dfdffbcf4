"""For people with their own Optuna script: a study as a function for `optuna.Study.optimize`."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import optuna

from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.objective import Diverged
from xlt.search.pipeline.session import Options
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
    """A function that suggests a configuration, trains it in this process, reports and prunes.

    Use it with a study that maximises, and one job at a time:

        study = xlt.studies.study.load("league")
        mine = optuna.create_study(direction="maximize", pruner=...)
        mine.optimize(as_optuna_objective(study), n_trials=40)

    Scores are reported at the study's rungs; pruners made for them come from
    `xlt.search.scheduling.pruners.make_pruner`, what is in `study.initial_configs` goes first with
    `xlt.search.suggest.distributions.enqueue_config`. Data and checkpoints are kept in
    `options.runs`, as by the command line.

    What the command says about its data is warned of here (`UserWarning`): that they are synthetic,
    and every notice. Each trial has the attribute "data": source, description, fingerprint,
    synthetic.

    Args:
        study: what is searched.
        options: what belongs to a command; `Options()` if it is left out.
        data: as `--data` of the command: "auto", "hub", "synthetic" or a folder. If it is left
            out, the study's own, which is "auto" in those shipped.

    Raises:
        InputError: if the data cannot be had.

    The function raises `InputError` in a study that does not maximise a single score.
    """
    if data is not None:
        study = replace(study, data=study.data.model_copy(update={"source": str(data)}))
    setup = (options or Options()).worker_config(study)
    objective = setup.objective()
    described = objective.data
    marks = [f"{SYNTHETIC_WARNING} ({described['description']})"] if described["synthetic"] else []
    for mark in [*marks, *described["notices"]]:
        warnings.warn(mark, stacklevel=2)
    recorded = {
        name: described[name] for name in ("source", "description", "fingerprint", "synthetic")
    }
    tree = CheckpointTree(setup.checkpoints, setup.cache_size)
    rungs, seed = study.budget.rungs, study.search.seed

    def evaluate(trial: optuna.Trial) -> float:
        # A finished trial and a `FixedTrial`, with which one looks at a configuration again, have
        # no study.
        directions = trial.study.directions if hasattr(trial, "study") else MAXIMIZE
        if directions != MAXIMIZE:
            found = ", ".join(each.name.lower() for each in directions)
            raise InputError(
                f'study {trial.study.study_name}: its direction is "{found}", and scores are better '
                'the higher they are; create it with direction="maximize"'
            )
        config = suggest_config(study.space, trial)
        trial.set_user_attr(CONFIGURATION, dict(config))
        trial.set_user_attr(DATA, recorded)
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
            for at, score in (*evaluation.earlier_scores, (step, evaluation.score)):
                trial.report(score, at)
            if step != rungs[-1] and trial.should_prune():
                raise optuna.TrialPruned(f"pruned at step {step}")
        return evaluations[-1].score

    return evaluate
