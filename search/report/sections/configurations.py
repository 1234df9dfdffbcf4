"""Whole configurations: parallel coordinates, and the architectures that were trained."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from xlt.objectives.tasks import TASKS
from xlt.search.report.facts import ConfigSummary, Facts
from xlt.search.report.section import (
    BLUE,
    FAINT,
    GRID,
    INK,
    LOG_AXIS,
    MAX_ROWS,
    RED,
    SCALE,
    STUDY_SECTIONS,
    Figure,
    Section,
    capped_title,
    mark,
    number_text,
    themed,
    value_text,
)
from xlt.search.report.sections.parameters import axis_value, is_categorical, is_log
from xlt.search.tables import Table
from xlt.spaces.parameter import Float, Parameter

MAX_ARCHITECTURES = 20


@STUDY_SECTIONS(60)
def parallel_coordinates(facts: Facts) -> Iterator[Section]:
    """All ranked configurations on parallel axes."""
    ranked = facts.ranked
    if len(ranked) < 2:
        return
    names = [parameter.name for parameter in facts.study.space.parameters]
    rows = tuple(
        (
            str(config.rank),
            str(config.trial),
            f"{config.scores[-1].step:,}",
            config.scores[-1].metric,
            number_text(config.scores[-1].score),
            *(value_text(config.configuration.get(name, "")) for name in names),
        )
        for config in ranked[:MAX_ROWS]
    )
    title = capped_title("Configurations, best first", len(ranked))
    plot = _parallel_coordinates(facts)
    yield Section(
        "coordinates",
        f"All configurations, from rank 1 (trial {ranked[0].trial}) to rank {len(ranked)}",
        "A line is a configuration. Better ones have stronger colours. To keep only a range, drag "
        "along an axis with the mouse. The table has the same values.",
        (Figure(plot, min_width=78 * (len(plot.data[0].dimensions) + 1)),),
        (Table(title, ("rank", "trial", "step", "metric", "score", *names), rows),),
    )


def _parallel_coordinates(facts: Facts) -> go.Figure:
    """Unlike Optuna's figure, it can be filtered, and it stays small with many trials."""
    ordered = facts.ranked[::-1]  # the best ones are drawn last, over the others
    last = len(ordered)
    ranks = [config.rank for config in ordered]
    lines = go.Parcoords(
        line={
            "color": ranks,
            "colorscale": [[0, RED], [0.1, BLUE], [0.4, FAINT], [1, GRID]],
            "cmin": 1,
            "cmax": last,
        },
        dimensions=[
            *(
                {"label": parameter.name, **_dimension(parameter, ordered)}
                for parameter in facts.study.space.searched
                if all(parameter.name in config.configuration for config in ordered)
            ),
            {"label": "rank", "values": ranks, "range": [last, 1]},
        ],
        labelangle=-20,
        labelfont={"color": INK},
        tickfont={"color": INK},
        rangefont={"color": FAINT},
    )
    plot = themed([lines], height=440, legend=False)
    return plot.update_layout(margin={"l": 70, "r": 20, "t": 90, "b": 24})


def _dimension(parameter: Parameter, configs: Sequence[ConfigSummary]) -> dict[str, Any]:
    values = [axis_value(parameter, config) for config in configs]
    if is_categorical(parameter):
        categories = sorted(set(values))
        return {
            "values": [categories.index(value) for value in values],
            "tickvals": list(range(len(categories))),
            "ticktext": categories,
        }
    if is_log(parameter):
        logs = [math.log10(value) for value in values]
        ticks = list(range(math.floor(min(logs)), math.ceil(max(logs)) + 1))
        return {
            "values": logs,
            "range": [ticks[0], ticks[-1]],
            "tickvals": ticks,
            "ticktext": [f"1e{tick}" for tick in ticks],
        }
    return {"values": values}


@STUDY_SECTIONS(70)
def architectures(facts: Facts) -> Iterator[Section]:
    """Parameters of the shared prefix against the first continuous parameter after it."""
    prefix: Sequence[str] = next(iter(TASKS[facts.study.task].shared_params.values()), ())
    along = next(
        (p for p in facts.study.space.searched if p.name not in prefix and isinstance(p, Float)),
        None,
    )
    if not prefix or along is None or len(facts.ranked) < 2:
        return
    prefix_end = next(iter(facts.stages.values()))
    groups: dict[tuple[str, ...], list[ConfigSummary]] = {}
    for config in facts.ranked:
        values = tuple(value_text(config.configuration[name]) for name in prefix)
        groups.setdefault(values, []).append(config)
    total = len(groups)
    groups = dict(list(groups.items())[:MAX_ARCHITECTURES])
    tuned = {
        values: [config for config in configs if config.scores[-1].step > prefix_end]
        for values, configs in groups.items()
    }
    most = max(tuned, key=lambda values: len(tuned[values]))
    count = len(tuned[most])
    title = f"{total} architectures, none of them fine-tuned yet"
    if count:
        title = (
            f"{total} architectures, {sum(map(bool, tuned.values()))} of them fine-tuned; most "
            f"often {' / '.join(most)}, {count} time{'s' * (count != 1)}"
        )
    rows = tuple(
        (
            *values,
            str(len(configs)),
            str(len(tuned[values])),
            number_text(max(c.scores[-1].score for c in tuned[values])) if tuned[values] else "",
        )
        for values, configs in groups.items()
    )
    header = (*prefix, "configurations", "fine-tuned", f"best {facts.metric}")
    yield Section(
        "architectures",
        title,
        f"A row is an architecture ({' / '.join(prefix)}), the best ones first. A mark is a "
        f"configuration at its {along.name}. Open circles were not fine-tuned, because other "
        "configurations promised more.",
        (Figure(_architecture_plot(groups, prefix_end, along, facts.metric), min_width=560),),
        (Table(capped_title("Architectures, best first", total, MAX_ARCHITECTURES), header, rows),),
        in_dashboard=True,
    )


def _architecture_plot(
    groups: dict[tuple[str, ...], list[ConfigSummary]], prefix_end: int, along: Float, metric: str
) -> go.Figure:
    labelled = [
        (" / ".join(values), config) for values, configs in groups.items() for config in configs
    ]
    is_tuned = [config.scores[-1].step > prefix_end for _, config in labelled]
    marker = mark(BLUE, size=14, line={"color": INK, "width": 1})
    if any(is_tuned):
        bar = {"title": {"text": metric}, "thickness": 12, "outlinewidth": 0}
        scores = [
            c.scores[-1].score for (_, c), done in zip(labelled, is_tuned, strict=True) if done
        ]
        marker |= {"color": scores, "colorscale": SCALE, "showscale": True, "colorbar": bar}
    traces = []
    for name, tuned, look in (
        ("not fine-tuned", False, mark(FAINT, "circle-open")),
        ("fine-tuned", True, marker),
    ):
        shown = [row for row, done in zip(labelled, is_tuned, strict=True) if done == tuned]
        traces.append(
            go.Scatter(
                x=[config.configuration[along.name] for _, config in shown],
                y=[label for label, _ in shown],
                text=[f"trial {c.trial}: {number_text(c.scores[-1].score)}" for _, c in shown],
                hovertemplate="%{text}<extra></extra>",
                mode="markers",
                name=name,
                marker=look,
            )
        )
    plot = themed(traces, along.name, "architecture", height=160 + 26 * len(groups))
    labels = list(dict.fromkeys(label for label, _ in labelled))
    plot.update_yaxes(categoryorder="array", categoryarray=labels[::-1])
    return plot.update_xaxes(LOG_AXIS) if along.log else plot
