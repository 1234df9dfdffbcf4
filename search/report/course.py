"""How a search went: scores over configurations and over time, and learning curves."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xlt.search.report.drawing import (
    FAINT,
    GRID,
    INK,
    RED,
    SERIES,
    SYMBOLS,
    WINNER,
    figure,
    mark,
    number,
)
from xlt.search.report.facts import Facts, Point, Scored
from xlt.search.report.parts import MOST, Part, Picture
from xlt.search.tables import Table
from xlt.studies.durations import format_duration


def course(facts: Facts) -> Iterator[Part]:
    """Nothing until something was scored."""
    if facts.points:
        yield _progress(facts)
        yield _curves(facts)


def _progress(facts: Facts) -> Part:
    deepest = max(point.scored.step for point in facts.points)
    there = [point for point in facts.points if point.scored.step == deepest]
    best = max(there, key=lambda point: point.scored.score)
    begun = sum(each.first <= best.trial for each in facts.tried)
    title = (
        f"The best {best.scored.measure} of the search, {number(best.scored.score)} at step "
        f"{deepest:,}, came after {format_duration(60 * best.minutes)}, with {begun} configurations begun"
    )
    rows = tuple(
        (
            str(n),
            str(point.trial),
            f"{point.minutes:.1f}",
            f"{point.scored.step:,}",
            point.scored.measure,
            number(point.scored.score),
        )
        for n, point in enumerate(facts.points, 1)
    )
    table = Table(
        "What each trial came to, in the order they ended",
        ("number", "trial", "minutes", "step", "measure", "score"),
        rows,
    )
    pictures = (
        Picture(_scores(facts, lambda n, _: n, "trials, in the order they ended"), "In order"),
        Picture(
            _scores(facts, lambda _, point: point.minutes, "minutes of searching"), "Over time"
        ),
    )
    note = (
        "One mark is one training stopped for a score; its shape says at which step. The line is the "
        f"best so far at step {deepest:,}. Scores at different steps do not compare."
    )
    return Part("course", title, note, pictures, (table,))


def _measures(scored: Sequence[Scored]) -> list[str]:
    """In the order of the steps that they are taken at."""
    ordered = sorted(scored, key=lambda each: each.step)
    return list(dict.fromkeys(each.measure for each in ordered))


def _scores(facts: Facts, place: Callable[[int, Point], float], x: str) -> go.Figure:
    measures = _measures([point.scored for point in facts.points])
    steps = sorted({point.scored.step for point in facts.points})
    drawn = make_subplots(rows=len(measures), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    where = {point.trial: place(n, point) for n, point in enumerate(facts.points, 1)}
    for kind, step in enumerate(steps):
        points = [point for point in facts.points if point.scored.step == step]
        row = measures.index(points[0].scored.measure) + 1
        drawn.add_trace(
            go.Scatter(
                x=[where[point.trial] for point in points],
                y=[point.scored.score for point in points],
                mode="markers",
                name=f"step {step:,}",
                marker=mark(SERIES[kind % 5], SYMBOLS[kind % 5]),
                text=[f"trial {point.trial}" for point in points],
                hovertemplate="%{text}: %{y:.2f}<extra></extra>",
            ),
            row=row,
            col=1,
        )
    last = [point for point in facts.points if point.scored.step == steps[-1]]
    best = [max(each.scored.score for each in last[: n + 1]) for n in range(len(last))]
    row = measures.index(last[0].scored.measure) + 1
    drawn.add_trace(
        go.Scatter(
            x=[where[point.trial] for point in last],
            y=best,
            mode="lines",
            line={"color": INK, "width": 2, "shape": "hv"},
            name="best so far",
            hoverinfo="skip",
        ),
        row=row,
        col=1,
    )
    _frame(drawn, measures, x)
    return drawn


def _frame(drawn: go.Figure, measures: Sequence[str], x: str) -> None:
    """Name the axes of rows that share one below."""
    plain = figure([], "", "", height=200 + 180 * len(measures))
    drawn.update_layout(plain.layout)
    drawn.update_xaxes(gridcolor=GRID, linecolor=FAINT, zeroline=False, automargin=True)
    drawn.update_yaxes(gridcolor=GRID, linecolor=FAINT, zeroline=False, automargin=True)
    drawn.update_xaxes(title_text=x, row=len(measures), col=1)
    for row, measure in enumerate(measures, 1):
        drawn.update_yaxes(title_text=measure, row=row, col=1)


def _curves(facts: Facts) -> Part:
    measures = _measures([scored for each in facts.tried for scored in each.path])
    drawn = make_subplots(rows=len(measures), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    sound = [each for each in facts.tried if not each.lost]
    for row, measure in enumerate(measures, 1):
        lines: dict[str, list[Any]] = {"x": [], "y": [], "text": []}
        for each in sound:
            path = [scored for scored in each.path if scored.measure == measure]
            lines["x"] += [*(scored.step for scored in path), None]
            lines["y"] += [*(scored.score for scored in path), None]
            lines["text"] += [*(f"trial {each.trial}" for _ in path), None]
        drawn.add_trace(
            go.Scatter(
                **lines,
                mode="lines+markers",
                line={"color": FAINT, "width": 1},
                marker=mark(FAINT, size=5),
                name="all others",
                showlegend=row == 1,
                hovertemplate="%{text}: %{y:.2f} at step %{x}<extra></extra>",
            ),
            row=row,
            col=1,
        )
        won = [scored for scored in _to_the_end(facts) if scored.measure == measure]
        drawn.add_trace(
            go.Scatter(
                x=[scored.step for scored in won],
                y=[scored.score for scored in won],
                mode="lines+markers",
                line={"color": RED, "width": 3},
                marker={**WINNER, "size": 11},
                name="the winner, its final included",
                showlegend=row == 1,
                hovertemplate="winner: %{y:.2f} at step %{x}<extra></extra>",
            ),
            row=row,
            col=1,
        )
    _frame(drawn, measures, "step")
    for rung in facts.study.budget.rungs:
        drawn.add_vline(x=rung, line={"color": FAINT, "width": 1, "dash": "dot"})
    rungs = facts.study.budget.rungs
    counts = [sum(each.at(rung) is not None for each in sound) for rung in rungs]
    where = ", ".join(f"{count} at {rung:,}" for count, rung in zip(counts, rungs, strict=True))
    lost = len(facts.tried) - len(sound)
    title = f"Few went far: configurations scored, by step: {where}"
    note = (
        "One line is one configuration; where it ends it paused, was stopped, or was done. Dotted lines "
        "are the rungs, at which the best part goes on."
    )
    if lost:
        note += f" Left out: {lost} that diverged or failed."
    rows = tuple(
        (
            str(each.trial),
            *(number(at.score) if (at := each.at(rung)) else "" for rung in rungs),
            each.ended,
        )
        for each in sorted(facts.tried, key=lambda each: each.place or len(facts.tried) + 1)[:MOST]
    )
    what = "The scores at each rung, best configurations first"
    if len(facts.tried) > MOST:
        what += f" ({MOST} of {len(facts.tried)}; trials.csv has all)"
    header = ("trial", *(f"step {rung:,}" for rung in rungs), "ended")
    return Part("curves", title, note, (Picture(drawn),), (Table(what, header, rows),))


def _to_the_end(facts: Facts) -> list[Scored]:
    """The winner's scores, those of its final too."""
    if facts.winner is None:
        return []
    if facts.final is None:
        return list(facts.winner.path)
    return [Scored(**each) for each in facts.final["validation"]]
