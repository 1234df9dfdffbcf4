"""Spaces: what they prove, what they hold, and the two faces of a configuration."""

import itertools
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.spaces.condition import InCondition
from xlt.spaces.constraint import AtMost, Divides
from xlt.spaces.errors import InputError, InvalidConfiguration, SpaceError
from xlt.spaces.limits import Limits, Value
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal, Parameter
from xlt.spaces.space import Space

TOP = Limits(at_most=100)
BASELINE: dict[str, Value] = {"width": 8, "heads": 2, "wide": 16, "rate": 0.1, "kind": "a"}
PARAMETERS: tuple[Parameter, ...] = (
    Int("width", 4, 16, 4, reason="test", hard_limits=Limits(at_least=1)),
    Ordinal("heads", (1, 2, 4), reason="test", hard_limits=Limits(at_least=1)),
    Multiple("wide", "width", 1, 3, reason="test", hard_limits=TOP),
    Float(
        "rate",
        0,
        0.3,
        0.05,
        reason="test",
        hard_limits=Limits("a probability", at_least=0, below=1),
    ),
    Categorical("kind", ("a", "b"), reason="test", hard_limits=Limits(among=("a", "b", "c"))),
)
SMALL = Space(
    "small",
    PARAMETERS,
    (Divides("heads", "width"), AtMost("width", "wide")),
    BASELINE,
    groups={"MODEL": ("width", "heads", "wide")},
    locked={"batch": "locked: the test fixes batch = 32; drop it"},
)


def members(space: Space) -> list[dict[str, Value]]:
    """All configurations of a discrete space, from all of its trials."""
    ranges: list[list[Value]] = []
    for parameter in space.searched:
        match parameter:
            case Int() | Multiple():
                ranges.append(list(range(parameter.low, parameter.high + 1, parameter.step)))
            case Ordinal():
                ranges.append(list(range(len(parameter.values))))
            case Categorical():
                ranges.append(list(parameter.choices))
            case Float():
                assert parameter.step is not None
                steps = round((parameter.high - parameter.low) / parameter.step)
                ranges.append([parameter.low + i * parameter.step for i in range(steps + 1)])
    names = [parameter.trial_name for parameter in space.searched]
    return [
        space.from_trial_params(dict(zip(names, point, strict=True)))
        for point in itertools.product(*ranges)
    ]


MEMBERS = members(SMALL)


def test_the_size_is_the_number_of_configurations() -> None:
    """Counted out, all different, and all valid."""
    assert SMALL.size == len(MEMBERS) == len({tuple(config.items()) for config in MEMBERS})
    assert all(config in SMALL for config in MEMBERS)
    assert SMALL.continuous == ()


@given(index=st.integers(0, SMALL.size - 1))
def test_a_configuration_comes_back_from_its_parameters(index: int) -> None:
    config = MEMBERS[index]

    assert SMALL.from_trial_params(SMALL.to_trial_params(config)) == config


@given(width=st.integers(1, 20), heads=st.integers(1, 6), factor=st.integers(1, 5))
def test_membership_is_being_among_the_members(width: int, heads: int, factor: int) -> None:
    config = {**BASELINE, "width": width, "heads": heads, "wide": factor * width}

    assert (config in SMALL) == (config in MEMBERS)


