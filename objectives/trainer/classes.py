"""Scores of a model that chooses one class for each example."""

from collections.abc import Sequence
from typing import Any

from xlt.objectives.class_metrics import confusion_name, f1_name


def class_scores(found: Any, names: Sequence[str]) -> dict[str, float]:
    """Compare predicted classes with the true ones.

    Args:
        found: A `transformers.EvalPrediction` with logits (N, K) and class numbers (N,).
        names: The K classes.

    Returns:
        From 0 to 1: "accuracy", "macro_f1", which is the mean F1 score of the classes, and the F1 score
        of each class. Also the confusion matrix, one number of examples for each pair of classes.
    """
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

    true, predicted = found.label_ids, found.predictions.argmax(-1)
    numbers = range(len(names))
    f1 = f1_score(true, predicted, labels=numbers, average=None, zero_division=0.0)
    counts = confusion_matrix(true, predicted, labels=numbers)
    return {
        "accuracy": float(accuracy_score(true, predicted)),
        "macro_f1": float(f1.mean()),
        **{f1_name(name): float(score) for name, score in zip(names, f1, strict=True)},
        **{
            confusion_name(name, other): float(count)
            for name, row in zip(names, counts, strict=True)
            for other, count in zip(names, row, strict=True)
        },
    }
