"""MLflow: one run for each training, in an experiment with the study's name."""

import os
import re
from collections.abc import Mapping

from mlflow import MlflowClient

from xlt.objectives.objective import Configuration
from xlt.search.trackers.tracker import Destination

_STUDY_TAG = "xlt_search.study_id"


class MLflow:
    """Writes to the server that `MLFLOW_TRACKING_URI` names, else to `mlflow.db` in the study's folder."""

    def __init__(self, destination: Destination) -> None:
        database = f"sqlite:///{destination.folder.absolute() / 'mlflow.db'}"
        self._client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI", database))
        self._study_id = destination.study_id
        found = self._client.get_experiment_by_name(destination.study)
        self._experiment: str = (
            found.experiment_id if found else self._client.create_experiment(destination.study)
        )
        self._ids: dict[str, str] = {}

    def log(self, run: str, config: Configuration, scores: Mapping[str, float], step: int) -> None:
        if run not in self._ids:
            self._ids[run] = self._find(run) or self._create(run, config)
        for name, score in scores.items():
            # Others than these are not allowed.
            key = re.sub(r"[^\w\-./: ]", "_", name)
            self._client.log_metric(self._ids[run], key, score, step=step)

    def _find(self, run: str) -> str | None:
        own = f"tags.`{_STUDY_TAG}` = '{self._study_id}' and attributes.run_name = '{run}'"
        found = self._client.search_runs([self._experiment], own, max_results=1)
        return found[0].info.run_id if found else None

    def _create(self, run: str, config: Configuration) -> str:
        tags = {_STUDY_TAG: self._study_id}
        run_id: str = self._client.create_run(self._experiment, tags=tags, run_name=run).info.run_id
        for name, value in config.items():
            self._client.log_param(run_id, name, value)
        return run_id

    def end(self, run: str) -> None:
        if run in self._ids:
            self._client.set_terminated(self._ids.pop(run))

    def close(self) -> None:
        for run in list(self._ids):
            self.end(run)
