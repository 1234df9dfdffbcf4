"""Runs on new seeds: their record, which one comes next, and what they prove."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import Simulation

from xlt.objectives.objective import Diverged, Evaluation
from xlt.search.pipeline.search_loop.seed_runs import SeedRun, SeedRuns, new_seeds
from xlt.search.storage.store import RankedConfig

CONFIDENCE = 0.95
# Three configurations and the baseline, all of them finished. The first one is the baseline.
FINISHED = ("search.n_trials=4", "search.pruner=none", "search.sampler=qmc", "budget.rungs=[1100]")


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 40), more=st.integers(0, 10))
def test_new_seeds_differ_from_each_other_and_from_the_search(
    seed: int, count: int, more: int
) -> None:
    """A longer list begins with the shorter one."""
    seeds = new_seeds(seed, count)
    assert len({*seeds, seed}) == count + 1
    assert new_seeds(seed, count + more)[:count] == seeds


@pytest.fixture
def searched(toy_log: Path, tmp_path: Path) -> Simulation:
    """A study of four finished configurations, without runs on new seeds."""
    simulation = Simulation(tmp_path, *FINISHED, "proof.most_runs=16")
    simulation.search(with_proof=False)
    return simulation


def opened(simulation: Simulation) -> tuple[SeedRuns, RankedConfig, RankedConfig]:
    """The runs of a study, its best configuration, and its baseline."""
    runs = SeedRuns(simulation.study, simulation.store)
    assert runs.baseline
    return runs, runs.ranked()[0], runs.baseline


def give(runs: SeedRuns, row: RankedConfig, *scores: float) -> None:
    """Record scores on the first seeds."""
    for seed, score in zip(runs.seeds, scores, strict=False):
        run = SeedRun(row.trial, row.configuration, seed)
        runs.record(run, Evaluation(1100, score, {}, metric="BLEU"))


def test_winner_and_baseline_are_trained_on_the_same_seeds(searched: Simulation) -> None:
    """Each on as many as the study asks for. What is on record is not trained again."""
    runs, best, baseline = opened(searched)
    missing = runs.missing_for_proof(best)
    by_trial = {
        row.trial: [run.seed for run in missing if run.trial == row.trial]
        for row in (best, baseline)
    }
    assert by_trial == {best.trial: runs.seeds[:2], baseline.trial: runs.seeds[:2]}
    give(runs, best, 30.0)
    assert runs.missing_for_proof(best) == missing[1:]
    assert len(runs.configs_of_missing_runs(best.configuration)) == 3
    assert not runs.has_proof_runs(best)
    give(runs, best, 30.0, 31.0)
    assert runs.has_proof_runs(best)
    assert not SeedRuns(searched.study, searched.store).missing(best), "it is in the database"


def test_a_baseline_is_not_proven_against_itself(searched: Simulation) -> None:
    runs, _, baseline = opened(searched)
    assert len(runs.missing_for_proof(baseline)) == 2
    give(runs, baseline, 10.0, 11.0)
    assert runs.baseline_test(baseline, CONFIDENCE) is None
    assert runs.to_strengthen(baseline, CONFIDENCE) == []


def test_a_proof_doubles_its_seeds_before_it_is_looked_at_again(searched: Simulation) -> None:
    """Both get the same seeds, the earlier ones first. The most runs of the study are a limit."""
    runs, best, baseline = opened(searched)
    give(runs, best, 30.0, 20.0)
    give(runs, baseline, 10.0, 19.0)
    proof = runs.baseline_test(best, CONFIDENCE)
    assert proof
    assert proof.p_value > 1 - CONFIDENCE
    more = runs.to_strengthen(best, CONFIDENCE)
    assert [run.seed for run in more] == [
        seed for seed in runs.seeds[2:4] for _ in (best, baseline)
    ]
    assert {run.trial for run in more} == {best.trial, baseline.trial}
    # After a third seed it looks proven, but the fourth is trained all the same.
    give(runs, best, 30.0, 30.0, 30.0)
    give(runs, baseline, 10.0, 10.1, 10.2)
    assert {run.seed for run in runs.to_strengthen(best, CONFIDENCE)} == {runs.seeds[3]}
    give(runs, best, 30.0, 20.0, 30.0, 20.0)
    give(runs, baseline, 10.0, 21.0, 31.0, 12.0)
    assert len(runs.to_strengthen(best, CONFIDENCE)) == 8
    give(runs, best, *[20.0] * 8)
    give(runs, baseline, *[19.0, 21.0] * 4)
    assert runs.to_strengthen(best, CONFIDENCE) == [], "twice as many would be 32 runs, not 16"


def test_a_proof_that_is_strong_enough_gets_no_more_runs(searched: Simulation) -> None:
    runs, best, baseline = opened(searched)
    give(runs, best, 30.0, 31.0)
    give(runs, baseline, 10.0, 11.1)
    assert runs.to_strengthen(best, CONFIDENCE) == []
    assert runs.to_strengthen(best, 0.9999), "unless the proof has to be stronger"


def test_a_configuration_that_failed_on_a_new_seed_cannot_win(searched: Simulation) -> None:
    """Its scores on other seeds do not help."""
    runs, best, _ = opened(searched)
    give(runs, best, 50.0)
    lost = SeedRun(best.trial, best.configuration, runs.seeds[1])
    runs.record(lost, Diverged(700, "the loss is not finite", {}))
    assert best not in runs.ranked()
    assert not runs.has_proof_runs(best)
    assert not runs.missing(best), "it is not tried again"


def test_choosing_runs_go_on_until_the_most_runs_of_the_study(searched: Simulation) -> None:
    """They never repeat one, and count what is being trained."""
    runs, _, _ = opened(searched)
    seen = set()
    for _ in range(16):
        run, gain = runs.most_informative(lambda _: 1.0)
        assert run
        assert gain >= 0
        assert run.key not in seen
        seen.add(run.key)
        runs.running[-1] = run
        assert run not in runs.not_running([run])
        assert runs.most_informative(lambda _: 1.0)[0] != run
        runs.running.clear()
        runs.record(run, Evaluation(1100, 25.0, {}))
    assert runs.most_informative(lambda _: 1.0) == (None, 0.0)


def test_an_expensive_run_gains_less_for_its_cost(searched: Simulation) -> None:
    runs, _, _ = opened(searched)
    _, cheap = runs.most_informative(lambda _: 1.0)
    _, expensive = runs.most_informative(lambda _: 4.0)
    assert expensive == pytest.approx(cheap / 4)


def test_a_penalty_counts_in_the_unit_of_the_score(searched: Simulation) -> None:
    """A configuration whose runs cost more than its lead comes later."""
    runs, best, _ = opened(searched)
    assert runs.belief
    lead = -float(np.diff(np.sort(runs.belief.mean)[::-1])[0])
    assert runs.ranked(lambda row: 0.9 * lead * (row == best))[0] == best
    assert runs.ranked(lambda row: 1.1 * lead * (row == best))[1] == best
