"""`best.toml`: the winner of a study, and everything that is needed to get its scores again.

An export is validated strictly when it is read: unknown keys and wrong types are errors.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from xlt.objectives.objective import Configuration, Value
from xlt.objectives.tasks import TASKS
from xlt.search.evidence.record import ProofRecord, Strict, describe_error
from xlt.search.evidence.seed_posterior import furthest_configs
from xlt.search.storage.keys import DATA, FINAL, PROOF, PROVENANCE, RESULT, STUDY_CONFIG
from xlt.search.storage.store import RankedConfig, Store, config_key
from xlt.spaces.errors import InputError
from xlt.studies.loader import contents, decoded, parsed
from xlt.studies.study import Study

# The report's file: of one study in its folder, of several studies in the folder of all runs.
REPORT = "report.html"


class Scores(Strict):
    """The scores of one evaluation. `metric` names what `score` is; None: the task's own."""

    step: int = Field(ge=1)
    metric: str | None = None
    score: float
    metrics: dict[str, float]


class Data(Strict):
    """The data that a study was trained on.

    Attributes:
        source: The `--data` that they come from.
        fingerprint: A hash of the data.
        description: The data in one line.
        synthetic: Whether xlt-search made them itself.
        settings: For each setting that is "auto" in the study, the value that was used.
        notices: Warnings about the data.
    """

    source: str
    fingerprint: str
    description: str
    synthetic: bool
    settings: dict[str, str] = Field(default={})
    notices: list[str] = Field(default=[])


class Provenance(Strict):
    """How a result was made: time, command, versions and machine.

    Attributes:
        when: Date and time, ISO 8601 in UTC.
        command: The command as typed, without passwords.
        code: The fingerprint of the training code.
        device: The device that it was trained on.
        precision: The precision of training; None: the user's own objective did not name it.
        threads: Threads of a training in the search.
        commit: The commit of a checkout; None for an installed program.
        versions: Of Python and the libraries that a score depends on.
    """

    when: str
    command: str
    code: str
    device: str
    precision: str | None = None
    threads: int
    commit: str | None = None
    versions: dict[str, str]


class Export(Strict):
    """The best configuration of a study, its scores and their provenance.

    Attributes:
        format: The version of this format.
        study_name: The name under which the study is stored.
        task: The name of the task.
        trial: The number of the configuration.
        seed: The seed of the final model; before the final run, that of the study.
        final_threads: Threads of the final run.
        final_threads_after: The run used them after this step. None: after the last rung.
        weights_sha256: The hash of the final model's weights.
        configuration: The values of all parameters.
        test: The scores on the test set; None before the final run.
        validation: The scores at each step that was evaluated. They may be missing if there is a
            test, because a deadline may leave no time for them.
        proof: The record of the proof, if this configuration won.
        data: The data.
        made: The provenance.
        study: The resolved study: space, budget, settings.
    """

    format: Literal[1] = 1
    study_name: str
    task: str
    trial: int = Field(ge=0)
    seed: int = Field(ge=0, lt=2**32)
    final_threads: int = Field(default=1, ge=1, le=1024)
    final_threads_after: int | None = Field(default=None, ge=0)
    weights_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    configuration: dict[str, Value]
    test: Scores | None = None
    validation: list[Scores]
    proof: ProofRecord | None = None
    data: Data
    made: Provenance
    study: dict[str, Any]

    @field_validator("validation")
    @classmethod
    def _is_scored(cls, validation: list[Scores], info: ValidationInfo) -> list[Scores]:
        if not validation and info.data.get("test") is None:
            text = "expected at least one step with its scores, or a test"
            raise PydanticCustomError("no_scores", text)
        return validation

    def study_toml(self) -> str:
        """The resolved study as TOML."""
        return tomli_w.dumps(self.study)


def build_export(store: Store) -> Export:
    """Export the best configuration of a study, with its final run if it has had one.

    Raises:
        InputError: Nothing has been scored yet.
    """
    winner = selected(store)
    record = final_record(store, winner.configuration) or {
        "validation": list(winner.evaluations),
        "made": store.attributes[PROVENANCE],
    }
    won = proof_of(store, winner)
    proof = {"proof": won.model_dump()} if won else {}
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
            **proof,
            **{name: value for name, value in record.items() if name in Export.model_fields},
        }
    )


