"""What a free worker does, in whole searches on a simulated clock."""

import math
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from optuna.trial import TrialState
from simulated import Simulation
from toy_objective import Toy

from xlt.objectives.objective import Configuration
from xlt.search import events
from xlt.search.budget.time_plan import SHUTDOWN_SECONDS
from xlt.search.evidence.record import ProofRecord
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline.search_loop.loop import SearchLoop
from xlt.search.storage.keys import END_OF_SEARCH
from xlt.search.storage.store import config_key
from xlt.studies.durations import parse_duration

# Nine configurations that are all trained to the end. The samples do not depend on scores.
NINE = ("search.n_trials=9", "search.pruner=none", "search.sampler=qmc", "budget.rungs=[1100]")


@pytest.fixture(autouse=True)
def quiet(toy_log: Path) -> None:
    """Optuna only warns."""


def toy(noise: float = 0.0, **options: Any) -> Toy:
    return Toy("toy", noise=noise, timed=False, **options)


def seed_counts(result: ProofRecord) -> dict[int, int]:
    """The number of scores on new seeds, by trial."""
    return {row.trial: len(row.scores) for row in result.candidates if row.scores}


def test_the_baseline_is_trained_on_new_seeds_before_others_are_tried(tmp_path: Path) -> None:
    """As soon as it has its first score."""
    simulation = Simulation(tmp_path, "search.n_trials=3", "proof.seeds=3")
    simulation.search()
    kinds = [type(event) for event in simulation.shown]
    second = [at for at, kind in enumerate(kinds) if kind is events.TrialStarted][1]
    assert kinds[:second].count(events.SeedRunFinished) == 3
    assert len(simulation.seeds_of(simulation.study.space.baseline_config)) >= 3


@pytest.mark.parametrize("seeds", [1, 2, 3])
@pytest.mark.parametrize("workers", [1, 2])
def test_winner_and_baseline_end_on_the_same_seeds(
    seeds: int, workers: int, tmp_path: Path
) -> None:
    """On as many as the study asks for, at least. No run is trained twice."""
    simulation = Simulation(
        tmp_path, *NINE, f"proof.seeds={seeds}", objective=toy(1.0), workers=workers
    )
    simulation.search()
    result = simulation.result()
    assert result.has_proof_runs
    winner = result.candidate(result.winner)
    (baseline,) = (row for row in result.candidates if row.baseline)
    assert winner != baseline
    assert len(winner.scores.keys() & baseline.scores.keys()) >= seeds
    assert simulation.study.search.seed not in winner.scores
    done = simulation.executor.done
    assert len(done) == len(set(done))


@pytest.mark.parametrize(("most_runs", "proven"), [(8, False), (40, True)])
def test_a_proof_goes_on_until_it_is_strong_enough_or_there_are_no_runs_left(
    most_runs: int, proven: bool, tmp_path: Path
) -> None:
    """The seeds of winner and baseline double each time."""
    overrides = (*NINE, f"proof.most_runs={most_runs}", "search.seed=27")
    simulation = Simulation(tmp_path, *overrides, objective=toy(4.0))
    simulation.search()
    comparison = simulation.result().against("baseline")
    assert comparison
    assert comparison.proven is proven
    assert comparison.n_seeds in (2, 4, 8, 16)
    assert sum(seed_counts(simulation.result()).values()) <= most_runs


def test_a_configuration_that_diverges_on_a_new_seed_does_not_win(tmp_path: Path) -> None:
    """However good its score in the search. The record names it."""
    simulation = Simulation(tmp_path, *NINE, objective=toy(fragile=True))
    simulation.search()
    result = simulation.result()
    best = simulation.store.ranking()[0]
    assert best.configuration["d_model"] != 128
    assert result.candidate(result.winner).configuration["d_model"] == 128
    assert result.candidate(best.trial).failed
    assert f"trial {best.trial}: a run on a new seed failed or diverged" in str(result)


def test_a_search_ends_when_nothing_is_left_that_would_gain_enough(tmp_path: Path) -> None:
    """It says so, and has found a good configuration by then. `never` tries all."""
    overrides = ("search.n_trials=30", "search.min_gain=0.5", *NINE[1:2], "budget.rungs=[1100]")
    ended = Simulation(tmp_path / "auto", *overrides)
    ended.search()
    reason = ended.store.attributes[END_OF_SEARCH]
    assert (
        reason
        == "no training is worth its time (search.min_gain: 0.5 BLEU in the time of a full run of the "
        "baseline)"
    )
    assert len(ended.store.results_by_config()) < 30
    assert ended.store.ranking()[0].score > 30
    (shown,) = (event for event in ended.shown if isinstance(event, events.SearchFinished))
    assert shown.reason == reason

    everything = Simulation(tmp_path / "never", *overrides, "search.stop_when=never")
    everything.search()
    assert everything.store.attributes[END_OF_SEARCH] == "all were tried"
    assert len(everything.store.results_by_config()) == 30


