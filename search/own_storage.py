"""A study's database, for the one process that writes it: what it has written it need not read.

Optuna reads all that is not finished anew each time that anything is asked of a study, in case
another process has changed it. With dozens of workers that was most of a search's own cost.
"""

from collections.abc import Container, Sequence
from copy import deepcopy as copied
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState


class OwnStorage(BaseStorage):
    """Writes go to the database at once; a trial is read from it again when it was written to.

    Of what others do meanwhile, only trials that they enqueue are seen.
    """

    def __init__(self, backend: RDBStorage) -> None:
        self._backend = backend
        self._known: dict[int, dict[int, FrozenTrial]] = {}  # by study, by trial
        self._stale: dict[int, set[int]] = {}  # trials, by study

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        known = self._known.get(study_id)
        if known is None:
            found = self._backend.get_all_trials(study_id, deepcopy=False)
            known = self._known[study_id] = {trial._trial_id: trial for trial in found}
            self._stale[study_id] = set()
        stale = self._stale[study_id]
        if states is not None and TrialState.WAITING in states:
            # There are few of them, and anybody may add one.
            waiting = (TrialState.WAITING,)
            for trial in self._backend.get_all_trials(study_id, deepcopy=False, states=waiting):
                known[trial._trial_id] = trial
        for number in list(stale):
            known[number] = self._backend.get_trial(number)
            stale.discard(number)  # not before: reading may fail, and is tried again
        trials = sorted(known.values(), key=lambda trial: trial.number)
        if states is not None:
            trials = [trial for trial in trials if trial.state in states]
        return copied(trials) if deepcopy else trials

    def get_trial(self, trial_id: int) -> FrozenTrial:
        for known in self._known.values():
            trial = known.get(trial_id)
            if trial is not None and trial.state.is_finished():
                return trial
        # Whoever asks for one that is not finished may write into it.
        return self._backend.get_trial(trial_id)

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        number = self._backend.create_new_trial(study_id, template_trial)
        if study_id in self._stale:
            self._stale[study_id].add(number)
        return number

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        self._written(trial_id)
        self._backend.set_trial_param(trial_id, param_name, param_value_internal, distribution)

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        self._written(trial_id)
        return self._backend.set_trial_state_values(trial_id, state, values)

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        self._written(trial_id)
        self._backend.set_trial_intermediate_value(trial_id, step, intermediate_value)

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        self._written(trial_id)
        self._backend.set_trial_user_attr(trial_id, key, value)

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        self._written(trial_id)
        self._backend.set_trial_system_attr(trial_id, key, value)

    def _written(self, trial_id: int) -> None:
        for study, known in self._known.items():
            if trial_id in known:
                self._stale[study].add(trial_id)

    # All else is the database's.

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        return self._backend.create_new_study(directions, study_name)

    def delete_study(self, study_id: int) -> None:
        self._known.pop(study_id, None)
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
