"""The notebooks of `notebooks/`, executed from the first to the last cell."""

import json
import os
import sys
from pathlib import Path
from random import Random
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from tiny_models import WORDS, save_encoder
from transformers import BertModel

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LEAGUE = 'study = study_name = "quick"\nn_trials, time_budget, data = 2, "80s", "synthetic"'


def execute(name: str, parameters: str, folder: Path) -> list[str]:
    """Execute a notebook with other settings; what each cell has shown, as text and HTML.

    The package is installed already: the cell that installs it is left out.
    """
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "install" not in tags(cell)]
    for cell in notebook.cells:
        if "parameters" in tags(cell):
            cell.source = parameters
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}})
    client.execute()
    return [json.dumps(cell.get("outputs", []), ensure_ascii=False) for cell in notebook.cells]


def tags(cell: Any) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_league(tmp_path: Path) -> None:
    shown = execute("league.ipynb", LEAGUE, tmp_path)
    text = "".join(shown)
    assert "FINAL_TEST_BLEU" in text
    assert "iframe" in text
    assert "MODEL_HP" in text
    # The progress is one output that is replaced, and the result another one.
    (search,) = [cell for cell in shown if '"display_data"' in cell]
    assert search.count('"text/html"') == 2
    assert "FINAL_TEST_BLEU" in search
    assert search.count("\\n") < 50
    assert (tmp_path / "runs/quick/best.toml").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With sentences of one's own."""
    # Where the notebook finds the command.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    save_encoder(tmp_path / "encoder", BertModel)
    tags = {"actor": "B-PER", "film": "B-WORK"}
    rnd = Random(1)
    with (tmp_path / "sentences.jsonl").open("w") as file:
        for _ in range(200):
            words = rnd.choices(WORDS, k=6)
            row = {"tokens": words, "ner_tags": [tags.get(word, "O") for word in words]}
            file.write(f"{json.dumps(row)}\n")
    parameters = 'data, model = "sentences.jsonl", "encoder"\nn_trials, time_budget = 2, "5m"'
    text = "".join(execute("ner.ipynb", parameters, tmp_path))
    assert "TrainerTask" in text
    assert "F1" in text
    assert (tmp_path / "runs/my_task/final/README.md").exists()