def test_without_a_final_nothing_is_trained_on_new_seeds(tmp_path: Path) -> None:
    """`xlt-search final` then proves what the search has found, and searches no further."""
    simulation = Simulation(tmp_path, *NINE, objective=toy(1.0))
    simulation.search(with_proof=False)
    assert {seed for _, seed, _ in simulation.executor.done} == {simulation.study.search.seed}
    tried = simulation.store.results_by_config().keys()

    later = Simulation(tmp_path, *NINE, objective=toy(1.0))
    later.prove()
    assert later.result().has_proof_runs
    assert later.store.results_by_config().keys() == tried
    assert {seed for _, seed, _ in later.executor.done}.isdisjoint({later.study.search.seed})


def test_a_study_without_seeds_proves_nothing(tmp_path: Path) -> None:
    simulation = Simulation(tmp_path, *NINE, "proof.seeds=0", objective=toy(1.0))
    simulation.search()
    result = simulation.result()
    assert not result.has_proof_runs
    assert result.winner == simulation.store.ranking()[0].trial
    assert seed_counts(result) == {}
    assert not any(isinstance(event, events.ProofFinished) for event in simulation.shown)


def record(simulation: Simulation) -> list[Any]:
    """All results of a study, without the numbers of trials."""
    trials = [trial for trial in simulation.store.study.trials if trial.state != TrialState.FAIL]
    result = simulation.result()
    return [
        *((trial.params, trial.intermediate_values, trial.state) for trial in trials),
        result.candidate(result.winner).configuration,
        *((row.configuration, row.runs, row.expected) for row in result.candidates),
        *(test.model_copy(update={"trial": 0}) for test in result.comparisons),
    ]


def test_an_interrupted_command_ends_like_an_uninterrupted_one(tmp_path: Path) -> None:
    """With one worker: in the search, in the baseline's proof, and in the winner's."""
    overrides = ("search.n_trials=8", "proof.seeds=2")
    whole = Simulation(tmp_path / "whole", *overrides, objective=toy(1.0))
    whole.search()
    interruptions = range(1, len(whole.executor.done), 3)
    for at in interruptions:
        command = Simulation(tmp_path / "parts", *overrides, objective=toy(1.0))
        command.executor.interrupt_at = min(at, 3)
        with pytest.raises(Interrupted):
            command.search()
    last = Simulation(tmp_path / "parts", *overrides, objective=toy(1.0))
    last.search()
    assert record(last) == record(whole)


def test_a_budget_that_is_too_short_for_a_proof_names_one_that_is_not(tmp_path: Path) -> None:
    """With the budget that it names, the result is proven."""
    short = Simulation(
        tmp_path / "short", "search.n_trials=20", "budget.time_limit=12m", timed=True
    )
    short.search()
    first = next(at for at, e in enumerate(short.shown) if isinstance(e, events.TrialStarted))
    (text,) = (text for text in short.notices() if "too short to prove a result" in text)
    assert text in [event.text for event in short.shown[:first] if isinstance(event, events.Notice)]
    assert not short.result().has_proof_runs
    assert {seed for _, seed, _ in short.executor.done} == {short.study.search.seed}

    named = text.partition("new seeds; ")[2].partition(" would be enough")[0]
    minutes, seconds = (int(part) for part in named.split() if part.isdigit())
    limit = f"budget.time_limit={60 * minutes + seconds + 1}s"
    enough = Simulation(tmp_path / "enough", "search.n_trials=20", limit, timed=True)
    enough.search()
    assert not any("too short" in text for text in enough.notices())
    assert enough.result().has_proof_runs


def test_a_budget_that_excludes_configurations_names_one_that_does_not(tmp_path: Path) -> None:
    """The notice comes at the end, when speeds are known."""
    few = ("search.n_trials=4", "search.sampler=random")
    short = Simulation(tmp_path / "short", *few, "budget.time_limit=40m", timed=True)
    short.search()
    (text,) = (text for text in short.notices() if "were not tried" in text)
    named = text.partition("; ")[2].partition(" would be enough")[0]
    sufficient = parse_duration(named)
    assert sufficient
    limit = f"budget.time_limit={sufficient + 60:.0f}s"
    enough = Simulation(tmp_path / "enough", *few, limit, timed=True)
    enough.search()
    assert not any("were not tried" in text for text in enough.notices())


