"""Parameters: what they refuse, and that values survive the way into a trial and back."""

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.spaces.errors import InvalidConfiguration, SpaceError
from xlt.spaces.limits import Limits
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal, Parameter

PROBABILITY = Limits("a probability", at_least=0, below=1)

STEPS = ["0.05", "0.1", "0.01", "0.003", "0.25", "2.5", "1e-6"]


@given(low=st.integers(-100, 100), step=st.sampled_from(STEPS), count=st.integers(2, 60))
def test_a_lattice_holds_the_floats_that_decimals_round_to(low: int, step: str, count: int) -> None:
    """Whatever binary rounding a sampler arrives with, the value is the decimal's own float."""
    exact = [Decimal(low) + index * Decimal(step) for index in range(count)]
    parameter = Float("x", float(exact[0]), float(exact[-1]), float(step), reason="test")

    sampled = [float(exact[0]) + index * float(step) for index in range(count)]

    assert [parameter.canonical(value, {}) for value in sampled] == [float(x) for x in exact]
    assert parameter.count == count


@given(number=st.floats(min_value=1e-7, max_value=1e-3))
def test_a_continuum_keeps_what_it_holds_to_the_last_bit(number: float) -> None:
    parameter = Float("x", 1e-7, 1e-3, log=True, reason="test")

    assert parameter.canonical(number, {}) == number
    assert parameter.count is None


@pytest.mark.parametrize("bound", [1e-7, 1e-3])
def test_a_bound_missed_by_rounding_is_the_bound(bound: float) -> None:
    """Samplers take the logarithm and back, and may come out one bit beyond."""
    parameter = Float("x", 1e-7, 1e-3, log=True, reason="test")

    for beyond in (math.nextafter(bound, 0), math.nextafter(bound, 1)):
        assert parameter.canonical(beyond, {}) == pytest.approx(bound, rel=1e-15)
        assert 1e-7 <= parameter.canonical(beyond, {}) <= 1e-3


@given(
    low=st.integers(-50, 50),
    step=st.integers(1, 20),
    count=st.integers(1, 30),
    value=st.integers(-900, 900),
)
def test_whole_numbers_are_in_a_range_or_refused_with_the_nearest(
    low: int, step: int, count: int, value: int
) -> None:
    members = [low + index * step for index in range(count)]
    parameter = Int("x", members[0], members[-1], step, reason="test")

    assert parameter.count == count
    if value in members:
        assert parameter.canonical(value, {}) == value
    else:
        with pytest.raises(InvalidConfiguration, match=rf"^x = {value} is outside") as caught:
            parameter.canonical(value, {})
        nearest = int(str(caught.value).rpartition(" ")[2])
        assert nearest in members
        assert abs(nearest - value) == min(abs(member - value) for member in members)


def test_an_order_is_searched_by_index() -> None:
    parameter = Ordinal("nhead", (2, 4, 8, 16), reason="test")

    assert parameter.trial_name == "nhead_index"
    assert [parameter.to_trial(value, {}) for value in parameter.values] == [0, 1, 2, 3]
    assert [parameter.from_trial(index, {}) for index in range(4)] == [2, 4, 8, 16]
    with pytest.raises(
        InvalidConfiguration, match=r"nhead_index = 4 is not an index of.*take 0 to 3"
    ):
        parameter.from_trial(4, {})


def test_a_multiple_is_searched_by_factor() -> None:
    parameter = Multiple("d_ff", "d_model", 2, 4, reason="test")

    assert parameter.trial_name == "d_ff_factor"
    assert parameter.to_trial(512, {"d_model": 128}) == 4
    assert parameter.from_trial(3, {"d_model": 128}) == 384
    with pytest.raises(InvalidConfiguration, match=r"d_ff = 500 .* 2 to 4 times d_model.*256, 384"):
        parameter.canonical(500, {"d_model": 128})


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (Int("x", 0, 1, reason="test"), True),
        (Int("x", 0, 1, reason="test"), 1.0),
        (Float("x", 0, 1, reason="test"), True),
        (Float("x", 0, 1, reason="test"), math.nan),
        (Float("x", 0, 1, reason="test"), "0.5"),
        (Float("x", 0, 1, reason="test"), 10**400),
        (Categorical("x", (True, False), reason="test"), 1),
        (Categorical("x", ("a", "b"), reason="test"), 1),
        (Ordinal("x", (1, 2), reason="test"), True),
    ],
)
def test_a_value_of_another_kind_is_refused(parameter: Parameter, value: Any) -> None:
    """1 is not true, 1.0 is no whole number, and nan is no number at all."""
    with pytest.raises(InvalidConfiguration, match=r"^x = .* is not (a|true)"):
        parameter.canonical(value, {})


