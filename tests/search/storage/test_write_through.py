"""What is asked of it is what the database says, after any sequence of writes."""

from itertools import count
from pathlib import Path
from typing import Any

import optuna
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from xlt.search.storage import write_through
from xlt.search.storage.database import open_storage
from xlt.search.storage.studies import load_store, open_store
from xlt.search.storage.write_through import SingleWriterStorage
from xlt.search.suggest.distributions import distributions
from xlt.studies.study import load

SPACE = {"a": FloatDistribution(0, 1), "b": IntDistribution(1, 8)}


@pytest.fixture(autouse=True)
def _always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others enqueue is seen at once."""
    monkeypatch.setattr(write_through, "POLL_ENQUEUED_SECONDS", 0.0)


def as_data(trials: list[optuna.trial.FrozenTrial]) -> list[dict[str, Any]]:
    return [vars(trial) | {"_distributions": dict(trial.distributions)} for trial in trials]


def test_the_same_as_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'study.db'}"
    names = count()

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            name = str(next(names))
            self.rdb = RDBStorage(url)
            self.study = optuna.create_study(storage=SingleWriterStorage(self.rdb), study_name=name)
            # Somebody else, such as a notebook beside the search.
            self.other = optuna.load_study(study_name=name, storage=RDBStorage(url))
            self.running: list[optuna.Trial] = []
            self.steps = count(2)

        @rule()
        def ask(self) -> None:
            self.running.append(self.study.ask(SPACE))

        @rule(a=st.floats(0, 1), b=st.integers(1, 8))
        def begin(self, a: float, b: int) -> None:
            """With all that it has, at once."""
            trial = optuna.trial.create_trial(
                state=TrialState.RUNNING,
                params={"a": a, "b": b},
                distributions=SPACE,
                user_attrs={"pair": (1, 2)},
                intermediate_values={1: a},
            )
            storage = self.study._storage
            number = storage.create_new_trial(self.study._study_id, trial)
            self.running.append(optuna.Trial(self.study, number))

        @rule(a=st.floats(0, 1))
        def enqueue(self, a: float) -> None:
            self.study.enqueue_trial({"a": a, "b": 2})

        @rule(a=st.floats(0, 1))
        def enqueued_by_another(self, a: float) -> None:
            self.other.enqueue_trial({"a": a, "b": 3})

        @precondition(lambda self: self.running)
        @rule(data=st.data(), value=st.floats(-1, 1))
        def report(self, data: st.DataObject, value: float) -> None:
            trial = data.draw(st.sampled_from(self.running))
            step = next(self.steps)
            trial.report(value, step)
            trial.set_user_attr(f"at {step}", value)
            trial.should_prune()

        @precondition(lambda self: self.running)
        @rule(data=st.data(), failed=st.booleans())
        def tell(self, data: st.DataObject, failed: bool) -> None:
            trial = self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
            if failed:
                self.study.tell(trial, state=TrialState.FAIL)
            else:
                self.study.tell(trial, 0.5)

        @rule()
        def look(self) -> None:
            """Waiting ones first: that is when those of others are seen."""
            self.study.get_trials(states=(TrialState.WAITING,))
            there = self.rdb.get_all_trials(self.study._study_id)
            assert as_data(self.study.get_trials()) == as_data(there)
            finished = (TrialState.COMPLETE, TrialState.FAIL)
            assert as_data(self.study.get_trials(states=finished)) == as_data(
                [trial for trial in there if trial.state in finished]
            )
            for trial in there:
                assert as_data([self.study._storage.get_trial(trial._trial_id)]) == as_data([trial])

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_enqueued_by_another_is_asked_next(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'study.db'}"
    study = optuna.create_study(storage=SingleWriterStorage(RDBStorage(url)), study_name="s")
    study.tell(study.ask(SPACE), 1.0)
    optuna.load_study(study_name="s", storage=url).enqueue_trial({"a": 0.25, "b": 3})
    assert study.ask(SPACE).params == {"a": 0.25, "b": 3}


def test_trials_added_by_another(tmp_path: Path) -> None:
    """They shift no number: what is given up is what was meant, once."""
    study = load("league", ["data.source=toy"])
    data = {"fingerprint": "f" * 64, "description": "", "source": "toy"}
    store = open_store(open_storage(None, tmp_path), "league", study, data)
    space = distributions(study.space)
    before = store.study.ask(space)
    other = load_store(None, tmp_path, "league").study
    other.add_trial(optuna.trial.create_trial(value=1.0))
    running = store.study.ask(space)
    for trial in (before, running):
        trial.set_user_attr("configuration", {"of": trial.number})
    assert (before.number, running.number) == (0, 2)
    for _ in range(2):
        store.abandon(2, "for a reason")
    states = {trial.number: trial.state.name for trial in other.get_trials()}
    assert states == {0: "RUNNING", 1: "COMPLETE", 2: "FAIL", 3: "WAITING"}
    assert other.get_trials()[3].system_attrs["fixed_params"] == running.params
    assert other.get_trials()[2].user_attrs["end_reason"] == "for a reason"
