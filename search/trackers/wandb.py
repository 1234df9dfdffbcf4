"""Weights & Biases: one run for each training, in a project with the study's name."""

import os
from collections.abc import Mapping
from typing import Any

# It must not ask for a login in the middle of a search.
os.environ.setdefault("WANDB_SILENT", "true")

import wandb

from xlt.objectives.objective import Configuration
from xlt.search.trackers.tracker import Destination


class WandB:
    """Writes to `WANDB_PROJECT`, else to a project with the study's name, in the group of the study."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._runs: dict[str, Any] = {}

    def log(self, run: str, config: Configuration, scores: Mapping[str, float], step: int) -> None:
        if run not in self._runs:
            target = self._destination
            self._runs[run] = wandb.init(
                project=os.environ.get("WANDB_PROJECT") or target.study,
                group=f"{target.study}-{target.study_id}",
                id=f"{target.study_id}-{run.replace(' ', '-')}",
                name=run,
                config=dict(config),
                dir=target.folder,
                resume="allow",
                reinit="create_new",
                # This program prints for itself.
                settings=wandb.Settings(silent=True, console="off"),
            )
        self._runs[run].log(dict(scores), step=step)

    def end(self, run: str) -> None:
        self._runs.pop(run).finish()
