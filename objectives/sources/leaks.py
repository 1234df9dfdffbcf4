"""Test sentences that training data contain."""

from collections.abc import Hashable, Sequence
from typing import TypeAlias

# A text and its target.
Labelled: TypeAlias = tuple[Hashable, Hashable]


def leak_notice(
    part: str,
    units: str,
    targets: str,
    scored: Sequence[Labelled],
    trained: Sequence[Labelled],
    training: str = "the training data",
) -> list[str]:
    """A notice if training data contain sentences of a validation or test part.

    Args:
        part: Its name, like "de/test".
        units: "sentences" or "pairs".
        targets: "tags" or "translations".
        scored: The texts of the part with their targets.
        trained: Those of the training data.
        training: A name of the training data.
    """
    texts = {text for text, _ in trained}
    pairs = set(trained)
    text = sum(text in texts for text, _ in scored)
    whole = sum(pair in pairs for pair in scored)
    if not text:
        return []
    alone = f", {text:,} with any {targets}" if text != whole else ""
    share = 100 * whole / len(scored)
    notice = (
        f"{part}: {whole:,} of {len(scored):,} {units} ({share:.1f} %) stand in {training} "
        f"with the same {targets}{alone}; a model may know them by heart"
    )
    return [notice]
