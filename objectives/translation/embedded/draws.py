"""Random draws: weighted, by rank, and of synonyms.

Only `random()` of a seeded generator and arithmetic that IEEE 754 rounds exactly are used, so a
seed gives the same text on every machine.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import TypeAlias, TypeVar

Random: TypeAlias = Callable[[], float]  # uniform in [0, 1)
T = TypeVar("T")
Draw: TypeAlias = Callable[[Random], T]

SYNONYM = 0.15  # how often a synonym replaces a word's first translation: assumed


def weighted(items: Iterable[tuple[float, T]]) -> Draw[T]:
    """Draw an item in proportion to its weight."""
    weights, values = zip(*items, strict=True)
    bounds = list(accumulate(weights))
    return lambda rnd: values[bisect(bounds, rnd() * bounds[-1])]


def zipf(items: Iterable[T], shift: float = 1.0) -> Draw[T]:
    """Draw an item in proportion to 1 / (rank + shift), where the first item has rank 0."""
    return weighted((1 / (rank + shift), item) for rank, item in enumerate(items))


def synonym(rnd: Random, variants: Sequence[T]) -> T:
    """Draw the first variant most of the time, else one of the others."""
    if len(variants) == 1 or rnd() >= SYNONYM:
        return variants[0]
    return variants[1 + int(rnd() * (len(variants) - 1))]
