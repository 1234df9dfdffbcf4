"""Proofs of rules, held against counting every configuration out."""

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.spaces.constraint import AtMost, Constraint, Divides
from xlt.spaces.errors import SpaceError
from xlt.spaces.limits import Value
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal, Parameter


@st.composite
def numbers(draw: st.DrawFn, name: str) -> Int | Ordinal:
    """A small range or list of whole numbers from 1."""
    if draw(st.booleans()):
        low, step, count = (draw(st.integers(1, top)) for top in (24, 12, 4))
        return Int(name, low, low + step * (count - 1), step, reason="test")
    values = draw(st.sets(st.integers(1, 24), min_size=1, max_size=4))
    return Ordinal(name, tuple(sorted(values)), reason="test")


@st.composite
def families(draw: st.DrawFn) -> dict[str, Parameter]:
    """Two free parameters, and a multiple of each."""
    parameters: list[Parameter] = [draw(numbers("a")), draw(numbers("b"))]
    for name, of in (("fa", "a"), ("fb", "b"), ("ga", "a")):
        low, step, count = (draw(st.integers(1, top)) for top in (4, 3, 3))
        factors = Multiple(name, of, low, low + step * (count - 1), step, reason="test")
        parameters.append(factors)
    return {parameter.name: parameter for parameter in parameters}


def every(parameters: Mapping[str, Parameter]) -> list[dict[str, Value]]:
    """All configurations, by brute force."""
    configs: list[dict[str, Value]] = [{}]
    for name, parameter in parameters.items():
        longer: list[dict[str, Value]] = []
        for config in configs:
            match parameter:
                case Int():
                    values = list(range(parameter.low, parameter.high + 1, parameter.step))
                case Ordinal():
                    values = [int(value) for value in parameter.values]
                case Multiple():
                    factors = range(parameter.low, parameter.high + 1, parameter.step)
                    values = [factor * int(config[parameter.of]) for factor in factors]
                case _:
                    raise AssertionError(parameter)
            longer += [{**config, name: value} for value in values]
        configs = longer
    return configs


PAIRS = list(itertools.permutations(("a", "b", "fa", "fb", "ga"), 2))
RULES: list[Constraint] = [Divides(*pair) for pair in PAIRS]
RULES += [AtMost(*pair) for pair in PAIRS]
RULES += [AtMost(name, 30) for name in ("a", "fa")]


@given(parameters=families(), rule=st.sampled_from(RULES))
def test_a_proof_agrees_with_counting(parameters: dict[str, Parameter], rule: Constraint) -> None:
    """It finds a counter-example exactly where there is one, and what it finds is one."""
    members = every(
        {name: p for name, p in parameters.items() if name in {*rule.names, *_bases(rule)}}
    )

    found = rule.counterexample(parameters)

    assert (found is None) == all(rule.holds(config) for config in members)
    if found is not None:
        assert not rule.holds(found)
        assert any(found.items() <= config.items() for config in members)


def _bases(rule: Constraint) -> set[str]:
    return {name[-1] for name in rule.names}


@pytest.mark.timeout(30)
def test_a_long_range_is_proved_without_counting() -> None:
    """2**40 widths, 2**40 heads: nobody could count them before the test is stopped."""
    wide = Int("d_model", 64, 64 + 64 * 2**40, 64, reason="test")
    many = Int("nhead", 1, 2**40, reason="test")
    few = Ordinal("nhead", (2, 4, 8, 16), reason="test")
    d_ff = Multiple("d_ff", "d_model", 1, 2**20, reason="test")
    rule = Divides("nhead", "d_model")

    assert rule.counterexample({"d_model": wide, "nhead": few}) is None
    assert rule.counterexample({"d_model": wide, "nhead": many}) == {"nhead": 3, "d_model": 64}
    assert Divides("d_model", "d_ff").counterexample({"d_model": wide, "d_ff": d_ff}) is None
    assert AtMost("d_model", "d_ff").counterexample({"d_model": wide, "d_ff": d_ff}) is None


def test_at_most_proves_floats_by_their_ends() -> None:
    low, high = Float("a", 0, 0.5, reason="test"), Float("b", 0.5, 1, reason="test")

    assert AtMost("a", "b").counterexample({"a": low, "b": high}) is None
    assert AtMost("b", "a").counterexample({"a": low, "b": high}) == {"b": 0.5, "a": 0.0}


def test_messages_name_rule_values_and_remedy() -> None:
    assert Divides("nhead", "d_model").message({"nhead": 8, "d_model": 100}) == (
        "d_model = 100 violates d_model % nhead == 0 with nhead = 8; "
        "use multiples of 8, or drop 8 from nhead"
    )
    assert AtMost("warmup", "steps").message({"warmup": 60, "steps": 50}) == (
        "warmup = 60 violates warmup <= steps with steps = 50; "
        "lower warmup to at most 50, or raise steps"
    )
    assert AtMost("warmup", 500).message({"warmup": 600}) == (
        "warmup = 600 violates warmup <= 500; lower warmup to at most 500"
    )


def test_a_rule_about_the_wrong_kind_is_refused() -> None:
    names = Categorical("a", ("x", "y"), reason="test")
    floats = Float("a", 0, 1, reason="test")
    whole = Int("b", 1, 2, reason="test")

    with pytest.raises(SpaceError, match=r"space\.a: .*whole numbers"):
        Divides("a", "b").counterexample({"a": floats, "b": whole})
    with pytest.raises(SpaceError, match=r"space\.a: is a Categorical"):
        AtMost("a", "b").counterexample({"a": names, "b": whole})
