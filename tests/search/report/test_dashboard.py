"""What the dashboard shows, without a browser; `test_browser.py` has one."""

from pathlib import Path

import optuna
import pytest
from optuna.trial import Trial, TrialState
from optuna_dashboard import get_note
from records import searched

from xlt.search.report.dashboard import publish
from xlt.search.results.artifacts import artifact_store
from xlt.search.storage.database import open_storage
from xlt.search.storage.keys import RESUMED_FROM
from xlt.search.storage.studies import list_own_studies, load_study


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dashboard") / "runs"
    searched(folder, "search.n_trials=16", "search.sampler=random")
    return folder


@pytest.fixture(scope="module")
def study(runs: Path) -> optuna.Study:
    storage = open_storage(None, runs)
    publish(load_study(None, runs, "league"), storage, runs, artifact_store(runs))
    return optuna.load_study(study_name="league", storage=storage)


def notes(study: optuna.Study) -> dict[int, str]:
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return {trial.number: get_note(Trial(study, trial._trial_id)) for trial in ended}


def test_a_trial_note_links_resumed_trials(study: optuna.Study) -> None:
    """It says which trial it resumes, which trial resumes it, and why it ended."""
    by_trial = notes(study)
    resumed = 0
    for trial in study.trials:
        assert trial.user_attrs["end_reason"] in by_trial[trial.number]
        before = trial.user_attrs.get(RESUMED_FROM)
        if before is not None:
            resumed += 1
            assert f"Resumes trial {before}" in by_trial[trial.number]
            assert f"Trial {trial.number}** resumes it" in by_trial[before]
    assert resumed


def test_the_study_note_links_its_report(study: optuna.Study) -> None:
    note = get_note(study)
    assert "[The report](/artifacts/" in note
    assert f"trial {study.user_attrs['final']['trial']}" in note


def test_publishing_twice_adds_nothing(study: optuna.Study, runs: Path) -> None:
    """There is no second report, and no second request to rate the same translations."""

    def state() -> tuple[object, ...]:
        rating = optuna.load_study(study_name="league (ratings)", storage=study._storage)
        return (
            notes(study),
            get_note(study),
            len(rating.trials),
            len(list((runs / "artifacts").iterdir())),
            study._storage.get_study_system_attrs(study._study_id).keys(),
        )

    before = state()
    publish(load_study(None, runs, "league"), study._storage, runs, artifact_store(runs))
    assert state() == before


def test_studies_of_others_are_left_alone(study: optuna.Study) -> None:
    """They may share the database."""
    optuna.create_study(study_name="theirs", storage=study._storage)
    forged = optuna.create_study(study_name="../forged", storage=study._storage)
    forged.set_user_attr("config", study.user_attrs["config"])
    assert list_own_studies(study._storage) == ["league"]
