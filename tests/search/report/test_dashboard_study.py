"""The study that the dashboard shows, against the search's own record."""

from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState
from records import RECORD, STUDY, searched

from xlt.objectives.objective import Evaluation
from xlt.search import events
from xlt.search.report.dashboard_study import DashboardStudy, following, update_once
from xlt.search.storage.database import DASHBOARD_DATABASE, open_dashboard_storage, open_storage
from xlt.search.storage.keys import CONFIGURATION, DIVERGED
from xlt.search.storage.store import Store, config_key, evaluation_attributes
from xlt.search.storage.studies import load_store, open_store
from xlt.search.suggest.distributions import distributions
from xlt.spaces.errors import InputError

LAST = STUDY.budget.rungs[-1]


def shown(runs: Path) -> optuna.Study:
    return optuna.load_study(study_name="league", storage=open_dashboard_storage(runs))


def content(trials: list[FrozenTrial]) -> list[dict[str, Any]]:
    return [vars(trial) | {"_trial_id": None} for trial in trials]


def test_a_search_leaves_one_trial_for_each_configuration(runs: Path, store: Store) -> None:
    """Under the configuration's own names, values and number."""
    latest = store.results_by_config()
    trials = shown(runs).trials
    assert {config_key(t.system_attrs[CONFIGURATION]) for t in trials} == latest.keys()
    assert len(trials) == len(latest)
    assert len(trials) < len(store.study.trials), "some were resumed"
    for trial in trials:
        assert trial.number == store.config_number(trial.system_attrs[CONFIGURATION])
        own = latest[config_key(trial.system_attrs[CONFIGURATION])]
        assert trial.params.items() <= own.user_attrs[CONFIGURATION].items()
        assert len(trial.params) == len(own.params)
        for name, distribution in trial.distributions.items():
            assert distribution._contains(distribution.to_internal_repr(trial.params[name]))
        assert trial.intermediate_values == own.intermediate_values
        assert trial.value == list(own.intermediate_values.values())[-1]


def test_the_best_trial_is_the_search_s(runs: Path, store: Store) -> None:
    best = store.best()
    assert best is not None
    assert shown(runs).best_trial.system_attrs[CONFIGURATION] == best.configuration


def test_the_update_while_a_search_runs_is_what_is_derived_at_its_end(
    runs: Path, store: Store, tmp_path: Path
) -> None:
    """So nothing but ratings is lost if somebody deletes the database."""
    update_once(store, tmp_path)
    again = content(shown(tmp_path).trials)
    assert again == content(shown(runs).trials)
    (tmp_path / DASHBOARD_DATABASE).unlink()
    update_once(store, tmp_path)
    assert content(shown(tmp_path).trials) == again


class Search:
    """A study that a test writes as a search would."""

    def __init__(self, runs: Path) -> None:
        self.store = open_store(open_storage(None, runs), "league", STUDY, RECORD["data"])
        self.dashboard = DashboardStudy(self.store, runs)

    def begin(self, **changes: Any) -> int:
        config = {**STUDY.space.baseline_config, **changes}
        params = STUDY.space.to_trial_params(config)
        names = distributions(STUDY.space)
        return self.store.create_trial(params, names, {CONFIGURATION: config})

    def score(self, trial: int, *scores: tuple[int, str, float]) -> None:
        evaluations = [Evaluation(step, score, {}, metric=name) for step, name, score in scores]
        self.store.set_trial_attributes(trial, evaluation_attributes(evaluations))
        for step, _, score in scores:
            self.store.report(trial, step, score)

    def end(self, trial: int, *scores: tuple[int, str, float]) -> None:
        self.score(trial, *scores)
        is_last = scores[-1][0] == LAST
        state = TrialState.COMPLETE if is_last else TrialState.PRUNED
        self.store.tell(trial, state, "ended", scores[-1][2] if is_last else None)

    def trials(self) -> list[FrozenTrial]:
        self.dashboard.update()
        # Optuna's `Study` keeps finished trials in a cache; the dashboard does not.
        study = self.dashboard.study
        return self.dashboard.storage.get_all_trials(study._study_id)


@pytest.fixture
def search(tmp_path: Path) -> Search:
    return Search(tmp_path)


def test_scores_of_another_metric_are_left_out(search: Search) -> None:
    search.end(search.begin(), (40, "log-likelihood", -8.0), (LAST, "BLEU", 12.0))
    search.end(search.begin(dropout=0.1), (40, "log-likelihood", -7.0))
    complete, paused = search.trials()
    assert (complete.state, complete.value) == (TrialState.COMPLETE, 12.0)
    assert complete.intermediate_values == {LAST: 12.0}
    assert (paused.state, paused.value) == (TrialState.PRUNED, None)
    assert not paused.intermediate_values
    assert paused.user_attrs["scores"] == "step 40: log-likelihood -7.00"


