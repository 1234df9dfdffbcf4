"""A configuration's learning curve and sample outputs, as files that the dashboard shows.

The curve is drawn as SVG here because plotly takes seconds for a picture, and needs a browser.
"""

import csv
import io
import json
import mimetypes
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

from optuna.artifacts import FileSystemArtifactStore
from optuna.artifacts._upload import ARTIFACTS_ATTR_PREFIX, ArtifactMeta

from xlt.objectives.objective import Evaluation

# Of one measure's panel, in pixels.
WIDTH, HEIGHT, LEFT_MARGIN, MARGIN = 480, 220, 64, 40


def artifact_store(runs: Path) -> FileSystemArtifactStore:
    """The artifact store of all studies in the folder `runs`."""
    folder = runs / "artifacts"
    folder.mkdir(parents=True, exist_ok=True)
    return FileSystemArtifactStore(str(folder))


def write_artifacts(
    runs: Path, owner: str, evaluations: Sequence[Evaluation], examples: Sequence[Mapping[str, str]]
) -> dict[str, str]:
    """Write the learning curve and the samples of a configuration.

    The same owner's files are overwritten. Optuna's `upload_artifact` would add files each time,
    and refuses finished trials.

    Args:
        runs: The folder of runs.
        owner: A text that identifies the configuration.
        evaluations: Its scores, at least one.
        examples: The fields of each `Example` of the last one.

    Returns:
        The system attributes by which Optuna and the dashboard find the files of a trial.
    """
    files = {"learning-curve.svg": learning_curve_svg(evaluations)}
    if examples:
        files["samples.csv"] = format_samples(examples)
    artifacts, attributes = artifact_store(runs), {}
    for name, text in files.items():
        artifact_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{owner}/{name}"))
        artifacts.write(artifact_id, io.BytesIO(text.encode()))
        mimetype = mimetypes.guess_type(name)[0] or "text/plain"
        meta = ArtifactMeta(artifact_id, name, mimetype, None)
        attributes[f"{ARTIFACTS_ATTR_PREFIX}{artifact_id}"] = json.dumps(asdict(meta))
    return attributes


def format_samples(examples: Sequence[Mapping[str, str]]) -> str:
    """Sample outputs as CSV, one sentence a row.

    Args:
        examples: The fields of each `Example`, as a study's record has them.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["language", "source", "expected", "found"])
    columns = ("language", "source", "reference", "hypothesis")
    writer.writerows([example[name] for name in columns] for example in examples)
    return text.getvalue()


def learning_curve_svg(evaluations: Sequence[Evaluation]) -> str:
    """Scores over steps as SVG, with a panel for each measure."""
    measures = dict.fromkeys(evaluation.metric for evaluation in evaluations)
    last_step = max(evaluation.step for evaluation in evaluations)
    panels = []
    for index, measure in enumerate(measures):
        points = [(e.step, e.score) for e in evaluations if e.metric == measure]
        panel = _panel(points, last_step, measure)
        panels.append(f'<g transform="translate(0 {index * HEIGHT})">{panel}</g>')
    height = HEIGHT * len(measures)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(panels)}</svg>\n'
    )


def _panel(points: Sequence[tuple[int, float]], last_step: int, measure: str) -> str:
    low, high = min(score for _, score in points), max(score for _, score in points)
    span = high - low or 1.0
    right, bottom = WIDTH - MARGIN / 2, HEIGHT - MARGIN

    def to_pixels(step: int, score: float) -> tuple[float, float]:
        x = LEFT_MARGIN + (right - LEFT_MARGIN) * step / last_step
        return round(x, 1), round(bottom - (bottom - MARGIN / 2) * (score - low) / span, 1)

    pixels = [to_pixels(*point) for point in points]
    line = " ".join(f"{x},{y}" for x, y in pixels)
    marks = "".join(f'<circle cx="{x}" cy="{y}" r="4" fill="#0072b2"/>' for x, y in pixels)
    steps = "".join(
        f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{step:,}</text>'
        for (step, _), (x, _) in zip(points, pixels, strict=True)
    )
    scores = "".join(
        f'<text x="{LEFT_MARGIN - 6}" y="{to_pixels(0, score)[1] + 4}" text-anchor="end">'
        f"{score:.2f}</text>"
        for score in dict.fromkeys((low, high))
    )
    return (
        f'<path d="M{LEFT_MARGIN} {MARGIN / 2}V{bottom}H{right}" fill="none" stroke="#8a93a0"/>'
        f'<polyline points="{line}" fill="none" stroke="#0072b2" stroke-width="2"/>'
        f"{marks}{steps}{scores}"
        f'<text x="{(LEFT_MARGIN + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">step</text>'
        f'<text transform="translate(14 {bottom / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(measure)}</text>"
    )
