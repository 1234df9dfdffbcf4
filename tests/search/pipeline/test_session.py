"""The session of a command: time, definition, one writer, changes by other programs."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import optuna
import psutil
import pytest
import toy_objective
from in_process import Command
from optuna.trial import TrialState
from toy_objective import quality

from xlt.search import events
from xlt.search.cli.option_groups import RunOptions
from xlt.search.execution.executor import Executor
from xlt.search.pipeline import runner, session
from xlt.search.pipeline.options import Options, start_executor
from xlt.search.pipeline.session import open_session
from xlt.search.storage.lock import folder_lock
from xlt.search.storage.store import config_key
from xlt.spaces.errors import InputError, XltError
from xlt.studies.study import load


def test_the_time_budget_includes_the_preparation_of_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, seconds = start_executor, 2.0

    def slow_start(*args: Any) -> Executor:
        time.sleep(seconds)
        return start(*args)

    monkeypatch.setattr(session, "start_executor", slow_start)
    options = Options(runs=tmp_path, device="cpu", workers=1, objective_factory=toy_objective.build)
    study = load("league", ["data.source=toy"])
    called_at = time.monotonic()
    with open_session(study, "league", options, lambda _: None, threading.Event()) as opened:
        assert opened.plan is not None
        elapsed = opened.plan.budget.elapsed
        # The time of this process before the call does not count.
        assert seconds <= elapsed <= time.monotonic() - called_at


def test_the_time_budget_of_a_command_starts_with_its_process(tmp_path: Path) -> None:
    """So it includes the imports, up to a minute."""
    options = RunOptions(runs=tmp_path).resolve()
    age = time.time() - psutil.Process().create_time()
    assert options.started is not None
    assert time.monotonic() - options.started == pytest.approx(min(age, 60), abs=0.5)


def test_a_changed_definition_is_refused(command: Command) -> None:
    """The message has the difference, and suggests another name."""
    command("search.n_trials=1")
    with pytest.raises(InputError, match=r"(?s)space.num_layers.*--study-name"):
        command("search.n_trials=1", "space.num_layers=2")
    store = command("search.n_trials=1", "space.num_layers=2", name="narrow")
    assert len(store.results_by_config()) == 1


def test_changed_data_are_refused(command: Command) -> None:
    """Scores on other data do not belong in the same study."""
    command("search.n_trials=1")
    with pytest.raises(InputError, match=r"data: no data, called toy .* -> no data, called other"):
        command("search.n_trials=1", "data.source=other")


def test_changed_training_code_causes_one_notice(command: Command) -> None:
    store = command("search.n_trials=1")
    store.study.set_user_attr("provenance", store.attributes["provenance"] | {"code": "older"})
    command("search.n_trials=1")
    assert command.notices() == ["the training code has changed since this study was started"]


def test_a_second_command_on_a_study_is_refused(command: Command) -> None:
    """The message names the process of the first."""
    folder = command.folder / "league"
    folder.mkdir(parents=True)
    message = rf"another xlt-search works in .*league: process {os.getpid()} on .*, since 20"
    with folder_lock(folder), pytest.raises(XltError, match=message):
        command("search.n_trials=1")
    # A file that a dead process left behind locks nothing.
    (folder / ".owner.json").write_text("{")
    command("search.n_trials=1")
    assert not (folder / ".owner.json").exists()


@pytest.mark.parametrize(
    ("directions", "description"),
    [
        (["minimize"], "it minimizes, and has 1 trials"),
        (["maximize"], "it maximizes, and has 1 trials"),
        (["maximize", "minimize"], "it maximizes and minimizes, and has 1 trials"),
    ],
)
def test_a_study_of_another_program_is_refused_and_not_changed(
    command: Command, directions: list[Literal["minimize", "maximize"]], description: str
) -> None:
    """It is neither searched, loaded nor finished, and the message says what to type."""
    command("search.n_trials=1", name="other")
    url = f"sqlite:///{command.folder / 'search.db'}"
    theirs = optuna.create_study(study_name="league", storage=url, directions=directions)
    theirs.enqueue_trial({"x": 1.0})
    before = (theirs.user_attrs, len(theirs.trials))
    text = f"'league' in this database was not made by xlt-search: {description} of another program"
    with pytest.raises(InputError, match=f"{text}; choose another name with --study-name, such as"):
        command("search.n_trials=1")
    with pytest.raises(InputError, match=f"{text}; of xlt-search's there are: other"):
        command.store()
    with pytest.raises(InputError, match=text):
        command.finish()
    assert (theirs.user_attrs, len(theirs.trials)) == before
    command("search.n_trials=1", name="xlt-league")


def test_a_study_with_our_attributes_that_minimizes_is_refused(command: Command) -> None:
    ours = command("search.n_trials=1").study
    theirs = optuna.create_study(
        study_name="copy", storage=f"sqlite:///{command.folder / 'search.db'}", direction="minimize"
    )
    for name, value in ours.user_attrs.items():
        theirs.set_user_attr(name, value)
    with pytest.raises(InputError, match="not made by xlt-search: it minimizes"):
        command("search.n_trials=2", name="copy")


def test_a_command_killed_while_it_creates_its_study_can_be_repeated(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unfinished study is not mistaken for one of another program."""

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(optuna.storages.RDBStorage, "set_study_user_attr", kill)
        with pytest.raises(Killed):
            command("search.n_trials=1")
    assert len(command("search.n_trials=1").results_by_config()) == 1
    assert optuna.get_all_study_names(f"sqlite:///{command.folder / 'search.db'}") == ["league"]


