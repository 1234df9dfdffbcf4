"""Creating, opening and listing the studies in a database, which other programs may share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import StudyDirection, StudySummary
from optuna.trial import TrialState

from xlt.search.storage.database import DATABASE, open_storage
from xlt.search.storage.keys import DASHBOARD_OF, DATA, FINAL, STUDY_CONFIG
from xlt.search.storage.store import Store, finished_elsewhere
from xlt.search.storage.write_through import SingleWriterStorage
from xlt.spaces.errors import InputError, did_you_mean
from xlt.studies import study as studies
from xlt.studies.resolved import difference, resolved


def open_store(
    storage: RDBStorage, name: str, study: studies.Study, data: Mapping[str, Any]
) -> Store:
    """Create the study `name`, or open it if it exists, to write to it.

    Args:
        storage: The database. No other process may write to the study.
        name: The name of the study.
        study: The configuration of the study.
        data: The description of the data, from the objective.

    Raises:
        InputError: The study exists with another configuration or other data, or xlt-search did
            not create it.
    """
    config = resolved(study)
    existing = _summaries(storage).get(name)
    if existing is None:
        _create(storage, name, {DATA: dict(data), STUDY_CONFIG: config})
    elif not _is_ours(existing):
        raise InputError(
            f"{_describe_foreign(existing)}; choose another name with --study-name, such as "
            f"xlt-{name}"
        )
    own = SingleWriterStorage(storage)
    opened = optuna.load_study(study_name=name, storage=own)
    stored_config, stored_data = (opened.user_attrs[key] for key in (STUDY_CONFIG, DATA))
    changes = difference(stored_config, config)
    if stored_data["fingerprint"] != data["fingerprint"]:
        before, after = (
            f"{d['description']} ({d['fingerprint'][:12]})" for d in (stored_data, data)
        )
        changes.append(f"data: {before} -> {after}")
    if changes:
        raise InputError(
            f"the study {name!r} was started with another definition:\n  "
            + "\n  ".join(changes)
            + "\nundo the change, or choose another name with --study-name"
        )
    if stored_data["source"] != data["source"]:
        opened.set_user_attr(DATA, dict(data))  # the same data in another place
    return Store(opened, own)


def _create(storage: RDBStorage, name: str, attributes: Mapping[str, Any]) -> None:
    """Create a study with its attributes in one step.

    It is written under another name and then renamed. Otherwise a process that is killed halfway
    would leave a study without our attributes, which looks like one of another program.
    """
    temporary = f"{name} (new)"  # not a valid name of a study, so nothing else has it
    if temporary in optuna.get_all_study_names(storage):
        optuna.delete_study(study_name=temporary, storage=storage)
    study = optuna.create_study(study_name=temporary, storage=storage, direction="maximize")
    for attribute, value in attributes.items():
        study.set_user_attr(attribute, value)
    rename = sqlalchemy.text("UPDATE studies SET study_name = :name WHERE study_name = :temporary")
    with storage.engine.begin() as connection:
        connection.execute(rename, {"name": name, "temporary": temporary})


def load_store(url: str | None, runs: Path, name: str) -> Store:
    """Open the study `name` to read it.

    Args:
        url: The URL of the database; None for the file in `runs`.
        runs: The folder of runs.
        name: The name of the study.

    Raises:
        InputError: There is no such study, or xlt-search did not create it.
    """
    require_database(url, runs, f"no study {name!r}")
    storage = open_storage(url, runs)
    summaries = _summaries(storage)
    names = _own_names(summaries)
    if name not in summaries:
        known = f"there are: {', '.join(names)}" if names else "there is none yet"
        raise InputError(f"no study {name!r} in this storage{did_you_mean(name, names)}; {known}")
    if not _is_ours(summaries[name]):
        known = ", ".join(names) or "none yet"
        raise InputError(
            f"{_describe_foreign(summaries[name])}; of xlt-search's there are: {known}"
        )
    return Store(optuna.load_study(study_name=name, storage=storage), storage)


def require_database(url: str | None, runs: Path, what: str) -> None:
    """Raise `InputError`, which begins with `what`, if there is no database file in `runs`."""
    if url is None and not (runs / DATABASE).exists():
        raise InputError(f"{what}: there is no {runs / DATABASE}; see --runs, --storage")


def list_studies(url: str | None, runs: Path) -> list[str]:
    """The names of all studies in a database, those of other programs included."""
    if url is None and not (runs / DATABASE).exists():
        return []
    return optuna.get_all_study_names(open_storage(url, runs))


def list_own_studies(storage: BaseStorage) -> list[str]:
    """The names of the studies in a database that xlt-search has created."""
    return _own_names(_summaries(storage))


def _summaries(storage: BaseStorage) -> dict[str, StudySummary]:
    summaries = optuna.get_all_study_summaries(storage, include_best_trial=False)
    return {summary.study_name: summary for summary in summaries}


def _own_names(summaries: Mapping[str, StudySummary]) -> list[str]:
    # Our names are also names of folders.
    return [
        name for name, study in summaries.items() if _is_ours(study) and studies.is_valid_name(name)
    ]


def _is_ours(study: StudySummary) -> bool:
    attributes = (study.user_attrs.get(name) for name in (STUDY_CONFIG, DATA))
    described = all(isinstance(value, Mapping) for value in attributes)
    return described and study.directions == [StudyDirection.MAXIMIZE]


def _describe_foreign(study: StudySummary) -> str:
    if DASHBOARD_OF in study.user_attrs:
        return (
            f"the study {study.study_name!r} in this database is the one that the dashboard shows; "
            f"the search's own is in another one, {DATABASE} in the folder of runs if --storage is "
            "not given"
        )
    goals = " and ".join(f"{direction.name.lower()}s" for direction in study.directions)
    return (
        f"the study {study.study_name!r} in this database was not made by xlt-search: "
        f"it {goals}, and has {study.n_trials} trials of another program"
    )


def changed_by_others(storage: RDBStorage, store: Store) -> str | None:
    """Describe how another program has changed a study that this process works on; None if not."""
    name = store.study.study_name
    try:
        trials = storage.get_all_trials(store.study._study_id, deepcopy=False)
    except KeyError:
        names = ", ".join(list_own_studies(storage)) or "none"
        return (
            f"the study {name!r} is no longer in this database: it was deleted or renamed while this "
            f"command worked on it. Studies there now: {names}. Continue one of them with "
            "--study-name, or give the same command again to start anew; checkpoints are kept"
        )
    finished = [f"{t.number} ({t.state.name})" for t in trials if finished_elsewhere(t)]
    if finished:
        return (
            f"another program has finished trials of the study {name!r} while they were trained "
            f"here: {', '.join(finished)}. The same command resumes the study and tries their "
            "configurations again"
        )
    return None


def overview(store: Store) -> tuple[str, str, str, str]:
    """Texts for a list of studies: state, configurations, best score, time of the last activity."""
    trials = store.study.get_trials(deepcopy=False)
    total = store.attributes[STUDY_CONFIG]["search"]["n_trials"]
    finished, best = len(store.results_by_config()), store.best()
    if any(trial.state == TrialState.RUNNING for trial in trials):
        state = "running, or interrupted"
    elif FINAL in store.attributes:
        state = "tested"
    else:
        state = "searched, not tested" if finished >= total else "not finished"
    score = "none"
    if best is not None:
        metric = best.evaluations[-1]["metric"]
        score = f"{metric} {best.score:.2f} on validation at step {best.step}"
    times = [at for trial in trials for at in (trial.datetime_start, trial.datetime_complete) if at]
    last = max(times).strftime("%Y-%m-%d %H:%M") if times else ""
    return state, f"{finished} of {total}", score, last
