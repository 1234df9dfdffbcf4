"""Whole configurations: parallel coordinates, and the architectures that were trained."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.report.facts import Facts
from xlt.search.report.section import (
    GRID,
    INK,
    MAX_ROWS,
    RED,
    SKY,
    STUDY_SECTIONS,
    Figure,
    Section,
    capped_title,
    config_marks,
    mark,
    number_text,
    themed,
    value_text,
)
from xlt.search.report.sections.parameters import (
    affected_configs,
    axis_ends,
    axis_ticks,
    axis_title,
    axis_value,
    is_log,
)
from xlt.search.tables import Table
from xlt.spaces.parameter import Parameter

# Lines of the parallel coordinates: more cannot be told apart on a phone.
MAX_LINES = 12
MAX_ARCHITECTURES = 10
# Characters on a line of a label beside an axis.
LABEL_WIDTH = 28
# Parameters that are counts, in words.
COUNTS = {"nhead": "{} heads", "num_layers": "{} layers"}


@STUDY_SECTIONS(60)
def parallel_coordinates(facts: Facts) -> Iterator[Section]:
    """The best configurations on parallel axes."""
    ranked = facts.ranked
    if len(ranked) < 2:
        return
    names = [parameter.name for parameter in facts.study.space.parameters]
    rows = tuple(
        (
            str(config.trial),
            f"{config.scores[-1].step:,}",
            config.scores[-1].metric,
            number_text(config.scores[-1].score),
            *(value_text(config.configuration.get(name, "")) for name in names),
        )
        for config in ranked[:MAX_ROWS]
    )
    title = capped_title("Configurations, best first", len(ranked))
    shown = facts.compared[:MAX_LINES]
    metric, step = shown[0][1].metric, facts.compared_step
    low, high = (number_text(shown[index][1].score) for index in (-1, 0))
    yield Section(
        "coordinates",
        f"The best {len(shown)} of {len(ranked)} configurations: {low} to {high} {metric} at step "
        f"{step:,}",
        "A line is a configuration, from red (the best) to blue. A row is a parameter over its whole "
        "range; the last row is the score. The table has all configurations.",
        (Figure(_parallel_coordinates(facts)),) if len(shown) > 1 else (),
        (Table(title, ("trial", "step", "metric", "score", *names), rows),),
    )


def _parallel_coordinates(facts: Facts) -> go.Figure:
    """Its axes are rows, so that all of them fit on a phone. Optuna's figure has columns."""
    shown = facts.compared[:MAX_LINES]
    parameters = [
        parameter
        for parameter in facts.study.space.searched
        if affected_configs(facts, parameter.name, facts.compared_step)
    ]
    names = [*map(axis_title, parameters), shown[0][1].metric]
    best, worst = shown[0][1].score, shown[-1][1].score
    ticks = [*map(_ticks, parameters), {0.0: number_text(worst), 1.0: number_text(best)}]
    lines = []
    for config, score in shown[::-1]:  # the best ones are drawn last, over the others
        share = (score.score - worst) / ((best - worst) or 1.0)
        at = [
            _position(parameter, config.configuration)
            if parameter.name in config.configuration
            else None
            for parameter in parameters
        ]
        (color,) = sample_colorscale([[0, SKY], [1, RED]], share)
        lines.append(
            go.Scatter(
                x=[*at, share],
                y=list(range(len(names))),
                mode="lines+markers",
                line={"color": color, "width": 1.5 + 1.5 * share},
                marker=mark(color, size=6),
                connectgaps=True,
                hovertemplate=f"trial {config.trial}: {score.score:.2f}<extra></extra>",
            )
        )
    labels = [(x, row, text) for row, axis in enumerate(ticks) for x, text in axis.items()]
    texts = go.Scatter(
        x=[x for x, _, _ in labels],
        y=[row + 0.2 for _, row, _ in labels],
        text=[text for *_, text in labels],
        mode="text",
        textposition=[
            {0.0: "bottom right", 1.0: "bottom left"}.get(x, "bottom center") for x, *_ in labels
        ],
        textfont={"color": INK, "size": 11},
        hoverinfo="skip",
    )
    plot = themed([*lines, texts], height=80 + 46 * len(names), legend=False)
    plot.update_xaxes(range=[-0.08, 1.08], showgrid=False, showticklabels=False, fixedrange=True)
    return plot.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[
            "<br>".join(wrap(name.replace("_", "_ "), 16)).replace("_ ", "_") for name in names
        ],
        tickfont={"size": 12, "color": INK},
        range=[len(names) - 0.4, -0.5],
        gridcolor=GRID,
        fixedrange=True,
        title={"text": "parameter"},
    )


