"""Scores of classes, compared with those of scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from transformers import EvalPrediction

from xlt.objectives.trainer.classes import class_f1, class_scores, confusion

NAMES = ["up", "down", "neither way"]
NUMBERS = st.integers(0, len(NAMES) - 1)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30))
def test_scores_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = np.array(pairs).T
    logits = np.eye(len(NAMES))[predicted]
    scores = class_scores(EvalPrediction(predictions=logits, label_ids=true), NAMES)
    numbers = range(len(NAMES))
    assert scores["accuracy"] == pytest.approx(accuracy_score(true, predicted))
    f1 = f1_score(true, predicted, labels=numbers, average=None, zero_division=0.0)
    assert class_f1(scores) == pytest.approx(dict(zip(NAMES, f1, strict=True)))
    assert scores["macro_f1"] == pytest.approx(f1.mean())
    names, counts = confusion(scores)
    assert names == NAMES
    assert counts == confusion_matrix(true, predicted, labels=numbers).tolist()


def test_other_metrics_are_of_no_class() -> None:
    metrics = {"f1": 0.5, "f1_macro": 0.5, "accuracy": 0.5}
    assert (class_f1(metrics), confusion(metrics)) == ({}, ([], []))


def test_a_pair_that_a_task_leaves_out_counts_nothing() -> None:
    names, counts = confusion({"good → bad": 3.0, "good → good": 4.0})
    assert (names, counts) == (["good", "bad"], [[4.0, 3.0], [0.0, 0.0]])
