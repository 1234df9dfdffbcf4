"""The shipped study `quick`, from the command to its files: it is proven, and marked everywhere."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from commands import REAL

MARK = "quick league"
NOTICE = "its scores cannot be compared with the league's"
# Enough for a search that finds something, with time to spare on a busy machine.
OPTIONS = ("--study", "quick", "--n-trials", "12", "--workers", "1", "--time-budget", "20m")


def program(folder: Path, *arguments: str) -> str:
    """Run a command that succeeds; its stdout."""
    done = subprocess.run(
        [sys.executable, *REAL, *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)  # over ten minutes on two busy cores
def test_searched_proven_marked_reproduced(tmp_path: Path) -> None:
    """Nobody who sees a score can take it for the contest's."""
    printed = program(tmp_path, *OPTIONS)
    best = tomllib.loads((tmp_path / "runs/quick/best.toml").read_text())

    proof = best["proof"]
    runs = {each["trial"]: each["runs"] for each in proof["candidates"]}
    (baseline,) = (each["trial"] for each in proof["candidates"] if each["baseline"])
    assert len(runs[proof["winner"]]) >= 3
    assert len(runs[baseline]) >= 3
    (comparison,) = (each for each in proof["comparisons"] if each["against"] == "baseline")
    assert comparison["proven"]
    assert comparison["low"] > 1

    score = f"FINAL_TEST_BLEU = {best['test']['score']:.2f}"
    assert printed.splitlines()[-1] == f"{score} ({MARK}, not the contest's)"
    assert f"notice: {MARK}: a protocol of its own" in printed
    assert best["task"] == "translation-quick"
    assert best["study"]["protocol"]["name"] == MARK
    assert NOTICE in best["data"]["notices"][0]
    for shown in (
        (tmp_path / "runs/quick/final/README.md").read_text(),
        (tmp_path / "runs/quick/report.html").read_text(),
        program(tmp_path, "export", "quick", "--format", "notebook"),
    ):
        assert MARK in shown
        assert NOTICE in shown.replace("&#39;", "'").replace("&#x27;", "'")
    again = program(tmp_path, "reproduce", "runs/quick/best.toml", "--runs", "again")
    assert "reproduced: " in again
