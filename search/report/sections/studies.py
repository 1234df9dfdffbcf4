"""Several studies side by side."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import plotly.graph_objects as go

from xlt.objectives.tasks import TASKS
from xlt.search.report.facts import Facts
from xlt.search.report.outcome import Outcome, outcome
from xlt.search.report.section import (
    PAGE_SECTIONS,
    SERIES,
    SYMBOLS,
    Figure,
    Section,
    mark,
    number_text,
    themed,
)
from xlt.search.tables import Table
from xlt.studies.durations import format_duration


@PAGE_SECTIONS(10)
def studies_side_by_side(compared: Sequence[Facts], _: Path) -> Iterator[Section]:
    """Several studies side by side."""
    if len(compared) < 2:
        return
    rows = tuple(_study_row(facts, outcome(facts)) for facts in compared)
    header = (
        "study",
        "description",
        "configurations",
        "search time",
        "steps trained",
        "baseline",
        "winner",
        "difference",
        "test",
        "metric",
        "data",
    )
    title = f"{len(compared)} studies side by side; not all of their scores can be compared"
    scores = [float(facts.final["test"]["score"]) for facts in compared if facts.final is not None]
    measures = {(facts.compared[0][1].metric, facts.compared_step) for facts in compared}
    is_drawn = len(measures) == 1 and all(len(facts.reached) > 1 for facts in compared)
    conditions = {
        (facts.data["fingerprint"], _languages(facts), facts.metric) for facts in compared
    }
    if len(conditions) == 1 and len(scores) == len(compared):
        best = compared[scores.index(max(scores))]
        score = f"{number_text(max(scores))} {best.metric}"
        title = f"Highest score on the test set: {best.name}, {score} (one run; it may be luck)"
    yield Section(
        "studies",
        title,
        "The best score so far over the search time, drawn only if all studies have scores at the same step "
        "and by the same metric. Scores can be compared only between studies with the same data and "
        "languages.",
        (Figure(_best_so_far(compared)),) if is_drawn else (),
        (Table("Studies", header, rows),),
    )


def _languages(facts: Facts) -> frozenset[str]:
    """Languages over which scores are averaged; empty for a task of one language."""
    return frozenset(facts.study.settings.get("selection_languages", ()))


def _study_row(facts: Facts, result: Outcome) -> tuple[str, ...]:
    test = ""
    if result.test is not None and facts.final is not None:
        scores = TASKS[facts.study.task].by_language(facts.final["test"]["metrics"])
        languages = ", ".join(f"{language} {score:.2f}" for language, score in scores.items())
        test = result.test.text + (f" ({languages})" if languages else "")
    return (
        facts.name,
        facts.study.description,
        str(len(facts.configs)),
        format_duration(60 * facts.minutes),
        f"{facts.trained_steps:,}",
        result.baseline.text,
        result.winner.text,
        result.difference.text,
        test,
        facts.metric,
        facts.data["description"],
    )


def _best_so_far(compared: Sequence[Facts]) -> go.Figure:
    traces = []
    for index, facts in enumerate(compared):
        reached = facts.reached
        color = SERIES[index % 5]
        traces.append(
            go.Scatter(
                x=[point.minutes for point, _ in reached],
                y=list(accumulate((score.score for _, score in reached), max)),
                mode="lines+markers",
                line={"color": color, "shape": "hv"},
                marker=mark(color, SYMBOLS[index % 5]),
                name=facts.name,
            )
        )
    y = f"best {compared[0].compared[0][1].metric} so far at step {compared[0].compared_step:,}"
    return themed(traces, "search time (minutes)", y, height=340 + 24 * len(compared))
