"""How all pictures look: colours that the colour-blind tell apart, axes that are always named.

Colours are Okabe and Ito's (2008, "Color universal design"), and never the only difference: marks
differ in shape as well. A page in its dark scheme replaces each by its partner in `DARK`.
"""

from typing import Any

import plotly.graph_objects as go

INK, FAINT, GRID = "#1d2430", "#8a93a0", "#d8dde3"
BLUE, ORANGE, GREEN, RED, SKY, PINK = (
    "#0072b2",
    "#b26a00",  # darker than theirs, which is too pale for lines on white
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
# Of bars: what is written lies beside them, where it can be read on any ground.
OUTSIDE = {"textposition": "outside", "cliponaxis": False, "hoverinfo": "skip"}
# From bad to good, also in grey and for all kinds of colour blindness.
SCALE = "Cividis"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def figure(
    traces: list[Any], x: str, y: str, *, height: int = 380, legend: bool = True, **layout: Any
) -> go.Figure:
    """Traces on named axes."""
    drawn = go.Figure(traces)
    drawn.update_layout(
        template="none",
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
    drawn.update_xaxes(title_text=x, **axis)
    drawn.update_yaxes(title_text=y, **axis)
    drawn.update_layout(**layout)
    return drawn


def mark(color: str, symbol: str = "circle", size: int = 8, **more: Any) -> dict[str, Any]:
    return {"color": color, "symbol": symbol, "size": size, **more}


WINNER = mark(RED, "star", 16, line={"color": INK, "width": 1})
BASELINE = mark(INK, "diamond-open", 12, line={"color": INK, "width": 2})


# Powers of ten alone, without prefixes of units.
LOGARITHMIC = {"type": "log", "dtick": 1, "exponentformat": "power"}


def number(value: float) -> str:
    """As tables and labels have it."""
    return f"{value:.3g}" if abs(value) < 1e-2 and value else f"{value:,.2f}"
