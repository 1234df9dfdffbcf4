"""Where a study lives and what it remembers: one Optuna study, read and written here alone.

Configurations are counted, not trials: a trial that was given up never counts, a repeated
configuration counts once.
"""

import json
import re
import sqlite3
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.artifacts import FileSystemArtifactStore, upload_artifact
from optuna.distributions import BaseDistribution
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import StudyDirection, StudySummary
from optuna.trial import FrozenTrial, TrialState

from xlt.objectives.folders import make_folder
from xlt.objectives.objective import Configuration, Evaluation
from xlt.search.storage.keys import DIVERGED, FAILED, RESUMED_FROM, ROOT_TRIAL, SYSTEM_ATTRS
from xlt.search.storage.write_through import SingleWriterStorage
from xlt.spaces.errors import InputError, did_you_mean
from xlt.studies import study as studies
from xlt.studies.resolved import difference, resolved

DATABASE = "xlt.db"
# Seconds between two times that SQLite's log is moved into its file, which waits for the disk.
CHECKPOINT_SECONDS = 1.0

FINISHED_STATES = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class RankedConfig:
    """A configuration with the evidence for it."""

    trial: int
    configuration: Configuration
    complete: bool
    step: int  # the furthest rung it was scored at
    score: float  # there, on validation
    evaluations: tuple[Mapping[str, Any], ...]  # step, measure, score, metrics at each rung


