"""Trackers receive what the study's record has, and never disturb a search."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from in_process import Command, story
from mlflow import MlflowClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from xlt.search import events, run_study
from xlt.search.pipeline.options import Options
from xlt.search.storage.store import Store
from xlt.search.trackers import tracking
from xlt.search.trackers.names import TrackerName
from xlt.search.trackers.tensorboard import TensorBoard
from xlt.search.transfer.compare import compare_strategies
from xlt.spaces.errors import InputError
from xlt.studies.study import load

# MLflow's own use of SQLAlchemy.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")
STUDY = ("search.n_trials=4", "proof.seeds=1", "proof.most_runs=2")
# Steps and scores of each training, by its name.
Scores = dict[str, list[tuple[int, float]]]


@pytest.fixture
def command(tmp_path: Path, toy_log: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Command(tmp_path / "runs", overrides=STUDY, final=True)


def recorded(command: Command, store: Store) -> Scores:
    """The scores of all trainings on record."""
    scores = {
        f"trial {row.trial}": [(each["step"], each["score"]) for each in row.evaluations]
        for row in store.ranking()
    }
    for candidate in command.result().candidates:
        for seed, score in candidate.scores.items():
            scores[f"trial {candidate.trial} on new seed {seed}"] = [(1100, score)]
    (final,) = command.of(events.TestScore)
    return scores | {f"final run of trial {final.trial}": [(1100, final.score)]}


def metric(run: str) -> str:
    return "test BLEU" if run.startswith("final") else "score"


def in_tensorboard(folder: Path) -> Scores:
    scores: Scores = {}
    for run in folder.iterdir():
        files = EventAccumulator(str(run)).Reload()
        assert "_hparams_/session_start_info" in files.summary_metadata
        # A training that was interrupted before its next rung sends the earlier ones again.
        values = {each.step: each.value for each in files.Scalars(metric(run.name))}
        scores[run.name] = sorted(values.items())
    return scores


def in_mlflow(folder: Path, store: Store) -> Scores:
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("league")
    assert experiment
    scores: Scores = {}
    configs = {f"trial {row.trial}": row.configuration for row in store.ranking()}
    for run in client.search_runs([experiment.experiment_id]):
        name = run.info.run_name
        assert name not in scores, "a paused trial continues its run"
        assert run.info.status == "FINISHED"
        if name in configs:
            assert run.data.params == {key: str(value) for key, value in configs[name].items()}
        history = client.get_metric_history(run.info.run_id, metric(name))
        scores[name] = [(each.step, each.value) for each in history]
    return scores


def test_trackers_have_the_scores_of_an_interrupted_study(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    command.track = (TrackerName.TENSORBOARD, TrackerName.MLFLOW)
    command.stop_at = events.TrialEvaluated, 5  # a trial is interrupted on its way to the next rung
    with pytest.raises(Exception, match="interrupted"):
        command()
    command.stop_at = None
    command.stop.clear()
    store = command()
    expected, folder = recorded(command, store), command.folder / "league"
    assert len(expected) > 6
    assert in_mlflow(folder, store) == expected
    assert not list(elsewhere.iterdir())
    found = in_tensorboard(folder / "tensorboard")
    assert found.keys() == expected.keys()
    for run, scores in expected.items():
        assert np.array(found[run]) == pytest.approx(np.array(scores), rel=1e-6)  # 32 bits


def test_a_tracker_that_fails_is_shown_once(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("no route to the server\nand more")

    expected = story(command())
    disturbed = Command(command.folder.with_name("disturbed"), overrides=STUDY, final=True)
    disturbed.track = (TrackerName.MLFLOW,)
    monkeypatch.setattr(MlflowClient, "log_metric", fail)
    assert story(disturbed()) == expected
    shown = [text for text in disturbed.notices() if "--track" in text]
    assert shown == [
        "--track mlflow failed (ConnectionError: no route to the server); it is not continued"
    ]


def test_a_tracker_that_hangs_does_not_hold_up_the_end(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.track, released = (TrackerName.TENSORBOARD,), threading.Event()
    monkeypatch.setattr(TensorBoard, "log", lambda *_: released.wait())
    monkeypatch.setattr(tracking, "LAST_SECONDS", 0.1)
    command()
    assert command.notices()[-1] == "--track tensorboard: not all scores were sent within 0 s"
    released.set()


def test_a_missing_client_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.track = (TrackerName.WANDB,)
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.delitem(sys.modules, "xlt.search.trackers.wandb", raising=False)
    with pytest.raises(
        InputError, match=r"--track wandb: its client is not installed: pip install 'wandb>="
    ):
        command()
    assert not command.of(events.TrialStarted)


def test_the_api_names_the_trackers_there_are() -> None:
    with pytest.raises(InputError, match=r'--track mlfow: expected one of .*did you mean "mlflow"'):
        run_study("league", track="mlfow")


def test_the_comparison_of_strategies_refuses_trackers(tmp_path: Path) -> None:
    options = Options(runs=tmp_path, track=(TrackerName.MLFLOW,))
    with pytest.raises(InputError, match="--track: transfer sends no scores; leave it out"):
        compare_strategies(load, options, print, threading.Event(), n_seeds=1, sizes=())
