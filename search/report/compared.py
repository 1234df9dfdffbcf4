"""Several studies side by side."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

import plotly.graph_objects as go

from xlt.objectives.tasks import TASKS
from xlt.search.report.drawing import SERIES, SYMBOLS, figure, mark, number
from xlt.search.report.facts import Facts
from xlt.search.report.outcome import outcome
from xlt.search.report.parts import Part, Picture
from xlt.search.tables import Table
from xlt.studies.durations import format_duration


def compared(studies: Sequence[Facts]) -> Iterator[Part]:
    told = [outcome(each) for each in studies]
    rows = tuple(
        (
            each.name,
            each.study.description,
            str(len(each.tried)),
            format_duration(60 * each.minutes),
            f"{each.trained:,}",
            first.before[0],
            first.after[0],
            first.change[0],
            "" if first.test is None else f"{first.test[0]}{_by_language(each)}",
            each.measure,
            each.data["description"],
        )
        for each, first in zip(studies, told, strict=True)
    )
    header = (
        "study",
        "what",
        "configurations",
        "time",
        "steps trained",
        "before",
        "after",
        "difference",
        "on test",
        "measure",
        "data",
    )
    same = len({(each.data["fingerprint"], _languages(each)) for each in studies}) == 1
    tested = [each for each in studies if each.final is not None]
    if same and len(tested) == len(studies) and len({each.measure for each in studies}) == 1:
        best = max(tested, key=_test)
        title = (
            f"{best.name} has the best score on the test set, {number(_test(best))} {best.measure}"
        )
    else:
        title = f"{len(studies)} studies side by side; their scores do not all compare"
    note = (
        "Best score so far at the deepest rung of each study, over the minutes of its search. Scores "
        "compare only where data and languages are the same."
    )
    picture = Picture(_progress(studies), least=320)
    yield Part("studies", title, note, (picture,), (Table("The studies", header, rows),))


def _test(facts: Facts) -> float:
    assert facts.final is not None
    return float(facts.final["test"]["score"])


def _languages(facts: Facts) -> frozenset[str]:
    """Those whose mean the scores are; empty for a task of one language."""
    return frozenset(facts.study.settings.get("selection_languages", ()))


def _by_language(facts: Facts) -> str:
    assert facts.final is not None
    scores = TASKS[facts.study.task].by_language(facts.final["test"]["metrics"])
    each = ", ".join(f"{language} {score:.2f}" for language, score in scores.items())
    return f" ({each})" if each else ""


def _progress(studies: Sequence[Facts]) -> go.Figure:
    traces = []
    for place, each in enumerate(studies):
        deepest = max((point.scored.step for point in each.points), default=0)
        there = [point for point in each.points if point.scored.step == deepest]
        name = f"{each.name}, {there[0].scored.measure} at step {deepest:,}" if there else each.name
        traces.append(
            go.Scatter(
                x=[point.minutes for point in there],
                y=list(accumulate((point.scored.score for point in there), max)),
                mode="lines+markers",
                line={"color": SERIES[place % 5], "shape": "hv"},
                marker=mark(SERIES[place % 5], SYMBOLS[place % 5]),
                name=name,
            )
        )
    return figure(
        traces, "minutes of searching", "best score so far", height=340 + 24 * len(studies)
    )
