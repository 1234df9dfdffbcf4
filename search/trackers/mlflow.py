"""MLflow: one run for each training, in an experiment with the study's name."""

import logging
import os
import re
from collections.abc import Mapping

# What this program does is not reported to anybody.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow import MlflowClient

from xlt.objectives.objective import Configuration
from xlt.search.trackers.tracker import Destination

_STUDY_TAG = "xlt_search.study_id"
logging.getLogger("mlflow").setLevel(logging.WARNING)


class MLflow:
    """Writes to the server that `MLFLOW_TRACKING_URI` names, else to `mlflow.db` in the study's folder."""

    def __init__(self, destination: Destination) -> None:
        # The plain path: MLflow makes the folders that it reads from this URL.
        database = f"sqlite:///{destination.folder.absolute() / 'mlflow.db'}"
        self._client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI") or database)
        self._study_id = destination.study_id
        experiment = self._client.get_experiment_by_name(destination.study)
        self._experiment: str = (
            experiment.experiment_id
            if experiment
            else self._client.create_experiment(destination.study)
        )
        self._ids: dict[str, str] = {}  # of the runs that have not ended
        self._logged: set[tuple[str, str, int]] = set()  # run, metric and step

    def log(self, run: str, config: Configuration, scores: Mapping[str, float], step: int) -> None:
        if run not in self._ids:
            self._ids[run] = self._find(run) or self._create(run, config)
        for name, score in scores.items():
            # Others than these characters are not allowed.
            metric = re.sub(r"[^\w\-./: ]", "_", name)
            if (run, metric, step) not in self._logged:
                self._client.log_metric(self._ids[run], metric, score, step=step)
                self._logged.add((run, metric, step))

    def _find(self, run: str) -> str | None:
        """The ID of a run that an earlier command has begun; reads which steps it has."""
        own = f"tags.`{_STUDY_TAG}` = '{self._study_id}' and attributes.run_name = '{run}'"
        runs = self._client.search_runs([self._experiment], own, max_results=1)
        if not runs:
            return None
        run_id: str = runs[0].info.run_id
        for metric in runs[0].data.metrics:
            history = self._client.get_metric_history(run_id, metric)
            self._logged |= {(run, metric, value.step) for value in history}
        return run_id

    def _create(self, run: str, config: Configuration) -> str:
        tags = {_STUDY_TAG: self._study_id}
        run_id: str = self._client.create_run(self._experiment, tags=tags, run_name=run).info.run_id
        for name, value in config.items():
            self._client.log_param(run_id, name, value)
        return run_id

    def end(self, run: str) -> None:
        self._client.set_terminated(self._ids.pop(run))
