"""`trials.csv`: one row for each training of a study, for spreadsheets and pandas."""

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
    CONFIRMATION,
    END_REASON,
    FINAL,
    PROVENANCE,
    RESUMED_FROM,
    ROOT_TRIAL,
    SECONDS,
    STUDY_CONFIG,
)
from xlt.search.storage.store import Store, config_key, seconds_by_part
from xlt.studies.study import Study, from_tables

# The file's name in the study's folder.
TRIALS_FILE = "trials.csv"

# Attributes that have columns of their own.
_OWN_COLUMNS = {CONFIGURATION, RESUMED_FROM, ROOT_TRIAL}


def write_trials(store: Store, path: Path) -> None:
    """Write a row for each trial, each confirmation run and the final run.

    `kind` is `search`, `confirmation` or `final`. Trials of one configuration share `root_trial`.
    `trial` of a confirmation run and of the final run is the trial whose configuration they train.
    `score` is on validation. Only the final run has `test_score` and the other `test_` columns.

    Args:
        store: The study.
        path: The file.

    Raises:
        InputError: The file cannot be written.
    """
    rows = [*_search(store), *_confirmation(store), *_final(store)]
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    export.write_file(text.getvalue(), path)


def _search(store: Store) -> Iterator[dict[str, Any]]:
    seed = _study(store).search.seed
    for trial in store.study.get_trials(deepcopy=False):
        step = max(trial.intermediate_values, default=None)
        yield {
            "trial": trial.number,
            "kind": "search",
            ROOT_TRIAL: trial.user_attrs.get(ROOT_TRIAL, trial.number),
            RESUMED_FROM: trial.user_attrs.get(RESUMED_FROM),
            "state": trial.state.name,
            "seed": seed,
            "step": step,
            "score": None if step is None else trial.intermediate_values[step],
            **trial.user_attrs.get(CONFIGURATION, {}),
            "seconds": round(sum(seconds_by_part(trial).values()), 1),
            **_columns(_attributes(trial)),
        }


def _attributes(trial: FrozenTrial) -> dict[str, Any]:
    others = {k: value for k, value in trial.user_attrs.items() if k not in _OWN_COLUMNS}
    return {**others, **trial.system_attrs.get(PROVENANCE, {})}


def _study(store: Store) -> Study:
    return from_tables(store.attributes[STUDY_CONFIG], f"the study {store.study.study_name}")


def _confirmation(store: Store) -> Iterator[dict[str, Any]]:
    steps = _study(store).steps  # a confirmation run is always a full one
    current = store.current_by_config()
    for run in store.attributes.get(CONFIRMATION, {}).get("runs", ()):
        yield {
            # The latest one, as in the confirmation: it may have been promoted after the run.
            "trial": current[config_key(run["configuration"])].number,
            "kind": "confirmation",
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
        "seed": _study(store).search.seed,
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
