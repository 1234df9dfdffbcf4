"""What a section of the report consists of, how sections register, and the theme of the figures.

The hues are Okabe and Ito's (2008, "Color universal design"); all but BLUE are darker, because
theirs are too pale for lines on white. Marks also differ in shape, so that colour is never the only
difference. In the dark scheme, the page replaces the colours by their values in `DARK`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import plotly.graph_objects as go

from xlt.search.report.facts import ConfigSummary, Facts
from xlt.search.tables import Table

Build = TypeVar("Build")

# Rows of a table on the page; `trials.csv` has all of them.
MAX_ROWS = 200

INK, FAINT, GRID = "#1d2430", "#8a93a0", "#d8dde3"
BLUE, ORANGE, GREEN, RED, SKY, PINK = (
    "#0072b2",
    "#b26a00",
    "#007a5a",
    "#c44f00",
    "#3a8fc4",
    "#a8588a",
)
DARK = {
    INK: "#e8ebef",
    FAINT: "#98a2af",
    GRID: "#39414c",
    BLUE: "#56b4e9",
    ORANGE: "#e69f00",
    GREEN: "#2fbf95",
    RED: "#ff8a4c",
    SKY: "#8fd0f5",
    PINK: "#dd9bc4",
}
SERIES = (SKY, ORANGE, BLUE, GREEN, PINK)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
# Sequential; readable in grey and with every kind of colour blindness.
SCALE = "Cividis"
# Ticks at powers of ten only.
LOG_AXIS = {"type": "log", "dtick": 1, "exponentformat": "power"}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


@dataclass(frozen=True)
class Figure:
    """A Plotly figure of a section."""

    plot: go.Figure
    title: str = ""  # where a section has several figures


@dataclass(frozen=True)
class Span:
    """A piece of a sentence: an entity if it has a type, else plain text."""

    text: str
    entity_type: str = ""
    wrong: bool = False  # the line that it is compared with lacks this entity


@dataclass(frozen=True)
class AnnotatedExample:
    """A sentence in several versions, such as reference and output, with entities marked."""

    lines: Sequence[tuple[str, Sequence[Span]]]  # a label and the spans of a version


@dataclass(frozen=True)
class Section:
    """A section of the page. Its tables list the values that its figures show."""

    anchor: str
    title: str  # states the conclusion
    note: str  # how to read the figures, and what they do not show
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    samples: Sequence[AnnotatedExample] = ()
    in_dashboard: bool = False  # optuna-dashboard shows the figures among the study's plots


class Registry(Generic[Build]):
    """Functions that build sections, in the order of the page. Used as a decorator."""

    def __init__(self) -> None:
        self._builders: dict[int, Build] = {}

    def __call__(self, position: int) -> Callable[[Build], Build]:
        def register(build: Build) -> Build:
            assert position not in self._builders, f"two sections have the position {position}"
            self._builders[position] = build
            return build

        return register

    def __iter__(self) -> Iterator[Build]:
        return iter([self._builders[position] for position in sorted(self._builders)])


# Builders yield nothing where a study has nothing to show.
STUDY_SECTIONS = Registry[Callable[[Facts], Iterator[Section]]]()
# Once for the page, after all studies. Builders take the studies and the folder of runs.
PAGE_SECTIONS = Registry[Callable[[Sequence[Facts], Path], Iterator[Section]]]()


def themed(
    content: Sequence[Any] | go.Figure,
    x: str = "",
    y: str = "",
    *,
    height: int = 380,
    legend: bool = True,
) -> go.Figure:
    """Apply the report's theme to traces or to a figure, such as one of Optuna's.

    Args:
        content: Traces, or a figure. A figure is copied and loses its title.
        x: Title of the x axes; empty leaves them as they are.
        y: Title of the y axes; empty leaves them as they are.
        height: In pixels.
        legend: Whether to show a legend.
    """
    plot = go.Figure(content)
    plot.update_layout(
        template="none",
        title=None,
        height=height,
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 8, "r": 12, "t": 12, "b": 8},
        hovermode="closest",
        showlegend=legend,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
    )
    axis = {
        "gridcolor": GRID,
        "linecolor": FAINT,
        "zeroline": False,
        "automargin": True,
        "title": {"standoff": 8},
    }
    plot.update_xaxes(axis, **({"title_text": x} if x else {}))
    plot.update_yaxes(axis, **({"title_text": y} if y else {}))
    return plot


def bars(
    values: Mapping[str, float], labels: Sequence[str], x: str, y: str, color: str | Sequence[str]
) -> go.Figure:
    """Horizontal bars, the first one at the top, with labels beside them."""
    trace = go.Bar(
        x=list(values.values()),
        y=list(values),
        orientation="h",
        marker={"color": color},
        text=labels,
        textposition="outside",  # readable on either background
        cliponaxis=False,
        hoverinfo="skip",
    )
    plot = themed([trace], x, y, height=100 + 36 * len(values), legend=False)
    plot.update_xaxes(range=[0, 1.4 * max(values.values(), default=1.0)])  # leaves space for labels
    return plot.update_yaxes(autorange="reversed")


def heatmap(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    x: str,
    y: str,
) -> go.Figure:
    """A heat map of per cent. All of them have one scale, so that they can be compared."""
    trace = go.Heatmap(
        x=list(columns),
        y=list(rows),
        z=values,
        zmin=0,
        zmax=100,
        colorscale=SCALE,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    plot = themed([trace], x, y, height=110 + 44 * len(rows), legend=False)
    plot.update_xaxes(type="category", side="top", showgrid=False)
    plot.update_yaxes(type="category", autorange="reversed", showgrid=False)
    for row, cells in zip(rows, values, strict=True):
        for column, value in zip(columns, cells, strict=True):
            if value is not None:
                # The scale is dark at its low end in both schemes of the page.
                font = {"color": "#ffffff" if value <= 50 else "#000000"}
                plot.add_annotation(
                    x=column, y=row, text=f"{value:.1f}", showarrow=False, font=font
                )
    return plot


def mark(color: str, symbol: str = "circle", size: int = 8, **more: Any) -> dict[str, Any]:
    """Plotly's marker."""
    return {"color": color, "symbol": symbol, "size": size, **more}


