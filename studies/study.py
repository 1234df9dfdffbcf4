"""A study: what to search, how, with what budget and on what data; loaded from TOML and checked.

A `Study` is valid: every range and constraint was checked, and no rung is after the full run's end.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from xlt.objectives.task import TaskSpec
from xlt.objectives.tasks import TASKS
from xlt.spaces.errors import SpaceError, did_you_mean
from xlt.spaces.limits import Value, format_value, toml
from xlt.spaces.parameter import Float, Ordinal
from xlt.spaces.space import Space
from xlt.studies.loader import ErrorCollector, Source, StudyError, read
from xlt.studies.overrides import overridden, split
from xlt.studies.schema import (
    Budget,
    Data,
    Proof,
    Search,
    StudyTables,
    is_locked,
    validated,
)

# What the folder of runs contains beside the studies' own folders.
TRANSFER = "transfer"
RESERVED = ("artifacts", "checkpoints", "data", TRANSFER)
# The start of the names of files.
RESERVED_PREFIXES = ("search.db", "dashboard.db")

# The NER strategies that are compared, by the study that tunes each of them.
STRATEGIES = {
    "ner-zero-shot": "zero-shot",
    "ner-few-shot": "few-shot",
    "ner-joint": "joint",
    "ner-multilingual": "multilingual",
    "ner-full": "full",
}
# Those that are trained on more and more sentences of a language, for a learning curve. The first one
# names the language.
LEARNING_CURVE_STUDIES = ("ner-few-shot", "ner-joint")


@dataclass(frozen=True)
class Study:
    """A checked study.

    Attributes:
        settings: The task's own settings; empty for the league.
        initial_configs: Tried first: the baseline, then the enqueued configurations.
        skipped: The tables of `search.enqueue`, counted from 1, that are outside the ranges.
        origin: A path, or a shipped name.
    """

    name: str
    description: str
    task: str
    space: Space
    search: Search
    budget: Budget
    proof: Proof
    data: Data
    settings: Mapping[str, Any]
    initial_configs: Sequence[Mapping[str, Value]]
    skipped: Sequence[int]
    origin: str = field(compare=False)

    @property
    def protocol(self) -> Any:
        """The task's constants."""
        return TASKS[self.task].protocol

    @property
    def steps(self) -> int:
        """The steps of the full run."""
        return TASKS[self.task].steps(self.settings)


def load(name_or_path: str, overrides: Sequence[str] = ()) -> Study:
    """Load a shipped study or a `.toml` file, with `--set` options applied.

    Raises:
        StudyError: It cannot be read, or a key is wrong. The message has all errors.
    """
    return _loaded(read(name_or_path), overrides)


def from_tables(tables: Mapping[str, Any], origin: str, overrides: Sequence[str] = ()) -> Study:
    """Restore a study from its resolved tables, with the same checks as `load`.

    Args:
        tables: The tables as `resolved` returns them.
        origin: How errors name the study.
        overrides: `--set` options.

    Raises:
        StudyError: A key is wrong.
    """
    return _loaded(Source(origin, tables), overrides)


def notices(study: Study) -> list[str]:
    """Return warnings about ranges that may be mistakes: two values instead of a range."""
    return [
        f"space.{parameter.name} = {format_value(parameter.to_toml_value())} means these two values; for "
        f"everything between them write space.{parameter.name} = "
        f"{toml({'low': parameter.values[0], 'high': parameter.values[1]})}"
        for declared in TASKS[study.task].space.parameters
        if isinstance(declared, Float)
        and isinstance(parameter := study.space.by_name[declared.name], Ordinal)
        and len(parameter.values) == 2
    ]


def is_valid_name(name: str) -> bool:
    """Return whether it is safe as the name of a folder among the runs."""
    return re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name) is not None


def check_name(name: str, where: str) -> None:
    """Raise `StudyError` unless `name` is valid and not reserved. `where` starts the message."""
    if not is_valid_name(name):
        raise StudyError(
            f"{where}: {format_value(name)} is not a study's name; use up to 64 of a-z, 0-9, dot, _ and -, "
            'starting with a letter or digit, like "mine-2"'
        )
    if name in RESERVED or name.startswith(RESERVED_PREFIXES):
        raise StudyError(
            f"{where}: {format_value(name)} is reserved for files that studies share; use another name"
        )


def _loaded(source: Source, overrides: Sequence[str]) -> Study:
    task = source.tables.get("task")
    tasks = [task] if isinstance(task, str) and task in TASKS else list(TASKS)
    locked = {name: rule for task in tasks for name, rule in TASKS[task].space.locked.items()}
    for option in overrides:
        key, _ = split(option)
        # Checked before it is applied, else `task.batch` is reported as 'task is no table'.
        if is_locked(key, locked):
            raise StudyError(f"--set {option}: {key}: {locked[key.rpartition('.')[2]]}")
    return _study(overridden(source, overrides), locked)


