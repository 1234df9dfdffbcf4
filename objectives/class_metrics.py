"""The names of metrics that belong to single classes, which the report shows as tables."""

from collections.abc import Mapping, Sequence

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
        predicted one. Without such metrics, both are empty.
    """
    counts = {
        (true, predicted): value
        for name, value in metrics.items()
        for true, arrow, predicted in [name.partition(_ARROW)]
        if arrow
    }
    classes = list(dict.fromkeys(true for true, _ in counts))
    return classes, [[counts[true, predicted] for predicted in classes] for true in classes]