def error_after(command: Command, disturb: Callable[[optuna.Study, int], None]) -> str:
    """The error of a search if `disturb` is called once its third trial has started."""
    pending = [disturb]

    def show(event: events.Event) -> None:
        if isinstance(event, events.TrialStarted) and event.trial >= 2 and pending:
            pending.pop()(command.store().study, event.trial)

    study = command.study("search.n_trials=6")
    with pytest.raises(XltError) as raised:
        runner.run_study(study, "league", command.options(), show, command.stop, with_final=False)
    assert (raised.value.exit_code, type(raised.value)) == (1, XltError)
    return str(raised.value)


def delete(study: optuna.Study, _: int) -> None:
    optuna.delete_study(study_name=study.study_name, storage=study._storage)


def rename(study: optuna.Study, _: int) -> None:
    """Rename a study as the dashboard does it."""
    optuna.copy_study(
        from_study_name=study.study_name,
        from_storage=study._storage,
        to_storage=study._storage,
        to_study_name="renamed",
    )
    delete(study, 0)


@pytest.mark.parametrize(("disturb", "left"), [(delete, "none"), (rename, "renamed")])
def test_deleting_or_renaming_a_study_during_its_search_ends_the_command(
    command: Command, disturb: Callable[[optuna.Study, int], None], left: str
) -> None:
    message = error_after(command, disturb)
    assert "the study 'league' is no longer in this database: it was deleted or renamed" in message
    assert f"Studies there now: {left}." in message
    assert len(command("search.n_trials=4").results_by_config()) == 4
    if left == "renamed":
        assert len(command("search.n_trials=4", name="renamed").results_by_config()) == 4


@pytest.mark.parametrize("moved", [False, True])
def test_deleting_or_moving_the_database_during_a_search_ends_the_command(
    command: Command, moved: bool
) -> None:
    """SQLite would continue to write to a file that nobody can open any more."""

    def disturb(*_: object) -> None:
        if moved:
            command.folder.rename(command.folder.with_name("moved"))
        else:
            (command.folder / "search.db").unlink()

    assert "search.db: the database was deleted or moved" in error_after(command, disturb)
    if moved:
        command.folder = command.folder.with_name("moved")
    assert len(command("search.n_trials=4").results_by_config()) == 4


@pytest.mark.parametrize("state", [TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED])
def test_finishing_a_running_trial_by_hand_ends_the_command(
    command: Command, state: TrialState
) -> None:
    """The next command resumes the study. The trial neither counts nor is ranked."""

    def tell(study: optuna.Study, number: int) -> None:
        study.tell(number, 99.0 if state == TrialState.COMPLETE else None, state=state)

    message = error_after(command, tell)
    assert f"while they were trained here: 2 ({state.name}). The same command resumes" in message
    store = command("search.n_trials=6", final=True)
    config = config_key(store.study.trials[2].user_attrs["configuration"])
    assert store.results_by_config()[config].number > 2
    assert len(store.results_by_config()) == 6
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))
    best = store.best()
    assert best
    assert best.score == quality(best.configuration, best.step)