class Store:
    """One study in its database."""

    def __init__(self, study: optuna.Study, storage: BaseStorage) -> None:
        self.study = study
        self._storage = storage
        self._id = storage.get_study_id_from_name(study.study_name)
        self._known: _Index | None = None
        self._ids: dict[int, int] = {}  # the database's, by a trial's number

    @property
    def storage(self) -> BaseStorage:
        """The database, or what stands before it."""
        return self._storage

    @property
    def attributes(self) -> dict[str, Any]:
        return self.study.user_attrs

    def set_trial(self, number: int, attributes: Mapping[str, Any]) -> None:
        """Write attributes (plain JSON) beside a trial that has not finished."""
        trial = self._trial_id(number)
        for name, value in attributes.items():
            if name in SYSTEM_ATTRS:
                self._storage.set_trial_system_attr(trial, name, value)
            else:
                self._storage.set_trial_user_attr(trial, name, value)

    def create_trial(
        self,
        params: dict[str, Any],
        distributions: dict[str, BaseDistribution],
        attributes: dict[str, Any],
        values: dict[int, float] | None = None,
    ) -> int:
        """A new RUNNING trial, written at once; its number. `values`: its scores so far, by step."""
        trial = optuna.trial.create_trial(
            state=TrialState.RUNNING,
            params=params,
            distributions=distributions,
            user_attrs={
                name: each for name, each in attributes.items() if name not in SYSTEM_ATTRS
            },
            system_attrs={name: each for name, each in attributes.items() if name in SYSTEM_ATTRS},
            intermediate_values=values,
        )
        found = self._storage.create_new_trial(self._id, trial)
        number = self._storage.get_trial_number_from_id(found)
        self._ids[number] = found
        self._note_created(number, asked=RESUMED_FROM not in attributes)
        return number

    def resume_trial(self, paused: FrozenTrial, attributes: Mapping[str, Any]) -> int:
        """A new RUNNING trial that repeats a paused one and its scores; its number."""
        linked = {
            "configuration": paused.user_attrs["configuration"],
            "evaluations": paused.system_attrs["evaluations"],
            RESUMED_FROM: paused.number,
            ROOT_TRIAL: paused.user_attrs.get(ROOT_TRIAL, paused.number),
        }
        return self.create_trial(
            paused.params,
            paused.distributions,
            {**attributes, **linked},
            paused.intermediate_values,
        )

    def report(self, number: int, step: int, value: float) -> None:
        """A running trial's score at a step."""
        self._storage.set_trial_intermediate_value(self._trial_id(number), step, value)

    def attach(self, number: int, path: Path, kept: FileSystemArtifactStore) -> None:
        """A file beside a running trial, for the dashboard to show."""
        upload_artifact(
            artifact_store=kept,
            file_path=str(path),
            study_or_trial=self.trial(number),
            storage=self._storage,
        )

    def should_prune(self, number: int) -> bool:
        """What the study's pruner says of a running trial."""
        return self.study.pruner.prune(self.study, self.trial(number))

    def tell(self, number: int, state: TrialState, reason: str, value: float | None = None) -> None:
        """End a trial. `reason`: in words."""
        self.set_trial(number, {"ended": reason})
        self._note_finished(self.study.tell(number, value, state=state))

    def trial(self, number: int) -> FrozenTrial:
        """A trial as it stands."""
        return self._storage.get_trial(self._trial_id(number))

    def _trial_id(self, number: int) -> int:
        if number not in self._ids:
            found = self._storage.get_trial_id_from_study_id_trial_number(self._id, number)
            self._ids[number] = found
        return self._ids[number]

    def latest_by_config(self) -> dict[str, FrozenTrial]:
        """The trial that shows how far each configuration has come, by `key`."""
        return self._index.furthest

    def ask_count(self) -> int:
        """Questions that led or may lead somewhere: not what was given up, nor what goes on."""
        return self._index.created - self._index.abandoned - self._index.resumed

    def ranking(self) -> list[RankedConfig]:
        """Configurations from best to worst: complete ones by score, then by furthest rung."""
        rows = [row for trial in self.latest_by_config().values() if (row := _ranked_config(trial))]
        return sorted(rows, key=_rank_key, reverse=True)

    def best(self) -> RankedConfig | None:
        """The first of `standings`."""
        return self._index.best

    def _note_created(self, number: int, *, asked: bool = True) -> None:
        """Take note of a new trial. `asked`: for, and not one that goes on."""
        self._index.created = max(self._index.created, number + 1)
        self._index.resumed += not asked

    def _note_finished(self, trial: FrozenTrial) -> None:
        """Take note of what a trial has come to."""
        self._index.add(trial)

    @property
    def _index(self) -> "_Index":
        """Read once: this process alone writes."""
        if self._known is None:
            trials = self.study.get_trials(deepcopy=False)
            self._known = _Index(len(trials))
            for trial in trials:
                self._known.resumed += RESUMED_FROM in trial.user_attrs
                self._known.add(trial)
        return self._known

    def abandon(self, number: int, reason: str) -> None:
        """Tell a running trial FAIL, and have its configuration asked for again.

        First things first: killed in between, a configuration is asked for twice, never lost.
        """
        trial = self.trial(number)
        if trial.state.is_finished() and not _told_elsewhere(trial):
            return  # told, when something went wrong
        if RESUMED_FROM in trial.user_attrs:
            pass  # the one it goes on from waits as before
        elif "configuration" in trial.user_attrs:
            self.study.enqueue_trial(trial.params)
        elif "fixed_params" in trial.system_attrs:  # enqueued, and not even begun
            self.study.enqueue_trial(trial.system_attrs["fixed_params"])
        with suppress(UpdateFinishedTrialError):  # somebody else has told it meanwhile
            self.set_trial(number, {"ended": reason})
            self.study.tell(number, state=TrialState.FAIL)
        self._known = None

    def recover(self) -> int:
        """Give up what a dead process left RUNNING; how many trials that were.

        Only the process that holds the study's lock may call this.
        """
        orphans = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in orphans:
            self.abandon(trial.number, "its process died")
        return len(orphans)


@dataclass
class _Index:
    """What is asked of all trials again and again, without reading all of them each time."""

    created: int
    abandoned: int = 0
    resumed: int = 0  # trials that continue another
    furthest: dict[str, FrozenTrial] = field(default_factory=dict)
    best: RankedConfig | None = None

    def add(self, trial: FrozenTrial) -> None:
        goes_on = RESUMED_FROM in trial.user_attrs
        if trial.state in FINISHED_STATES or FAILED in trial.user_attrs:
            # Others were added by somebody else.
            config = trial.user_attrs.get("configuration")
            if config is None:
                return
            if _told_elsewhere(trial):
                self.abandoned += not goes_on
                return
            if config_key(config) in self.furthest and not goes_on:
                return
            self.furthest[config_key(config)] = trial
            row = _ranked_config(trial)
            if row and (self.best is None or _rank_key(row) > _rank_key(self.best)):
                self.best = row
            elif goes_on and self.best and self.best.configuration == config:
                # It led until it diverged, or failed.
                rows = filter(None, map(_ranked_config, self.furthest.values()))
                self.best = max(rows, key=_rank_key, default=None)
        elif trial.state == TrialState.FAIL and not goes_on:  # asked for again
            self.abandoned += 1


