"""The section about new seeds."""

from dataclasses import replace

import pytest

from xlt.search.report.facts import Facts
from xlt.search.report.sections.confirmation import seeds as seeds_section


@pytest.mark.parametrize(
    ("seeds", "left_out", "why"),
    [
        ([], [], "The study asks for no runs on new seeds."),
        ([], ["trial 1 on seed 7"], "There was no time for 1 of the runs on new seeds."),
        ([7], [], "1 of its 1 runs on new seeds diverged or failed."),
    ],
)
def test_the_reason_for_no_confirmation_is_named(
    facts: Facts, seeds: list[int], left_out: list[str], why: str
) -> None:
    """There was no time, the study asks for no runs, or runs diverged."""
    confirmation = facts.confirmation
    assert confirmation
    lost = [row.model_copy(update={"runs": []}) for row in confirmation.candidates]
    update = {"confirmed": False, "seeds": seeds, "left_out": left_out, "candidates": lost}
    (section,) = seeds_section(replace(facts, confirmation=confirmation.model_copy(update=update)))
    assert section.note.startswith(why)


def test_a_mean_of_zero_is_drawn(facts: Facts) -> None:
    """Zero is a score like any other."""
    confirmation = facts.confirmation
    assert confirmation
    zero = [row.model_copy(update={"mean": 0.0}) for row in confirmation.candidates]
    (section,) = seeds_section(
        replace(facts, confirmation=confirmation.model_copy(update={"candidates": zero}))
    )
    (means,) = (t for t in section.figures[0].plot.data if t.name == "mean")
    assert list(means.x) == [0.0] * len(confirmation.ranking)
