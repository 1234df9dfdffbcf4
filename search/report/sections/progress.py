"""How the search went: scores over time, learning curves, and cost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.report.facts import Facts, RungScore, TrialPoint
from xlt.search.report.section import (
    FAINT,
    INK,
    MAX_ROWS,
    ORANGE,
    RED,
    SKY,
    STUDY_SECTIONS,
    WINNER,
    Figure,
    Section,
    capped_title,
    mark,
    number_text,
    themed,
)
from xlt.search.storage.keys import SECONDS
from xlt.search.tables import Table
from xlt.studies.durations import format_duration

# Parts of a run's seconds that are not training.
SCORING_PARTS = {"scoring", "decoding"}


@STUDY_SECTIONS(20)
def progress(facts: Facts) -> Iterator[Section]:
    """The scores at the last compared step and the best of them so far, by time."""
    if not facts.points:
        return
    step = facts.compared_step
    reached = facts.reached
    best = max(reached, key=lambda row: row[1].score)
    metric, minutes = best[1].metric, best[0].minutes
    count = sum(config.trial <= best[0].trial for config in facts.configs)
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
        f"Best {metric} of the search: {number_text(best[1].score)} at step {step:,}, found after "
        f"{format_duration(60 * minutes)} and {count} configurations",
        f"A mark is a configuration when it was scored at step {step:,}, on one seed. The line is "
        "the best score so far.",
        (Figure(_scores(reached)),) if len(reached) > 1 else (),
        (
            Table(
                "Scores of the trials, in the order in which they paused or ended",
                ("number", "trial", "minutes", "step", "metric", "score"),
                rows,
            ),
        ),
        in_dashboard=True,
    )


def _scores(reached: Sequence[tuple[TrialPoint, RungScore]]) -> go.Figure:
    minutes = [point.minutes for point, _ in reached]
    scores = [score.score for _, score in reached]
    marks = go.Scatter(
        x=minutes,
        y=scores,
        mode="markers",
        name="configurations",
        marker=mark(SKY),
        text=[f"trial {point.trial}" for point, _ in reached],
        hovertemplate="%{text}: %{y:.2f}<extra></extra>",
    )
    best = go.Scatter(
        x=minutes,
        y=list(accumulate(scores, max)),
        mode="lines",
        line={"color": INK, "width": 2, "shape": "hv"},
        name="best so far",
        hoverinfo="skip",
    )
    metric, step = reached[0][1].metric, reached[0][1].step
    return themed([best, marks], "search time (minutes)", f"{metric} at step {step:,}", height=320)


def _metrics(scores: Sequence[RungScore]) -> list[str]:
    """Names of the metrics, in the order of the steps at which they are computed."""
    ordered = sorted(scores, key=lambda score: score.step)
    return list(dict.fromkeys(score.metric for score in ordered))


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
    if curve_note := TASKS[facts.study.task].curve_note:
        note += f" {curve_note}"
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
        (Figure(_curves(facts)),) if sum(counts) > 1 else (),
        (Table(title, header, rows),),
        in_dashboard=True,
    )


def _curves(facts: Facts) -> go.Figure:
    scores = [score for config in facts.configs for score in config.scores]
    scores += _winner_scores(facts)
    metrics = [m for m in _metrics(scores) if sum(score.metric == m for score in scores) > 1]
    # A row for each metric, with a common x axis.
    plot = make_subplots(rows=len(metrics), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    winner_is_listed = False
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
            showlegend=bool(winner_scores) and not winner_is_listed,
            hovertemplate="winner: %{y:.2f} at step %{x}<extra></extra>",
        )
        winner_is_listed |= bool(winner_scores)
        plot.add_traces([others, winner], rows=[row, row], cols=[1, 1])
    for rung in facts.study.budget.rungs:
        plot.add_vline(x=rung, line={"color": FAINT, "width": 1, "dash": "dot"})
    plot = themed(plot, height=200 + 180 * len(metrics))
    plot.update_xaxes(title_text="step", row=len(metrics), col=1)
    for row, metric in enumerate(metrics, 1):
        plot.update_yaxes(title_text=metric, row=row, col=1)
    return plot


def _winner_scores(facts: Facts) -> Sequence[RungScore]:
    if facts.winner is None:
        return ()
    if facts.final is None:
        return facts.winner.scores
    # The final model may be one of the proof, which has no scores at rungs.
    final = {row["step"]: RungScore(**row) for row in facts.final["validation"]}
    scores = {score.step: score for score in facts.winner.scores} | final
    return [scores[step] for step in sorted(scores)]


@STUDY_SECTIONS(80)
def cost(facts: Facts) -> Iterator[Section]:
    """Steps compared with full runs, and where the seconds went."""
    phases = {k: v for k, v in seconds_by_phase(facts).items() if any(v)}
    if not phases:
        return
    share = facts.trained_steps / (len(facts.configs) * facts.study.steps)
    spent = sum(map(sum, phases.values()))
    shares = ", ".join(f"{phase} {sum(parts) / spent:.0%}" for phase, parts in phases.items())
    title = f"Where the seconds went: {shares}"
    note = (
        "Search and proof: the time of the trainings, added over the workers. Final: by the "
        f"clock; its scoring is the test. The {len(facts.configs)} configurations took "
        f"{share:.0%} of the steps of full runs, because few were trained to the "
        "end, and steps that configurations share were trained once."
    )
    if failed := sum(config.has_no_valid_score for config in facts.configs):
        note += f" {failed} configurations diverged or failed. Their time is not included."
    figures = (Figure(_seconds_plot(phases)),)
    time_rows = (
        *((phase, *map(format_duration, (*parts, sum(parts)))) for phase, parts in phases.items()),
        ("search, wall-clock", "", "", format_duration(60 * facts.minutes)),
    )
    header = ("phase", "training", "scoring", "together")
    table = Table("Where the seconds went", header, time_rows)
    yield Section("cost", title, note, figures, (table,), in_dashboard=True)


def seconds_by_phase(facts: Facts) -> dict[str, tuple[float, float]]:
    """Seconds of training and of scoring in the search, the proof and the final run."""
    seed = facts.study.search.seed
    search = [(config.configuration, seed, config.seconds) for config in facts.configs]
    proof = [(run["configuration"], run["seed"], run.get(SECONDS, {})) for run in facts.seed_runs]
    phases = {"search": _sum(facts, search), "proof": _sum(facts, proof)}
    if facts.final is not None:
        phases["final"] = _sum(facts, [({}, seed, facts.final[SECONDS])])
    return phases


def _sum(
    facts: Facts, runs: Iterable[tuple[Configuration, int, Mapping[str, float]]]
) -> tuple[float, float]:
    """Seconds of training and of scoring. A shared prefix counts once, with its longest training."""
    stage, names = next(iter(TASKS[facts.study.task].shared_params.items()), ("", ()))
    training = scoring = 0.0
    longest: dict[tuple[object, ...], float] = {}
    for configuration, seed, seconds in runs:
        for part, spent in seconds.items():
            if part in SCORING_PARTS:
                scoring += spent
            elif stage and part == f"stage_{stage.lower()}":
                prefix = (seed, *(configuration.get(name) for name in names))
                longest[prefix] = max(longest.get(prefix, 0.0), spent)
            else:
                training += spent
    return training + sum(longest.values()), scoring


def _seconds_plot(phases: Mapping[str, tuple[float, float]]) -> go.Figure:
    traces = [
        go.Bar(
            x=[seconds / 60 for seconds in spent],
            y=list(phases),
            orientation="h",
            name=name,
            marker={"color": color},
            text=[format_duration(seconds) if seconds >= 1 else "" for seconds in spent],
            textposition="inside",
            textangle=0,
            hovertemplate="%{text}<extra></extra>",
        )
        for name, color, spent in zip(
            ("training", "scoring"), (SKY, ORANGE), zip(*phases.values(), strict=True), strict=True
        )
    ]
    plot = themed(traces, "minutes", "phase", height=140 + 40 * len(phases))
    return plot.update_layout(barmode="stack", legend_traceorder="normal").update_yaxes(
        autorange="reversed"
    )
