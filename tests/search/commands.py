"""`xlt-search` in a process of its own, and its result, for tests that disturb it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from optuna.trial import TrialState

from xlt.search.storage.store import Store, config_key
from xlt.search.storage.studies import load_store

REAL = ("-c", "from xlt.search.cli.app import main; main()")


def toy(builder: str, module: str = "toy_objective") -> tuple[str, ...]:
    """A program on a toy objective."""
    return str(Path(__file__).parent / "toy_command.py"), f"{module}.{builder}"


class Command:
    """A command with a folder of its own."""

    def __init__(
        self, program: tuple[str, ...], options: tuple[str, ...], folder: Path, url: str | None
    ) -> None:
        """`url`: The database; None for the one in the folder."""
        self.folder, self.url = folder, url
        self.arguments = [sys.executable, *program, *options, *(["--storage", url] if url else [])]
        named = "--study-name" if "--study-name" in options else "--study"
        self.study = options[options.index(named) + 1]
        folder.mkdir()

    def start(self) -> subprocess.Popen[str]:
        """Start it in a process group of its own, which its workers belong to."""
        return subprocess.Popen(
            self.arguments,
            cwd=self.folder,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TOY_LOG": str(self.folder / "toy.log")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self) -> None:
        process = self.start()
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, output

    def store(self) -> Store:
        return load_store(self.url, self.folder / "runs", self.study)

    def result(self) -> tuple[Any, ...]:
        """Trials, final run and proof, without times and without failed trials."""
        store = self.store()
        trials = [trial for trial in store.study.trials if trial.state != TrialState.FAIL]
        states = [
            (
                config_key(t.user_attrs["configuration"]),
                t.state.name,
                t.intermediate_values,
                t.value,
            )
            for t in trials
        ]
        best = self.folder / "runs" / self.study / "best.toml"
        if not best.exists():
            return (states,)
        record = tomllib.loads(best.read_text())
        final = [record[name] for name in ("configuration", "test", "weights_sha256")]
        candidates = record["proof"]["candidates"]
        recorded = [(row["configuration"], row["runs"]) for row in candidates]
        return states, *final, recorded
