"""What the dashboard is given, without looking at it; see `test_browser.py` for that."""

from pathlib import Path

import optuna
import pytest
from optuna.trial import Trial, TrialState
from optuna_dashboard import get_note
from records import searched

from xlt.search.report.dashboard import dress
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
    dress(load_study(None, runs, "league"), storage, runs, artifact_store(runs))
    return optuna.load_study(study_name="league", storage=storage)


def notes(study: optuna.Study) -> dict[int, str]:
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return {trial.number: get_note(Trial(study, trial._trial_id)) for trial in ended}


def test_trials_say_what_they_are(study: optuna.Study) -> None:
    """What each goes on from, who goes on from it, and why it ended."""
    found = notes(study)
    went_on = 0
    for trial in study.trials:
        assert trial.user_attrs["end_reason"] in found[trial.number]
        before = trial.user_attrs.get(RESUMED_FROM)
        if before is not None:
            went_on += 1
            assert f"Goes on from trial {before}" in found[trial.number]
            assert f"trial {trial.number}" in found[before]
    assert went_on


def test_the_study_leads_to_its_report(study: optuna.Study) -> None:
    note = get_note(study)
    assert "[The report](/artifacts/" in note
    assert f"trial {study.user_attrs['final']['trial']}" in note


def test_dressed_twice_is_dressed_once(study: optuna.Study, runs: Path) -> None:
    """Nothing is added: no second report, no second question about the same translations."""

    def all_of_it() -> tuple[object, ...]:
        rating = optuna.load_study(study_name="league (ratings)", storage=study._storage)
        return (
            notes(study),
            get_note(study),
            len(rating.trials),
            len(list((runs / "artifacts").iterdir())),
            study._storage.get_study_system_attrs(study._study_id).keys(),
        )

    before = all_of_it()
    dress(load_study(None, runs, "league"), study._storage, runs, artifact_store(runs))
    assert all_of_it() == before


def test_studies_of_others_are_left_alone(study: optuna.Study) -> None:
    """They may share the database, and have none of what is told of ours."""
    optuna.create_study(study_name="theirs", storage=study._storage)
    forged = optuna.create_study(study_name="../forged", storage=study._storage)
    forged.set_user_attr("config", study.user_attrs["config"])
    assert list_own_studies(study._storage) == ["league"]