WINNER = mark(RED, "star", 16, line={"color": INK, "width": 1})
BASELINE = mark(INK, "diamond-open", 12, line={"color": INK, "width": 2})


def config_marks(
    facts: Facts, points: Sequence[tuple[ConfigSummary, Any, Any]]
) -> list[go.Scatter]:
    """Marks of configurations at x and y; those of the winner and the baseline differ."""
    special = (facts.winner, facts.baseline)
    return [
        go.Scatter(
            x=[x for _, x, _ in shown],
            y=[y for *_, y in shown],
            text=[f"trial {config.trial}" for config, *_ in shown],
            hovertemplate="%{text}: %{x}, %{y}<extra></extra>",
            mode="markers",
            name=name,
            marker=marker,
        )
        for name, shown, marker in (
            ("configurations", [row for row in points if row[0] not in special], mark(SKY)),
            ("winner", [row for row in points if row[0] is facts.winner], WINNER),
            ("baseline", [row for row in points if row[0] is facts.baseline], BASELINE),
        )
        if shown
    ]


def number_text(value: float) -> str:
    """A number as tables and labels show it."""
    return f"{value:.3g}" if abs(value) < 1e-2 and value else f"{value:,.2f}"


def value_text(value: Any) -> str:
    """A parameter's value as tables show it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def capped_title(title: str, total: int, limit: int = MAX_ROWS) -> str:
    """A table's title, which says if rows were left out."""
    return title if total <= limit else f"{title} ({limit} of {total}; trials.csv has all)"
