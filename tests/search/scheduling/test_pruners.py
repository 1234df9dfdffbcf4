"""Pruners at rungs that are not powers of the reduction factor."""

import math
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import get_args

import optuna
import pytest
from optuna.pruners import BasePruner, SuccessiveHalvingPruner
from optuna.study import StudyDirection
from optuna.trial import TrialState

from xlt.search.scheduling.pruners import PRUNERS, RungHalvingPruner, make_pruner
from xlt.search.scheduling.scheduler import REDUCTION_FACTOR
from xlt.search.scheduling.schedulers import PAUSING_SCHEDULERS
from xlt.search.storage.keys import DUPLICATE_OF
from xlt.studies.schema import Search

RUNGS = (100, 300, 600, 800, 1100)


def run(
    pruner: BasePruner,
    rungs: Sequence[int],
    scores: Sequence[float],
    direction: StudyDirection = StudyDirection.MAXIMIZE,
) -> dict[int, tuple[int, TrialState]]:
    """Runs trials of constant scores one after the other: their last steps and states."""
    # Hyperband draws a bracket from the name.
    study = optuna.create_study(study_name="study", direction=direction, pruner=pruner)
    for score in scores:
        trial = study.ask()
        for step in rungs:
            trial.report(score, step)
            if step != rungs[-1] and trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
                break
        else:
            study.tell(trial, score)
    return {trial.number: (trial.last_step or 0, trial.state) for trial in study.trials}


def shuffled(count: int, seed: int = 0) -> list[float]:
    values = [float(value) for value in range(count)]
    random.Random(seed).shuffle(values)
    return values


def test_halving_keeps_about_a_quarter_at_each_rung() -> None:
    """Somewhat more than a quarter at late rungs, which few trials reach."""
    ends = [step for step, _ in run(RungHalvingPruner(), RUNGS, shuffled(1000)).values()]
    for rung, following in pairwise(RUNGS):
        scored = sum(end >= rung for end in ends)
        continued = sum(end >= following for end in ends)
        # A trial that is the best so far always continues. The expected number of such records among
        # n trials is the n-th harmonic number.
        records = math.log(scored) + 1
        assert continued == pytest.approx(scored / REDUCTION_FACTOR, abs=2 * records)


@pytest.mark.parametrize("name", PRUNERS)
def test_a_loss_to_minimize_is_pruned_like_its_negative_to_maximize(name: str) -> None:
    """Every pruner reads the study's direction: the best trials are kept in both."""
    scores = shuffled(60)
    kept = run(make_pruner(name, RUNGS), RUNGS, scores)
    losses = [-score for score in scores]

    assert run(make_pruner(name, RUNGS), RUNGS, losses, StudyDirection.MINIMIZE) == kept
    if name != "none":
        assert any(state == TrialState.PRUNED for _, state in kept.values())


def test_halving_equals_optunas_at_powers_of_the_reduction_factor() -> None:
    """Every decision is that of SuccessiveHalvingPruner."""
    rungs = [REDUCTION_FACTOR**k for k in range(4)]
    reference = SuccessiveHalvingPruner(min_resource=1, reduction_factor=REDUCTION_FACTOR)
    scores = [round(value / 7) * 1.0 for value in shuffled(200)]  # with ties
    assert run(RungHalvingPruner(), rungs, scores) == run(reference, rungs, scores)


def test_halving_counts_neither_failed_nor_repeated_trials() -> None:
    """An interrupted trial that was started again, and a repeated one, count once."""
    study = optuna.create_study(direction="maximize", pruner=RungHalvingPruner())
    for value in (3.0, 2.0):
        trial = study.ask()
        trial.report(value, 100)
        study.tell(trial, state=TrialState.PRUNED)
    for state, attributes in ((TrialState.FAIL, {}), (TrialState.PRUNED, {DUPLICATE_OF: 1})):
        for _ in range(5):
            trial = study.ask()
            for name, number in attributes.items():
                trial.set_user_attr(name, number)
            trial.report(2.0, 100)
            study.tell(trial, state=state)
    # Of 3 values one continues; with the ten others it would be 3 of 13.
    trial = study.ask()
    trial.report(2.5, 100)
    assert trial.should_prune()


def test_hyperband_prunes_at_every_rung() -> None:
    """Its brackets use our rungs, and stored scores keep their real steps."""
    results = run(make_pruner("hyperband", RUNGS), RUNGS, shuffled(300))
    ends = {step for step, _ in results.values()}
    assert ends == set(RUNGS)


def test_median_prunes_the_worse_half() -> None:
    """Once five trials are complete, a trial below the median ends at its first rung."""
    results = run(make_pruner("median", RUNGS), RUNGS, [1.0, 2.0, 3.0, 4.0, 5.0, 2.0, 4.5])
    assert results[5] == (100, TrialState.PRUNED)
    assert results[6] == (1100, TrialState.COMPLETE)


def test_none_prunes_nothing() -> None:
    """Every trial is complete."""
    results = run(make_pruner("none", RUNGS), RUNGS, shuffled(20))
    assert {state for _, state in results.values()} == {TrialState.COMPLETE}


def test_one_rung_is_enough_for_every_pruner() -> None:
    """A study that is scored only at the end runs with any pruner."""
    for name in PRUNERS:
        assert len(run(make_pruner(name, (1100,)), (1100,), shuffled(8))) == 8


def test_studies_and_pruners_know_the_same_names() -> None:
    """A study's file accepts exactly the pruners and schedulers that exist."""
    assert set(get_args(Search.model_fields["pruner"].annotation)) == {
        *PRUNERS,
        *PAUSING_SCHEDULERS,
    }
