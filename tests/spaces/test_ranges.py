"""Other ranges than the declared ones, on the league's space."""

from typing import Any

import pytest

from xlt.spaces.errors import SpaceError
from xlt.spaces.league import LEAGUE
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("d_model", 128, Int("d_model", 128, 128, reason="r")),
        ("d_model", [256, 128], Ordinal("d_model", (128, 256), reason="r")),
        ("d_model", {"high": 256}, Int("d_model", 128, 256, 64, reason="r")),
        ("d_model", {"low": 96, "high": 192, "step": 32}, Int("d_model", 96, 192, 32, reason="r")),
        ("nhead", {"low": 2, "high": 4, "step": 2}, Int("nhead", 2, 4, 2, reason="r")),
        ("dropout", [0, 0.3], Ordinal("dropout", (0.0, 0.3), reason="r")),
        ("dropout", {"low": 0.1}, Float("dropout", 0.1, 0.3, 0.05, reason="r")),
        ("dropout", {"step": 0}, Float("dropout", 0.0, 0.3, reason="r")),
        ("learning_rate", {"low": 1e-6}, Float("learning_rate", 1e-6, 1e-3, log=True, reason="r")),
        (
            "learning_rate",
            {"low": 1e-4, "step": 1e-4},
            Float("learning_rate", 1e-4, 1e-3, 1e-4, reason="r"),
        ),
        (
            "learning_rate",
            {"low": 0, "high": 1e-3, "log": False},
            None,  # above 0 is a hard limit
        ),
        ("lr_scheduler_type", "linear", Categorical("lr_scheduler_type", ("linear",), reason="r")),
        ("d_ff", 512, Int("d_ff", 512, 512, reason="r")),
        ("d_ff", [512, 768], Ordinal("d_ff", (512, 768), reason="r")),
        (
            "d_ff",
            {"times": "d_model", "low": 4, "high": 4},
            Multiple("d_ff", "d_model", 4, 4, reason="r"),
        ),
        (
            "d_ff",
            {"times": "d_model", "high": 8, "step": 2},
            Multiple("d_ff", "d_model", 2, 8, 2, reason="r"),
        ),
        ("d_ff", {"low": 256, "high": 512, "step": 128}, Int("d_ff", 256, 512, 128, reason="r")),
    ],
)
def test_a_range_means_what_it_says(name: str, written: Any, expected: Any) -> None:
    if expected is None:
        with pytest.raises(SpaceError, match=r"is not possible; expected above 0"):
            LEAGUE.with_ranges({name: written})
        return

    found = LEAGUE.with_ranges({name: written}).by_name[name]

    assert type(found) is type(expected)
    assert str(found) == str(expected)
    assert found.to_toml_value() == expected.to_toml_value()
    assert found.hard_limits == LEAGUE.by_name[name].hard_limits


def test_the_declared_range_written_out_is_the_declared_space() -> None:
    written = {parameter.name: parameter.to_toml_value() for parameter in LEAGUE.parameters}

    assert LEAGUE.with_ranges(written, LEAGUE.baseline) == LEAGUE


def test_the_baseline_follows_what_is_fixed() -> None:
    space = LEAGUE.with_ranges({"d_model": 256, "dropout": 0.1})

    assert space.baseline["d_model"] == 256
    assert space.baseline["d_ff"] == 1024  # still four times d_model
    assert space.baseline["dropout"] == 0.1


def test_the_baseline_takes_what_it_is_given() -> None:
    space = LEAGUE.with_ranges({"d_model": [192, 256]}, {"d_model": 192, "dropout": 0.1})

    assert space.baseline == {**LEAGUE.baseline, "d_model": 192, "d_ff": 768, "dropout": 0.1}


