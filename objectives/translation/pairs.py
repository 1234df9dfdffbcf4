"""Sentences and their translations."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pairs:
    """Sentences and their translations, one for one."""

    german: tuple[str, ...]
    english: tuple[str, ...]
