"""Scores of a model that chooses one class for each example."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xlt.objectives.class_metrics import confusion_name, f1_name


def class_scores(found: Any, names: Sequence[str]) -> dict[str, float]:
    """Compare predicted classes with the true ones.

    Args:
        found: A `transformers.EvalPrediction` with logits (N, K) and class numbers (N,).
        names: The K classes.

    Returns:
        From 0 to 1: "accuracy", the F1 score of each class, and their mean "macro_f1". Also the
        confusion matrix, one number of examples for each pair of classes.
    """
    counts = np.zeros((len(names), len(names)))
    np.add.at(counts, (found.label_ids, found.predictions.argmax(-1)), 1)
    right, either = counts.diagonal(), counts.sum(axis=0) + counts.sum(axis=1)
    f1 = 2 * right / np.maximum(either, 1)  # 0 for a class that there is not
    return {
        "accuracy": float(right.sum() / counts.sum()),
        "macro_f1": float(f1.mean()),
        **{f1_name(name): float(score) for name, score in zip(names, f1, strict=True)},
        **{
            confusion_name(name, other): float(count)
            for name, row in zip(names, counts, strict=True)
            for other, count in zip(names, row, strict=True)
        },
    }
