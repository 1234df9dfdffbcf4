"""How the search went: scores over time, learning curves, and cost."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xlt.objectives.tasks import TASKS
from xlt.search.report.facts import Facts, RungScore, TrialPoint
from xlt.search.report.section import (
    BLUE,
    FAINT,
    INK,
    MAX_ROWS,
    ORANGE,
    RED,
    SERIES,
    SKY,
    STUDY_SECTIONS,
    SYMBOLS,
    WINNER,
    Figure,
    Section,
    bars,
    capped_title,
    mark,
    number_text,
    themed,
)
from xlt.search.report.sections.outcome import deadline_text
from xlt.search.tables import Table
from xlt.studies.durations import format_duration


@STUDY_SECTIONS(20)
def progress(facts: Facts) -> Iterator[Section]:
    """The last scores of the trials and the best score so far, by trial and by time."""
    if not facts.points:
        return
    last_step = max(point.score.step for point in facts.points)
    at_last_step = [point for point in facts.points if point.score.step == last_step]
    best = max(at_last_step, key=lambda point: point.score.score)
    count = sum(config.first_trial <= best.trial for config in facts.configs)
    rows = tuple(
        (
            str(n),
            str(point.trial),
            f"{point.minutes:.1f}",
            f"{point.score.step:,}",
            point.score.metric,
            number_text(point.score.score),
        )
        for n, point in enumerate(facts.points, 1)
    )
    yield Section(
        "progress",
        f"Best {best.score.metric} of the search: {number_text(best.score.score)} at step {last_step:,}, "
        f"found after {format_duration(60 * best.minutes)} and {count} configurations",
        "A mark is the last score of a trial. Its shape shows the step. The line is the best score "
        f"so far at step {last_step:,}. Scores at different steps cannot be compared.",
        (
            Figure(_scores(facts, lambda n, _: n, "trials, in the order they ended"), "By trial"),
            Figure(_scores(facts, lambda _, p: p.minutes, "search time (minutes)"), "By time"),
        ),
        (
            Table(
                "Last score of each trial, in the order they ended",
                ("number", "trial", "minutes", "step", "metric", "score"),
                rows,
            ),
        ),
        in_dashboard=True,
    )


def _scores(facts: Facts, position: Callable[[int, TrialPoint], float], x: str) -> go.Figure:
    metrics = _metrics([point.score for point in facts.points])
    steps = sorted({point.score.step for point in facts.points})
    plot = _subplots(metrics)
    positions = {point.trial: position(n, point) for n, point in enumerate(facts.points, 1)}
    for index, step in enumerate(steps):
        points = [point for point in facts.points if point.score.step == step]
        row = metrics.index(points[0].score.metric) + 1
        xs = [positions[point.trial] for point in points]
        scores = [point.score.score for point in points]
        markers = go.Scatter(
            x=xs,
            y=scores,
            mode="markers",
            name=f"step {step:,}",
            marker=mark(SERIES[index % 5], SYMBOLS[index % 5]),
            text=[f"trial {point.trial}" for point in points],
            hovertemplate="%{text}: %{y:.2f}<extra></extra>",
        )
        plot.add_trace(markers, row=row, col=1)
        if step == steps[-1]:
            best = go.Scatter(
                x=xs,
                y=list(accumulate(scores, max)),
                mode="lines",
                line={"color": INK, "width": 2, "shape": "hv"},
                name="best so far",
                hoverinfo="skip",
            )
            plot.add_trace(best, row=row, col=1)
    return _themed_rows(plot, metrics, x)


def _metrics(scores: Sequence[RungScore]) -> list[str]:
    """Names of the metrics, in the order of the steps at which they are computed."""
    ordered = sorted(scores, key=lambda score: score.step)
    return list(dict.fromkeys(score.metric for score in ordered))


def _subplots(metrics: Sequence[str]) -> go.Figure:
    return make_subplots(rows=len(metrics), cols=1, shared_xaxes=True, vertical_spacing=0.06)


def _themed_rows(subplots: go.Figure, metrics: Sequence[str], x: str) -> go.Figure:
    """Apply the theme to subplots of one row for each metric, with a common x axis."""
    plot = themed(subplots, height=200 + 180 * len(metrics))
    plot.update_xaxes(title_text=x, row=len(metrics), col=1)
    for row, metric in enumerate(metrics, 1):
        plot.update_yaxes(title_text=metric, row=row, col=1)
    return plot


@STUDY_SECTIONS(30)
def curves(facts: Facts) -> Iterator[Section]:
    """Scores of all configurations by step, with the rungs."""
    if not facts.points:
        return
    rungs = facts.study.budget.rungs
    scored = [config for config in facts.configs if not config.has_no_valid_score]
    counts = [sum(config.score_at(rung) is not None for config in scored) for rung in rungs]
    reached = ", ".join(f"{n} at {rung:,}" for n, rung in zip(counts, rungs, strict=True))
    note = (
        "A line is a configuration. It ends where the configuration paused, was stopped, or was "
        "complete. Dotted lines are the rungs, where the best configurations are promoted."
    )
    if failed := len(facts.configs) - len(scored):
        note += f" Not shown: {failed} that diverged or failed."
    unranked = len(facts.configs) + 1
    rows = tuple(
        (
            str(config.trial),
            *(number_text(at.score) if (at := config.score_at(rung)) else "" for rung in rungs),
            config.end_reason,
        )
        for config in sorted(facts.configs, key=lambda config: config.rank or unranked)[:MAX_ROWS]
    )
    header = ("trial", *(f"step {rung:,}" for rung in rungs), "ended")
    title = capped_title("Scores by rung, best configurations first", len(facts.configs))
    yield Section(
        "curves",
        f"Configurations scored, by step: {reached}",
        note,
        (Figure(_curves(facts)),),
        (Table(title, header, rows),),
        in_dashboard=True,
    )


def _curves(facts: Facts) -> go.Figure:
    metrics = _metrics([score for config in facts.configs for score in config.scores])
    plot = _subplots(metrics)
    for row, metric in enumerate(metrics, 1):
        lines: dict[str, list[Any]] = {"x": [], "y": [], "text": []}
        for config in facts.configs:
            if not config.has_no_valid_score:
                scores = [score for score in config.scores if score.metric == metric]
                lines["x"] += [*(score.step for score in scores), None]
                lines["y"] += [*(score.score for score in scores), None]
                lines["text"] += [*(f"trial {config.trial}" for _ in scores), None]
        others = go.Scatter(
            **lines,
            mode="lines+markers",
            line={"color": FAINT, "width": 1},
            marker=mark(FAINT, size=5),
            name="other configurations",
            showlegend=row == 1,
            hovertemplate="%{text}: %{y:.2f} at step %{x}<extra></extra>",
        )
        winner_scores = [score for score in _winner_scores(facts) if score.metric == metric]
        winner = go.Scatter(
            x=[score.step for score in winner_scores],
            y=[score.score for score in winner_scores],
            mode="lines+markers",
            line={"color": RED, "width": 3},
            marker={**WINNER, "size": 11},
            name="winner, with its final run",
            showlegend=row == 1,
            hovertemplate="winner: %{y:.2f} at step %{x}<extra></extra>",
        )
        plot.add_traces([others, winner], rows=[row, row], cols=[1, 1])
    for rung in facts.study.budget.rungs:
        plot.add_vline(x=rung, line={"color": FAINT, "width": 1, "dash": "dot"})
    return _themed_rows(plot, metrics, "step")


def _winner_scores(facts: Facts) -> Sequence[RungScore]:
    if facts.winner is None:
        return ()
    if facts.final is None:
        return facts.winner.scores
    return [RungScore(**row) for row in facts.final["validation"]]


@STUDY_SECTIONS(80)
def cost(facts: Facts) -> Iterator[Section]:
    """Steps compared with full runs, and search time by part."""
    if not facts.steps_without_sharing:
        return
    full = len(facts.configs) * facts.study.steps
    steps = {
        "full runs": full,
        "requested": facts.steps_without_sharing,
        "trained": facts.trained_steps,
    }
    share = f"{facts.trained_steps / full:.0%}"
    title = f"{len(facts.configs)} configurations took {share} of the steps of full runs"
    if deadline := deadline_text(facts):
        title += f"; time budget {deadline}"
    seconds = _seconds_by_part(facts)
    note = (
        "Full runs: the steps if every configuration were trained to the end. Requested: the sum of "
        "the steps that the configurations reached. Trained: the same, but steps that "
        "configurations share count once."
    )
    if failed := sum(config.has_no_valid_score for config in facts.configs):
        note += f" {failed} configurations diverged or failed. Their time is not included."
    minutes = {part: spent / 60 for part, spent in seconds.items()}
    counts = [f"{n:,}" for n in steps.values()]
    times = [format_duration(spent) for spent in seconds.values()]
    figures = (
        Figure(bars(steps, counts, "steps", "quantity", [FAINT, SKY, BLUE]), "Steps"),
        Figure(bars(minutes, times, "core minutes", "part", ORANGE), "Search time by part"),
    )
    step_rows = tuple((name, f"{n:,}", f"{n / full:.0%}") for name, n in steps.items())
    time_rows = (
        *zip(seconds, times, strict=True),
        ("search, wall-clock", format_duration(60 * facts.minutes)),
    )
    tables = (
        Table("Steps", ("quantity", "steps", "share"), step_rows),
        Table("Search time by part", ("part", "time"), time_rows),
    )
    yield Section("cost", title, note, figures, tables, in_dashboard=True)


def _seconds_by_part(facts: Facts) -> dict[str, float]:
    """Training time by part. A shared prefix counts once, with its longest training."""
    stage, names = next(iter(TASKS[facts.study.task].shared_params.items()), ("", ()))
    shared = f"stage_{stage.lower()}" if stage else ""
    total: dict[str, float] = {}
    longest: dict[tuple[object, ...], float] = {}
    for config in facts.configs:
        for part, seconds in config.seconds.items():
            if part == shared:
                prefix = tuple(config.configuration.get(name) for name in names)
                longest[prefix] = max(longest.get(prefix, 0.0), seconds)
            else:
                total[part] = total.get(part, 0.0) + seconds
    if longest:
        total = {shared: sum(longest.values()), **total}
    return {part.replace("_", " "): seconds for part, seconds in total.items() if seconds}
