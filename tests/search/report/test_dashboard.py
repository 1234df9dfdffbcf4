"""What the dashboard shows, without a browser; `test_browser.py` has one."""

from pathlib import Path

import optuna
import pytest
from optuna_dashboard import get_note
from records import searched

from xlt.search.report.dashboard import publish
from xlt.search.results.artifacts import artifact_store
from xlt.search.storage.database import open_dashboard_storage
from xlt.search.storage.studies import list_own_studies, load_store


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dashboard") / "runs"
    searched(folder, "search.n_trials=16", "search.sampler=random")
    return folder


@pytest.fixture(scope="module")
def study(runs: Path) -> optuna.Study:
    publish(load_store(None, runs, "league"), runs, artifact_store(runs))
    return optuna.load_study(study_name="league", storage=open_dashboard_storage(runs))


def test_the_study_note_links_its_report(study: optuna.Study, runs: Path) -> None:
    note = get_note(study)
    assert "[The report](/artifacts/" in note
    winner = load_store(None, runs, "league").attributes["final"]["trial"]
    assert f"The winner is **trial {winner}**." in note
    best = load_store(None, runs, "league").attributes["final"]["configuration"]
    assert study.trials[winner].params.items() <= best.items()


def test_publishing_twice_adds_nothing(study: optuna.Study, runs: Path) -> None:
    """There is no second report, and no second request to rate the same translations."""

    def state() -> tuple[object, ...]:
        rating = optuna.load_study(study_name="league (ratings)", storage=study._storage)
        return (
            study.trials,
            get_note(study),
            len(rating.trials),
            len(list((runs / "artifacts").iterdir())),
            study._storage.get_study_system_attrs(study._study_id).keys(),
        )

    before = state()
    publish(load_store(None, runs, "league"), runs, artifact_store(runs))
    assert state() == before


def test_studies_of_others_are_left_alone(runs: Path) -> None:
    """They may share the database."""
    store = load_store(None, runs, "league")
    optuna.create_study(study_name="theirs", storage=store.storage)
    forged = optuna.create_study(study_name="../forged", storage=store.storage)
    forged.set_user_attr("config", store.attributes["config"])
    assert list_own_studies(store.storage) == ["league"]
