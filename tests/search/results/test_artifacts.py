"""A trial's artifacts: the learning curve as SVG, and sample outputs as CSV."""

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.artifacts import get_all_artifact_meta
from optuna.trial import TrialState
from records import searched

from xlt.objectives.objective import Evaluation
from xlt.search.results.artifacts import artifact_store, format_samples, learning_curve_svg

SVG = "{http://www.w3.org/2000/svg}"
finite = st.floats(-1e6, 1e6)
scores = st.dictionaries(
    st.integers(1, 10**6), st.tuples(finite, st.sampled_from(["BLEU", "a < b"])), min_size=1
)


@given(scores)
def test_learning_curve(curve: dict[int, tuple[float, str]]) -> None:
    """One mark for each score, inside the image; later is further right, better is higher."""
    evaluations = [
        Evaluation(step, score, {}, metric=measure)
        for step, (score, measure) in sorted(curve.items())
    ]
    root = ET.fromstring(learning_curve_svg(evaluations))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    panels = root.findall(f"{SVG}g")
    measures = dict.fromkeys(evaluation.metric for evaluation in evaluations)
    assert len(panels) == len(measures)
    for panel, measure in zip(panels, measures, strict=True):
        expected = [e for e in evaluations if e.metric == measure]
        marks = [
            (float(mark.attrib["cx"]), float(mark.attrib["cy"]))
            for mark in panel.iter(f"{SVG}circle")
        ]
        assert len(marks) == len(expected)
        assert all(0 <= x <= width and 0 <= y <= height for x, y in marks)
        assert [x for x, _ in marks] == sorted(x for x, _ in marks)
        best = max(range(len(marks)), key=lambda index: expected[index].score)
        assert marks[best][1] == min(y for _, y in marks)
        assert panel.findall(f"{SVG}text")[-1].text == measure


@given(st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs", "Cc"]))] * 4)))
def test_samples_csv(rows: list[tuple[str, str, str, str]]) -> None:
    """Python's CSV reader gives the same rows."""
    names = ("language", "source", "reference", "hypothesis")
    text = format_samples([dict(zip(names, row, strict=True)) for row in rows])
    header, *read_rows = csv.reader(io.StringIO(text))
    assert header == ["language", "source", "expected", "found"]
    assert [tuple(row) for row in read_rows] == rows


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts") / "runs"
    searched(folder, "search.n_trials=6", final=False)
    return folder


def test_every_scored_configuration_has_artifacts(runs: Path) -> None:
    """Paused and resumed ones as well, where Optuna's own functions find them."""
    storage = f"sqlite:///{runs / 'dashboard.db'}"
    study = optuna.load_study(study_name="league", storage=storage)
    artifacts = artifact_store(runs)
    for trial in study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED)):
        metas = get_all_artifact_meta(trial, storage=study._storage)
        by_name = {meta.filename: meta for meta in metas}
        assert set(by_name) == {"learning-curve.svg", "samples.csv"}
        assert by_name["learning-curve.svg"].mimetype == "image/svg+xml"
        with artifacts.open_reader(by_name["learning-curve.svg"].artifact_id) as file:
            marks = ET.fromstring(file.read()).iter(f"{SVG}circle")
            assert len(list(marks)) == len(trial.intermediate_values)
