"""The embedded corpus."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Pairs:
    """Sentences and their translations, one for one."""

    german: tuple[str, ...]
    english: tuple[str, ...]


def generate() -> Mapping[str, Pairs]:
    raise NotImplementedError