def _told_elsewhere(trial: FrozenTrial) -> bool:
    """Whether somebody else has told one of our trials: its value is not what it has scored."""
    return (
        trial.state.is_finished()
        and "configuration" in trial.user_attrs
        and "ended" not in trial.user_attrs
    )


def _ranked_config(trial: FrozenTrial) -> RankedConfig | None:
    """None for what was never scored, or whose score says nothing."""
    if not trial.intermediate_values or {DIVERGED, FAILED} & trial.user_attrs.keys():
        return None
    step = max(trial.intermediate_values)
    return RankedConfig(
        trial=trial.number,
        configuration=trial.user_attrs["configuration"],
        complete=trial.state == TrialState.COMPLETE,
        step=step,
        score=trial.intermediate_values[step],
        evaluations=tuple(trial.system_attrs["evaluations"]),
    )


def _rank_key(row: RankedConfig) -> tuple[bool, int, float]:
    return row.complete, row.step, row.score


def config_key(config: Configuration) -> str:
    """Equal for equal configurations."""
    return json.dumps(config, sort_keys=True)


def evaluation_attributes(evaluations: list[Evaluation]) -> dict[str, Any]:
    """What a trial shows of its evaluations, the latest in full, by names for people to read."""
    latest = evaluations[-1]
    training = sum(latest.seconds.get(stage, 0.0) for stage in latest.tokens)
    return {
        **latest.metrics,
        **latest.notes,
        **{f"{_SECONDS}{part}": round(spent, 3) for part, spent in latest.seconds.items()},
        **({"tokens a second": sum(latest.tokens.values()) / training} if training else {}),
        "examples": [asdict(example) for example in latest.examples],
        "evaluations": [evaluation_record(each) for each in evaluations],
    }


_SECONDS = "seconds "


def seconds_by_part(trial: FrozenTrial) -> dict[str, float]:
    """What a trial's run has taken from step 0 on, by part."""
    found = trial.user_attrs.items()
    return {name.removeprefix(_SECONDS): each for name, each in found if name.startswith(_SECONDS)}


def evaluation_record(evaluation: Evaluation) -> dict[str, Any]:
    """What is kept of an evaluation for good: its step and scores."""
    return {
        "step": evaluation.step,
        "measure": evaluation.measure,
        "score": evaluation.score,
        "metrics": dict(evaluation.metrics),
    }


# What libpq's drivers are told: to give up a server that does not answer within seconds, and one
# whose machine is gone in a minute or two, not in hours.
KEEPALIVES = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}


def open_storage(url: str | None, runs: Path) -> RDBStorage:
    """The database at `url`, or `runs/xlt.db`.

    Raises `InputError` if it cannot be used, within seconds if it does not answer.
    """
    if url is None:
        make_folder(runs)
        url = _url_of(runs / DATABASE)
    shown = without_passwords(url)
    try:
        # Optuna takes what stands in braces for a template's field.
        literal = url.replace("{", "{{").replace("}", "}}")
        storage = RDBStorage(literal, engine_kwargs=_engine_options(sqlalchemy.make_url(url)))
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0].replace(url, shown)
        if isinstance(error, ValueError):  # of a driver or an URL's port, in Python's words
            reason = "a number in it cannot be read"
        if isinstance(error, ImportError) and url.startswith("postgres"):
            reason = "its driver is missing; pip install 'psycopg[binary]>=3.2'"
        raise InputError(
            f"--storage {shown}: {reason}; expected a database URL such as sqlite:///studies.db "
            "or postgresql+psycopg://user@host/name, with its driver installed"
        ) from error
    if storage.engine.dialect.name == "sqlite":
        sqlalchemy.event.listen(storage.engine, "connect", _enable_wal)
        sqlalchemy.event.listen(storage.engine, "checkin", _Checkpoints())
        storage.engine.dispose()  # the connections there are were made without it
    weakref.finalize(storage, storage.engine.dispose)  # they are closed with it
    return storage


