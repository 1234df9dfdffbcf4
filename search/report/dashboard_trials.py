"""Writing the trials that the dashboard shows, which may change after they have finished.

A paused configuration is a finished trial there, which must change when the configuration is resumed or
trained on new seeds. Optuna's API refuses that, so this uses the private models of its tables. The
range of Optuna's versions is in `pyproject.toml`.
"""

import json
from typing import Any

from optuna.distributions import distribution_to_json
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial
from sqlalchemy import delete
from sqlalchemy.orm import Session


def write_trial(
    storage: RDBStorage, study_id: int, trial: FrozenTrial, trial_id: int | None = None
) -> int:
    """Create a trial, or replace one whatever its state is, in one transaction.

    The number and the parameters of a replaced trial stay as they are, and so do those system
    attributes that `trial` lacks.

    Args:
        storage: The database.
        study_id: The id of the study.
        trial: The content. Its number and id are ignored: a new one gets the next number.
        trial_id: The id of the trial to replace; None: create one.

    Returns:
        The id of the trial.

    Raises:
        sqlalchemy.exc.NoResultFound: There is no such study or trial.
    """
    with Session(storage.engine) as session, session.begin():
        if trial_id is None:
            session.get_one(models.StudyModel, study_id)
            study = models.TrialModel.study_id == study_id
            number = session.query(models.TrialModel).filter(study).count()
            row = models.TrialModel(study_id=study_id, number=number, state=trial.state)
            session.add(row)
            session.flush()
            trial_id = int(row.trial_id)
            session.add_all(_parameter_rows(trial_id, trial))
        else:
            row = session.get_one(models.TrialModel, trial_id)
            row.state = trial.state
            _delete_rows(session, trial_id, trial)
        row.datetime_start, row.datetime_complete = trial.datetime_start, trial.datetime_complete
        session.add_all(_rows(trial_id, trial))
    return trial_id


def _delete_rows(session: Session, trial_id: int, trial: FrozenTrial) -> None:
    for model in (
        models.TrialUserAttributeModel,
        models.TrialValueModel,
        models.TrialIntermediateValueModel,
    ):
        session.execute(delete(model).where(model.trial_id == trial_id))
    model = models.TrialSystemAttributeModel
    is_given = model.key.in_(trial.system_attrs)
    session.execute(delete(model).where(model.trial_id == trial_id, is_given))


def _parameter_rows(trial_id: int, trial: FrozenTrial) -> list[Any]:
    return [
        models.TrialParamModel(
            trial_id=trial_id,
            param_name=name,
            param_value=distribution.to_internal_repr(trial.params[name]),
            distribution_json=distribution_to_json(distribution),
        )
        for name, distribution in trial.distributions.items()
    ]


def _rows(trial_id: int, trial: FrozenTrial) -> list[Any]:
    rows: list[Any] = [
        model(trial_id=trial_id, key=key, value_json=json.dumps(value))
        for model, attributes in (
            (models.TrialUserAttributeModel, trial.user_attrs),
            (models.TrialSystemAttributeModel, trial.system_attrs),
        )
        for key, value in attributes.items()
    ]
    for objective, score in enumerate(trial.values or ()):
        value, value_type = models.TrialValueModel.value_to_stored_repr(score)
        rows.append(
            models.TrialValueModel(
                trial_id=trial_id, objective=objective, value=value, value_type=value_type
            )
        )
    for step, score in trial.intermediate_values.items():
        stored, stored_type = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(
            score
        )
        rows.append(
            models.TrialIntermediateValueModel(
                trial_id=trial_id,
                step=step,
                intermediate_value=stored,
                intermediate_value_type=stored_type,
            )
        )
    return rows
