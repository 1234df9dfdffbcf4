"""Sentences with an entity tag for every word."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TaggedSentences:
    """Words and their IOB2 tags, one for one."""

    words: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.words)
