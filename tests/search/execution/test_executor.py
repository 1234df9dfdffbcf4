"""Searches whose jobs fail: workers that die or hang, and too little memory."""

from pathlib import Path

import pytest
import toy_objective
from in_process import Command, story
from optuna.trial import TrialState

from xlt.search.execution.executor import WorkerError
from xlt.search.execution.local import LocalExecutor


def test_the_job_of_a_worker_that_dies_is_repeated(toy_log: Path, tmp_path: Path) -> None:
    """The study has the same results as without the deaths."""
    expected = story(Command(tmp_path / "a")("search.n_trials=5"))
    command = Command(tmp_path / "b", toy_objective.build_mortal)
    assert story(command("search.n_trials=5")) == expected
    texts = command.notices()
    assert (
        "a worker process died while preparing the data: killed by SIGKILL; retry 1 of 2"
        in texts[0]
    )
    assert any("died while training trial" in text for text in texts)


def test_a_job_fails_after_its_worker_has_died_three_times(command: Command) -> None:
    """The trial counts, records the reason, and is not ranked. Later commands do not repeat it."""
    command.build = toy_objective.build_dying
    store = command("search.n_trials=2", "search.pruner=none")
    for trial in store.study.trials:
        assert trial.state == TrialState.FAIL
        assert "killed by SIGKILL; tried 3 times" in trial.user_attrs["failed"]
    assert len(store.results_by_config()) == 2
    assert not store.ranking()
    texts = command.notices()
    assert sum("worker process died" in text for text in texts) == 4
    assert "there is nothing to report" in texts[-1]
    command("search.n_trials=2", "search.pruner=none")
    assert len(command.store().study.trials) == 2


def test_running_out_of_memory_is_a_failure_without_a_score(command: Command) -> None:
    """The trial records it, and the worker continues."""
    store = command("search.n_trials=6", build=toy_objective.build_hungry)
    wide = [t for t in store.study.trials if t.user_attrs["configuration"]["d_model"] > 256]
    assert wide
    for trial in store.study.trials:
        assert ("failed" in trial.user_attrs) == (trial in wide)
    assert all("out of memory" in trial.user_attrs["failed"] for trial in wide)
    assert int(store.ranking()[0].configuration["d_model"]) <= 256


def test_only_workers_that_fit_into_memory_are_started(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlt.search.execution.local.available_bytes", lambda: 10**6)
    store = command("search.n_trials=3", workers=2)
    assert len(store.results_by_config()) == 3
    (text,) = command.notices()
    assert text.startswith("only 1 worker for now: ")


def test_more_workers_are_started_when_there_is_memory_again(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    available = [10**6] * 3  # bytes, at the first three checks
    monkeypatch.setattr(
        "xlt.search.execution.local.available_bytes",
        lambda: available.pop() if available else 10**12,
    )
    n_others: list[int] = []
    start = LocalExecutor._start

    def start_spy(self: LocalExecutor) -> object:
        n_others.append(len(self._workers))
        return start(self)

    monkeypatch.setattr(LocalExecutor, "_start", start_spy)
    command("search.n_trials=6", workers=2)
    assert max(n_others) == 1


def test_a_worker_that_hangs_is_ended(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlt.search.execution.local.HANG_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr("xlt.search.execution.executor.MAX_RETRIES", 0)
    store = command("search.n_trials=1", build=toy_objective.build_hanging)
    assert "no progress" in store.study.trials[0].user_attrs["failed"]


def test_a_job_past_its_time_limit_is_ended(command: Command) -> None:
    """It fails with that reason and is not retried."""
    command.job_timeout_seconds = 0.5
    store = command("search.n_trials=2", build=toy_objective.build_hanging, workers=2)
    for trial in store.study.trials:
        assert trial.user_attrs["failed"] == "time limit exceeded: ended after 0.5 s"
    assert len(store.results_by_config()) == 2


def test_a_bug_in_a_worker_is_raised_with_its_traceback(command: Command) -> None:
    with pytest.raises(WorkerError, match=r"(?s)build_buggy.*a bug in the objective"):
        command(build=toy_objective.build_buggy)