def _url_of(file: Path) -> str:
    """SQLite's URL of a file, whatever characters its path has.

    A path itself has no place in a URL: `?` would begin a query, and versions of SQLAlchemy differ in
    whether they decode `%`. SQLite takes a URI as well, in which all of these are encoded.
    """
    uri = sqlalchemy.URL.create("sqlite", database=file.absolute().as_uri(), query={"uri": "true"})
    return uri.render_as_string()


def _engine_options(url: sqlalchemy.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        # A dashboard beside us may hold SQLite's lock for a moment.
        return {"connect_args": {"timeout": 60}}
    # A connection may have been cut since it was used last.
    options: dict[str, Any] = {"pool_pre_ping": True}
    if url.get_driver_name() in ("psycopg", "psycopg2"):
        # Text is text, in a database without an encoding as well.
        wanted = {"client_encoding": "utf8", **KEEPALIVES}
        options["connect_args"] = {k: v for k, v in wanted.items() if k not in url.query}
    return options


def without_passwords(text: str) -> str:
    """The text, but for passwords in its URLs."""
    text = re.sub(r"(://[^:/@\s]*):[^@\s]+@", r"\1:***@", text)
    return re.sub(r"([?&](?:ssl)?password=)[^&\s'\"]+", r"\1***", text)


def _enable_wal(connection: sqlite3.Connection, _: object) -> None:
    """Wait for the disk now and then, not for each of the dozens of attributes of a trial.

    A killed process loses nothing by it; a power cut may lose the last few writes.
    """
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


class _Checkpoints:
    """Has SQLite move its write-ahead log into the file now and then.

    By itself it does so once the log has 4 MB, which a study may never write: whoever copies the file
    alone would have an empty one.
    """

    def __init__(self) -> None:
        self.due = 0.0  # on the monotonic clock

    def __call__(self, connection: sqlite3.Connection | None, _: object) -> None:
        if connection is None or time.monotonic() < self.due:
            return
        with suppress(sqlite3.Error):  # the log stays as it is, and what is written next may fail
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # waits for nobody
        self.due = time.monotonic() + CHECKPOINT_SECONDS


def create_study(
    storage: RDBStorage, name: str, study: studies.Study, data: Mapping[str, Any]
) -> Store:
    """The study `name`, new or as it was.

    `data`: an objective's description of its data. Raises `InputError` if the study is there
    with another definition or other data, or was not made by xlt-search.
    """
    definition = resolved(study)
    if name not in optuna.get_all_study_names(storage):
        _make(storage, name, {"data": dict(data), "definition": definition})
    foreign = _foreign(storage, name)
    if foreign:
        raise InputError(f"{foreign}; choose another name with --study-name, such as xlt-{name}")
    own = SingleWriterStorage(storage)
    opened = optuna.load_study(study_name=name, storage=own)
    before = opened.user_attrs
    changes = difference(before["definition"], definition)
    if before["data"]["fingerprint"] != data["fingerprint"]:
        changes.append(
            f"data: {before['data']['description']} ({before['data']['fingerprint'][:12]}) -> "
            f"{data['description']} ({data['fingerprint'][:12]})"
        )
    if changes:
        raise InputError(
            f"the study {name!r} was begun with another definition:\n  "
            + "\n  ".join(changes)
            + "\nundo the change, or choose another name with --study-name"
        )
    if before["data"]["source"] != data["source"]:
        opened.set_user_attr("data", dict(data))  # they have moved
    return Store(opened, own)


def list_studies(url: str | None, runs: Path) -> list[str]:
    """The names of all studies there are."""
    if url is None and not (runs / DATABASE).exists():
        return []
    return optuna.get_all_study_names(open_storage(url, runs))


def _make(storage: RDBStorage, name: str, attributes: Mapping[str, Any]) -> None:
    """Create a study with its attributes, all at once.

    It is written under another name and renamed: a process that is killed meanwhile must not leave a
    study that looks as if another program had made it.
    """
    beside = f"{name} (new)"  # not a valid name of a study: nothing else is called so
    if beside in optuna.get_all_study_names(storage):
        optuna.delete_study(study_name=beside, storage=storage)
    new = optuna.create_study(study_name=beside, storage=storage, direction="maximize")
    for attribute, value in attributes.items():
        new.set_user_attr(attribute, value)
    rename = sqlalchemy.text("UPDATE studies SET study_name = :name WHERE study_name = :beside")
    with storage.engine.begin() as connection:
        connection.execute(rename, {"name": name, "beside": beside})


def _is_ours(study: StudySummary) -> bool:
    """Whether xlt-search has made a study: the one rule, for databases that others may share."""
    records = [study.user_attrs.get(name) for name in ("definition", "data")]
    described = all(isinstance(record, Mapping) for record in records)
    return described and study.directions == [StudyDirection.MAXIMIZE]


def overview(store: Store) -> tuple[str, str, str, str]:
    """A study in a few words: its state, configurations, best score, and when it was last active."""
    trials = store.study.get_trials(deepcopy=False)
    total = store.attributes["definition"]["search"]["n_trials"]
    finished, best = len(store.latest_by_config()), store.best()
    if any(trial.state == TrialState.RUNNING for trial in trials):
        state = "running, or interrupted"
    elif "final" in store.attributes:
        state = "tested"
    else:
        state = "searched, not tested" if finished >= total else "not finished"
    score = "none"
    if best is not None:
        evaluation = best.evaluations[-1]
        score = f"{evaluation['measure']} {best.score:.2f} on validation at step {best.step}"
    times = [at for trial in trials for at in (trial.datetime_start, trial.datetime_complete) if at]
    last = max(times).strftime("%Y-%m-%d %H:%M") if times else ""
    return state, f"{finished} of {total}", score, last


def list_own_studies(storage: BaseStorage) -> list[str]:
    """The names of the studies in a database that xlt-search has made."""
    found = optuna.get_all_study_summaries(storage, include_best_trial=False)
    # A name that could not be a folder's was not given by us.
    return [
        each.study_name for each in found if _is_ours(each) and studies.is_name(each.study_name)
    ]


def _foreign(storage: BaseStorage, name: str) -> str | None:
    """What the study `name` is, in words, if xlt-search has not made it. It must be there."""
    found = optuna.get_all_study_summaries(storage, include_best_trial=False)
    study = next(each for each in found if each.study_name == name)
    if _is_ours(study):
        return None
    goals = " and ".join(f"{each.name.lower()}s" for each in study.directions)
    return (
        f"the study {name!r} in this database was not made by xlt-search: "
        f"it {goals}, and has {study.n_trials} trials of another program"
    )


def changed_by_others(storage: RDBStorage, store: Store) -> str | None:
    """What somebody else has done to a study that this process works on, in words; None: nothing."""
    name, study_id = store.study.study_name, store.study._study_id
    try:
        trials = storage.get_all_trials(study_id, deepcopy=False)
    except KeyError:
        there_are = ", ".join(list_own_studies(storage)) or "none"
        return (
            f"the study {name!r} is no longer in this database: it was deleted or renamed while this "
            f"command worked on it. Studies there now: {there_are}. Go on with one of them by "
            "--study-name, or give the same command again to begin anew; checkpoints are kept"
        )
    told = [f"{trial.number} ({trial.state.name})" for trial in trials if _told_elsewhere(trial)]
    if told:
        return (
            f"somebody else has told trials of the study {name!r} while they were trained here: "
            f"{', '.join(told)}. The same command goes on, and tries their configurations again"
        )
    return None


def require_database(url: str | None, runs: Path, what: str) -> None:
    """Raises `InputError` where a file of studies was expected and there is none."""
    if url is None and not (runs / DATABASE).exists():
        raise InputError(f"{what}: there is no {runs / DATABASE}; see --runs, --storage")


def load_study(url: str | None, runs: Path, name: str) -> Store:
    """The study `name`; raises `InputError` if it is not there, or not one of ours."""
    require_database(url, runs, f"no study {name!r}")
    storage = open_storage(url, runs)
    if name not in optuna.get_all_study_names(storage):
        names = list_own_studies(storage)
        known = f"there are: {', '.join(names)}" if names else "there is none yet"
        raise InputError(f"no study {name!r} in this storage{did_you_mean(name, names)}; {known}")
    foreign = _foreign(storage, name)
    if foreign:
        known = ", ".join(list_own_studies(storage)) or "none yet"
        raise InputError(f"{foreign}; of xlt-search's there are: {known}")
    return Store(optuna.load_study(study_name=name, storage=storage), storage)
