"""Checks of a range by itself: empty, not finite, off its lattice, a value twice.

Each function returns the problem as a message that completes "space.NAME: ...", or None.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from xlt.spaces.limits import Value, enumerated, format_value
from xlt.spaces.values import MAX_INT, exact

# A step below this part of the bounds is lost in a float's rounding.
MIN_RELATIVE_STEP = 1e-9


def range_problem(low: float, high: float, step: float | None, log: bool) -> str | None:
    """Check a range from `low` to `high`, both included."""
    for word, number in (("low", low), ("high", high), ("step", step)):
        problem = None if number is None else number_problem(word, number)
        if problem:
            return problem
    if low > high:
        return f"is empty: low = {low} is above high = {high}; swap them"
    if log and low <= 0:
        return f"low = {low}: a logarithmic range starts above 0; raise low, or remove log"
    if step is not None and step <= 0:
        return f"step = {step}: expected a number above 0"
    if log and step is not None:
        return f"has both log = true and step = {step}; remove one of them"
    if step is None or low == high:
        return None
    integral = isinstance(low, int) and isinstance(step, int)
    if not integral and step < MIN_RELATIVE_STEP * max(abs(low), abs(high)):
        return f"step = {step} is too small to tell its values apart; give a larger one"
    steps = (exact(high) - exact(low)) / exact(step)
    if steps.denominator != 1:
        last = exact(low) + math.floor(steps) * exact(step)
        return (
            f"steps of {step} from low = {low} do not reach high = {high}; "
            f"the last one below is high = {int(last) if integral else float(last)}"
        )
    return None


def values_problem(values: Sequence[Value]) -> str | None:
    """Check a list of values: not empty, all different."""
    if not values:
        return "is empty; give at least one value"
    seen: set[Value] = set()
    for value in values:
        if value in seen:
            return f"contains {format_value(value)} twice; remove one of them"
        seen.add(value)
    return None


def numbers_problem(values: Sequence[float]) -> str | None:
    """Check a list of values: not empty, finite numbers in increasing order."""
    if problem := values_problem(values):
        return problem
    for value in values:
        if isinstance(value, bool | str):
            return f"expected numbers, not {format_value(value)}; names are a Categorical"
        if problem := number_problem("value", value):
            return problem
    if any(low > high for low, high in pairwise(values)):
        return f"values must increase: {enumerated(tuple(values), 'and')}"
    return None


def number_problem(word: str, number: float) -> str | None:
    """Check that a number is finite and, if it is whole, exact as a float."""
    if isinstance(number, int):
        if abs(number) > MAX_INT:
            return f"{word} = {number} is too large to search exactly; stay within 2**53"
    elif not math.isfinite(number):
        return f"{word} = {number} is not a finite number; give one"
    return None


def format_range(low: float, high: float, step: float | None, log: bool) -> str:
    """Format a range as `0.0 to 0.3 in steps of 0.05`."""
    if low == high:
        return f"{low} alone"
    scale = f" in steps of {step}" if step is not None else ", logarithmic" if log else ""
    return f"{low} to {high}{scale}"
