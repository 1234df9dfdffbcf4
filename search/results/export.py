"""`best.toml`: everything that is needed to get the same scores again. Strict when read back."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from xlt.objectives.objective import Configuration, Value
from xlt.objectives.tasks import TASKS
from xlt.search.evidence.record import Confirmation, Strict, describe_error
from xlt.search.storage.keys import CONFIRMATION, DATA, FINAL, PROVENANCE, RESULT, STUDY_CONFIG
from xlt.search.storage.store import RankedConfig, Store, config_key
from xlt.spaces.errors import InputError
from xlt.studies.loader import contents, decoded, parsed
from xlt.studies.study import Study

# A study's report, in its folder; of several studies, in the folder of all runs.
REPORT = "report.html"


class Scores(Strict):
    step: int = Field(ge=1)
    metric: str | None = None
    score: float
    metrics: dict[str, float]


class Data(Strict):
    source: str
    fingerprint: str
    description: str
    synthetic: bool
    settings: dict[str, str] = Field(default={})  # of the study's, what "auto" came to
    notices: list[str] = Field(default=[])  # what to know about them


class Provenance(Strict):
    when: str
    command: str
    code: str  # fingerprint of the training code
    device: str
    threads: int
    commit: str | None = None
    versions: dict[str, str]


class Export(Strict):
    """The best configuration of a study, its scores, and how they came about."""

    format: Literal[1] = 1
    study_name: str
    task: str
    trial: int = Field(ge=0)
    seed: int = Field(ge=0, lt=2**32)
    final_threads: int = Field(default=1, ge=1, le=1024)
    final_threads_after: int | None = Field(default=None, ge=0)  # this step; None: the last rung
    weights_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    configuration: dict[str, Value]
    test: Scores | None = None
    # At every step it was scored; without any it has a test: one whose time was up before.
    validation: list[Scores]
    confirmation: Confirmation | None = None
    data: Data
    made: Provenance
    study: dict[str, Any]  # resolved: space, budget, protocol

    @field_validator("validation")
    @classmethod
    def _scored(cls, found: list[Scores], info: ValidationInfo) -> list[Scores]:
        if not found and info.data.get("test") is None:
            text = "expected at least one step with its scores, or a test"
            raise PydanticCustomError("no_scores", text)
        return found

    def study_toml(self) -> str:
        return tomli_w.dumps(self.study)


def build_export(store: Store) -> Export:
    """The export of a study as it stands: with its final, if the leader has had one.

    Raises `InputError` if nothing has been scored yet.
    """
    winner = selected(store)
    record = final_record(store, winner.configuration) or {
        "validation": list(winner.evaluations),
        "made": store.attributes[PROVENANCE],
    }
    found = confirmation_of(store, winner)
    confirmation = {"confirmation": found.model_dump()} if found else {}
    data, definition = store.attributes[DATA], store.attributes[STUDY_CONFIG]
    return Export.model_validate(
        {
            "study_name": store.study.study_name,
            "task": definition["task"],
            "trial": winner.trial,
            "seed": definition["search"]["seed"],
            "configuration": dict(winner.configuration),
            "data": {name: data[name] for name in Data.model_fields if name in data},
            "study": definition,
            **confirmation,
            **{name: value for name, value in record.items() if name in Export.model_fields},
        }
    )


def selected(store: Store) -> RankedConfig:
    """The best configuration of a study: as confirmed, or else by the search's own score.

    Raises `InputError` if nothing has been scored yet.
    """
    standings = store.ranking()
    if not standings:
        raise InputError(
            f"the study {store.study.study_name!r} has no scored configuration yet; "
            "let it search for some more, with a larger --time-budget if its time is up"
        )
    found = current_confirmation(store)
    if found is None:
        return standings[0]
    by_key = {config_key(row.configuration): row for row in standings}
    return by_key.get(config_key(found.candidate(found.winner).configuration), standings[0])


def current_confirmation(store: Store) -> Confirmation | None:
    """What the confirmation has found; None before it has, or once others lead than it tried."""
    record = store.attributes.get(CONFIRMATION, {}).get(RESULT)
    if record is None:
        return None
    found = Confirmation.model_validate(record)
    tried = {config_key(c.configuration): (c.search_step, c.search_score) for c in found.candidates}
    leading = store.ranking()[: found.top]
    current = all(
        tried.get(config_key(row.configuration)) == (row.step, row.score) for row in leading
    )
    return found if current else None


def confirmation_of(store: Store, winner: RankedConfig) -> Confirmation | None:
    """The confirmation that this very configuration has won, if there is one."""
    found = current_confirmation(store)
    won = found and config_key(found.candidate(found.winner).configuration) == config_key(
        winner.configuration
    )
    return found if won else None


def final_record(store: Store, config: Configuration) -> Mapping[str, Any] | None:
    """What the final of this very configuration found, if it has had one."""
    record = store.attributes.get(FINAL)
    return record if record and record["configuration"] == config else None


def languages_text(task: str, study: Mapping[str, Any], metrics: Mapping[str, float]) -> str:
    """What a score is of, and each language's; empty for a task of one language.

    Args:
        task: its name.
        study: the resolved study, whose `settings.selection_languages` has the languages that choose, and
            `settings.train` those that it is trained on.
        metrics: of one evaluation.
    """
    scores = TASKS[task].by_language(metrics)
    if not scores:
        return ""
    chosen, trained = study["settings"]["selection_languages"], study["settings"]["train"]
    mean, languages = ("", "language") if len(chosen) == 1 else ("mean ", "languages")
    how = "trained and chosen on"
    if set(trained) != set(chosen):
        how = f"chosen on after training on {', '.join(trained)}"
    what = f"{mean}{TASKS[task].metric} of {', '.join(chosen)}, the {languages} it was {how}"
    return f"{what} ({', '.join(f'{name} {score:.2f}' for name, score in scores.items())})"


def write_file(text: str, path: Path) -> None:
    """Written beside and renamed. Raises `InputError` where nothing can be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(f"{text.rstrip()}\n", encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a file that can be written") from error


def read_export(path: Path) -> Export:
    """Raises `InputError` naming the key that is missing, unknown or of the wrong kind."""
    try:
        text = decoded(contents(path), str(path))
        return Export.model_validate(parsed(text, str(path)))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a best.toml") from error
    except ValidationError as error:
        mistakes = "; ".join(map(describe_error, error.errors()[:3]))
        raise InputError(
            f"{path}: {mistakes}; expected one such as runs/league/best.toml, as xlt-search wrote it"
        ) from error


def read_enqueued(paths: Sequence[Path], study: Study) -> list[dict[str, Any]]:
    """What the study tries after the baseline, and then the configurations of these exports.

    Raises `InputError` where one is of another task.
    """
    tables = [*study.search.enqueue]
    for path in paths:
        found = read_export(path)
        if found.task != study.task:
            raise InputError(
                f"--enqueue {path}: its configuration is one of {found.task}, and the study "
                f"{study.name!r} of {study.task}; take an export of the same task"
            )
        tables.append(found.configuration)
    return tables


def as_toml(export: Export) -> str:
    return tomli_w.dumps(export.model_dump(exclude_none=True))


def as_json(export: Export) -> str:
    return export.model_dump_json(exclude_none=True, indent=2)
