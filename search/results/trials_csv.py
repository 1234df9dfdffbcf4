"""`trials.csv`: one row for each training, for spreadsheets and pandas."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial

from xlt.search.results import export
from xlt.search.storage.keys import (
    CONFIGURATION,
    END_REASON,
    FINAL,
    PROOF,
    PROVENANCE,
    RESUMED_FROM,
    SECONDS,
    STUDY_CONFIG,
)
from xlt.search.storage.store import Store, seconds_by_part
from xlt.studies.study import Study, from_tables

# The file's name in the study's folder.
TRIALS_FILE = "trials.csv"

# Attributes that have columns of their own.
_OWN_COLUMNS = {CONFIGURATION, RESUMED_FROM}


def write_trials(store: Store, path: Path) -> None:
    """Write `training_rows`.

    Args:
        store: The study.
        path: The file.

    Raises:
        InputError: The file cannot be written.
    """
    rows = training_rows(store)
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    export.write_file(text.getvalue(), path)


def training_rows(store: Store) -> list[dict[str, Any]]:
    """A row for each training: in the search, on a new seed, and final.

    `kind` is `search`, `new seed` or `final`. `trial` is the number of the configuration.
    `score` is on validation. Only the final run has `test_score` and the other `test_` columns.
    """
    return [*_search(store), *_seed_runs(store), *_final(store)]


def _search(store: Store) -> Iterator[dict[str, Any]]:
    seed = _study(store).search.seed
    numbered = {
        store.config_number(trial.user_attrs[CONFIGURATION]): trial
        for trial in store.results_by_config().values()
    }
    for number, trial in sorted(numbered.items()):
        step = max(trial.intermediate_values, default=None)
        yield {
            "trial": number,
            "kind": "search",
            "state": trial.state.name,
            "seed": seed,
            "step": step,
            "score": None if step is None else trial.intermediate_values[step],
            **trial.user_attrs[CONFIGURATION],
            "seconds": round(sum(seconds_by_part(trial).values()), 1),
            **_columns(_attributes(trial)),
        }


def _attributes(trial: FrozenTrial) -> dict[str, Any]:
    others = {k: value for k, value in trial.user_attrs.items() if k not in _OWN_COLUMNS}
    return {**others, **trial.system_attrs.get(PROVENANCE, {})}


def _study(store: Store) -> Study:
    return from_tables(store.attributes[STUDY_CONFIG], f"the study {store.study.study_name}")


def _seed_runs(store: Store) -> Iterator[dict[str, Any]]:
    steps = _study(store).steps  # a run on a new seed is always a full one
    for run in store.attributes.get(PROOF, {}).get("runs", ()):
        yield {
            "trial": store.config_number(run["configuration"]),
            "kind": "new seed",
            "state": "COMPLETE" if "score" in run else "FAIL",
            "seed": run["seed"],
            "step": steps if "score" in run else None,
            "score": run.get("score"),
            **run["configuration"],
            "seconds": round(sum(run.get(SECONDS, {}).values()), 1),
            **({END_REASON: run["reason"]} if "reason" in run else {}),
        }


def _final(store: Store) -> Iterator[dict[str, Any]]:
    record = store.attributes.get(FINAL)
    if record is None:
        return
    test, validation = record["test"], record["validation"]
    yield {
        "trial": record["trial"],
        "kind": "final",
        "state": "COMPLETE",
        "seed": record["seed"],
        "step": test["step"],
        "score": validation[-1]["score"] if validation else None,
        **record["configuration"],
        "seconds": round(sum(record[SECONDS].values()), 1),
        "test_score": test["score"],
        **_columns({f"test_{name}": value for name, value in test["metrics"].items()}),
    }


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values under names without blanks and punctuation."""
    return {re.sub(r"\W+", "_", name): value for name, value in values.items()}
