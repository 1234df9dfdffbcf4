"""`trials.csv`: every trial of a study in a row, for spreadsheets."""

import csv
import io
from pathlib import Path

from xlt.search import export
from xlt.search.store import FIRST_TRIAL, GOES_ON_FROM, Store, seconds_taken

# Attributes that have columns of their own.
_APART = {"configuration", GOES_ON_FROM, FIRST_TRIAL}


def write_trials(store: Store, path: Path) -> None:
    """A row a trial: its state, how far it came, its score there, what it was and what it took.

    Trials of one configuration share `first trial`. Raises `InputError` where nothing can be
    written.
    """
    rows = [
        {
            "trial": trial.number,
            "first trial": trial.user_attrs.get(FIRST_TRIAL, trial.number),
            "goes on from trial": trial.user_attrs.get(GOES_ON_FROM),
            "state": trial.state.name,
            "step": max(trial.intermediate_values, default=None),
            "score": trial.intermediate_values[max(trial.intermediate_values)]
            if trial.intermediate_values
            else None,
            **trial.user_attrs.get("configuration", {}),
            "seconds": round(sum(seconds_taken(trial).values()), 1),
            **{name: each for name, each in trial.user_attrs.items() if name not in _APART},
            **trial.system_attrs.get("made with", {}),
        }
        for trial in store.study.get_trials(deepcopy=False)
    ]
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    export.write(text.getvalue(), path)
