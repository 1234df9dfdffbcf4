"""Scores of classes, computed a second way from the definitions."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import EvalPrediction

from xlt.objectives.class_metrics import class_f1, confusion
from xlt.objectives.trainer.classes import class_scores

NAMES = ["up", "down", "neither way"]
NUMBERS = st.integers(0, len(NAMES) - 1)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30))
def test_scores_are_those_of_the_definitions(pairs: list[tuple[int, int]]) -> None:
    true, predicted = np.array(pairs).T
    logits = np.eye(len(NAMES))[predicted]
    scores = class_scores(EvalPrediction(predictions=logits, label_ids=true), NAMES)
    counts = Counter(pairs)
    assert scores["accuracy"] == pytest.approx(np.mean(true == predicted))
    f1 = []
    for number in range(len(NAMES)):
        both = counts[number, number]
        either = int(np.sum(true == number) + np.sum(predicted == number))
        f1.append(2 * both / either if either else 0.0)
    assert class_f1(scores) == pytest.approx(dict(zip(NAMES, f1, strict=True)))
    assert scores["macro_f1"] == pytest.approx(sum(f1) / len(f1))
    names, matrix = confusion(scores)
    assert names == NAMES
    assert {(i, j): n for i, row in enumerate(matrix) for j, n in enumerate(row) if n} == counts


def test_other_metrics_are_of_no_class() -> None:
    metrics = {"f1": 0.5, "f1_macro": 0.5, "accuracy": 0.5}
    assert (class_f1(metrics), confusion(metrics)) == ({}, ([], []))
