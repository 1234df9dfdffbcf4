"""Entity-level precision, recall and F1 as `seqeval` computes them, and confusions of types."""

from collections import Counter
from collections.abc import Iterator, Sequence

from seqeval.metrics import classification_report
from seqeval.metrics.sequence_labeling import get_entities

Tags = Sequence[Sequence[str]]


def entity_scores(gold: Tags, predicted: Tags, types: Sequence[str] = ()) -> dict[str, float]:
    """`f1`, `precision`, `recall` over all entities, and by type, like `f1_PER`.

    In seqeval's default mode (conlleval's), an I- tag that continues nothing begins an entity.

    Args:
        gold: The tags of every sentence.
        predicted: The model's tags of every sentence.
        types: These are reported even if no sentence has them.

    Returns:
        Per cent; 0 if there are no entities to find, or none were predicted.
    """
    zeros = {
        f"{name}{suffix}": 0.0
        for suffix in ("", *(f"_{name}" for name in types))
        for name in ("f1", "precision", "recall")
    }
    if all(tag == "O" for sentence in (*gold, *predicted) for tag in sentence):
        return zeros
    report = classification_report(
        _lists(gold), _lists(predicted), output_dict=True, zero_division=0
    )
    scores = zeros | dict(_named("", report["micro avg"]))
    for name in sorted(report.keys() - {"micro avg", "macro avg", "weighted avg"}):
        scores |= dict(_named(f"_{name}", report[name]))
    return scores


def _named(suffix: str, values: dict[str, float]) -> Iterator[tuple[str, float]]:
    for ours, theirs in (("f1", "f1-score"), ("precision", "precision"), ("recall", "recall")):
        yield f"{ours}{suffix}", 100 * float(values[theirs])


def _lists(tags: Tags) -> list[list[str]]:
    return [list(sentence) for sentence in tags]


def confusion(gold: Tags, predicted: Tags) -> Counter[tuple[str, str]]:
    """Numbers of words by gold and predicted type, like ("LOC", "ORG"); "O" is no entity."""
    return Counter(
        (_type(tag), _type(other))
        for tags, others in zip(gold, predicted, strict=True)
        for tag, other in zip(tags, others, strict=True)
    )


def _type(tag: str) -> str:
    return tag[2:] or tag


def bracket_entities(
    words: Sequence[str], tags: Sequence[str], others: Sequence[str] | None = None
) -> str:
    """The sentence with its entities in brackets: "[Angela Merkel PER] in [Paris LOC]".

    Entities that the tags `others` do not have get a star: "[*Paris ORG]".
    """
    entities = get_entities(list(tags))
    known = entities if others is None else get_entities(list(others))
    starts = {entity[1]: entity for entity in entities}
    ends = {entity[2]: entity for entity in entities}
    shown = []
    for index, word in enumerate(words):
        before = after = ""
        if index in starts:
            before = "[" if starts[index] in known else "[*"
        if index in ends:
            after = f" {ends[index][0]}]"
        shown.append(f"{before}{word}{after}")
    return " ".join(shown)
