"""A user's `Trainer`, from the command to its files: searched, proven, exported, reproduced."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import tiny_task
from commands import REAL
from transformers import AutoModelForSequenceClassification

SEARCH = (
    *("--study", "mine.py", "--n-trials", "6", "--workers", "1"),
    *("--set", "space.learning_rate={ low = 1e-5, high = 3e-2 }"),
    *("--set", "baseline.learning_rate=1e-5", "--set", "search.stop_when='never'"),
)


def program(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a command; its exit status and what it printed."""
    done = subprocess.run(
        [sys.executable, *REAL, *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.slow
def test_searched_proven_exported_reproduced(tmp_path: Path) -> None:
    shutil.copy(tiny_task.__file__, tmp_path / "mine.py")
    code, printed = program(tmp_path, *SEARCH)
    assert code == 0, printed
    best = tomllib.loads((tmp_path / "runs/mine/best.toml").read_text())
    assert printed.splitlines()[-1] == f"FINAL_TEST_accuracy = {best['test']['score']:.2f}"
    assert best["test"]["score"] > 90
    (comparison,) = (each for each in best["proof"]["comparisons"] if each["against"] == "baseline")
    assert comparison["difference"] > 20
    assert best["made"]["precision"] == "float32"
    AutoModelForSequenceClassification.from_pretrained(tmp_path / "runs/mine/final")
    assert "accuracy" in (tmp_path / "runs/mine/report.html").read_text()
    assert not list((tmp_path / "runs/data").glob(".trainer-*"))

    code, printed = program(tmp_path, "reproduce", "runs/mine/best.toml")
    assert code == 0, printed

    # A changed file trains anew, and says so.
    with (tmp_path / "mine.py").open("a") as file:
        file.write("# changed\n")
    code, printed = program(tmp_path, "reproduce", "runs/mine/best.toml")
    assert "differs from the export: code:" in printed


@pytest.mark.slow
def test_mistakes_are_one_line(tmp_path: Path) -> None:
    code, printed = program(tmp_path, "--study", "mine.py")
    assert (code, printed.count("\n")) == (2, 1)
    assert "task: mine.py: there is no such file" in printed
    text = Path(tiny_task.__file__).read_text().replace('metric="accuracy"', 'metric="f1"')
    (tmp_path / "mine.py").write_text(text)
    code, printed = program(tmp_path, *SEARCH)
    assert code == 2
    assert "Traceback" not in printed
    assert (
        "mine.py: metric: 'f1' is not among the metrics; expected one of accuracy, loss" in printed
    )
