"""A race of searches as a picture: what `race_results` has, drawn over time."""

from collections.abc import Sequence
from typing import Any

from race_results import MEASURES, Side

COLORS = ("#636efa", "#ef553b", "#00cc96", "#ab63fa")


def picture(sides: Sequence[Side], title: str) -> dict[str, Any]:
    """A figure as plotly reads it: best scores by measure, and configurations begun, by time."""
    panels = [f"best BLEU {measure}" for measure in MEASURES] + ["configurations begun"]
    traces: list[dict[str, Any]] = []
    for side, color in zip(sides, COLORS, strict=False):
        look = {"type": "scatter", "name": side.name, "legendgroup": side.name}
        end = side.seconds / 60
        for panel, (measure, belongs) in enumerate(MEASURES.items()):
            best = side.best(measure)
            curve = [(each.seconds / 60, each.bleu) for each in best]
            # The best stays it until the end.
            curve += [(end, best[-1].bleu)] if best else []
            traces.append({**look, **_stairs(curve, color), "yaxis": _axis("y", panel)})
            dots = [each for each in side.scores if belongs(each)]
            traces.append(
                {
                    **look,
                    "yaxis": _axis("y", panel),
                    "showlegend": False,
                    "mode": "markers",
                    "marker": {"color": color, "size": 6, "opacity": 0.5},
                    "x": [each.seconds / 60 for each in dots],
                    "y": [each.bleu for each in dots],
                    "text": [f"step {each.step}, beam {each.beams}" for each in dots],
                }
            )
        begun = [(seconds / 60, count) for count, seconds in enumerate(side.begun.values(), 1)]
        stairs = _stairs([(0.0, 0), *begun, (end, len(begun))], color)
        traces.append({**look, **stairs, "yaxis": _axis("y", len(panels) - 1), "showlegend": True})
    layout: dict[str, Any] = {
        "title": {"text": title},
        "height": 300 * len(panels),
        "xaxis": {
            "title": {"text": "minutes since the side was started"},
            "anchor": "free",
            "position": 0,
        },
    }
    for place, name in enumerate(panels):  # from above
        top = 1 - place / len(panels)
        domain = [top - 0.85 / len(panels), top]
        layout[_axis("yaxis", place)] = {"title": {"text": name}, "domain": domain}
    return {"data": traces, "layout": layout}


def _axis(kind: str, place: int) -> str:
    return f"{kind}{place + 1}" if place else kind


def _stairs(points: Sequence[tuple[float, float]], color: str) -> dict[str, Any]:
    return {
        "mode": "lines",
        "showlegend": False,
        "line": {"color": color, "shape": "hv"},
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
    }
