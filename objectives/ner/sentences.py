"""Sentences with an entity tag a word."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentences:
    """Words and their IOB2 tags, one for one."""

    words: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.words)
