"""The section about new seeds."""

from dataclasses import replace

import pytest

from xlt.search.evidence.record import SeedScore
from xlt.search.report.facts import Facts
from xlt.search.report.sections.proof import seeds as seeds_section

LOST = SeedScore(seed=7, reason="diverged")


@pytest.mark.parametrize(
    ("recorded", "left_out", "why"),
    [
        ([], [], "The study has proof.seeds = 0, so nothing was trained on new seeds."),
        ([], ["trial 1 on new seed 7"], "There was no time for 1 of the runs on new seeds."),
        ([LOST], [], "The runs on new seeds failed or diverged."),
    ],
)
def test_the_reason_for_no_proof_is_named(
    facts: Facts, recorded: list[SeedScore], left_out: list[str], why: str
) -> None:
    """There was no time, the study asks for no runs, or runs diverged."""
    proof = facts.proof
    assert proof
    lost = [row.model_copy(update={"runs": recorded}) for row in proof.candidates]
    update = {"has_proof_runs": False, "ranking": [], "left_out": left_out, "candidates": lost}
    (section,) = seeds_section(replace(facts, proof=proof.model_copy(update=update)))
    assert section.note.startswith(why)


def test_every_run_and_every_expected_score_is_drawn(facts: Facts) -> None:
    """Zero is a score like any other."""
    proof = facts.proof
    assert proof
    zero = [
        row if row.expected is None else row.model_copy(update={"expected": 0.0})
        for row in proof.candidates
    ]
    (section,) = seeds_section(replace(facts, proof=proof.model_copy(update={"candidates": zero})))
    traces = {trace.name: list(trace.x) for trace in section.figures[0].plot.data}
    expected = traces.pop("expected score, 90 % interval")
    assert expected
    assert set(expected) == {0.0}
    drawn = sorted(x for points in traces.values() for x in points)
    ranked = [proof.candidate(trial) for trial in proof.ranking]
    assert drawn == sorted(score for row in ranked for score in row.scores.values())


def test_the_title_claims_no_more_than_the_test(facts: Facts) -> None:
    proof = facts.proof
    assert proof
    comparison = proof.against("baseline")
    assert comparison
    for proven, start in ((True, "Proven better"), (False, "Not proven to be better")):
        changed = comparison.model_copy(update={"proven": proven})
        update = {"comparisons": [changed]}
        (section,) = seeds_section(replace(facts, proof=proof.model_copy(update=update)))
        assert section.title.startswith(f"{start} than the baseline: {comparison.difference:+.2f}")


def test_only_the_baseline_was_trained_on_new_seeds(facts: Facts) -> None:
    """Time ran out before the winner's turn."""
    proof = facts.proof
    assert proof
    candidates = [
        row if row.baseline else row.model_copy(update={"runs": []}) for row in proof.candidates
    ]
    (baseline,) = (row.trial for row in candidates if row.baseline)
    update = {"candidates": candidates, "ranking": [baseline], "comparisons": []}
    (section,) = seeds_section(replace(facts, proof=proof.model_copy(update=update)))
    assert section.title == "Not proven: the winner was not trained on new seeds"
