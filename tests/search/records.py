"""A study of the toy objective and an export, which several tests start from."""

import threading
from pathlib import Path
from typing import Any

import optuna
import toy_objective

from xlt.search.pipeline import runner
from xlt.search.pipeline.options import Options
from xlt.search.storage.store import Store
from xlt.search.storage.studies import load_store
from xlt.studies.resolved import resolved
from xlt.studies.study import load

STUDY = load("league")
RECORD: dict[str, Any] = {
    "format": 1,
    "study_name": "league",
    "task": "translation",
    "trial": 3,
    "seed": 42,
    "weights_sha256": "a" * 64,
    "configuration": dict(STUDY.space.baseline),
    "validation": [{"step": 1100, "score": 30.1, "metrics": {"league_bleu": 30.1}}],
    "test": {"step": 1100, "score": 29.9, "metrics": {"league_bleu": 29.9}},
    "data": {"source": "hub", "fingerprint": "b", "description": "x", "synthetic": False},
    "made": {
        "when": "now",
        "command": "xlt-search",
        "code": "c",
        "device": "cpu",
        "threads": 1,
        "versions": {"torch": "2"},
    },
    "study": resolved(STUDY),
}


def searched(folder: Path, *assignments: str, name: str = "league", final: bool = True) -> Store:
    """Run a study of the toy objective whose scores depend on the seed."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = load("league", ["data.source=toy", *assignments])
    options = Options(
        runs=folder, device="cpu", workers=1, objective_factory=toy_objective.build_noisy
    )
    runner.run_study(study, name, options, lambda _: None, threading.Event(), with_final=final)
    optuna.logging.set_verbosity(before)
    return load_store(None, folder, name)
