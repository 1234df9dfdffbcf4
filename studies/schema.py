"""The tables of a study's TOML: keys, types, defaults, and the error messages for wrong ones.

`study` checks what several values mean together: the baseline in its space, rungs in the full run.
"""

import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, TypeGuard, get_args

from pydantic import Field, ValidationError, create_model, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from xlt.objectives.tasks import TASKS
from xlt.spaces.errors import DID_YOU_MEAN, did_you_mean, nearest
from xlt.spaces.limits import format_value
from xlt.spaces.toml_table import TomlTable
from xlt.studies.durations import EXPECTED, parse_duration
from xlt.studies.loader import ErrorCollector, Source, StudyError, overlap

# Similarity from which a key counts as misspelt, although it is the name of a locked setting.
MIN_SIMILARITY = 0.85


class Search(TomlTable):
    """How to search."""

    n_trials: int = Field(default=40, ge=1, description="a whole number of at least 1, like 40")
    sampler: Literal["auto", "tpe", "gp", "random", "qmc", "cmaes"] = "auto"
    pruner: Literal["asha", "median", "hyperband", "asha-stop", "none"] = "asha"
    seed: int = Field(
        default=42, ge=0, lt=2**32, description="a whole number from 0 to 2**32 - 1, like 42"
    )
    stop_when: Literal["auto", "never"] = "auto"
    min_gain: float = Field(
        default=0.1,
        ge=0,
        description="a number of at least 0, in points of the task's score, like 0.1",
    )
    enqueue: Annotated[
        tuple[dict[str, Any], ...],
        Field(
            strict=False,
            description="a list of tables, each with changes to the baseline, like [{ dropout = 0.2 }]",
        ),
    ] = ()


class Budget(TomlTable):
    """How long to train and to search.

    Attributes:
        rungs: The steps at which a trial is scored and may pause. It ends at the last one.
        time_limit: For everything, from the start of the command to its last line.
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
            raise ValueError("rungs must increase")
        return rungs

    time_limit: Annotated[str | None, Field(description=f"{EXPECTED}, as a string")] = None

    @field_validator("time_limit")
    @classmethod
    def _is_duration(cls, text: str | None) -> str | None:
        if text is not None and parse_duration(text) is None:
            raise ValueError("not a duration")
        return text

    @property
    def seconds(self) -> float | None:
        """The time limit in seconds."""
        return parse_duration(self.time_limit) if self.time_limit else None


class Proof(TomlTable):
    """How the winner is proven on new seeds.

    Attributes:
        seeds: The minimum number of new seeds that winner and baseline are trained on.
        confidence: New seeds are added until the corrected p-value is below 1 - `confidence`.
        most_runs: The most trainings on new seeds.
    """

    seeds: int = Field(
        default=2, ge=0, le=100, description="a whole number from 0 (not at all) to 100, like 2"
    )
    confidence: float = Field(
        default=0.95, gt=0.5, lt=1, description="a number between 0.5 and 1, like 0.95"
    )
    most_runs: int = Field(
        default=12, ge=1, le=1000, description="a whole number from 1 to 1000, like 12"
    )


class Data(TomlTable):
    """Where the data come from."""

    source: str = Field(
        default="auto",
        min_length=1,
        description='"auto", "hub", "synthetic" or a folder, as a string',
    )


class StudyTables(TomlTable):
    """A whole study."""

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
    proof: Proof = Field(default=Proof(), description="a table, like seeds = 2")
    data: Data = Field(default=Data(), description='a table, like source = "auto"')
    protocol: dict[str, Any] = Field(default={}, description="the table of locked values")


def validated(
    source: Source, locked: Mapping[str, str], errors: ErrorCollector
) -> StudyTables | None:
    """Validate the tables of a source.

    Args:
        source: The tables as read.
        locked: The settings that may not be set, each with the message that says so.
        errors: Receives an error for every key that is not as expected.

    Returns:
        The typed tables, or None if there is an error.
    """
    rejected = [key for key in _keys(source.tables) if is_locked(key, locked)]
    for key in rejected:
        errors.add(source.error(f"{key}: {locked[key.rpartition('.')[2]]}", key))
    task = source.tables.get("task")
    model = tables_of(task if isinstance(task, str) else None)
    try:
        return model.model_validate(dict(source.tables))
    except ValidationError as invalid:
        for details in invalid.errors():
            key = ".".join(map(str, details["loc"]))
            if not any(overlap(key, other) for other in rejected):
                errors.add(_translated(details, source, model))
        return None


@cache
def tables_of(task: str | None) -> type[StudyTables]:
    """Return the model of a task's studies; of an unknown task, what all tasks share."""
    spec = TASKS.get(task or "")
    if spec is None or spec.settings is None:
        return StudyTables
    field = Field(description=spec.settings_example)
    return create_model("TaskTables", __base__=StudyTables, settings=(spec.settings, field))