def test_a_configuration_from_its_start_to_its_end(search: Search) -> None:
    """It is one trial while it is trained, interrupted, paused, resumed and diverges."""

    def state() -> TrialState:
        (trial,) = search.trials()
        return trial.state

    first = search.begin()
    assert state() == TrialState.RUNNING
    search.store.abandon(first, "interrupted")
    assert state() == TrialState.WAITING
    second = search.begin()
    assert state() == TrialState.RUNNING
    search.end(second, (40, "BLEU", 1.0))
    assert state() == TrialState.COMPLETE
    third = search.store.resume_trial(search.store.trial(second), {})
    assert state() == TrialState.RUNNING
    search.score(third, (40, "BLEU", 1.0), (100, "BLEU", 2.0))
    assert search.trials()[0].intermediate_values == {40: 1.0, 100: 2.0}
    search.store.set_trial_attributes(third, {DIVERGED: {"step": 120}})
    search.store.tell(third, TrialState.PRUNED, "diverged")
    (trial,) = search.trials()
    assert (trial.state, trial.value, trial.intermediate_values) == (TrialState.FAIL, None, {})
    assert trial.number == 0


def test_a_higher_score_at_an_earlier_step_is_not_the_best(search: Search) -> None:
    search.end(search.begin(), (LAST, "BLEU", 12.0))
    search.end(search.begin(dropout=0.1), (100, "BLEU", 14.0))
    assert search.trials()[1].state == TrialState.PRUNED
    assert search.dashboard.study.best_trial.number == 0


def test_a_study_of_an_earlier_search_is_replaced(search: Search, tmp_path: Path) -> None:
    search.begin()
    assert len(search.trials()) == 1
    optuna.delete_study(study_name="league", storage=open_storage(None, tmp_path))
    again = Search(tmp_path)
    again.begin(dropout=0.1)
    (trial,) = again.trials()
    assert trial.number == 0
    assert trial.params["dropout"] == 0.1


def test_a_study_that_somebody_deletes_is_written_again(search: Search, tmp_path: Path) -> None:
    search.begin()
    search.dashboard.update()
    optuna.delete_study(study_name="league", storage=open_dashboard_storage(tmp_path))
    search.begin(dropout=0.1)
    assert len(search.trials()) == 2


def test_a_study_of_another_program_is_left_alone(store: Store, tmp_path: Path) -> None:
    optuna.create_study(study_name="league", storage=open_dashboard_storage(tmp_path))
    with pytest.raises(InputError, match="that xlt-search did not make for the dashboard; choose"):
        update_once(store, tmp_path)


def test_its_database_is_not_the_search_s(store: Store, tmp_path: Path) -> None:
    update_once(store, tmp_path)
    url = f"sqlite:///{tmp_path / DASHBOARD_DATABASE}"
    with pytest.raises(
        InputError, match="is the one that the dashboard shows; the search's own is"
    ):
        load_store(url, tmp_path, "league")


def test_an_error_of_the_database_does_not_end_the_search(search: Search, tmp_path: Path) -> None:
    """One notice says so."""
    seen: list[events.Event] = []
    with following(search.store, tmp_path, seen.append) as display:
        engine = open_dashboard_storage(tmp_path).engine
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE trial_params")
        for number in (search.begin(), search.begin(dropout=0.1)):
            display(events.TrialStarted(number, {}))
    notices = [event.text for event in seen if isinstance(event, events.Notice)]
    assert len(notices) == 1
    assert "dashboard.db, which the dashboard shows, is not updated: " in notices[0]


def test_a_trial_that_somebody_adds_stays(search: Search, tmp_path: Path) -> None:
    search.dashboard.study.add_trial(optuna.trial.create_trial(value=1.0))
    search.begin()
    assert [len(trial.params) > 0 for trial in search.trials()] == [False, True]
    search.dashboard = DashboardStudy(search.store, tmp_path)
    assert len(search.trials()) == 2


def test_two_searches_share_the_database(tmp_path: Path) -> None:
    for name in ("one", "two"):
        searched(tmp_path, "search.n_trials=2", name=name, final=False)
    names = optuna.get_all_study_names(open_dashboard_storage(tmp_path))
    assert names == ["one", "two"]