def test_one_factor_follows_what_it_multiplies() -> None:
    """Neither searched nor fixed: it has one factor and many values."""
    space = LEAGUE.with_ranges({"d_ff": {"times": "d_model", "low": 4, "high": 4}})

    assert "d_ff_factor" not in space.to_trial_params(space.baseline)
    wide = space.to_trial_params({**space.baseline, "d_model": 512, "d_ff": 2048})
    assert space.from_trial_params(wide)["d_ff"] == 2048


@pytest.mark.parametrize(
    ("ranges", "baseline", "message"),
    [
        (
            {"d_model": [100, 128]},
            {},
            "d_model = 100 violates d_model % nhead == 0 with nhead = 8; use multiples of 8, or dro",
        ),
        (
            {"d_model": [192, 256]},
            {},
            "space.d_model: the baseline is outside the range: d_model = 128",
        ),
        ({"d_model": [192, 256]}, {}, "or set baseline.d_model"),
        ({"d_model": {"hihg": 3}}, {}, 'a range has no "hihg"; did you mean "high"?'),
        ({"d_model": 128.0}, {}, "space.d_model: 128.0 is not a whole number; declared is 128 to"),
        ({"d_model": {"low": "a"}}, {}, 'space.d_model: low = "a" is not a whole number'),
        ({"d_model": {"log": 1}}, {}, "space.d_model: log = 1 is not true or false"),
        ({"d_model": [[1]]}, {}, "space.d_model: [1] is not a whole number"),
        ({"d_model": []}, {}, "space.d_model: is empty; give at least one value"),
        ({"d_model": [128, 128]}, {}, "space.d_model: contains 128 twice; remove one of them"),
        ({"nhead": {"low": 2}}, {}, "space.nhead: high is missing; a range needs low and high"),
        (
            {"nhead": [2, -2]},
            {},
            "space.nhead: -2 is not possible; expected at least 1 (a count of heads)",
        ),
        ({"dropout": 1}, {}, "space.dropout: 1.0 is not possible; expected at least 0 and below 1"),
        (
            {"warmup_steps": {"high": 600}},
            {},
            "600 is not possible; expected at least 0 and at most 500 (S",
        ),
        ({"d_ff": {"low": 2, "high": 4}}, {}, 'not factors; for factors add times = "d_model"'),
        (
            {"d_ff": {"times": "d_modl"}},
            {},
            'times = "d_modl": only a whole number can be a multiple',
        ),
        ({"dropout": {"times": "d_model"}}, {}, "only a whole number can be a multiple"),
        (
            {"d_ff": {"times": "nhead", "low": 2}},
            {},
            "high is missing; a range of factors needs low",
        ),
        ({"d_ff": {"times": "d_model", "low": 0}}, {}, "low = 0: a factor is at least 1"),
        ({"d_ff": {"times": "d_model", "low": 2.0}}, {}, "low = 2.0 is not a whole number"),
        ({"lr_scheduler_type": ["linaer"]}, {}, 'did you mean "linear"?'),
        ({"lr_scheduler_type": {"low": 1}}, {}, "has no order; give a list of some of"),
        (
            {"batch_size": [16, 32]},
            {},
            "space.batch_size: locked: the league fixes batch = 32; only",
        ),
        (
            {"d_modle": 3},
            {},
            'space.d_modle: unknown parameter; did you mean "d_model"',
        ),
        ({}, {"dropout": 0.7}, "baseline.dropout: dropout = 0.7 is outside its range"),
        ({}, {"dropuot": 0.1}, 'baseline.dropuot: unknown parameter; did you mean "dr'),
        ({}, {"num_beams": 1}, "baseline.num_beams: locked: the league fixes beams = 4"),
        (
            {"d_model": 256},
            {"d_model": 128},
            "baseline.d_model: d_model = 128 is outside its range",
        ),
    ],
)
def test_a_range_that_cannot_be_is_refused_with_key_rule_and_remedy(
    ranges: dict[str, Any], baseline: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpaceError) as caught:
        LEAGUE.with_ranges(ranges, baseline)

    assert message in str(caught.value)
