"""Scores of a model that chooses one class for each example, and the names of such metrics.

The report shows metrics with these names as tables.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_F1 = "f1/"
_ARROW = " → "


def f1_name(label: str) -> str:
    """The metric with the F1 score of a class."""
    return f"{_F1}{label}"


def confusion_name(true: str, predicted: str) -> str:
    """The metric with the number of examples of one class that were taken for another."""
    return f"{true}{_ARROW}{predicted}"


def class_f1(metrics: Mapping[str, float]) -> dict[str, float]:
    """The F1 scores by class; empty if there are none."""
    return {
        name.removeprefix(_F1): value for name, value in metrics.items() if name.startswith(_F1)
    }


def confusion(metrics: Mapping[str, float]) -> tuple[Sequence[str], list[list[float]]]:
    """The confusion matrix.

    Returns:
        The K classes, and the numbers of examples (K, K): a row for each true class, a column for each
        predicted one. A pair without a metric counts 0. Without such metrics, both are empty.
    """
    counts = {
        (true, predicted): value
        for name, value in metrics.items()
        for true, arrow, predicted in [name.partition(_ARROW)]
        if arrow
    }
    classes = list(dict.fromkeys(name for pair in counts for name in pair))
    return classes, [[counts.get((true, other), 0.0) for other in classes] for true in classes]


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
