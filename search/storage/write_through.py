"""A write-through cache before the database of a study that only this process writes to.

Optuna reads all unfinished trials again at every access, in case another process has changed them.
With dozens of workers this was most of the time that the search itself took.
"""

import json
import math
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from copy import deepcopy as deep_copy
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.storages import RDBStorage
from optuna.storages._cached_storage import _CachedStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

# Seconds between two reads of the trials that other processes have enqueued.
POLL_ENQUEUED_SECONDS = 0.25


class SingleWriterStorage(_CachedStorage):
    """Writes to the database and to a cache of its trials, and reads trials from the cache.

    Of changes by other processes it only sees enqueued trials. Optuna's own cache, the base class,
    handles what concerns studies; here it is used for none of the trials.
    """

    def __init__(self, backend: RDBStorage) -> None:
        super().__init__(backend)
        self._trials: dict[int, dict[int, FrozenTrial]] = {}  # by the ids of study and trial
        self._polled_at = -math.inf
        self._stale: set[int] = set()  # ids of trials to read again

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        cached = self._trials.get(study_id)
        if cached is None:
            stored = self._backend.get_all_trials(study_id, deepcopy=False)
            cached = self._trials[study_id] = {trial._trial_id: trial for trial in stored}
        if states is not None and TrialState.WAITING in states and self._is_poll_due():
            waiting = (TrialState.WAITING,)
            for trial in self._backend.get_all_trials(study_id, deepcopy=False, states=waiting):
                cached[trial._trial_id] = trial
        for trial_id in self._stale & cached.keys():
            self._refresh(cached, trial_id)
        trials = [trial for trial in cached.values() if states is None or trial.state in states]
        trials.sort(key=lambda trial: trial.number)
        return deep_copy(trials) if deepcopy else trials

    def _is_poll_due(self) -> bool:
        now = time.monotonic()
        if now - self._polled_at < POLL_ENQUEUED_SECONDS:
            return False
        self._polled_at = now
        return True

    def get_trial(self, trial_id: int) -> FrozenTrial:
        cached = self._cache_of(trial_id)
        if cached is None:
            return self._backend.get_trial(trial_id)
        if trial_id in self._stale:
            self._refresh(cached, trial_id)
        trial = cached[trial_id]
        # Optuna's `Trial` modifies unfinished trials in place.
        return trial if trial.state.is_finished() else deep_copy(trial)

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        # If this fails, nobody knows what was written: the next access reads all trials again.
        cached = self._trials.pop(study_id, None)
        # Optuna reads the trial again for each row that it writes. Without a flush before each of
        # these reads, all parameters are written in one statement.
        with self._backend.scoped_session.no_autoflush:
            trial = self._backend._create_new_trial(study_id, template_trial)
        trial.user_attrs = _as_stored(trial.user_attrs)
        trial.system_attrs = _as_stored(trial.system_attrs)
        if cached is not None:
            cached[trial._trial_id] = trial
            self._trials[study_id] = cached
        return trial._trial_id

    def get_trial_number_from_id(self, trial_id: int) -> int:
        cached = self._cache_of(trial_id)
        if cached is None:
            return self._backend.get_trial_number_from_id(trial_id)
        return cached[trial_id].number

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        with self._updating(trial_id) as trial:
            self._backend.set_trial_param(trial_id, param_name, param_value_internal, distribution)
            value = distribution.to_external_repr(param_value_internal)
            trial.params = {**trial.params, param_name: value}
            trial.distributions = {**trial.distributions, param_name: distribution}

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        self._stale.add(trial_id)  # the database sets the times of the trial
        return self._backend.set_trial_state_values(trial_id, state, values)

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        with self._updating(trial_id) as trial:
            self._backend.set_trial_intermediate_value(trial_id, step, intermediate_value)
            trial.intermediate_values = {**trial.intermediate_values, step: intermediate_value}

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        with self._updating(trial_id) as trial:
            self._backend.set_trial_user_attr(trial_id, key, value)
            trial.user_attrs = {**trial.user_attrs, key: _as_stored(value)}

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        with self._updating(trial_id) as trial:
            self._backend.set_trial_system_attr(trial_id, key, value)
            trial.system_attrs = {**trial.system_attrs, key: _as_stored(value)}

    @contextmanager
    def _updating(self, trial_id: int) -> Iterator[FrozenTrial]:
        """A copy of the cached trial to modify as the database is modified.

        It is a copy because callers may hold the cached one. If writing fails, nobody knows what
        was written, so the trial is read again.
        """
        cached = self._cache_of(trial_id)
        trial = copy(cached[trial_id]) if cached else create_trial(state=TrialState.RUNNING)
        try:
            yield trial
        except BaseException:
            self._stale.add(trial_id)
            raise
        if cached:
            cached[trial_id] = trial

    def _cache_of(self, trial_id: int) -> dict[int, FrozenTrial] | None:
        return next((trials for trials in self._trials.values() if trial_id in trials), None)

    def _refresh(self, cached: dict[int, FrozenTrial], trial_id: int) -> None:
        cached[trial_id] = self._backend.get_trial(trial_id)
        self._stale.discard(trial_id)  # not if reading failed

    def delete_study(self, study_id: int) -> None:
        self._trials.pop(study_id, None)
        super().delete_study(study_id)


def _as_stored(value: Any) -> Any:
    """Convert tuples to lists, as the database does."""
    return json.loads(json.dumps(value))
