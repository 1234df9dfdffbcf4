"""The search of a study on a toy objective."""

from pathlib import Path
from typing import Any

import pytest
import toy_objective
from in_process import Command
from optuna.trial import TrialState
from toy_objective import quality

from xlt.search import events
from xlt.search.storage.keys import CONFIGURATION, DIVERGED, RESUMED_FROM
from xlt.search.storage.store import config_key
from xlt.search.suggest import gp_sampler, surrogate
from xlt.search.suggest.distributions import distributions
from xlt.search.suggest.encoding import SpaceEncoder


def test_a_study_has_the_requested_number_of_configurations(command: Command) -> None:
    """The baseline is the first of them, none is tried twice, and all are scored at the rungs."""
    study = command.study()
    store = command("search.n_trials=12")
    trials = store.study.trials
    assert trials[0].user_attrs["configuration"] == study.space.baseline
    assert len(store.results_by_config()) == 12
    for trial in trials:
        study.space.check(trial.user_attrs["configuration"])
        rungs = study.budget.rungs
        assert tuple(trial.intermediate_values) == rungs[: len(trial.intermediate_values)]
        assert (trial.state == TrialState.COMPLETE) == (trial.last_step == rungs[-1])
    assert {trial.state for trial in trials} == {TrialState.COMPLETE, TrialState.PRUNED}


def test_trials_record_how_they_were_made(command: Command) -> None:
    """Seed, seconds, speed, metrics, examples, fingerprints, and the reason of the end."""
    trial = command("search.n_trials=1", "budget.rungs=[300, 600, 1100]").study.trials[0]
    record = {**trial.user_attrs, **trial.system_attrs}
    assert record["seconds/stage_a"] == 1.0
    assert record["tokens_per_second"] == 1000.0
    assert record["league_bleu"] == trial.value
    assert len(record["examples"]) == 3
    assert record["signature"] == "toy"
    provenance = record["provenance"]
    assert provenance["seed"] == 42
    assert provenance["data source"] == "toy"
    assert len(provenance["data fingerprint"]) == 64
    assert provenance["code fingerprint"] == "toy"
    assert record["end_reason"] == "complete"
    assert [row["step"] for row in record["evaluations"]] == [300, 600, 1100]


def test_a_promoted_configuration_is_a_new_trial(command: Command) -> None:
    """It links to the earlier trial and repeats its scores. A quarter is promoted at each rung."""
    store = command("search.n_trials=14", "budget.rungs=[150, 600, 1100]")
    trials, finished = store.study.trials, store.results_by_config()
    assert len(finished) == 14
    for trial in trials:
        record = {**trial.user_attrs, **trial.system_attrs}
        scores = trial.intermediate_values
        assert [row["step"] for row in record["evaluations"]] == list(scores)
        if RESUMED_FROM not in record:
            continue
        paused = trials[record[RESUMED_FROM]]
        assert paused.number < trial.number
        assert (paused.state, paused.params) == (TrialState.PRUNED, trial.params)
        assert paused.intermediate_values.items() < scores.items()
    assert any(RESUMED_FROM in trial.user_attrs for trial in trials)
    begun = [t.user_attrs[CONFIGURATION] for t in trials if RESUMED_FROM not in t.user_attrs]
    for reader in (store, command.store()):
        assert list(map(reader.config_number, begun)) == list(range(14))
    for rung, count in ((600, 14 // 4), (1100, 1)):
        reached = [trial for trial in finished.values() if rung in trial.intermediate_values]
        assert len(reached) >= count
    assert len(command.done()) == len(set(command.done())), "nothing is trained twice"
    best = store.best()
    assert best
    assert best.complete
    assert best.score == max(trial.value or 0.0 for trial in trials)


def test_a_configuration_that_diverges_after_a_promotion_is_not_ranked(command: Command) -> None:
    """Its good score at an earlier rung does not count."""
    store = command(
        "search.n_trials=3", "budget.rungs=[150, 1100]", build=toy_objective.build_exploding
    )
    exploded = [trial for trial in store.study.trials if DIVERGED in trial.user_attrs]
    assert exploded
    for trial in exploded:
        assert RESUMED_FROM in trial.user_attrs
        assert trial.user_attrs["configuration"] not in [
            row.configuration for row in store.ranking()
        ]


def test_a_diverged_trial_is_pruned_with_its_reason(command: Command) -> None:
    """It counts as a configuration, and is not ranked."""
    store = command("search.n_trials=8", build=toy_objective.build_diverging)
    diverged = [t for t in store.study.trials if t.user_attrs["end_reason"].startswith("diverged")]
    assert diverged
    assert {trial.state for trial in diverged} == {TrialState.PRUNED}
    assert "the loss is not finite" in diverged[0].user_attrs["end_reason"]
    assert len(store.results_by_config()) == 8
    assert all(row.configuration["d_model"] == 128 for row in store.ranking())


def test_an_extended_study_promotes_as_many_as_a_large_one(toy_log: Path, tmp_path: Path) -> None:
    """A study extended from 6 to 14 configurations has the same ones as a study of 14."""
    overrides = ["budget.rungs=[150, 600, 1100]", "search.sampler=qmc", "search.stop_when=never"]
    one, two = Command(tmp_path / "a"), Command(tmp_path / "b")
    one("search.n_trials=6", *overrides)
    extended, large = (run("search.n_trials=14", *overrides) for run in (one, two))
    assert extended.results_by_config().keys() == large.results_by_config().keys()
    for rung in (600, 1100):
        counts = [
            sum(rung in trial.intermediate_values for trial in store.results_by_config().values())
            for store in (extended, large)
        ]
        assert counts[0] >= counts[1] > 0


def test_two_workers_try_as_many_configurations_as_one(command: Command) -> None:
    """They try each configuration once."""
    store = command("search.n_trials=9", workers=2, build=toy_objective.build_slow)
    started = [t for t in store.study.trials if RESUMED_FROM not in t.user_attrs]
    keys = [config_key(trial.user_attrs["configuration"]) for trial in started]
    assert len(store.results_by_config()) == len(set(keys)) == len(keys) == 9


def test_the_trial_of_a_dead_process_is_restarted(command: Command) -> None:
    """The RUNNING trial fails, and its configuration is tried in a new trial."""
    store = command("search.n_trials=3")
    orphan = store.study.ask(distributions(command.study().space))
    config = command.study().space.from_trial_params(orphan.params)
    orphan.set_user_attr("configuration", config)
    orphan.report(1.0, 100)
    store = command("search.n_trials=5")
    trials = store.study.trials
    assert trials[orphan.number].state == TrialState.FAIL
    assert trials[orphan.number].user_attrs["end_reason"] == "its process died"
    assert config_key(config) in store.results_by_config()
    assert len(store.results_by_config()) == 5
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))


