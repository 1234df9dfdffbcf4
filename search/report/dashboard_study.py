"""The study that the dashboard shows: one trial for each configuration, in the task's own score.

It is derived from the search's own study, and has its name, in a database beside it. A trial has the
number of its configuration, as in the terminal and in the report. The search's own study has
several trials for a configuration that was resumed, parameters in the form that samplers need, and
scores of several metrics. None of them is right in the dashboard's pictures.

The states of its trials:

- RUNNING: it is trained now.
- COMPLETE: it has a score of the task's metric; the value is the last one. It may be paused: the
  user attributes have the step and the reason.
- PRUNED: it is paused and was never scored by the task's metric. Or it has a higher score than the
  best configuration, at an earlier step: so the dashboard's best trial is the search's.
- FAIL: it diverged or failed.
- WAITING: its training was interrupted and will be started again.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock, Timeout
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import NoResultFound, SQLAlchemyError

from xlt.objectives.objective import Evaluation
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.report.dashboard_trials import write_trial
from xlt.search.report.human_ratings import delete_ratings
from xlt.search.results.artifacts import write_artifacts
from xlt.search.storage.database import DASHBOARD_DATABASE, open_dashboard_storage
from xlt.search.storage.keys import (
    CONFIGURATION,
    DASHBOARD_OF,
    DIVERGED,
    EVALUATIONS,
    EXAMPLES,
    FAILED,
    NEW_SEEDS,
    NEW_SEEDS_MEAN,
    PROOF,
    RESUMED_FROM,
    SCORES,
    STEP,
    STUDY_CONFIG,
)
from xlt.search.storage.store import Store, config_key
from xlt.search.suggest.distributions import config_distributions
from xlt.spaces.errors import InputError
from xlt.studies import study as studies

# Attributes of the search's own trials that the dashboard does not show: a link between them, and
# the configuration, which is the parameters.
_HIDDEN = (RESUMED_FROM, CONFIGURATION)
# Events after which a trial may have changed.
_CHANGES = (
    events.TrialStarted,
    events.TrialPromoted,
    events.TrialEvaluated,
    events.TrialFinished,
    events.SeedRunFinished,
    events.ProofFinished,
)
# Seconds to wait for `xlt-search dashboard`, which may be writing the study.
LOCK_TIMEOUT_SECONDS = 60.0


@contextmanager
def following(store: Store, runs: Path, display: events.EventSink) -> Iterator[events.EventSink]:
    """Update the dashboard's study now, after each event that changes a trial, and at the end.

    An error of its database ends the updates, but not the search.

    Args:
        store: The search's own record, which this process writes.
        runs: The folder of runs.
        display: Receives the events, and a notice if the updates end.

    Yields:
        What receives the events instead of `display`.

    Raises:
        InputError: The database cannot be used, or has another study of this name.
    """
    works = True

    def update() -> None:
        nonlocal works
        if works:
            try:
                dashboard.update()
            except (StorageInternalError, SQLAlchemyError, OSError) as error:
                works = False
                reason = str(error.__cause__ or error).splitlines()[0]
                text = f"{runs / DASHBOARD_DATABASE}, which the dashboard shows, is not updated"
                display(events.Notice(f"{text}: {reason}; xlt-search dashboard writes the rest"))

    def sink(event: events.Event) -> None:
        display(event)
        if isinstance(event, _CHANGES):
            update()

    with _lock(store, runs).acquire(timeout=LOCK_TIMEOUT_SECONDS):
        dashboard = DashboardStudy(store, runs)
        update()
        try:
            yield sink
        finally:
            update()


def update_once(store: Store, runs: Path) -> None:
    """Update the dashboard's study, unless a search works on it and does so itself.

    Raises:
        InputError: The database cannot be used, or has another study of this name.
    """
    with suppress(Timeout), _lock(store, runs).acquire(timeout=0):
        DashboardStudy(store, runs).update()


def _lock(store: Store, runs: Path) -> FileLock:
    return FileLock(runs / f".{DASHBOARD_DATABASE}.{store.study.study_name}.lock")


class DashboardStudy:
    """The dashboard's study of one search. Only one process at a time may use it: see `_lock`."""

    def __init__(self, store: Store, runs: Path) -> None:
        """Create the study, or open it if it exists.

        Raises:
            InputError: The database cannot be used, or has another study of this name.
        """
        self._store, self._runs = store, runs
        self._name = store.study.study_name
        definition = store.attributes[STUDY_CONFIG]
        study = studies.from_tables(definition, f"the study {self._name}")
        self._metric = TASKS[study.task].metric
        self._distributions = config_distributions(study.space)
        self.storage: RDBStorage = open_dashboard_storage(runs)
        self._open()

    def _open(self) -> None:
        """Read what the study has. It is made anew if it shows an earlier search of this name."""
        known = {config_key(trials[0].user_attrs[CONFIGURATION]) for trials in self._groups()}
        self._trials: dict[str, FrozenTrial] = {}
        if self._name in optuna.get_all_study_names(self.storage):
            study = optuna.load_study(study_name=self._name, storage=self.storage)
            if DASHBOARD_OF not in study.user_attrs:
                raise InputError(
                    f"{self._runs / DASHBOARD_DATABASE} has a study {self._name!r} that xlt-search "
                    "did not make for the dashboard; choose another name with --study-name, or "
                    "delete that study"
                )
            for trial in study.get_trials(deepcopy=False):
                if CONFIGURATION in trial.system_attrs:  # not one that somebody has added
                    self._trials[config_key(trial.system_attrs[CONFIGURATION])] = trial
            if self._trials.keys() <= known:
                self.study = study
                return
            optuna.delete_study(study_name=self._name, storage=self.storage)
            delete_ratings(self.storage, self._name)
            self._trials = {}
        self.study = optuna.create_study(
            study_name=self._name, storage=self.storage, direction="maximize"
        )
        self.study.set_user_attr(DASHBOARD_OF, self._name)
        with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
            self.study.set_metric_names([self._metric])

    def update(self) -> None:
        """Write the trials that have changed."""
        try:
            self._update()
        except (KeyError, NoResultFound):  # somebody has deleted it, perhaps in the dashboard
            self._open()
            self._update()

    def _update(self) -> None:
        seeds = self._new_seed_scores()
        for trials in self._groups():
            key = config_key(trials[0].user_attrs[CONFIGURATION])
            source = self._source(key, trials)
            derived = self._derive(key, trials, source, seeds.get(key, ()))
            stored = self._trials.get(key)
            if stored is not None and _content(stored) == _content(derived):
                continue
            derived.system_attrs |= self._artifacts(key, source)
            trial_id = stored._trial_id if stored is not None else None
            trial_id = write_trial(self.storage, self.study._study_id, derived, trial_id)
            derived._trial_id = trial_id
            self._trials[key] = derived

    def _groups(self) -> list[list[FrozenTrial]]:
        """The search's own trials of each configuration, in the order of the first ones."""
        groups: dict[str, list[FrozenTrial]] = {}
        for trial in self._store.study.get_trials(deepcopy=False):
            if CONFIGURATION in trial.user_attrs:
                groups.setdefault(config_key(trial.user_attrs[CONFIGURATION]), []).append(trial)
        return list(groups.values())

    def _new_seed_scores(self) -> Mapping[str, Sequence[float]]:
        scores: dict[str, list[float]] = {}
        for run in self._store.attributes.get(PROOF, {}).get("runs", ()):
            if "score" in run:
                scores.setdefault(config_key(run["configuration"]), []).append(run["score"])
        return scores

    def _source(self, key: str, trials: Sequence[FrozenTrial]) -> FrozenTrial:
        """The trial that says how far a configuration is: one that runs, or the last one."""
        running = [trial for trial in trials if trial.state == TrialState.RUNNING]
        return running[-1] if running else self._store.results_by_config().get(key, trials[-1])

    def _derive(
        self,
        key: str,
        trials: Sequence[FrozenTrial],
        source: FrozenTrial,
        new_seeds: Sequence[float],
    ) -> FrozenTrial:
        """The trial of a configuration, without its files."""
        attributes = {k: v for k, v in source.user_attrs.items() if k not in _HIDDEN}
        config = source.user_attrs[CONFIGURATION]
        scored = source.system_attrs.get(EVALUATIONS, ())
        own = (self._metric, Evaluation.metric)  # an objective may leave the metric's name out
        scores = {row["step"]: row["score"] for row in scored if row["metric"] in own}
        value = list(scores.values())[-1:]
        state = self._state(key, source, *value)
        if scored:
            attributes[STEP] = scored[-1]["step"]
            attributes[SCORES] = "; ".join(
                f"step {row['step']}: {row['metric']} {row['score']:.2f}" for row in scored
            )
        if new_seeds:
            attributes[NEW_SEEDS_MEAN] = sum(new_seeds) / len(new_seeds)
            attributes[NEW_SEEDS] = len(new_seeds)
        is_valued = state in (TrialState.COMPLETE, TrialState.PRUNED)
        searched = {n: d for n, d in self._distributions.items() if n in config}
        return FrozenTrial(
            number=-1,  # the next one, which is `Store.config_number` if nobody has added trials
            trial_id=-1,
            state=state,
            value=None,
            values=(value or None) if is_valued else None,
            datetime_start=min(t.datetime_start for t in trials if t.datetime_start is not None),
            datetime_complete=source.datetime_complete if state.is_finished() else None,
            params={name: config[name] for name in searched},
            distributions=searched,
            user_attrs=attributes,
            system_attrs={CONFIGURATION: config},
            intermediate_values=scores if state != TrialState.FAIL else {},
        )

    def _state(self, key: str, source: FrozenTrial, score: float | None = None) -> TrialState:
        """The state of a configuration, whose last score of the task's metric is `score`."""
        if source.state == TrialState.RUNNING:
            return TrialState.RUNNING
        if key not in self._store.results_by_config():
            return TrialState.WAITING
        if {DIVERGED, FAILED} & source.user_attrs.keys():
            return TrialState.FAIL
        best = self._store.best()
        if score is None or best is None or score > best.score:
            return TrialState.PRUNED
        return TrialState.COMPLETE

    def _artifacts(self, key: str, source: FrozenTrial) -> dict[str, Any]:
        rows = source.system_attrs.get(EVALUATIONS, ())
        if not rows:
            return {}
        evaluations = [Evaluation(**row) for row in rows]
        outputs = source.system_attrs.get(EXAMPLES, {})
        examples = outputs[max(outputs, key=int)] if outputs else ()
        return write_artifacts(self._runs, f"{self._name}/{key}", evaluations, examples)


def _content(trial: FrozenTrial) -> tuple[Any, ...]:
    """What of a trial may change."""
    return (
        trial.state,
        trial.values,
        trial.user_attrs,
        trial.intermediate_values,
        trial.datetime_start,
        trial.datetime_complete,
    )
