"""Writing the trials that the dashboard shows, which may change after they have finished.

Optuna refuses to change a finished trial. But a configuration that is paused, and finished for
people, may be resumed, and may be trained on new seeds later.
"""

import json
from typing import Any

from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial
from sqlalchemy import delete
from sqlalchemy.orm import Session


def replace_trial(storage: RDBStorage, trial_id: int, trial: FrozenTrial) -> None:
    """Replace a stored trial in one transaction, whatever its state is.

    Its number, its parameters and those system attributes that `trial` lacks stay as they are.

    Args:
        storage: The database.
        trial_id: The id of the stored trial.
        trial: The new content.

    Raises:
        sqlalchemy.exc.NoResultFound: There is no such trial.
    """
    with Session(storage.engine) as session, session.begin():
        row = session.get_one(models.TrialModel, trial_id)
        row.state = trial.state
        row.datetime_start, row.datetime_complete = trial.datetime_start, trial.datetime_complete
        for model in (
            models.TrialUserAttributeModel,
            models.TrialValueModel,
            models.TrialIntermediateValueModel,
        ):
            session.execute(delete(model).where(model.trial_id == trial_id))
        kept = models.TrialSystemAttributeModel
        replaced = kept.key.in_(trial.system_attrs)
        session.execute(delete(kept).where(kept.trial_id == trial_id, replaced))
        session.add_all(_rows(trial_id, trial))


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
        value, kind = models.TrialValueModel.value_to_stored_repr(score)
        rows.append(
            models.TrialValueModel(
                trial_id=trial_id, objective=objective, value=value, value_type=kind
            )
        )
    for step, score in trial.intermediate_values.items():
        stored, sort = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(score)
        rows.append(
            models.TrialIntermediateValueModel(
                trial_id=trial_id,
                step=step,
                intermediate_value=stored,
                intermediate_value_type=sort,
            )
        )
    return rows
