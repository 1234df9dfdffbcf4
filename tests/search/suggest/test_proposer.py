"""Which configurations a search tries: enqueued ones first, none twice, only valid ones."""

import math
import time
from typing import Any

import optuna
import pytest
from in_process import Command
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from xlt.search import events
from xlt.search.budget.time_plan import TimePlan
from xlt.search.pipeline import runner
from xlt.search.pipeline.search_loop.loop import SearchLoop
from xlt.search.pipeline.session import open_session
from xlt.search.storage import write_through
from xlt.search.storage.keys import DUPLICATE_OF, RESUMED_FROM
from xlt.search.storage.store import Store, config_key


def test_enqueued_configurations_are_tried_after_the_baseline(command: Command) -> None:
    """In order and once, also in a resumed study. A notice names those outside the ranges."""
    overrides = [
        "search.enqueue=[{ dropout = 0.2 }, { num_layers = 3 }, { dropout = 0.2 }]",
        "space.num_layers=2",
    ]
    command(*overrides, "search.n_trials=1")
    store = command(*overrides, "search.n_trials=4")
    space = command.study(*overrides).space
    started = [trial for trial in store.study.trials if RESUMED_FROM not in trial.user_attrs]
    configs = [trial.user_attrs["configuration"] for trial in started]
    assert configs[0] == space.baseline_config
    assert configs[1] == {**space.baseline_config, "dropout": 0.2}
    assert configs[1] not in configs[2:]
    assert len(configs) == 4
    skipped = "search.enqueue, table 2: outside the study's ranges; skipped"
    assert skipped in command.notices()


def test_a_search_ends_when_all_configurations_of_a_small_space_are_tried(command: Command) -> None:
    """Duplicates repeat the values of the first trial, and do not count."""
    searched = ("d_model", "d_ff", "dropout")
    baseline = command.study().space.baseline.items()
    store = command(
        *(f"space.{name}={value}" for name, value in baseline if name not in searched),
        "space.d_model=[128, 256]",
        "space.d_ff={times = 'd_model', low = 4, high = 4}",
        "space.dropout={low = 0.1, high = 0.3, step = 0.1}",
        "search.n_trials=40",
    )
    assert len(store.results_by_config()) == 6
    assert any("the space has only 6" in text for text in command.notices())
    repeated = [t for t in store.study.trials if DUPLICATE_OF in t.user_attrs]
    for trial in repeated:
        first = store.study.trials[trial.user_attrs[DUPLICATE_OF]]
        assert trial.intermediate_values == first.intermediate_values
        assert trial.state == first.state
    assert len(command.done()) == len(set(command.done()))
    assert len(store.ranking()) == 6


def state(store: Store) -> tuple[object, dict[str, int]]:
    """The best configuration, and the number of the latest trial of each."""
    return store.best(), {key: t.number for key, t in store.results_by_config().items()}


def test_a_duplicate_of_a_resumed_trial_changes_neither_best_nor_latest_trials(
    command: Command,
) -> None:
    """This holds for the store in use and for one that reads the database."""
    study = command.study("search.n_trials=4")
    with open_session(study, "league", command.options(), lambda _: None, command.stop) as session:
        loop, store = SearchLoop(session), session.store
        loop.search(4)
        resumed = next(
            t for t in store.results_by_config().values() if RESUMED_FROM in t.user_attrs
        )
        before, n_asked = state(store), store.ask_count()

        number = store.create_trial(resumed.params, resumed.distributions, {})
        loop.proposer._tell_duplicate(number, resumed)

        for reader in (store, command.store()):
            assert state(reader) == before
            assert reader.ask_count() == n_asked + 1
        assert RESUMED_FROM not in command.store().study.trials[number].user_attrs


def test_an_enqueued_configuration_may_be_expensive(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It only has to fit into the time. Sampled ones must leave time for others."""
    monkeypatch.setattr(
        TimePlan, "leaves_time_to_search", lambda plan, config, _: config["d_model"] < 256
    )
    store = command(
        "search.n_trials=6",
        "budget.time_limit=2h",
        "search.enqueue=[{ d_model = 512, d_ff = 1024 }]",
    )
    by_key = {config_key(t.user_attrs["configuration"]): t for t in reversed(store.study.trials)}
    trials = sorted(by_key.values(), key=lambda trial: trial.number)
    widths = [trial.user_attrs["configuration"]["d_model"] for trial in trials]
    assert widths[1] == 512
    assert len(widths) == 6
    assert max(widths[:1] + widths[2:]) < 256


def test_enqueued_configurations_that_did_not_fit_are_tried_with_more_time(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are tried once, however many commands had no time for them."""
    enqueued = "search.enqueue=[{ dropout = 0.1 }, { d_model = 512, d_ff = 1024 }]"
    has_time_to_train = TimePlan.has_time_to_train
    for count in (3, 4):
        with monkeypatch.context() as patched:
            patched.setattr(
                TimePlan,
                "has_time_to_train",
                lambda plan, config, *a: (
                    config["d_model"] < 512 and has_time_to_train(plan, config, *a)
                ),
            )
            command(f"search.n_trials={count}", enqueued, "budget.time_limit=50m")
    store = command("search.n_trials=6", enqueued, "budget.time_limit=5h")
    configs = [t.user_attrs.get("configuration", {}) for t in store.study.trials]
    widths = [config["d_model"] for config in configs if config.get("d_ff") == 1024]
    assert widths.count(512) == 1
    assert len(store.results_by_config()) == 6


def check_failed(store: Store, failed: int) -> None:
    """Check that an enqueued trial failed and is not ranked, and that no trial is unfinished."""
    trial = store.study.trials[failed]
    assert trial.state == TrialState.FAIL
    assert "configuration" not in trial.user_attrs
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))


