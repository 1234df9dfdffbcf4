"""`trials.csv` has a row for each training."""

import csv
import io
from collections import Counter
from pathlib import Path

from records import searched

from xlt.search.results import export


def test_trials_csv(tmp_path: Path) -> None:
    """It has trials, runs on new seeds and the final run; columns are valid Python names."""
    runs = tmp_path / "runs"
    store = searched(runs, "search.n_trials=24", "search.sampler=random")
    text = (runs / "league" / "trials.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(name.isidentifier() for name in rows[0])
    kinds = Counter(row["kind"] for row in rows)
    proof = export.current_proof(store)
    assert proof
    assert kinds == {
        "search": len(store.results_by_config()),
        "new seed": sum(len(row.runs) for row in proof.candidates),
        "final": 1,
    }
    (final,) = (row for row in rows if row["kind"] == "final")
    assert float(final["test_score"]) == store.attributes["final"]["test"]["score"]
    assert int(final["trial"]) == proof.winner
    scores = {
        (int(row["trial"]), int(row["seed"])): float(row["score"])
        for row in rows
        if row["kind"] == "new seed"
    }
    for candidate in proof.candidates:
        for run in candidate.runs:
            assert scores[candidate.trial, run.seed] == run.score
    # The league's full run.
    assert {row["step"] for row in rows if row["kind"] != "search"} == {"1100"}
