"""A study: what is searched, how, with what budget, on what data. Loaded from TOML and checked.

A `Study` that exists can be run: its space is proved, its rungs lie within the protocol.
`resolved` writes it out whole; reading that back gives the same study.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import tomli_w

from xlt.spaces.catalogue import TASKS, Task
from xlt.spaces.league import LeagueProtocol
from xlt.spaces.limits import Value, show, toml
from xlt.spaces.ner import NerProtocol
from xlt.spaces.parameter import Float, Ordered
from xlt.spaces.refusal import SpaceError, near_miss
from xlt.spaces.space import Space
from xlt.studies.overrides import overridden, split
from xlt.studies.reading import Mistakes, Source, StudyError, read
from xlt.studies.tables import Budget, Confirm, Data, NerTables, Search, StudyTables, checked, seals

# What lies in the folder of runs beside the studies' own folders.
TRANSFER = "transfer"
RESERVED = ("artifacts", "checkpoints", "data", TRANSFER, "xlt.db")

# The NER strategies that are compared, by the study that tunes each. Of one the training set grows.
STRATEGIES = {
    "ner-zero-shot": "zero-shot",
    "ner-few-shot": "few-shot",
    "ner-multilingual": "multilingual",
    "ner-full": "full",
}
GROWING = "ner-few-shot"

# Not part of what a study is: a total and a time may be raised, a text reworded, the best confirmed
# on more seeds; data, an encoder among them, are compared by fingerprint, wherever they came from.
NOT_COMPARED = (
    "description",
    "search.n_trials",
    "search.enqueue",
    "budget.time_limit",
    "confirm",
    "data.source",
    "settings.encoder",
)


@dataclass(frozen=True)
class Study:
    name: str
    description: str
    task: str
    space: Space
    search: Search
    budget: Budget
    confirm: Confirm
    data: Data
    settings: Mapping[str, Any]  # of the task's own; none of the league
    # Tried first: the baseline, then what is enqueued.
    starts: Sequence[Mapping[str, Value]]
    left_out: Sequence[int]  # tables of search.enqueue, from 1, that the ranges leave out
    origin: str = field(compare=False)  # a path, or a shipped name

    @property
    def protocol(self) -> LeagueProtocol | NerProtocol:
        """What the task fixes, whatever is searched."""
        return TASKS[self.task].protocol

    @property
    def steps(self) -> int:
        """The length of the full run."""
        return _steps(TASKS[self.task], self.settings)


def notices(study: Study) -> list[str]:
    """What a study says and its author may not have meant: two values where a range is usual."""
    return [
        f"space.{found.name} = {show(found.written)} means these two values; for everything "
        f"between them write space.{found.name} = "
        f"{toml({'low': found.values[0], 'high': found.values[1]})}"
        for declared in TASKS[study.task].space.parameters
        if isinstance(declared, Float)
        and isinstance(found := study.space.by_name[declared.name], Ordered)
        and len(found.values) == 2
    ]


def load(name_or_path: str, overrides: Sequence[str] = ()) -> Study:
    """A shipped study, or a user's own `.toml`, with `--set` options written over it.

    Raises `StudyError`.
    """
    return _loaded(read(name_or_path), overrides)


def restored(tables: Mapping[str, Any], origin: str, overrides: Sequence[str] = ()) -> Study:
    """A study as `resolved` wrote it, checked like any other. `origin`: for what errors name.

    Raises `StudyError`.
    """
    return _loaded(Source(origin, tables), overrides)


def _loaded(source: Source, overrides: Sequence[str]) -> Study:
    task = source.tables.get("task")
    tasks = [task] if isinstance(task, str) and task in TASKS else list(TASKS)
    sealed = {name: rule for task in tasks for name, rule in TASKS[task].space.sealed.items()}
    for option in overrides:
        key, _ = split(option)
        # Before it is written, because its table may not even be one: `task.batch`.
        if seals(key, sealed):
            raise StudyError(f"--set {option}: {key}: {sealed[key.rpartition('.')[2]]}")
    return _study(overridden(source, overrides), sealed)


def is_name(name: str) -> bool:
    """Whether it can name a folder among the runs, and nothing else."""
    return re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name) is not None


def check_name(name: str, where: str) -> None:
    """Raises `StudyError` unless `name` can name a folder among the runs, and nothing else."""
    if not is_name(name):
        raise StudyError(
            f"{where}: {show(name)} is no study's name; take up to 64 of a-z, 0-9, dot, _ and -, "
            'a letter or digit first, like "mine-2"'
        )
    if name in RESERVED or name.startswith("xlt.db"):
        raise StudyError(f"{where}: {show(name)} is reserved for what studies share; take another")


def resolved(study: Study) -> dict[str, Any]:
    """The whole study as TOML's own types: every range written out, and what is sealed."""
    protocol = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(study.protocol).items()
    }
    settings = {"settings": dict(study.settings)} if study.settings else {}
    return {
        "name": study.name,
        "description": study.description,
        "task": study.task,
        **settings,
        "space": {parameter.name: parameter.written for parameter in study.space.parameters},
        "baseline": dict(study.space.baseline),
        "search": _written(study.search, study.left_out),
        "budget": {**study.budget.model_dump(exclude_none=True), "rungs": list(study.budget.rungs)},
        "confirm": study.confirm.model_dump(),
        "data": study.data.model_dump(),
        "protocol": protocol,
    }


