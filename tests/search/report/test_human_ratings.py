"""Ratings by people: requested once, and shown in the report."""

from pathlib import Path

import optuna
from optuna.trial import TrialState

from report.tables import rows_of
from xlt.search.report.facts import read
from xlt.search.report.human_ratings import request_rating
from xlt.search.report.page import study_sections
from xlt.search.storage.database import open_dashboard_storage
from xlt.search.storage.store import Store
from xlt.studies.study import load


def test_the_report_shows_ratings(store: Store, runs: Path) -> None:
    """The mean answer to each question. A second request for the same trial adds nothing."""
    winner = read(store).winner
    assert winner is not None
    storage = open_dashboard_storage(runs)
    space = load("league").space
    for _ in range(2):
        request_rating(
            storage, "league", space, winner.trial, winner.configuration, winner.examples
        )
    rating = optuna.load_study(study_name="league (ratings)", storage=storage)
    (request,) = rating.get_trials(states=(TrialState.RUNNING,))
    assert request.params.items() <= winner.configuration.items()
    rating.tell(request.number, [1.0, 0.5])
    sections = study_sections(read(store, runs))
    rows = rows_of(sections, "validation-sentences", "Ratings of the translations")
    assert rows == [
        {
            "rated": f"trial {winner.trial}",
            "answers": "1",
            "sensible": "100%",
            "specific": "50%",
        }
    ]