def _position(parameter: Parameter, config: Configuration) -> float:
    """Where a configuration is on a parameter's axis, from 0 to 1."""
    value, ticks = axis_value(parameter, config), axis_ticks(parameter)
    if ticks:
        return ticks.index(value) / max(1, len(ticks) - 1)
    scale = math.log if is_log(parameter) else float
    low, high = map(scale, axis_ends(parameter))
    return (scale(value) - low) / (high - low)


def _ticks(parameter: Parameter) -> dict[float, str]:
    """The ticks of an axis by position: all values, or both bounds."""
    ticks = axis_ticks(parameter)
    if ticks:
        return {index / max(1, len(ticks) - 1): tick for index, tick in enumerate(ticks)}
    low, high = axis_ends(parameter)
    return {0.0: value_text(low), 1.0: value_text(high)}


@STUDY_SECTIONS(70)
def architectures(facts: Facts) -> Iterator[Section]:
    """Scores by the parameters of the shared prefix."""
    prefix = TASKS[facts.study.task].prefix_params
    names = [parameter.name for parameter in facts.study.space.searched if parameter.name in prefix]
    if not names or len(facts.ranked) < 2:
        return
    best: dict[str, float] = {}
    trained = Counter[str]()
    for config, score in facts.compared:  # best first
        text = architecture_text(config.configuration, names)
        best.setdefault(text, score.score)
        trained[text] += 1
    tried = Counter(architecture_text(config.configuration, names) for config in facts.ranked)
    metric, step = facts.compared[0][1].metric, facts.compared_step
    ordered = list(dict.fromkeys([*best, *tried]))
    rows = tuple(
        (
            text,
            str(tried[text]),
            str(trained[text]),
            number_text(best[text]) if text in best else "",
        )
        for text in ordered[:MAX_ARCHITECTURES]
    )
    header = ("architecture", "tried", f"scored at step {step:,}", f"best {metric}")
    table = Table(
        capped_title("Architectures, best first", len(tried), MAX_ARCHITECTURES), header, rows
    )
    yield Section(
        "architectures",
        f"Best architecture at step {step:,}, on one seed: {ordered[0]}",
        f"A row is an architecture (parameters that act from the first step), the best ones first. A mark "
        f"is a configuration with its {metric} on validation at step {step:,}. {len(tried)} "
        f"architectures were tried, {len(best)} of them up to this step.",
        (Figure(_architecture_plot(facts, names)),) if len(best) > 1 else (),
        (table,),
        in_dashboard=True,
    )


def architecture_text(config: Configuration, names: Sequence[str]) -> str:
    """The values of some parameters in words, as in "d_model 320, 16 heads"."""
    return ", ".join(
        COUNTS.get(name, f"{name} {{}}").format(value_text(config[name])) for name in names
    )


def _architecture_plot(facts: Facts, names: Sequence[str]) -> go.Figure:
    labels: dict[str, str] = {}
    for config, _ in facts.compared:
        text = architecture_text(config.configuration, names)
        if len(labels) < MAX_ARCHITECTURES:
            labels.setdefault(text, "<br>".join(wrap(text, LABEL_WIDTH)))
    points = [
        (config, score.score, labels[text])
        for config, score in facts.compared
        if (text := architecture_text(config.configuration, names)) in labels
    ]
    traces = config_marks(facts, points)
    lines = max(label.count("<br>") + 1 for label in labels.values())
    plot = themed(
        traces,
        facts.compared[0][1].metric,
        "architecture",
        height=140 + (14 + 16 * lines) * len(labels),
    )
    plot.update_yaxes(tickfont={"size": 11})
    return plot.update_yaxes(categoryorder="array", categoryarray=list(labels.values())[::-1])
