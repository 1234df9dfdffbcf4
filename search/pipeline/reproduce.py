"""Training an export anew, from an empty cache, and comparing every score bit for bit."""

import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xlt.objectives.folders import make_folder
from xlt.objectives.objective import Evaluation
from xlt.objectives.threads import Threads
from xlt.search import events
from xlt.search.execution.jobs import ObjectiveDescription, TestAndExport, TestedModel, Train
from xlt.search.execution.local import LocalExecutor
from xlt.search.pipeline.session import Options, resolved_overrides, show_data
from xlt.search.results.export import Export, read_export
from xlt.search.results.provenance import collect_provenance
from xlt.search.storage.store import evaluation_record
from xlt.spaces.errors import InputError, InvalidConfiguration, XltError
from xlt.spaces.limits import show
from xlt.studies import study as studies
from xlt.studies.study import Study


class Mismatch(XltError):
    """The export's scores are not what training it anew gives."""

    exit_code = 3


def reproduce(
    path: Path,
    options: Options,
    display: events.EventSink,
    stop: threading.Event,
    *,
    source: str | None = None,
) -> None:
    """Train the export at `path` again and compare. `source`: other data than the recorded.

    Raises `InputError` for an unusable file or other data, `Mismatch` with both values of
    whatever differs.
    """
    export = read_export(path)
    study = _study(export, path, source or export.data.source)
    make_folder(options.runs)
    with tempfile.TemporaryDirectory(dir=options.runs, prefix=".reproduce-") as empty:
        device = "cpu" if export.made.device == "cpu" else "cuda"
        options = replace(options, runs=Path(empty), device=device)
        with LocalExecutor(options.worker_config(study), stop, display) as workers:
            description = workers.describe()
            show_data(description, display)
            _check_data(export, description, path)
            _check_steps(export, description, path)
            differences = list(
                _environment_changes(export, collect_provenance(description, options.command))
            )
            for difference in differences:
                display(events.Notice(f"differs from the export: {difference}"))
            mismatches = list(
                _compare(export, study.budget.rungs[-1], workers, Path(empty) / "final")
            )
    if mismatches:
        causes = ["this may be why:", *differences] if differences else []
        raise Mismatch("\n  ".join([f"{path} was not reproduced:", *mismatches, *causes]))
    scores = sum(1 + len(each.metrics) for each in export.validation)
    what = f"all {scores} validation scores"
    if export.test:
        what += ", the test scores and the weights"
    display(events.Reproduced(what))


def _study(export: Export, path: Path, source: str) -> Study:
    """The study in the export, checked like any other, and its configuration in its space."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.toml"
        file.write_text(export.study_toml(), encoding="utf-8")
        try:
            data = {"source": source, "settings": export.data.settings}
            study = studies.load(str(file), resolved_overrides(data))
            study.space.check(export.configuration)
        except InvalidConfiguration as error:
            raise InputError(f"{path}: configuration: {error}") from error
        except InputError as error:
            said = str(error).replace(str(file), f"{path}: study")
            # What cannot be written over the study came from the record of its data.
            place = "" if said.startswith(f"{path}: ") else f"{path}: data: "
            raise InputError(f"{place}{said}") from error
    return study


def _check_data(export: Export, description: ObjectiveDescription, path: Path) -> None:
    expected, found = export.data, description.data
    if expected.fingerprint != found["fingerprint"]:
        raise InputError(
            f"{path} was made on other data.\n"
            f"  expected: {expected.description} (fingerprint {expected.fingerprint})\n"
            f"  found: {found['description']} (fingerprint {found['fingerprint']})\n"
            "name the right data with --data"
        )


def _check_steps(export: Export, description: ObjectiveDescription, path: Path) -> None:
    steps = [each.step for each in export.validation]
    last = max(steps, default=0)
    if steps != sorted(set(steps)) or last > description.steps:
        raise InputError(
            f"{path}: validation: its steps {show(steps)} should increase, up to {description.steps}"
        )
    # Where time was short, what was tested may not have been scored on validation.
    if export.test and not last <= export.test.step <= description.steps:
        raise InputError(
            f"{path}: test.step: {export.test.step} should be the last validation's {last}, "
            f"or lie between that and {description.steps}"
        )


def _environment_changes(export: Export, now: Mapping[str, Any]) -> Iterator[str]:
    """Whatever is not as it was then, though a score may depend on it."""
    then = export.made
    for name in ("code", "device", "threads"):
        if getattr(then, name) != now[name]:
            yield f"{name}: {getattr(then, name)} then, {now[name]} now"
    for library in sorted(then.versions | now["versions"]):
        before, after = then.versions.get(library), now["versions"].get(library)
        if before != after:
            yield f"{library}: {before} then, {after} now"


def _compare(export: Export, last: int, workers: LocalExecutor, folder: Path) -> Iterator[str]:
    """Train to each step that was scored; what differs, with both values. `last`: rung."""
    steps = tuple(each.step for each in export.validation)
    config, seed = export.configuration, export.seed
    after = export.final_threads_after
    threads = Threads(export.final_threads, last if after is None else after)
    for index, expected in enumerate(export.validation):
        job = Train(export.trial, config, seed, expected.step, steps[:index], threads)
        found = workers.run(job)
        assert isinstance(found, Evaluation)
        yield from _differences(f"validation at step {expected.step}", expected.model_dump(), found)
    if export.test is None:
        return
    folder.mkdir()
    finished = workers.run(
        TestAndExport(
            export.trial, config, seed, export.test.step, steps, threads, folder=folder, test=True
        )
    )
    assert isinstance(finished, TestedModel)
    assert finished.test is not None
    yield from _differences("test", export.test.model_dump(), finished.test)
    if finished.weights_sha256 != export.weights_sha256:
        yield f"weights_sha256: {export.weights_sha256} then, {finished.weights_sha256} now"


def _differences(where: str, expected: dict[str, Any], evaluation: Evaluation) -> Iterator[str]:
    found = evaluation_record(evaluation)
    before = {"score": expected["score"], **expected["metrics"]}
    after = {"score": found["score"], **found["metrics"]}
    for name in before | after:
        # As text, which is exact for floats, and the same for two NaNs.
        if repr(before.get(name)) != repr(after.get(name)):
            yield f"{where}: {name}: {before.get(name)!r} then, {after.get(name)!r} now"
