"""The cost of the league's runs."""

from dataclasses import replace

import pytest
from samples import CONFIG, SHORT

from xlt.objectives.translation import work


def test_cost_follows_the_protocol() -> None:
    """It is proportional to steps, batch size and beams."""
    long = replace(SHORT, stage_a_steps=12, stage_b_steps=8, batch=16, beams=8)
    costs = [work.units_of_run(CONFIG, 0, each.steps, (), {}, each) for each in (SHORT, long)]
    assert costs[1]["stage_a"] == pytest.approx(4 * costs[0]["stage_a"])
    assert costs[1]["stage_b"] == pytest.approx(4 * costs[0]["stage_b"])
    assert costs[1]["decoding"] == pytest.approx(2 * costs[0]["decoding"])


def test_fewer_scored_sentences_cost_less() -> None:
    half = replace(SHORT, scored_pairs=500)
    whole = [work.units_of_test(CONFIG, 10, {}, each)["decoding"] for each in (SHORT, half)]
    assert whole[1] == pytest.approx(whole[0] / 2)
