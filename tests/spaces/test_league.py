"""The league's space and protocol, against the contest's facts."""

import math
import random
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.spaces.errors import InvalidConfiguration, SpaceError
from xlt.spaces.league import (
    ALIASES,
    LEAGUE,
    PROTOCOL,
    QUICK,
    QUICK_PROTOCOL,
    LeagueProtocol,
)
from xlt.spaces.limits import Value
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal
from xlt.spaces.space import Space


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


@pytest.mark.parametrize(
    ("space", "protocol", "title"),
    [(LEAGUE, PROTOCOL, "the league"), (QUICK, QUICK_PROTOCOL, "the quick league")],
    ids=["league", "quick"],
)
@pytest.mark.parametrize("name", [field.name for field in fields(PROTOCOL)])
def test_every_constant_is_locked(
    space: Space, protocol: LeagueProtocol, title: str, name: str
) -> None:
    """Under its own name and under every other; the refusal says what is fixed, and what is not."""
    for alias in (name, *ALIASES.get(name, ())):
        with pytest.raises(InvalidConfiguration) as caught:
            space.check({**space.baseline, alias: 1})

        assert f"{title} fixes {name} = {getattr(protocol, name)}" in str(caught.value)
        assert "only MODEL_HP (d_model, nhead, " in str(caught.value)
        assert "FT_HP (learning_rate, " in str(caught.value)


def test_the_quick_league_is_the_league_made_smaller() -> None:
    """It fixes and tunes the same; only sizes shrink, and faster pre-training makes up for it.

    Its higher learning rate needs a longer warm-up.
    """
    changed = {
        field.name: (getattr(PROTOCOL, field.name), getattr(QUICK_PROTOCOL, field.name))
        for field in fields(PROTOCOL)
        if getattr(PROTOCOL, field.name) != getattr(QUICK_PROTOCOL, field.name)
    }
    assert changed.pop("name") == ("league", "quick league")
    before, after = changed.pop("stage_a_learning_rate")
    assert after > before
    before, after = changed.pop("stage_a_warmup")
    assert before < after < QUICK_PROTOCOL.stage_a_steps
    assert all(small < (full or math.inf) for full, small in changed.values()), changed
    assert QUICK_PROTOCOL.steps < PROTOCOL.steps / 3
    assert list(QUICK.by_name) == list(LEAGUE.by_name)
    assert QUICK.size < LEAGUE.size


def test_only_the_contests_protocol_has_nothing_to_remark() -> None:
    """Whoever sees a score of another one is told."""
    assert PROTOCOL.notices == ()
    (notice,) = QUICK_PROTOCOL.notices
    assert notice.startswith("quick league: a protocol of its own")
    assert "cannot be compared with the league's" in notice
    assert replace(PROTOCOL, stage_b_steps=499).notices


def test_no_warmup_is_longer_than_stage_b() -> None:
    for space, protocol in ((LEAGUE, PROTOCOL), (QUICK, QUICK_PROTOCOL)):
        most = protocol.stage_b_steps
        space.with_ranges({"warmup_steps": most})
        with pytest.raises(SpaceError, match=rf"at most {most} \(Stage B"):
            space.with_ranges({"warmup_steps": most + 1})


def test_aliases_are_of_what_is_fixed() -> None:
    assert set(ALIASES) <= {field.name for field in fields(PROTOCOL)}
