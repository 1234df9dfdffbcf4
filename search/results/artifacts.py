"""A trial's learning curve and samples, as files that the dashboard shows beside it.

Optuna takes artifacts of trials that have not finished, so they are written when a trial ends, and
not when somebody wants to see them. Hence the curve is drawn here: plotly needs a browser to write a
picture, and seconds.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from optuna.artifacts import FileSystemArtifactStore

from xlt.objectives.objective import Evaluation
from xlt.search.storage.store import Store

# The folder below that of all runs.
FOLDER = "artifacts"
WIDTH, HEIGHT, LEFT, EDGE = 480, 220, 64, 40  # pixels, of one measure's panel


def artifact_store(runs: Path) -> FileSystemArtifactStore:
    """Where artifacts lie."""
    folder = runs / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return FileSystemArtifactStore(str(folder))


def upload_artifacts(
    store: Store, runs: Path, trial: int, evaluations: Sequence[Evaluation]
) -> None:
    """What there is to see of a trial that has not been told yet."""
    if not evaluations:
        return
    files = {"learning-curve.svg": learning_curve_svg(evaluations)}
    if evaluations[-1].examples:
        files["samples.csv"] = format_samples([asdict(each) for each in evaluations[-1].examples])
    kept = artifact_store(runs)
    with TemporaryDirectory(dir=runs) as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            store.attach(trial, path, kept)


def format_samples(examples: Sequence[Mapping[str, str]]) -> str:
    """CSV: a row a sentence. `examples`: as `Example`, in a study's record."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["language", "source", "expected", "found"])
    columns = ("language", "source", "reference", "hypothesis")
    writer.writerows([example[name] for name in columns] for example in examples)
    return text.getvalue()


def learning_curve_svg(evaluations: Sequence[Evaluation]) -> str:
    """SVG: scores over steps, a panel for each measure."""
    measures = list(dict.fromkeys(each.metric for each in evaluations))
    last = max(each.step for each in evaluations)
    panels = []
    for place, measure in enumerate(measures):
        points = [(each.step, each.score) for each in evaluations if each.metric == measure]
        panels.append(
            f'<g transform="translate(0 {place * HEIGHT})">{_panel(points, last, measure)}</g>'
        )
    height = HEIGHT * len(measures)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(panels)}</svg>\n'
    )


def _panel(points: Sequence[tuple[int, float]], last: int, measure: str) -> str:
    low, high = min(score for _, score in points), max(score for _, score in points)
    span = high - low or 1.0
    right, bottom = WIDTH - EDGE / 2, HEIGHT - EDGE

    def at(step: int, score: float) -> tuple[float, float]:
        x = LEFT + (right - LEFT) * step / last
        return round(x, 1), round(bottom - (bottom - EDGE / 2) * (score - low) / span, 1)

    places = [at(*point) for point in points]
    line = " ".join(f"{x},{y}" for x, y in places)
    marks = "".join(f'<circle cx="{x}" cy="{y}" r="4" fill="#0072b2"/>' for x, y in places)
    steps = "".join(
        f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{step:,}</text>'
        for (step, _), (x, _) in zip(points, places, strict=True)
    )
    scores = "".join(
        f'<text x="{LEFT - 6}" y="{at(0, score)[1] + 4}" text-anchor="end">{score:.2f}</text>'
        for score in dict.fromkeys((low, high))
    )
    middle = bottom / 2
    return (
        f'<path d="M{LEFT} {EDGE / 2}V{bottom}H{right}" fill="none" stroke="#8a93a0"/>'
        f'<polyline points="{line}" fill="none" stroke="#0072b2" stroke-width="2"/>{marks}{steps}{scores}'
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">step</text>'
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">'
        f"{escape(measure)}</text>"
    )
