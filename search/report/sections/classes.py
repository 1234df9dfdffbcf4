"""Test scores by class, of tasks whose metrics have them."""

from collections.abc import Iterator

from xlt.objectives.trainer.classes import class_f1, confusion
from xlt.search.report.facts import Facts
from xlt.search.report.section import STUDY_SECTIONS, Figure, Section, heatmap, number_text
from xlt.search.tables import Table

# A matrix of more classes has no readable numbers.
MAX_CLASSES = 20


@STUDY_SECTIONS(3)
def classes(facts: Facts) -> Iterator[Section]:
    """F1 scores by class, and which classes the final model takes for which."""
    test = facts.final["test"]["metrics"] if facts.final else {}
    scores = {name: 100 * score for name, score in class_f1(test).items()}
    if not scores:
        return
    worst, best = min(scores, key=scores.__getitem__), max(scores, key=scores.__getitem__)
    lines = tuple((name, number_text(score)) for name, score in scores.items())
    tables = [Table("Test F1 by class", ("class", "F1"), lines)]
    figures = []
    names, counts = confusion(test)
    if names:
        header = ("class", *(f"taken for {name}" for name in names))
        rows = tuple(
            (name, *(f"{count:,.0f}" for count in row))
            for name, row in zip(names, counts, strict=True)
        )
        tables.append(Table("Test examples by true and predicted class", header, rows))
        if len(names) <= MAX_CLASSES:
            shares = [[100 * count / max(sum(row), 1) for count in row] for row in counts]
            figures.append(Figure(heatmap(names, names, shares, "predicted class", "true class")))
    yield Section(
        "classes",
        f"F1 by class on the test set: from {scores[worst]:.1f} ({worst}) to {scores[best]:.1f} ({best})",
        "Scores of the final model in per cent, on one seed."
        + " Each row of the picture is a true class; its cells add up to 100 %." * bool(figures),
        figures,
        tables,
        in_dashboard=True,
    )
