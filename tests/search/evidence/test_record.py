"""The record of a proof as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proofs import candidate, proof

from xlt.search.evidence.record import Comparison, ProofRecord, format_probability


def compared(scores: int, p_value: float, *, proven: bool) -> ProofRecord:
    """Trial 1 against the baseline, trial 2."""
    several = {"low": 0.5, "high": 3.5, "probability": 1 - p_value / 2} if scores > 1 else {}
    comparison = Comparison(
        against="baseline",
        trial=2,
        n_seeds=scores,
        difference=2.0,
        p_value=p_value,
        proven=proven,
        **several,
    )
    rows = candidate(1, [32.0] * scores), candidate(2, [30.0] * scores, baseline=True)
    return proof(*rows).model_copy(update={"comparisons": [comparison]})


def test_a_proof_says_how_much_better_and_how_probable() -> None:
    text = str(compared(3, 0.02, proven=True))
    assert "trial 1: 32.00 ± 0.00 on 3 new seeds" in text
    assert "trial 2 (baseline): 30.00 ± 0.00 on 3 new seeds" in text
    assert (
        "against the baseline, trial 2: +2.00 (+0.50 to +3.50) on 3 new seeds, "
        "better with probability 0.990: proven"
    ) in text


@pytest.mark.parametrize(
    ("scores", "end"),
    [(1, "on one new seed: not proven"), (2, ": not proven (corrected p = 0.300)")],
)
def test_a_lead_that_is_not_proven_is_called_so(scores: int, end: str) -> None:
    """One seed proves nothing."""
    text = str(compared(scores, 0.3, proven=False))
    assert text.endswith(end)
    assert f"on {scores} new seed{'s' * (scores > 1)}" in text


def test_a_failed_run_and_missing_runs_are_named() -> None:
    """And that the winner is not proven."""
    lost = proof(candidate(1, [32.0, 31.0]), candidate(2, [30.0, None]))
    runs = [f"trial 3 on new seed {seed}" for seed in range(4)]
    text = str(lost.model_copy(update={"has_proof_runs": False, "left_out": runs}))
    assert text.startswith(
        "not proven: trial 1 has no proof; it has the best expected score so far"
    )
    assert "trial 2: a run on a new seed failed or diverged" in text
    left = "trial 3 on new seed 0, trial 3 on new seed 1 and 2 more runs"
    assert text.endswith(f"no time was left for these runs: {left}")


@given(st.floats(0, 1))
def test_a_probability_is_never_rounded_to_certainty(probability: float) -> None:
    text = format_probability(probability)
    assert text != "1.000"
    if probability <= 0.999:
        assert float(text) == pytest.approx(probability, abs=5e-4)
