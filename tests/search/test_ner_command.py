"""NER from the command to the exported pipeline, on embedded sentences and the encoder `tiny`."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from transformers import pipeline

SMALL = (
    ("settings.encoder", '"tiny"'),
    ("settings.steps", "8"),
    ("settings.validation", "40"),
    ("settings.test", "40"),
    ("budget.rungs", "[4, 8]"),
    ("proof.seeds", "1"),
    ("proof.most_runs", "2"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("command")


def program(folder: Path, *arguments: str) -> str:
    """Run a command that succeeds without output on stderr; its stdout."""
    done = subprocess.run(
        [sys.executable, "-c", "from xlt.search.cli.app import main; main()", *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def settings(*more: tuple[str, str]) -> list[str]:
    return [part for key, value in (*SMALL, *more) for part in ("--set", f"{key}={value}")]


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    """The output of a search and its final."""
    options = ["--data", "synthetic", *settings(("settings.train", "{ fr = 200 }"))]
    return program(folder, "--study", "ner-few-shot", "--n-trials", "4", *options)


@pytest.mark.slow
# From `pipeline`, for every tokenizer that marks the first sub-word.
@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
def test_searched_exported_reproduced(folder: Path, printed: str) -> None:
    assert "SYNTHETIC DATA" in printed
    assert "scores of the encoder tiny mean nothing" in printed
    best = tomllib.loads((folder / "runs/ner-few-shot/best.toml").read_text())
    assert f"FINAL_TEST_F1 = {best['test']['score']:.2f}" in printed
    assert best["data"]["settings"] == {"encoder": "tiny"}
    assert best["test"]["score"] == best["test"]["metrics"]["fr_f1"]
    proof = best["proof"]
    assert proof["metric"] == "F1"
    proven = [each for each in proof["candidates"] if each["runs"]]
    assert proof["winner"] in [each["trial"] for each in proven]
    assert any(each["baseline"] for each in proven)
    again = program(folder, "reproduce", "runs/ner-few-shot/best.toml", "--runs", "again")
    assert "reproduced: " in again
    finder = pipeline(
        "token-classification",
        str(folder / "runs/ner-few-shot/final"),
        aggregation_strategy="first",
    )
    assert isinstance(finder("Marie Dupont habite à Lyon"), list)


@pytest.mark.slow
@pytest.mark.usefixtures("printed")
def test_compared(folder: Path) -> None:
    """All strategies, with one configuration; those with a learning curve at two sizes."""
    options = ["--data", "synthetic", "--seeds", "2", "--sizes", "100", *settings()]
    printed = program(folder, "transfer", *options, "--equal", "runs/ner-few-shot/best.toml")
    text = (folder / "runs/transfer/transfer.md").read_text()
    for strategy in ("zero-shot", "few-shot", "joint", "multilingual", "full"):
        assert f"| {strategy} " in printed
        assert f"| {strategy} " in text
    assert "few-shot against zero-shot on fr: " in printed
    assert "joint against zero-shot on fr: " in printed
    assert len(json.loads((folder / "runs/transfer/results.json").read_text())) == (3 + 2 * 2) * 2