# Values that people or the dashboard may enqueue, and the reason with which the trial fails.
UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"d_model": 130}, "d_model = 130 is outside its range, 128 to 512 in steps of 64"),
    ({"d_model": 128.5}, "d_model = 128.5 is not a whole number"),
    ({"d_model": None}, "d_model = None is not a whole number"),
    ({"d_model": True}, "d_model = true is not a whole number"),
    ({"d_model": [128]}, "d_model = [128] is not a whole number"),
    ({"nhead_index": -1}, "nhead_index = -1 is not an index of"),
    ({"d_ff_factor": 90}, "d_ff = 11520 is outside its range"),
    ({"lr_scheduler_type": "constant"}, 'lr_scheduler_type = "constant" is outside its range'),
    ({"lr_scheduler_type": 3}, "lr_scheduler_type = 3 is not a string"),
    ({"learning_rate": -1.0}, "learning_rate = -1.0 is outside its range"),
    ({"learning_rate": math.nan}, "learning_rate = nan is not a finite number"),
    ({"learning_rate": math.inf}, "learning_rate = inf is not a finite number"),
    ({"learning_rate": "abc"}, 'learning_rate = "abc" is not a finite number'),
    ({"learning_rat": 1e-5}, 'did you mean "learning_rate"?'),
    ({"dropout": 0.1, "weight_decay": 7}, "weight_decay = 7.0 is outside its range"),
]


def test_invalid_enqueued_values_fail_their_trial_and_not_the_search(
    command: Command,
) -> None:
    """Each trial records the reason, and later commands work."""
    study = command("search.n_trials=1").study
    for values, _ in UNUSABLE:
        study.enqueue_trial(values)
    store = command("search.n_trials=2", final=True)
    for number, (_, reason) in enumerate(UNUSABLE, 1):
        check_failed(store, failed=number)
        assert reason in store.study.trials[number].user_attrs["end_reason"]
    assert len(store.results_by_config()) == 2
    assert len(command("search.n_trials=3").results_by_config()) == 3


@pytest.mark.parametrize("sampler", ["auto", "tpe", "gp", "cmaes", "qmc"])
def test_every_sampler_fails_or_completes_enqueued_values(command: Command, sampler: str) -> None:
    """Missing parameters are sampled, as Optuna does it."""
    command.overrides = (f"search.sampler={sampler}",)
    study = command("search.n_trials=2").study
    n_before = len(study.trials)
    for value in (-1.0, math.nan, "abc"):
        study.enqueue_trial({"learning_rate": value})
    study.enqueue_trial({"learning_rate": 3e-5, "d_model": 320})
    store = command("search.n_trials=4")
    for failed in range(n_before, n_before + 3):
        check_failed(store, failed)
    completed = store.study.trials[n_before + 3].user_attrs["configuration"]
    command.study().space.check(completed)
    assert (completed["learning_rate"], completed["d_model"]) == (3e-5, 320)
    assert config_key(completed) in store.results_by_config()
    assert len(store.results_by_config()) == 4


def test_an_added_trial_with_its_own_distributions_fails(
    command: Command,
) -> None:
    """`add_trial` takes parameters together with distributions, which may differ from the space."""
    command("search.n_trials=1").study.add_trial(
        optuna.trial.create_trial(
            state=TrialState.WAITING,
            params={"dropout": 0.2},
            distributions={"dropout": FloatDistribution(0, 1)},
        )
    )
    store = command("search.n_trials=2")
    check_failed(store, failed=1)
    assert (
        "dropout was added with a range of its own"
        in store.study.trials[1].user_attrs["end_reason"]
    )


def test_a_trial_killed_during_sampling_does_not_end_later_commands(command: Command) -> None:
    """It has only some parameters, and the sampler must not take these for the whole space."""
    study = command("search.n_trials=1").study
    study.enqueue_trial({"dropout": 0.2})
    study.ask().suggest_float("dropout", 0.0, 0.3, step=0.05)
    store = command("search.n_trials=2")
    check_failed(store, failed=1)
    assert store.study.trials[1].user_attrs["end_reason"] == "its process died"
    assert store.study.trials[2].user_attrs["configuration"]["dropout"] == 0.2


def test_invalid_values_enqueued_during_a_search_do_not_end_it(command: Command) -> None:
    command("search.n_trials=1")
    other = command.store().study
    invalid: list[dict[str, Any]] = [
        {"learning_rate": math.nan},
        {"d_model": None},
        {"lr_scheduler_type": "constant"},
    ]

    def show(event: events.Event) -> None:
        if isinstance(event, events.TrialStarted):
            other.enqueue_trial(invalid.pop() if invalid else {"dropout": 0.05})
            time.sleep(2 * write_through.POLL_ENQUEUED_SECONDS)

    study = command.study("search.n_trials=8")
    runner.run_study(study, "league", command.options(), show, command.stop, with_final=False)
    store = command.store()
    failed = [trial for trial in store.study.trials if trial.state == TrialState.FAIL]
    assert len(failed) == 3
    for trial in failed:
        assert trial.system_attrs["fixed_params"].keys() <= {
            *trial.user_attrs["end_reason"].split()
        }
    assert len(store.results_by_config()) == 8
    assert not store.study.get_trials(states=(TrialState.RUNNING,))
