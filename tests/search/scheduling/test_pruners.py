"""What is pruned, and where, at rungs that follow no power of anything."""

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
    chosen: BasePruner,
    rungs: Sequence[int],
    worths: Sequence[float],
    direction: StudyDirection = StudyDirection.MAXIMIZE,
) -> dict[int, tuple[int, TrialState]]:
    """Trials of constant worth, one after the other: the step each got to, and how it ended."""
    # Hyperband draws a bracket from the name.
    study = optuna.create_study(study_name="study", direction=direction, pruner=chosen)
    for worth in worths:
        trial = study.ask()
        for step in rungs:
            trial.report(worth, step)
            if step != rungs[-1] and trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
                break
        else:
            study.tell(trial, worth)
    return {trial.number: (trial.last_step or 0, trial.state) for trial in study.trials}


def shuffled(count: int, seed: int = 0) -> list[float]:
    values = [float(value) for value in range(count)]
    random.Random(seed).shuffle(values)
    return values


def test_halving_keeps_about_a_quarter_at_each_rung() -> None:
    """In a long study one in three goes on; at the later, thinner rungs some leaders more."""
    ends = [step for step, _ in run(RungHalvingPruner(), RUNGS, shuffled(1000)).values()]
    for rung, following in pairwise(RUNGS):
        there = sum(end >= rung for end in ends)
        further = sum(end >= following for end in ends)
        # Whoever leads when it comes by goes on, and of few many lead.
        surplus = math.log(there) + 1  # how often a record is set among so many: harmonic number
        assert further == pytest.approx(there / REDUCTION_FACTOR, abs=2 * surplus)


@pytest.mark.parametrize("name", PRUNERS)
def test_a_loss_to_minimize_is_pruned_like_its_negative_to_maximize(name: str) -> None:
    """Every pruner reads the study's direction: the best trials are kept in both."""
    worths = shuffled(60)
    kept = run(make_pruner(name, RUNGS), RUNGS, worths)
    losses = [-worth for worth in worths]

    assert run(make_pruner(name, RUNGS), RUNGS, losses, StudyDirection.MINIMIZE) == kept
    if name not in ("none", "asha"):
        assert any(state == TrialState.PRUNED for _, state in kept.values())


def test_halving_is_optunas_own_where_that_one_can_look() -> None:
    """At rungs 1, 3, 9, 27 the decisions are those of SuccessiveHalvingPruner, every one."""
    rungs = [REDUCTION_FACTOR**k for k in range(4)]
    reference = SuccessiveHalvingPruner(min_resource=1, reduction_factor=REDUCTION_FACTOR)
    worths = [round(value / 7) * 1.0 for value in shuffled(200)]  # with ties
    assert run(RungHalvingPruner(), rungs, worths) == run(reference, rungs, worths)


def test_halving_counts_neither_failed_nor_repeated_trials() -> None:
    """An interrupted trial that was begun again, and a repeated one, are one value each."""
    study = optuna.create_study(direction="maximize", pruner=RungHalvingPruner())
    for value in (3.0, 2.0):
        trial = study.ask()
        trial.report(value, 100)
        study.tell(trial, state=TrialState.PRUNED)
    for state, attributes in ((TrialState.FAIL, {}), (TrialState.PRUNED, {DUPLICATE_OF: 0})):
        for _ in range(5):
            trial = study.ask()
            for name, number in attributes.items():
                trial.set_user_attr(name, number)
            trial.report(3.0, 100)
            study.tell(trial, state=state)
    # Of 3 values one goes on; with the ten others it would be 4 of 13.
    trial = study.ask()
    trial.report(2.5, 100)
    assert trial.should_prune()


def test_hyperband_prunes_at_rungs_and_leaves_values_at_their_steps() -> None:
    """Brackets look at our rungs, whatever their steps; what is stored keeps real steps."""
    results = run(make_pruner("hyperband", RUNGS), RUNGS, shuffled(300))
    ends = {step for step, _ in results.values()}
    assert ends == set(RUNGS)


def test_wilcoxon_waits_for_the_fourth_rung() -> None:
    """Four values are the first that can be significant at 0.1, one-sided."""
    results = run(make_pruner("wilcoxon", RUNGS), RUNGS, [9.0, *[1.0] * 5])
    assert {step for step, _ in results.values()} == {800, 1100}


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
    """A study that scores at the end alone runs with any pruner."""
    for name in PRUNERS:
        assert len(run(make_pruner(name, (1100,)), (1100,), shuffled(8))) == 8


def test_studies_and_pruners_know_the_same_names() -> None:
    """What a study's file may name is what there is."""
    assert set(get_args(Search.model_fields["pruner"].annotation)) == {
        *PRUNERS,
        *PAUSING_SCHEDULERS,
    }
