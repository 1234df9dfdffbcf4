"""Entity-level precision, recall and F1, as `seqeval` counts them."""

from collections.abc import Iterator, Sequence

from seqeval.metrics import classification_report

Tags = Sequence[Sequence[str]]


def entity_scores(expected: Tags, found: Tags) -> dict[str, float]:
    """`f1`, `precision`, `recall` over all entities, and each of them by type: `f1_PER`.

    In per cent; 0 where there is nothing to find or nothing was found. The mode is seqeval's own
    (conlleval's): an I- that continues nothing begins an entity.
    """
    if all(tag == "O" for sentence in (*expected, *found) for tag in sentence):
        return dict.fromkeys(("f1", "precision", "recall"), 0.0)
    report = classification_report(
        _lists(expected), _lists(found), output_dict=True, zero_division=0
    )
    scores = dict(_named("", report["micro avg"]))
    for name in sorted(report.keys() - {"micro avg", "macro avg", "weighted avg"}):
        scores |= dict(_named(f"_{name}", report[name]))
    return scores


def _named(suffix: str, values: dict[str, float]) -> Iterator[tuple[str, float]]:
    for ours, theirs in (("f1", "f1-score"), ("precision", "precision"), ("recall", "recall")):
        yield f"{ours}{suffix}", 100 * float(values[theirs])


def _lists(tags: Tags) -> list[list[str]]:
    return [list(sentence) for sentence in tags]
