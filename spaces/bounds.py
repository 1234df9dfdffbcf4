"""What is wrong with a range on its own: empty, not finite, off its lattice, a value twice.

Each function returns the problem with its remedy, or None.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from xlt.spaces.limits import Value, show

# Beyond it, whole numbers and floats part company, and samplers compute in floats.
LARGEST = 2**53

# A step finer than this part of the bounds drowns in a float's rounding.
FINEST = 1e-9


def of_range(low: float, high: float, step: float | None, log: bool) -> str | None:
    for word, number in (("low", low), ("high", high), ("step", step)):
        problem = None if number is None else of_number(word, number)
        if problem:
            return problem
    if low > high:
        return f"is empty: low = {low} is above high = {high}; swap them"
    if log and low <= 0:
        return f"low = {low}: a logarithmic range starts above 0; drop log"
    if step is not None and step <= 0:
        return f"step = {step} is not above 0; give one that is"
    if step is None or low == high:
        return None
    if log and step != 1:
        return f"has both log = true and step = {step}; drop one of them"
    whole = isinstance(low, int) and isinstance(step, int)
    if not whole and step < FINEST * max(abs(low), abs(high)):
        return f"step = {step} is too fine to tell its values apart; give a wider one"
    steps = (exact(high) - exact(low)) / exact(step)
    if steps.denominator != 1:
        reached = exact(low) + math.floor(steps) * exact(step)
        return (
            f"steps of {step} from low = {low} miss high = {high}; "
            f"the last they reach is high = {int(reached) if whole else float(reached)}"
        )
    return None


def of_values(values: Sequence[Value]) -> str | None:
    if not values:
        return "is empty; give at least one value"
    seen: set[Value] = set()
    for value in values:
        if value in seen:
            return f"holds {show(value)} twice; drop one of them"
        seen.add(value)
    return None


def of_number(word: str, number: float) -> str | None:
    if isinstance(number, int):
        if abs(number) > LARGEST:
            return f"{word} = {number} is too large to search exactly; stay within 2**53"
    elif not math.isfinite(number):
        return f"{word} = {number} is not a finite number; give one"
    return None


@lru_cache(maxsize=4096)
def exact(number: float) -> Fraction:
    """The decimal that a person means by a float: 0.05 is 1/20."""
    return Fraction(repr(number))


def in_words(low: float, high: float, step: float | None, log: bool) -> str:
    if low == high:
        return f"{low} alone"
    scale = f" in steps of {step}" if step is not None else ", logarithmic" if log else ""
    return f"{low} to {high}{scale}"