def selected(store: Store) -> RankedConfig:
    """The winner of a study's proof, or else the first of `Store.ranking`.

    Raises:
        InputError: Nothing has been scored yet.
    """
    ranking = store.ranking()
    if not ranking:
        raise InputError(
            f"the study {store.study.study_name!r} has no scored configuration yet; "
            "run the search again; if its time is up, set a larger --time-budget"
        )
    proof = current_proof(store)
    if proof is None:
        return ranking[0]
    by_key = {config_key(row.configuration): row for row in ranking}
    return by_key.get(_winner_key(proof), ranking[0])


def current_proof(store: Store) -> ProofRecord | None:
    """The proof of a study; None if the best configurations or their scores have changed since."""
    record = store.attributes.get(PROOF, {}).get(RESULT)
    if record is None:
        return None
    proof = ProofRecord.model_validate(record)
    prefix_params = TASKS[store.attributes[STUDY_CONFIG]["task"]].prefix_params
    recorded = {
        config_key(candidate.configuration): (candidate.search_step, candidate.search_score)
        for candidate in proof.candidates
    }
    is_current = all(
        recorded.get(config_key(row.configuration)) == (row.step, row.score)
        for row in furthest_configs(store.ranking(), prefix_params)
    )
    return proof if is_current else None


def proof_of(store: Store, winner: RankedConfig) -> ProofRecord | None:
    """The current proof if this configuration has won it, or None."""
    proof = current_proof(store)
    won = proof and _winner_key(proof) == config_key(winner.configuration)
    return proof if won else None


def _winner_key(proof: ProofRecord) -> str:
    return config_key(proof.candidate(proof.winner).configuration)


def final_record(store: Store, config: Configuration) -> Mapping[str, Any] | None:
    """The record of the final run if it trained this configuration, or None."""
    record = store.attributes.get(FINAL)
    return record if record and record["configuration"] == config else None


def languages_text(task: str, study: Mapping[str, Any], metrics: Mapping[str, float]) -> str:
    """Describe the languages behind a score, with the score of each.

    Args:
        task: The name of the task.
        study: The resolved study. Its `settings.selection_languages` are the languages whose mean
            score chooses the winner, and `settings.train` those of the training data.
        metrics: The metrics of one evaluation.

    Returns:
        The text; empty for a task of one language.
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
    """Write a text to a file. A kill leaves either the old file or the new one.

    Raises:
        InputError: The file cannot be written.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(f"{text.rstrip()}\n", encoding="utf-8")
        os.replace(new, path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a file that can be written") from error


def read_export(path: Path) -> Export:
    """Read a `best.toml`.

    Raises:
        InputError: The file cannot be read, or a key is missing, unknown or of the wrong type.
    """
    try:
        text = decoded(contents(path), str(path))
        return Export.model_validate(parsed(text, str(path)))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a best.toml") from error
    except ValidationError as error:
        mistakes = "; ".join(map(describe_error, error.errors()[:3]))
        raise InputError(
            f"{path}: {mistakes}; expected an unchanged best.toml that xlt-search wrote"
        ) from error


def read_enqueued(paths: Sequence[Path], study: Study) -> list[dict[str, Any]]:
    """The configurations to try after the baseline: the study's own, then those of exports.

    Args:
        paths: The exports.
        study: The study that tries them.

    Raises:
        InputError: An export cannot be read, or is of another task.
    """
    tables = [*study.search.enqueue]
    for path in paths:
        export = read_export(path)
        if export.task != study.task:
            raise InputError(
                f"--enqueue {path}: it is an export of the task {export.task}, and the study "
                f"{study.name!r} has the task {study.task}; use an export of the same task"
            )
        tables.append(export.configuration)
    return tables


def as_toml(export: Export) -> str:
    """The text of `best.toml`."""
    return tomli_w.dumps(export.model_dump(exclude_none=True))


def as_json(export: Export) -> str:
    """The export as JSON, with the keys of `best.toml`."""
    return export.model_dump_json(exclude_none=True, indent=2)
