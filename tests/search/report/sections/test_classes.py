"""Scores by class: the section shows the metrics of the test, and only where there are some."""

from dataclasses import replace

from xlt.objectives.trainer.classes import confusion_name, f1_name
from xlt.search.report.facts import Facts
from xlt.search.report.sections.classes import classes


def test_classes_are_shown(facts: Facts) -> None:
    assert facts.final
    assert not list(classes(facts))
    metrics = {
        f1_name("bad"): 0.8,
        f1_name("good"): 0.9,
        confusion_name("bad", "bad"): 30.0,
        confusion_name("bad", "good"): 10.0,
        confusion_name("good", "bad"): 5.0,
        confusion_name("good", "good"): 45.0,
    }
    test = {**facts.final["test"], "metrics": metrics}
    (section,) = classes(replace(facts, final={**facts.final, "test": test}))
    assert section.title == "F1 by class on the test set: from 80.0 (bad) to 90.0 (good)"
    f1, matrix = section.tables
    assert f1.rows == (("bad", "80.00"), ("good", "90.00"))
    assert matrix.rows == (("bad", "30", "10"), ("good", "5", "45"))
    (figure,) = section.figures
    assert [list(row) for row in figure.plot.data[0].z] == [[75.0, 25.0], [10.0, 90.0]]
