"""The expected best and luck: what the pictures show is computed from the study's scores."""

from dataclasses import replace

import pytest

from report.tables import rows_of
from xlt.search.report.facts import Facts
from xlt.search.report.sections.selection import expected, luck


def test_all_configurations_count_for_the_expected_best(facts: Facts) -> None:
    """One draw has the mean score, where those that were stopped count as the worst."""
    scores = [score.score for _, score in facts.compared]
    scores += [min(scores)] * (len(facts.configs) - len(scores))
    rows = rows_of(expected(facts), "expected", "Expected best")
    assert rows[0]["configurations"] == "1"
    (column,) = (name for name in rows[0] if name.startswith("expected best"))
    assert float(rows[0][column]) == pytest.approx(sum(scores) / len(scores), abs=0.006)
    assert rows[-1]["configurations"] == str(len(facts.configs))
    assert sorted(rows, key=lambda row: float(row[column])) == rows


def test_a_lead_within_the_spread_of_the_seeds_is_no_more_than_luck(facts: Facts) -> None:
    """The same scores are luck with a large deviation over seeds, and are not with a tiny one."""
    proof = facts.proof
    assert proof
    for spread, verdict in ((100.0, "may be luck"), (1e-6, "is more than luck")):
        candidates = [
            candidate.model_copy(
                update={
                    "runs": [
                        run.model_copy(update={"score": 20 + spread * index})
                        for index, run in enumerate(candidate.runs)
                    ]
                }
            )
            for candidate in proof.candidates
        ]
        changed = proof.model_copy(update={"candidates": candidates})
        (section,) = luck(replace(facts, proof=changed))
        assert verdict in section.title


def test_luck_needs_the_deviation_over_seeds(facts: Facts) -> None:
    assert not list(luck(replace(facts, proof=None)))