def test_a_search_of_40_trials_nearly_reaches_the_optimum(command: Command) -> None:
    """The toy's best possible score is 40."""
    store = command("search.n_trials=40", "budget.rungs=[100, 300, 600, 800, 1100]")
    best = store.ranking()[0]
    assert best.score == quality(best.configuration)
    assert best.score > 36 > quality(command.study().space.baseline)


@pytest.mark.parametrize(
    ("sampler", "pruner"), [("gp", "hyperband"), ("cmaes", "median"), ("random", "asha-stop")]
)
def test_samplers_and_pruners_can_be_combined(command: Command, sampler: str, pruner: str) -> None:
    """The study has the requested number of configurations."""
    overrides = (f"search.sampler={sampler}", f"search.pruner={pruner}")
    store = command("search.n_trials=12", "search.stop_when=never", *overrides)
    assert len(store.results_by_config()) == 12


def test_promotion_and_suggestion_use_the_shared_prefix(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both fit the surrogate with the columns of the architecture, shared until the end of Stage A."""
    prefixes: dict[str, list[tuple[int, int]]] = {"sampler": [], "scheduler": []}
    shared: list[set[str]] = []
    columns_of, fit_surrogate = SpaceEncoder.columns_of, surrogate.fit_surrogate

    def columns_spy(encoder: SpaceEncoder, names: Any) -> Any:
        columns = columns_of(encoder, names)
        params = list(encoder.distributions)
        shared.append({params[index] for index in encoder.column_param[columns]})
        return columns

    def fit_spy(caller: str) -> Any:
        def fit(*args: Any, prefix: surrogate.PrefixColumns, **kwargs: Any) -> Any:
            prefixes[caller].append((prefix.step, len(prefix.columns)))
            return fit_surrogate(*args, prefix=prefix, **kwargs)

        return fit

    monkeypatch.setattr(SpaceEncoder, "columns_of", columns_spy)
    monkeypatch.setattr(gp_sampler, "fit_surrogate", fit_spy("sampler"))
    monkeypatch.setattr(surrogate, "fit_surrogate", fit_spy("scheduler"))
    command("search.n_trials=8")
    architecture = {"d_model", "nhead_index", "num_layers", "d_ff_factor", "dropout"}
    assert shared
    assert all(names == architecture for names in shared)
    for calls in prefixes.values():
        assert set(calls) == {(toy_objective.END_OF_A, len(architecture))}


def test_a_prefix_is_trained_before_another_configuration_of_it_begins(command: Command) -> None:
    """Until Stage A has ended, another one would have the same scores, and tell nothing."""
    fixed = {"d_model": 128, "nhead": 4, "num_layers": 2, "d_ff": 512, "dropout": 0.1}
    store = command(
        "search.n_trials=4", *(f"space.{name}={value}" for name, value in fixed.items())
    )
    assert len(store.results_by_config()) == 4
    starts = [n for n, event in enumerate(command.seen) if isinstance(event, events.TrialStarted)]
    scored = [
        event.evaluation.step
        for event in command.seen[: starts[1]]
        if isinstance(event, events.TrialEvaluated)
    ]
    assert scored == [40, 100, 650]


@pytest.mark.parametrize("pruner", ["asha", "hyperband", "median"])
def test_scores_between_rungs_are_reported(
    command: Command, monkeypatch: pytest.MonkeyPatch, pruner: str
) -> None:
    """By the trial that trains past such a step, and by trials resumed from it."""
    monkeypatch.setenv("TOY_ON_THE_WAY", "500")
    rungs = [40, 100, 650, 850]
    store = command("search.n_trials=8", f"budget.rungs={rungs}", f"search.pruner={pruner}")
    reported = [trial.intermediate_values for trial in store.study.trials]
    passed = [values for values in reported if 650 in values]
    assert passed
    for values in passed:
        assert list(values) == [step for step in (40, 100, 500, 650, 850) if step <= max(values)]
        assert values[500] == 0.25
    assert all(500 not in values for values in reported if 650 not in values)