def test_canonical_is_free_of_rounding_and_in_order() -> None:
    rounded = dict(reversed(BASELINE.items())) | {"rate": 0.15000000000000002}

    canonical = SMALL.canonical(rounded)

    assert canonical["rate"] == 0.15
    assert list(canonical) == list(BASELINE)
    assert rounded in SMALL


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 10, "heads": 4}, "width = 10 violates width % heads == 0 with heads = 4; use"),
        ({"width": 20, "wide": 20}, "width = 20 is outside its range, 4 to 16 in steps of 4; the"),
        (
            {"rate": 1.0},
            "rate = 1.0 is not possible; expected at least 0 and below 1 (a probability)",
        ),
        ({"rate": 0.12}, "rate = 0.12 is outside its range, 0.0 to 0.3 in steps of 0.05; the near"),
        ({"wide": 9}, "wide = 9 is outside its range, 1 to 3 times width; with width = 8 take one"),
        ({"wide": 4}, "width = 8 violates width <= wide with wide = 4; lower width to at most 4"),
        ({"kind": "c"}, 'kind = "c" is outside its range, "a" or "b"; take one of these'),
        ({"kind": 1}, "kind = 1 is not a string"),
        ({"batch": 3}, "batch: locked: the test fixes batch = 32; drop it"),
        ({"widht": 8}, 'widht: unknown parameter; did you mean "width"?'),
    ],
)
def test_an_invalid_configuration_is_refused_with_rule_value_and_remedy(
    change: dict[str, Value], message: str
) -> None:
    config = BASELINE | change

    with pytest.raises(InvalidConfiguration) as caught:
        SMALL.check(config)

    assert str(caught.value).startswith(message)
    assert config not in SMALL


def test_a_missing_value_is_refused() -> None:
    config = {name: value for name, value in BASELINE.items() if name != "rate"}

    with pytest.raises(InvalidConfiguration, match=r"^rate is missing; give it a value: 0\.0 to"):
        SMALL.check(config)


def test_parameters_of_another_study_are_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="belongs to another study"):
        SMALL.from_trial_params({"width": 8})


def broken(**changes: Any) -> Space:
    return replace(SMALL, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"constraints": (Divides("wide", "width"),)},
            "space.width: width = 4 violates width % wide == 0 with wide = 8; use multiples of 8",
        ),
        (
            {"constraints": (AtMost("wide", 40),)},
            "space.wide: wide = 48 violates wide <= 40; lower wide to at most 40",
        ),
        ({"constraints": (AtMost("wdth", 1),)}, "wdth in a constraint or group: unknown parameter"),
        ({"constraints": (Divides("width", "width"),)}, "has one parameter; name two"),
        ({"parameters": (*PARAMETERS, PARAMETERS[0])}, "space.width: is declared twice"),
        ({"groups": {"A": ("width",), "B": ("width",)}}, "space.width: is in two groups"),
        ({"locked": {"rate": "no"}}, "space.rate: is both a parameter and locked"),
        (
            {"baseline": {**BASELINE, "rate": 0.35}},
            "space.rate: the baseline is outside the range: ra",
        ),
        ({"baseline": {**BASELINE, "rat": 1}}, "baseline.rat: unknown parameter"),
        ({"baseline": {}}, "baseline.width: is missing; give it a value"),
        (
            {"parameters": (PARAMETERS[2], *PARAMETERS[:2], *PARAMETERS[3:])},
            "space.wide: comes before width",
        ),
        (
            {"parameters": (*PARAMETERS, Multiple("more", "rate", 1, 2, reason="test"))},
            "space.more: times rate: only an Int or whole Ordinal has multiples",
        ),
        (
            {"parameters": (*PARAMETERS, Multiple("more", "none", 1, 2, reason="test"))},
            "space.more: times none: only",
        ),
        (
            {"parameters": (Int("width", 0, 16, 4, reason="test"), *PARAMETERS[1:])},
            "space.wide: times width, which starts at 0; start at 1",
        ),
        (
            {
                "parameters": (
                    *PARAMETERS[:2],
                    Multiple("wide", "width", 1, 9, reason="test", hard_limits=TOP),
                    *PARAMETERS[3:],
                )
            },
            "space.wide: 144 is not possible; expected at most 100",
        ),
    ],
)
def test_a_space_that_cannot_be_proved_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SpaceError) as caught:
        broken(**changes)

    assert message in str(caught.value)


VALUES = st.integers(1, 20)
RANGES = st.one_of(
    VALUES,
    st.lists(VALUES, min_size=1, max_size=3),
    st.fixed_dictionaries({"low": VALUES, "high": VALUES, "step": st.integers(1, 6)}),
)


