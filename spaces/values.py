"""Reading and checking single values: their kind, and the point of a range that a number means.

A float stands for the decimal that a person wrote (0.05 is 1/20), so lattices are computed with
fractions: binary rounding by a sampler never produces a second value for the same decimal.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from xlt.spaces.limits import Value

Kind: TypeAlias = Literal["int", "float", "str", "bool"]

KINDS: Mapping[Kind, str] = {
    "int": "a whole number",
    "float": "a finite number",
    "str": "a string",
    "bool": "true or false",
}

# The largest integer up to which every integer is a float; samplers compute in floats.
MAX_INT = 2**53

# Tolerances for rounding. A sampled float may miss its lattice point by this part of a step ...
LATTICE_TOLERANCE = 1e-6
# ... and a bound by this part of the bound, because samplers take logarithms and exponentials.
BOUND_TOLERANCE = 1e-12


def convert(value: object, kind: Kind) -> Value | None:
    """Convert a value to a kind. The only conversion is from a whole number to a float.

    Returns:
        The value, or None if it is of another kind. NaN and infinity are no floats here.
    """
    if isinstance(value, bool):
        return value if kind == "bool" else None
    if isinstance(value, str):
        return value if kind == "str" else None
    if isinstance(value, int):
        if kind == "float" and abs(value) <= MAX_INT:
            return float(value)
        return value if kind == "int" else None
    if isinstance(value, float) and kind == "float" and math.isfinite(value):
        return float(value)
    return None


@lru_cache(maxsize=4096)
def exact(number: float) -> Fraction:
    """Return the decimal that a person means by a float: 0.05 is 1/20."""
    return Fraction(repr(number))


def nearest_in_range(number: float, low: float, high: float, step: float | None) -> float:
    """Return the nearest value from `low` to `high`; with a step, the nearest lattice point.

    A lattice point is the float nearest to the decimal `low + index * step`: 0.15 and not
    0.15000000000000002.
    """
    clipped = min(max(number, low), high)
    if step is None:
        return clipped
    index = round((Fraction(clipped) - exact(low)) / exact(step))
    return float(exact(low) + index * exact(step))


def tolerance(nearest: float, step: float | None) -> float:
    """Return how far a number may lie from the value of the range that it means."""
    return BOUND_TOLERANCE * abs(nearest) if step is None else LATTICE_TOLERANCE * step