def is_locked(key: str, locked: Mapping[str, str]) -> bool:
    """Return whether a dotted key that no task's tables have ends in the name of a locked setting.

    Keys of `[protocol]`, the record of locked settings, are checked by `study`.
    """
    return all(_is_locked(key, locked, tables_of(task).model_fields) for task in TASKS)


def _is_locked(key: str, locked: Mapping[str, str], fields: Mapping[str, FieldInfo]) -> bool:
    table, _, name = key.rpartition(".")
    if table not in fields and did_you_mean(table, fields):
        return False  # `serch.seed` is misspelt
    inner = fields[table].annotation if table in fields else None
    if _is_table(inner) and difflib.get_close_matches(
        name, inner.model_fields, cutoff=MIN_SIMILARITY
    ):
        return False  # so is `proof.seed`, but not `settings.eval_steps`
    if not table and any(name in inner.model_fields for inner in (Search, Budget, Proof, Data)):
        return False  # `seed` lacks its table
    return name in locked and table != "protocol" and not _is_known(key, fields)


def _keys(tables: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys of the tables and of the tables in them."""
    keys = list(tables)
    for name, table in tables.items():
        if isinstance(table, Mapping):
            keys += [f"{name}.{key}" for key in table]
    return keys


def _is_known(key: str, fields: Mapping[str, FieldInfo]) -> bool:
    for name in key.split("."):
        if name not in fields:
            return False
        inner = fields[name].annotation
        fields = inner.model_fields if _is_table(inner) else {}
    return True


def _is_table(annotation: object) -> TypeGuard[type[TomlTable]]:
    return isinstance(annotation, type) and issubclass(annotation, TomlTable)


def _translated(details: ErrorDetails, source: Source, model: type[TomlTable]) -> StudyError:
    """Translate a pydantic error: the key, its value, what was expected."""
    path: list[str] = []
    value: Any = source.tables
    for name in map(str, details["loc"]):
        path.append(name)
        key = ".".join(path)
        field = model.model_fields.get(name)
        if field is None:
            known = list(model.model_fields)
            hint = (
                _top_level_hint(name, source, known) if key == name else did_you_mean(name, known)
            )
            return source.error(f"{key}: unknown key{hint}; known are {', '.join(known)}", key)
        choices = get_args(field.annotation) if field.description is None else ()
        expected = field.description or f"one of {', '.join(map(format_value, choices))}"
        if name not in value:
            return source.error(f"{key}: is missing; give {expected}", key)
        value = value[name]
        inner = field.annotation
        if not (isinstance(value, Mapping) and _is_table(inner)):
            break
        model = inner
    hint = did_you_mean(value, choices) if isinstance(value, str) else ""
    return source.error(f"{key}: {format_value(value)} is not {expected}{hint}", key)


def _top_level_hint(name: str, source: Source, known: Sequence[str]) -> str:
    """Return a hint at a similar key of the top level, or of any table."""
    task = source.tables.get("task")
    task = task if isinstance(task, str) else None
    words = {
        inner: f"{table}.{inner}"
        for table, field in reversed(tables_of(task).model_fields.items())  # the first table wins
        if _is_table(field.annotation)
        for inner in field.annotation.model_fields
    }
    if task is not None and task in TASKS:
        parameters = TASKS[task].space.parameters
        words = {parameter.name: f"space.{parameter.name}" for parameter in parameters} | words
    words |= {key: key for key in known}
    meant = nearest(name, words)
    return f'{DID_YOU_MEAN}"{words[meant]}"?' if meant else ""