def varying(simulation: Simulation, seed: int, most: float) -> Any:
    """Durations that differ from the prediction by up to `most`, in either direction."""
    random = Random(seed)

    def seconds(config: Configuration, begin: int, end: int) -> float:
        change = math.exp(random.uniform(-1, 1) * math.log(most))
        return simulation.runtimes.predict_run(config, begin, end) * change

    return seconds


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("minutes", "workers"), [(22, 1), (22, 2), (60, 2)])
def test_a_deadline_leaves_time_for_the_proof_and_the_final_run(
    minutes: int, workers: int, seed: int, tmp_path: Path
) -> None:
    """Even if trainings take longer than predicted, or shorter."""
    simulation = Simulation(
        tmp_path,
        "search.n_trials=25",
        "search.sampler=random",
        f"search.seed={seed}",
        f"budget.time_limit={minutes}m",
        objective=toy(1.0),
        workers=workers,
        timed=True,
    )
    simulation.executor.seconds = varying(simulation, seed, most=1.1)
    simulation.search()
    result, plan = simulation.result(), simulation.session.plan
    assert plan
    assert result.has_proof_runs
    winner = result.candidate(result.winner)
    if not winner.baseline:
        comparison = result.against("baseline")
        assert comparison
        assert comparison.n_seeds >= 2
    test = plan.seconds_after_proof(winner.configuration)
    assert simulation.clock.remaining >= test > SHUTDOWN_SECONDS


def test_configurations_are_begun_once(tmp_path: Path) -> None:
    """And a promoted one continues where it stopped."""
    simulation = Simulation(tmp_path, "search.n_trials=12", "search.sampler=qmc", workers=2)
    simulation.search()
    steps: dict[str, list[int]] = {}
    for key, seed, step in simulation.executor.done:
        if seed == simulation.study.search.seed:
            steps.setdefault(key, []).append(step)
    assert len(steps) == 12
    for reached in steps.values():
        assert all(earlier < later for earlier, later in pairwise(reached))
    assert steps.keys() == {
        config_key(trial.user_attrs["configuration"])
        for trial in simulation.store.results_by_config().values()
    }


@pytest.mark.parametrize("seed", range(6))
def test_what_is_proven_was_scored_at_the_last_rung(seed: int, tmp_path: Path) -> None:
    """Also if time is so short that only a few configurations can be promoted."""
    simulation = Simulation(
        tmp_path,
        "search.n_trials=40",
        "search.sampler=random",
        f"search.seed={seed}",
        "budget.time_limit=22m",
        objective=toy(1.0),
        workers=2,
        timed=True,
    )
    simulation.search()
    result = simulation.result()
    winner = result.candidate(result.winner)
    assert result.has_proof_runs
    assert winner.search_step == simulation.study.budget.rungs[-1]


def test_the_baselines_proof_need_not_wait_for_the_search(tmp_path: Path) -> None:
    """Beside a training of the search, another worker trains the baseline."""
    simulation = Simulation(
        tmp_path, "search.n_trials=1", "budget.time_limit=3h", workers=2, timed=True
    )
    time_check = SearchLoop(simulation.session).time_check
    baseline = simulation.study.space.baseline_config
    run = simulation.runtimes.predict_run(baseline, 0, 1100)
    # Two runs of the baseline, one after the other on the other worker, take as long as the job.
    assert time_check.proof_seconds(baseline, 2 * run) == pytest.approx(0.0)
    assert time_check.proof_seconds(baseline, run / 2) == pytest.approx(run)
    assert time_check.proof_seconds(baseline) == pytest.approx(run)


def test_a_proof_that_takes_twice_as_long_is_given_up_for_the_winners_model(tmp_path: Path) -> None:
    """In time to train the winner to the end: its own model is better than the baseline's."""
    simulation = Simulation(
        tmp_path,
        "search.n_trials=12",
        "search.sampler=random",
        "budget.time_limit=22m",
        objective=toy(1.0),
        workers=2,
        timed=True,
    )
    own = simulation.runtimes

    def seconds(config: Configuration, begin: int, end: int) -> float:
        is_proof = (begin, end) == (0, 1100) and config != simulation.study.space.baseline_config
        return own.predict_run(config, begin, end) * (2 if is_proof else 1)

    simulation.executor.seconds = seconds
    simulation.search()
    plan, result = simulation.session.plan, simulation.result()
    assert plan
    assert not result.has_proof_runs
    winner = result.candidate(result.winner)
    assert not winner.baseline
    needed = plan.seconds_to_finish(winner.configuration, winner.search_step)
    assert needed <= simulation.clock.remaining
