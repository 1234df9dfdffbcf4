"""Entity-level precision, recall and F1, as `seqeval` counts them; what was mistaken for what."""

from collections import Counter
from collections.abc import Iterator, Sequence

from seqeval.metrics import classification_report
from seqeval.metrics.sequence_labeling import get_entities

Tags = Sequence[Sequence[str]]


def entity_scores(expected: Tags, found: Tags, types: Sequence[str] = ()) -> dict[str, float]:
    """`f1`, `precision`, `recall` over all entities, and each of them by type: `f1_PER`.

    `types`: which are scored even where there are none.

    In per cent; 0 where there is nothing to find or nothing was found. The mode is seqeval's own
    (conlleval's): an I- that continues nothing begins an entity.
    """
    nothing = {
        f"{name}{suffix}": 0.0
        for suffix in ("", *(f"_{name}" for name in types))
        for name in ("f1", "precision", "recall")
    }
    if all(tag == "O" for sentence in (*expected, *found) for tag in sentence):
        return nothing
    report = classification_report(
        _lists(expected), _lists(found), output_dict=True, zero_division=0
    )
    scores = nothing | dict(_named("", report["micro avg"]))
    for name in sorted(report.keys() - {"micro avg", "macro avg", "weighted avg"}):
        scores |= dict(_named(f"_{name}", report[name]))
    return scores


def _named(suffix: str, values: dict[str, float]) -> Iterator[tuple[str, float]]:
    for ours, theirs in (("f1", "f1-score"), ("precision", "precision"), ("recall", "recall")):
        yield f"{ours}{suffix}", 100 * float(values[theirs])


def _lists(tags: Tags) -> list[list[str]]:
    return [list(sentence) for sentence in tags]


def span_counts(reference: str, hypothesis: str) -> tuple[int, int, int]:
    """Of one sentence's tags, with blanks between them: entities that are right, found, expected.

    Summed over sentences they make the F1 of `entity_scores`: 2 * right / (found + expected).
    """
    expected, found = (set(get_entities(tags.split())) for tags in (reference, hypothesis))
    return len(expected & found), len(found), len(expected)


def confusion(expected: Tags, found: Tags) -> Counter[tuple[str, str]]:
    """How many words of an expected type were given which: ("LOC", "ORG"); O is no entity."""
    return Counter(
        (_type(tag), _type(given))
        for tags, others in zip(expected, found, strict=True)
        for tag, given in zip(tags, others, strict=True)
    )


def _type(tag: str) -> str:
    return tag[2:] or tag


def marked(words: Sequence[str], tags: Sequence[str], others: Sequence[str] | None = None) -> str:
    """The sentence with its entities in brackets: "[Angela Merkel PER] in [Paris LOC]".

    Those that aren't among the entities of the tags `others` get a star: "[*Paris ORG]".
    """
    entities = get_entities(list(tags))
    known = entities if others is None else get_entities(list(others))
    starts = {entity[1]: entity for entity in entities}
    ends = {entity[2]: entity for entity in entities}
    shown = []
    for place, word in enumerate(words):
        before = after = ""
        if place in starts:
            before = "[" if starts[place] in known else "[*"
        if place in ends:
            after = f" {ends[place][0]}]"
        shown.append(f"{before}{word}{after}")
    return " ".join(shown)
