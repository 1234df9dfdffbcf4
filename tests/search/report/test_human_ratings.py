"""Ratings by people: requested once, and shown in the report."""

import optuna
from optuna.trial import TrialState

from report.tables import rows_of
from xlt.search.report.facts import read
from xlt.search.report.human_ratings import request_rating
from xlt.search.report.page import study_sections
from xlt.search.storage.store import Store
from xlt.studies.study import load


def test_the_report_shows_ratings(store: Store) -> None:
    """The mean answer to each question. A second request for the same trial adds nothing."""
    winner = read(store).winner
    assert winner is not None
    storage = store.study._storage
    space = load("league").space
    for _ in range(2):
        request_rating(
            storage, "league", space, winner.trial, winner.configuration, winner.examples
        )
    rating = optuna.load_study(study_name="league (ratings)", storage=storage)
    (request,) = rating.get_trials(states=(TrialState.RUNNING,))
    rating.tell(request.number, [1.0, 0.5])
    sections = study_sections(read(store))
    rows = rows_of(sections, "validation-sentences", "Ratings of the translations")
    assert rows == [
        {
            "rated": f"trial {winner.trial}",
            "answers": "1",
            "sensible": "100%",
            "specific": "50%",
        }
    ]