def _written(search: Search, left_out: Sequence[int]) -> dict[str, Any]:
    """Without tables that were left out: beside the resolved baseline they may have no meaning."""
    written = search.model_dump()
    enqueued = enumerate(written.pop("enqueue"), 1)
    kept = [table for number, table in enqueued if number not in left_out]
    return {**written, "enqueue": kept} if kept else written


def to_toml(study: Study) -> str:
    """`resolved` as text; `load` reads it back as the same study."""
    return tomli_w.dumps(resolved(study))


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Where two resolved studies differ in what they are, like `budget.rungs: [50] -> [100]`."""
    return list(_differences(old, new, ""))


def _study(source: Source, sealed: Mapping[str, str]) -> Study:
    mistakes = Mistakes()
    tables = checked(source, sealed, mistakes)
    name, wanted = source.tables.get("name"), source.tables.get("task")
    if isinstance(name, str):
        with mistakes:
            try:
                check_name(name, "name")
            except StudyError as error:
                raise source.refused(str(error), "name") from None
    if isinstance(wanted, str) and wanted not in TASKS:
        mistakes.add(
            source.refused(
                f"task: {show(wanted)} is unknown{near_miss(wanted, TASKS)}; "
                f"tasks are {', '.join(TASKS)}",
                "task",
            )
        )
    # The space is checked also where another table is wrong.
    task = TASKS.get(wanted) if isinstance(wanted, str) else None
    space = _space(source, task, mistakes) if task else None
    if tables is None or task is None:
        mistakes.raise_any()
    assert tables is not None, "a table that is missing or wrong is a mistake"
    assert task is not None, "so is a task"
    settings: dict[str, Any] = {}
    with mistakes:
        settings = _settings(source, tables)
        last, steps = tables.budget.rungs[-1], _steps(task, settings)
        if last > steps:
            raise source.refused(
                f"budget.rungs: {last} is beyond the full run's {steps} steps; "
                f"end at {steps} or before",
                "budget.rungs",
            )
    with mistakes:
        _prove_protocol(source, tables.protocol, task)
    enqueued: list[Mapping[str, Value] | None] = []
    if space is not None:
        with mistakes:
            enqueued = list(_enqueued(source, task, space, tables))
    mistakes.raise_any()
    assert space is not None, "a space that cannot be searched is a mistake"
    return Study(
        name=tables.name,
        description=tables.description,
        task=tables.task,
        space=space,
        search=tables.search,
        budget=tables.budget,
        confirm=tables.confirm,
        data=tables.data,
        settings=settings,
        starts=[space.start, *(each for each in enqueued if each is not None)],
        left_out=[number for number, each in enumerate(enqueued, 1) if each is None],
        origin=source.origin,
    )


def _space(source: Source, task: Task, mistakes: Mistakes) -> Space | None:
    """The space that a study means, or None, with what is wrong among `mistakes`."""
    ranges, baseline = (source.tables.get(table, {}) for table in ("space", "baseline"))
    if not isinstance(ranges, Mapping) or not isinstance(baseline, Mapping):
        return None
    errors = task.space.mistakes(ranges, baseline)
    if not errors:
        try:
            return task.space.narrowed(ranges, baseline)
        except SpaceError as error:
            errors = [error]
    for each in errors:
        mistakes.add(source.refused(str(each), *each.keys))
    return None


def _enqueued(
    source: Source, task: Task, space: Space, tables: StudyTables
) -> Iterator[Mapping[str, Value] | None]:
    """The baseline, changed by each table; None for what this study's ranges leave out.

    Raises `StudyError` for what neither these ranges nor the task's own ones hold.
    """
    for number, changes in enumerate(tables.search.enqueue, 1):
        try:
            yield _changed(space, {}, changes)
        except SpaceError as error:
            try:
                _changed(task.space, tables.baseline, changes)
            except SpaceError:
                found = str(error).replace("baseline.", "")
                raise source.refused(
                    f"search.enqueue, table {number}: {found}", "search.enqueue"
                ) from None
            yield None


def _changed(
    space: Space, baseline: Mapping[str, Any], changes: Mapping[str, Any]
) -> Mapping[str, Value]:
    """Raises `SpaceError`, also where a change would have no meaning."""
    start = space.narrowed({}, {**baseline, **changes}).start
    for name in changes:
        if name not in start:
            rule = next(only.rule for only in space.conditions if only.name == name)
            raise SpaceError(f"has a meaning only where {rule}; drop it", f"baseline.{name}")
    return start


def _settings(source: Source, tables: StudyTables) -> dict[str, Any]:
    """Plain TOML. Raises `StudyError` where languages select that are not trained on."""
    if not isinstance(tables, NerTables):
        return {}
    settings = tables.settings
    for language in settings.selection_languages:
        if language not in settings.train:
            raise source.refused(
                f"settings.selection_languages: {show(language)} is not trained on; choosing by its labels "
                f"would use them all the same. Select among {', '.join(settings.train)}, or give "
                f"settings.train some of its sentences",
                "settings.selection_languages",
            )
    return {**settings.model_dump(), "selection_languages": list(settings.selection_languages)}


def _steps(task: Task, settings: Mapping[str, Any]) -> int:
    if isinstance(task.protocol, LeagueProtocol):
        return task.protocol.steps
    return int(settings["steps"])


def _prove_protocol(source: Source, written: Mapping[str, Any], task: Task) -> None:
    """A record of what is sealed may be read back, and nothing else."""
    constants, sealed = asdict(task.protocol), task.space.sealed
    for name, value in written.items():
        key = f"protocol.{name}"
        if name in constants:
            known = constants[name]
            same = list(known) == value if isinstance(known, tuple) else known == value
            if same and not isinstance(value, bool):
                continue
        if name in sealed:
            raise source.refused(f"{key}: {show(value)}: {sealed[name]}", key)
        raise source.refused(
            f"{key}: the protocol fixes no such value{near_miss(name, constants)}; drop it", key
        )


def _differences(old: Any, new: Any, key: str) -> Iterator[str]:
    if key in NOT_COMPARED:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            inner = f"{key}.{name}" if key else name
            yield from _differences(old.get(name), new.get(name), inner)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        before, after = ("(none)" if value is None else toml(value) for value in (old, new))
        yield f"{key}: {before} -> {after}"
