"""The league's space and protocol, against the contest's facts."""

import random
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.spaces.errors import InvalidConfiguration
from xlt.spaces.league import ALIASES, LEAGUE, PROTOCOL
from xlt.spaces.limits import Value
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal


@st.composite
def trials(draw: st.DrawFn) -> dict[str, Value]:
    """Whatever a sampler may take from the league's ranges, independently of one another."""
    params: dict[str, Value] = {}
    for parameter in LEAGUE.searched:
        match parameter:
            case Int() | Multiple():
                steps = draw(st.integers(0, (parameter.high - parameter.low) // parameter.step))
                params[parameter.trial_name] = parameter.low + steps * parameter.step
            case Ordinal():
                last = len(parameter.values) - 1
                params[parameter.trial_name] = draw(st.integers(0, last))
            case Categorical():
                index = draw(st.integers(0, len(parameter.choices) - 1))
                params[parameter.trial_name] = parameter.choices[index]
            case Float(step=None):
                params[parameter.trial_name] = draw(st.floats(parameter.low, parameter.high))
            case Float(step=float(step)):
                most = round((parameter.high - parameter.low) / step)
                params[parameter.trial_name] = parameter.low + draw(st.integers(0, most)) * step
    return params


@given(params=trials())
def test_whatever_is_sampled_is_valid_and_comes_back(params: dict[str, Value]) -> None:
    config = LEAGUE.from_trial_params(params)

    assert config in LEAGUE
    assert int(config["d_model"]) % int(config["nhead"]) == 0
    assert int(config["d_ff"]) // int(config["d_model"]) in (2, 3, 4)
    again = LEAGUE.to_trial_params(config)
    assert LEAGUE.from_trial_params(again) == config
    assert set(again) == set(params)


def test_ten_thousand_random_configurations_are_valid() -> None:
    """Nothing of a search is spent on configurations that cannot be trained."""
    chance = random.Random(0)
    for _ in range(10_000):
        params: dict[str, Value] = {
            "d_model": chance.randrange(128, 513, 64),
            "nhead_index": chance.randrange(4),
            "num_layers": chance.randint(2, 4),
            "d_ff_factor": chance.randint(2, 4),
            "dropout": chance.randint(0, 6) * 0.05,
            "learning_rate": 10 ** chance.uniform(-7, -3),
            "lr_scheduler_type": chance.choice(["linear", "cosine", "inverse_sqrt"]),
            "warmup_steps": chance.randrange(0, 201, 25),
            "weight_decay": chance.randint(0, 10) * 0.01,
            "label_smoothing_factor": chance.randint(0, 4) * 0.05,
        }
        config = LEAGUE.from_trial_params(params)
        assert config["d_model"] % config["nhead"] == 0  # type: ignore[operator]


def test_the_size_is_counted_by_hand() -> None:
    widths, heads, layers, factors, dropouts = 7, 4, 3, 3, 7
    schedules, warmups, decays, smoothings = 3, 9, 11, 5

    structures = widths * heads * layers * factors * dropouts
    assert LEAGUE.size == structures * schedules * warmups * decays * smoothings
    assert LEAGUE.continuous == ("learning_rate",)


def test_the_groups_are_the_contests() -> None:
    assert [name for group in LEAGUE.groups.values() for name in group] == list(LEAGUE.by_name)


def test_the_full_run_is_both_stages() -> None:
    assert PROTOCOL.steps == 1100
    assert PROTOCOL.stages == {"A": 600, "B": 1100}


@pytest.mark.parametrize("name", [field.name for field in fields(PROTOCOL)])
def test_every_constant_is_locked(name: str) -> None:
    """Under its own name and under every other; the refusal says what is fixed, and what is not."""
    for alias in (name, *ALIASES.get(name, ())):
        with pytest.raises(InvalidConfiguration) as caught:
            LEAGUE.check({**LEAGUE.baseline, alias: 1})

        assert f"the league fixes {name} = {getattr(PROTOCOL, name)}" in str(caught.value)
        assert "only MODEL_HP (d_model, nhead, " in str(caught.value)
        assert "FT_HP (learning_rate, " in str(caught.value)


def test_aliases_are_of_what_is_fixed() -> None:
    assert set(ALIASES) <= {field.name for field in fields(PROTOCOL)}
