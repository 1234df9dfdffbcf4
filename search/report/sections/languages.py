"""Scores by language and type of entity."""

from collections.abc import Iterator

from xlt.objectives.tasks import TASKS
from xlt.search.report.facts import Facts
from xlt.search.report.section import STUDY_SECTIONS, Figure, Section, heatmap, number_text
from xlt.search.tables import Table


@STUDY_SECTIONS(2)
def languages(facts: Facts) -> Iterator[Section]:
    """Test scores of the final model by language and type of entity."""
    test = facts.final["test"]["metrics"] if facts.final else {}
    scores = TASKS[facts.study.task].by_language(test)
    if not scores:
        return
    metric, trained = facts.metric, facts.study.settings["train"]
    types = list(dict.fromkeys(name.split("_f1_")[1] for name in sorted(test) if "_f1_" in name))
    values = [
        [score, *(test.get(f"{language}_f1_{kind}") for kind in types)]
        for language, score in scores.items()
    ]
    names = [f"{name}{' (trained)' * (name in trained)}" for name in scores]
    rows = tuple(
        (name, *("" if value is None else number_text(value) for value in row))
        for name, row in zip(names, values, strict=True)
    )
    columns = ("all", *types)
    text = ", ".join(f"{name} {score:.1f}" for name, score in scores.items())
    yield Section(
        "languages",
        f"{metric} on the test set: {text}",
        f"{metric} of the final model in per cent, by language and type of entity, on one seed. It was "
        f"trained on {', '.join(trained)}.",
        (Figure(heatmap(names, columns, values, "type", "language")),),
        (Table(f"Test {metric}", ("language", *columns), rows),),
        in_dashboard=True,
    )
