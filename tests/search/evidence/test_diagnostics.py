"""Warnings about values at the bounds of their ranges, and about seed noise."""

import math
from statistics import stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from proofs import CONFIG, candidate

from xlt.search.evidence.diagnostics import at_bounds, within_seed_noise
from xlt.search.storage.store import RankedConfig
from xlt.search.suggest.distributions import distributions
from xlt.spaces.limits import Limits
from xlt.studies.study import load


def test_at_bounds() -> None:
    """Values are flagged at bounds that a study could widen."""
    space = load(
        "league",
        [
            "space.nhead=[2, 4]",
            "space.num_layers=3",
            "space.dropout={low = 0.0, high = 0.3, step = 0}",
        ],
    ).space
    config = {**space.baseline_config, "d_model": 512, "nhead": 2, "d_ff": 2048, "dropout": 0.0}
    config |= {"learning_rate": space.by_name["learning_rate"].to_toml_value()["low"] * 1.05}
    config |= {"warmup_steps": 100, "weight_decay": 0.05, "label_smoothing_factor": 0.1}
    flags = at_bounds(space, config)
    assert [flag.split(" = ")[0] for flag in flags] == ["d_model", "d_ff", "learning_rate"]
    assert flags[0] == "d_model = 512 is the largest allowed; a wider range may be better"
    largest = "that is the largest factor allowed; a wider range may be better"
    assert flags[1] == f"d_ff = 4 * d_model: {largest}"
    assert " is next to the smallest allowed, " in flags[2]
    inside = {**config, "d_model": 256, "d_ff": 768, "learning_rate": 1e-5, "dropout": 0.1}
    assert not at_bounds(space, inside)
    near = {**inside, "dropout": 0.299}
    assert at_bounds(space, near)[0].startswith("dropout = 0.299 is next to the largest allowed")


def values(distribution: BaseDistribution) -> st.SearchStrategy[Any]:
    """The values that a trial may have."""
    match distribution:
        case CategoricalDistribution(choices=choices):
            return st.sampled_from(choices)
        case IntDistribution(low=low, high=high, step=step):
            return st.integers(0, (high - low) // step).map(lambda n: low + step * n)
        case FloatDistribution(low=low, high=high, step=None):
            return st.floats(low, high) | st.sampled_from([low, high])
        case FloatDistribution(low=low, high=high, step=float(step)):
            numbers = st.integers(0, round((high - low) / step))
            return numbers.map(lambda n: low + step * n)
        case _:
            raise TypeError(distribution)


@pytest.mark.parametrize("name", ["league", "ner-zero-shot"])
@given(data=st.data())
def test_at_bounds_of_any_configuration(name: str, data: st.DataObject) -> None:
    """Values at a bound are flagged, unless it is a hard limit."""
    space = load(name).space
    by_name = distributions(space)
    params = {key: data.draw(values(entry), key) for key, entry in by_name.items()}
    config = space.from_trial_params(params)
    flagged = {flag.split(" = ")[0] for flag in at_bounds(space, config)}
    for parameter in space.searched:
        entry, value = by_name[parameter.trial_name], params[parameter.trial_name]
        if isinstance(entry, CategoricalDistribution) or parameter.name not in config:
            assert parameter.name not in flagged
            continue
        assert isinstance(entry, IntDistribution | FloatDistribution)
        at_bound = math.isclose(value, entry.low) or math.isclose(value, entry.high)
        if parameter.name in flagged:
            assert at_bound or parameter.count is None
        elif at_bound and parameter.count != 2:
            assert str(parameter.hard_limits) != str(Limits())


def test_within_seed_noise() -> None:
    """The standard deviation over trials is compared with the pooled one over seeds."""
    rows = [
        RankedConfig(trial, CONFIG, True, 650, score, ())
        for trial, score in enumerate([30, 31, 32])
    ]
    low_noise = [candidate(1, [30.0, 30.4]), candidate(2, [31.0, 31.2])]
    high_noise = [candidate(1, [28.0, 32.0]), candidate(2, [31.0, 29.0])]
    assert not within_seed_noise(rows, low_noise)
    (flag,) = within_seed_noise(rows, high_noise)
    pooled = math.sqrt((stdev([28, 32]) ** 2 + stdev([31, 29]) ** 2) / 2)
    assert flag.startswith("the 3 configurations that were trained to step 650 differ by 1.00 ")
    assert f"on other seeds by {pooled:.2f}: " in flag
    assert not within_seed_noise(rows[:2], high_noise)
    assert not within_seed_noise(rows, [candidate(1, [28.0])])
