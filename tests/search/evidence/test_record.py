"""A confirmation as text."""

import pytest
from confirmations import candidate, confirmation


@pytest.mark.parametrize(("score", "difference"), [(32.0, "-1.00"), (30.5, "+0.50")])
def test_the_search_score_is_compared_with_the_mean(score: float, difference: str) -> None:
    """A score below the mean is not called optimistic."""
    text = str(confirmation(candidate(1, [score, score])))
    expected = f"score in the search: 31.00, {difference} compared with the mean on the new seeds"
    assert expected in text
    assert "optimistic" not in text