@given(width=RANGES, heads=RANGES)
def test_other_ranges_are_valid_throughout_or_refused(width: Any, heads: Any) -> None:
    """Refused exactly where some pair of values breaks the rule, or a range is malformed."""

    def spread(written: Any) -> list[int]:
        if isinstance(written, dict):
            return list(range(written["low"], written["high"] + 1, written["step"]))
        return written if isinstance(written, list) else [written]

    widths, many = spread(width), spread(heads)
    well_formed = all(
        len(set(values)) == len(values) > 0
        and (not isinstance(written, dict) or values[-1] == written["high"])
        for values, written in ((widths, width), (many, heads))
    )
    valid = well_formed and all(w % h == 0 for w in widths for h in many)
    start = {"width": widths[0], "heads": many[0]} if valid else {}
    start |= {"wide": widths[0] * 2} if valid else {}

    try:
        space = SMALL.with_ranges({"width": width, "heads": heads}, start)
    except SpaceError:
        assert not valid
        return
    assert valid
    for config in members(space):
        assert config in space
        assert space.from_trial_params(space.to_trial_params(config)) == config


def test_a_space_survives_the_way_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(SMALL)) == SMALL


def test_refusals_are_the_users_to_mend() -> None:
    assert issubclass(SpaceError, InputError)
    assert issubclass(InvalidConfiguration, InputError)


PARTS = ("all", "head", "lora")
CONDITIONAL = Space(
    "conditional",
    (
        Categorical("part", PARTS, reason="test", hard_limits=Limits(among=PARTS)),
        Int("rank", 1, 3, reason="test"),
        Float("rate", 0.1, 0.3, 0.1, reason="test"),
    ),
    conditions=(
        InCondition("rank", "part", ("lora",)),
        InCondition("rate", "part", ("all", "head")),
    ),
    baseline={"part": "all", "rank": 2, "rate": 0.1},
)


def test_a_condition_decides_what_belongs() -> None:
    """Every trial gives a valid configuration, without what has no meaning in it."""
    found = members(CONDITIONAL)
    assert len(found) == 3 * 3 * 3
    distinct = {tuple(config.items()) for config in found}
    assert len(distinct) == CONDITIONAL.size == 3 + 3 + 3
    for config in found:
        assert ("rank" in config) == (config["part"] == "lora")
        assert ("rate" in config) == (config["part"] != "lora")
        assert CONDITIONAL.from_trial_params(CONDITIONAL.to_trial_params(config)) == config
    assert CONDITIONAL.baseline_config == {"part": "all", "rate": 0.1}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"part": "lora"}, "rank is missing"),
        ({"part": "lora", "rank": 1, "rate": 0.1}, "rate has no effect unless part is"),
        ({"rank": 1}, "part is missing"),
        ({"part": "all"}, "rate is missing"),
    ],
)
def test_what_a_condition_refuses(config: dict[str, Value], message: str) -> None:
    with pytest.raises(InvalidConfiguration, match=message):
        CONDITIONAL.check(config)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (InCondition("rank", "rate", (0.1,)), "not a Categorical"),
        (InCondition("rank", "nothing", ("a",)), "unknown parameter"),
        (InCondition("rank", "part", ("prefix",)), "is impossible"),
        (InCondition("part", "part", ("all",)), "itself depends"),
    ],
)
def test_conditions_are_proved(condition: InCondition, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        replace(CONDITIONAL, conditions=(condition,))


def test_ranges_of_a_choice_decide_which_parameters_are_active() -> None:
    """A study without LoRA has no rank to show or count."""
    space = CONDITIONAL.with_ranges({"part": ["all", "head"]})
    assert space.size == 6
    fixed = CONDITIONAL.with_ranges({"part": "lora"})
    assert fixed.size == 3
    assert fixed.baseline_config == {"part": "lora", "rank": 2}
