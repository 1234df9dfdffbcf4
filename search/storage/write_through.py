"""A study's database, for the one process that writes it: what it has written it need not read.

Optuna reads all that is not finished anew each time that anything is asked of a study, in case
another process has changed it. With dozens of workers that was most of a search's own cost.
"""

import json
import math
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from copy import deepcopy as copied
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState, create_trial

# Seconds between two looks at what others have enqueued.
POLL_ENQUEUED_SECONDS = 0.25


class SingleWriterStorage(BaseStorage):
    """Writes go to the database at once, and into what is known of it here.

    Of what others do meanwhile, only trials that they enqueue are seen.
    """

    def __init__(self, backend: RDBStorage) -> None:
        self._backend = backend
        self._trials: dict[int, dict[int, FrozenTrial]] = {}  # by study, by trial
        self._polled_at = -math.inf  # when, for what others have enqueued
        self._stale: set[int] = set()  # trials to be read before they are known again

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        known = self._trials.get(study_id)
        if known is None:
            found = self._backend.get_all_trials(study_id, deepcopy=False)
            known = self._trials[study_id] = {trial._trial_id: trial for trial in found}
        if states is not None and TrialState.WAITING in states and self._poll_enqueued():
            # There are few of them, and anybody may add one.
            waiting = (TrialState.WAITING,)
            for trial in self._backend.get_all_trials(study_id, deepcopy=False, states=waiting):
                known[trial._trial_id] = trial
        for number in self._stale & known.keys():
            self._read(number)
        trials = list(known.values())
        if states is not None:
            trials = [trial for trial in trials if trial.state in states]
        trials.sort(key=lambda trial: trial.number)
        return copied(trials) if deepcopy else trials

    def _poll_enqueued(self) -> bool:
        """Whether it is time to see what others have enqueued."""
        now = time.monotonic()
        if now - self._polled_at < POLL_ENQUEUED_SECONDS:
            return False
        self._polled_at = now
        return True

    def get_trial(self, trial_id: int) -> FrozenTrial:
        for known in self._trials.values():
            if trial_id in known:
                if trial_id in self._stale:
                    self._read(trial_id)
                trial = known[trial_id]
                # Whoever asks for one that is not finished may write into it.
                return trial if trial.state.is_finished() else copied(trial)
        return self._backend.get_trial(trial_id)

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        # Where anything of this fails, all is read anew: nobody knows what is there now.
        known = self._trials.pop(study_id, None)
        # Optuna reads the trial again for each row that it writes; without a flush before each of
        # those reads, all parameters are written in one statement.
        with self._backend.scoped_session.no_autoflush:
            trial_id = self._backend.create_new_trial(study_id, template_trial)
        if known is not None:
            known[trial_id] = self._created(study_id, trial_id, template_trial, len(known))
            self._trials[study_id] = known
        return trial_id

    def _created(
        self, study_id: int, trial_id: int, template: FrozenTrial | None, likely: int
    ) -> FrozenTrial:
        """What was written just now. `likely`: its number, if nobody else has enqueued anything.

        Looking that up reads one row, the whole trial dozens.
        """
        if template is None:
            return self._backend.get_trial(trial_id)
        try:
            found = self._backend.get_trial_id_from_study_id_trial_number(study_id, likely)
        except KeyError:
            found = None
        if found != trial_id:
            return self._backend.get_trial(trial_id)
        trial = copy(template)
        trial.number, trial._trial_id = likely, trial_id
        trial.params, trial.distributions = dict(template.params), dict(template.distributions)
        trial.intermediate_values = dict(template.intermediate_values)
        trial.user_attrs = _as_stored(template.user_attrs)
        trial.system_attrs = _as_stored(template.system_attrs)
        return trial

    def get_trial_number_from_id(self, trial_id: int) -> int:
        for known in self._trials.values():
            if trial_id in known:
                return known[trial_id].number  # which never changes
        return self._backend.get_trial_number_from_id(trial_id)

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        with self._written(trial_id) as trial:
            self._backend.set_trial_param(trial_id, param_name, param_value_internal, distribution)
            value = distribution.to_external_repr(param_value_internal)
            trial.params = {**trial.params, param_name: value}
            trial.distributions = {**trial.distributions, param_name: distribution}

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        # With its times, which the database writes.
        self._stale.add(trial_id)
        return self._backend.set_trial_state_values(trial_id, state, values)

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        with self._written(trial_id) as trial:
            self._backend.set_trial_intermediate_value(trial_id, step, intermediate_value)
            trial.intermediate_values = {**trial.intermediate_values, step: intermediate_value}

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        with self._written(trial_id) as trial:
            self._backend.set_trial_user_attr(trial_id, key, value)
            trial.user_attrs = {**trial.user_attrs, key: _as_stored(value)}

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        with self._written(trial_id) as trial:
            self._backend.set_trial_system_attr(trial_id, key, value)
            trial.system_attrs = {**trial.system_attrs, key: _as_stored(value)}

    @contextmanager
    def _written(self, trial_id: int) -> Iterator[FrozenTrial]:
        """The trial as it is known, to be altered as the database is.

        A copy: others may hold the one before. Where writing fails, nobody knows what it did.
        """
        known = next((each for each in self._trials.values() if trial_id in each), None)
        trial = copy(known[trial_id] if known else create_trial(state=TrialState.RUNNING))
        try:
            yield trial
        except BaseException:
            self._stale.add(trial_id)
            raise
        if known:
            known[trial_id] = trial

    def _read(self, trial_id: int) -> None:
        """Raises what reading raises; then it is tried again."""
        for known in self._trials.values():
            if trial_id in known:
                known[trial_id] = self._backend.get_trial(trial_id)
        self._stale.discard(trial_id)

    # All else is the database's.

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        return self._backend.create_new_study(directions, study_name)

    def delete_study(self, study_id: int) -> None:
        self._trials.pop(study_id, None)
        self._backend.delete_study(study_id)

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        self._backend.set_study_user_attr(study_id, key, value)

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        self._backend.set_study_system_attr(study_id, key, value)

    def get_study_id_from_name(self, study_name: str) -> int:
        return self._backend.get_study_id_from_name(study_name)

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        # Optuna's own goes by the place in the list, where trials of others are missing.
        return self._backend.get_trial_id_from_study_id_trial_number(study_id, trial_number)

    def get_study_name_from_id(self, study_id: int) -> str:
        return self._backend.get_study_name_from_id(study_id)

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        return self._backend.get_study_directions(study_id)

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        return self._backend.get_study_user_attrs(study_id)

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        return self._backend.get_study_system_attrs(study_id)

    def get_all_studies(self) -> list[FrozenStudy]:
        return self._backend.get_all_studies()

    def remove_session(self) -> None:
        self._backend.remove_session()


def _as_stored(value: Any) -> Any:
    """Tuples become lists, as they do in the database."""
    return json.loads(json.dumps(value))