def _study(source: Source, locked: Mapping[str, str]) -> Study:
    errors = ErrorCollector()
    tables = validated(source, locked, errors)
    name, task_name = source.tables.get("name"), source.tables.get("task")
    if isinstance(name, str):
        with errors:
            try:
                check_name(name, "name")
            except StudyError as error:
                raise source.error(str(error), "name") from None
    if isinstance(task_name, str) and task_name not in TASKS:
        errors.add(
            source.error(
                f"task: {format_value(task_name)} is unknown{did_you_mean(task_name, TASKS)}; "
                f"tasks are {', '.join(TASKS)}",
                "task",
            )
        )
    # The space is checked even if another table is wrong.
    task = TASKS.get(task_name) if isinstance(task_name, str) else None
    space = _space(source, task, errors) if task else None
    if tables is None or task is None:
        errors.raise_any()
    assert tables is not None, "a missing or wrong table is an error"
    assert task is not None, "an unknown task is an error"
    settings: dict[str, Any] = {}
    with errors:
        settings = _settings(source, task, tables)
        last, steps = tables.budget.rungs[-1], task.steps(settings)
        if last > steps:
            raise source.error(
                f"budget.rungs: {last} is beyond the full run's {steps} steps; "
                f"end at {steps} or before",
                "budget.rungs",
            )
    with errors:
        _check_protocol(source, tables.protocol, task)
    enqueued: list[Mapping[str, Value] | None] = []
    if space is not None:
        with errors:
            enqueued = list(_enqueued(source, task, space, tables))
    errors.raise_any()
    assert space is not None, "a space that cannot be searched is an error"
    return Study(
        name=tables.name,
        description=tables.description,
        task=tables.task,
        space=space,
        search=tables.search,
        budget=tables.budget,
        proof=tables.proof,
        data=tables.data,
        settings=settings,
        initial_configs=[
            space.baseline_config,
            *(config for config in enqueued if config is not None),
        ],
        skipped=[number for number, config in enumerate(enqueued, 1) if config is None],
        origin=source.origin,
    )


def _space(source: Source, task: TaskSpec, errors: ErrorCollector) -> Space | None:
    """Return the task's space with the study's ranges; None, and errors added, if invalid."""
    ranges, baseline = (source.tables.get(table, {}) for table in ("space", "baseline"))
    if not isinstance(ranges, Mapping) or not isinstance(baseline, Mapping):
        return None
    problems = task.space.find_errors(ranges, baseline)
    if not problems:
        try:
            return task.space.with_ranges(ranges, baseline)
        except SpaceError as error:
            problems = [error]
    for problem in problems:
        errors.add(source.error(str(problem), *problem.keys))
    return None


def _enqueued(
    source: Source, task: TaskSpec, space: Space, tables: StudyTables
) -> Iterator[Mapping[str, Value] | None]:
    """Yield a configuration for each table of `search.enqueue`: the baseline with its changes.

    None stands for one that is outside the study's ranges, but inside the task's.

    Raises:
        StudyError: The task's declared ranges exclude it as well.
    """
    for number, changes in enumerate(tables.search.enqueue, 1):
        try:
            yield _changed(space, {}, changes)
        except SpaceError as error:
            try:
                _changed(task.space, tables.baseline, changes)
            except SpaceError:
                message = str(error).replace("baseline.", "")
                raise source.error(
                    f"search.enqueue, table {number}: {message}", "search.enqueue"
                ) from None
            yield None


def _changed(
    space: Space, baseline: Mapping[str, Any], changes: Mapping[str, Any]
) -> Mapping[str, Value]:
    """Return the changed baseline. Raises `SpaceError`, also if a change has no effect."""
    config = space.with_ranges({}, {**baseline, **changes}).baseline_config
    for name in changes:
        if name not in config:
            rule = next(condition.rule for condition in space.conditions if condition.name == name)
            raise SpaceError(f"has no effect unless {rule}; remove it", f"baseline.{name}")
    return config


def _settings(source: Source, task: TaskSpec, tables: StudyTables) -> dict[str, Any]:
    """Return the task's settings as plain TOML types. Raises `StudyError`."""
    settings = getattr(tables, "settings", None)
    if settings is None:
        return {}
    for key, message in task.settings_errors(settings).items():
        raise source.error(f"settings.{key}: {message}", f"settings.{key}")
    return dict(settings.model_dump(mode="json"))


def _check_protocol(source: Source, protocol: Mapping[str, Any], task: TaskSpec) -> None:
    """Check that a record of the locked constants has their values."""
    constants, locked = asdict(task.protocol), task.space.locked
    for name, value in protocol.items():
        key = f"protocol.{name}"
        if name in constants:
            constant = constants[name]
            same = list(constant) == value if isinstance(constant, tuple) else constant == value
            if same and not isinstance(value, bool):
                continue
        if name in locked:
            raise source.error(f"{key}: {format_value(value)}: {locked[name]}", key)
        hint = did_you_mean(name, constants)
        raise source.error(f"{key}: the protocol has no such constant{hint}; remove it", key)