def test_a_whole_number_may_stand_for_a_float() -> None:
    value = Float("x", 0, 1, reason="test").canonical(1, {})

    assert isinstance(value, float)
    assert value == 1.0


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Int("x", 3, 2, reason="r"), "is empty: low = 3 is above high = 2; swap them"),
        (
            lambda: Int("x", 0, 10, 4, reason="r"),
            "do not reach high = 10; the last one below is high = 8",
        ),
        (lambda: Int("x", 0, 10, 0, reason="r"), "step = 0: expected a number above 0"),
        (lambda: Int("x", 5, 5, 0, reason="r"), "step = 0: expected a number above 0"),
        (lambda: Int("x", 0, 10, log=True, reason="r"), "starts above 0; raise low, or remove log"),
        (lambda: Int("x", 1, 11, 2, log=True, reason="r"), "both log = true and step = 2"),
        (lambda: Int("x", 0, 2**60, reason="r"), "is too large to search exactly"),
        (lambda: Float("x", 0, 1, 0.3, reason="r"), "the last one below is high = 0.9"),
        (lambda: Float("x", 0, 1, 1e-12, reason="r"), "is too small"),
        (lambda: Float("x", 0, math.inf, reason="r"), "high = inf is not a finite number"),
        (lambda: Float("x", math.nan, 1, reason="r"), "low = nan is not a finite number"),
        (lambda: Float("x", 0.1, 1, log=True, step=0.1, reason="r"), "both log = true and step"),
        (lambda: Float("x", 1, 3, log=True, step=1, reason="r"), "both log = true and step = 1"),
        (
            lambda: Float("x", 0, 1, reason="r", hard_limits=PROBABILITY),
            "1.0 is not possible; expected at least 0",
        ),
        (lambda: Categorical("x", (), reason="r"), "is empty; give at least one value"),
        (
            lambda: Categorical("x", ("a", "a"), reason="r"),
            'contains "a" twice; remove one of them',
        ),
        (lambda: Ordinal("x", (2, 1), reason="r"), "values must increase: 2 and 1"),
        (lambda: Ordinal("x", (1, math.nan), reason="r"), "value = nan is not a finite number"),
        (lambda: Multiple("x", "y", 0, 2, reason="r"), "a factor is at least 1"),
        (lambda: Multiple("x", "y", 1, 4, 2, reason="r"), "do not reach high = 4"),
        (lambda: Int("x", 1, 2, reason=" "), "has no reason"),
    ],
)
def test_a_bad_range_is_refused_with_its_key_and_remedy(make: Any, problem: str) -> None:
    with pytest.raises(SpaceError) as caught:
        make()

    assert str(caught.value).startswith("space.x: ")
    assert problem in str(caught.value)
    assert caught.value.keys == ("space.x",)


def test_a_name_is_an_identifier() -> None:
    with pytest.raises(SpaceError, match="has only lower-case"):
        Int("../x", 1, 2, reason="test")


def test_one_value_is_written_in_one_way() -> None:
    """Step and scale mean nothing where there is one value, so they cannot tell two apart."""
    assert Int("x", 5, 5, 3, reason="r") == Int("x", 5, 5, reason="r")
    assert Float("x", 5, 5, 0.1, reason="r") == Float("x", 5.0, 5.0, log=True, reason="r")
    assert Multiple("x", "y", 2, 2, 7, reason="r") == Multiple("x", "y", 2, 2, reason="r")
