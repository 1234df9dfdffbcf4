"""Train an export again without any checkpoints, and compare every score bit for bit."""

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
from xlt.search.pipeline.options import Options
from xlt.search.pipeline.session import resolved_overrides, show_data
from xlt.search.results.export import Export, Scores, read_export
from xlt.search.results.provenance import collect_provenance
from xlt.search.storage.store import evaluation_record
from xlt.spaces.errors import InputError, InvalidConfiguration, XltError
from xlt.spaces.limits import format_value
from xlt.studies import study as studies
from xlt.studies.study import Study


class Mismatch(XltError):
    """Training an export again has given other scores."""

    exit_code = 3


def reproduce(
    path: Path,
    options: Options,
    display: events.EventSink,
    stop: threading.Event,
    *,
    source: str | None = None,
) -> None:
    """Train an export again, and compare scores and weights with the recorded ones.

    Args:
        path: The export, a `best.toml`.
        options: The options of the command.
        display: Receives the events.
        stop: Once set, the training ends, and `Interrupted` is raised.
        source: Where the data are now, if they have moved.

    Raises:
        InputError: The export is unusable, or the data differ from those that it was trained on.
        Mismatch: A score or the weights differ; the message has both values.
    """
    export = read_export(path)
    study = _study(export, path, source or export.data.source)
    make_folder(options.runs)
    with tempfile.TemporaryDirectory(dir=options.runs, prefix=".reproduce-") as empty:
        device = "cpu" if export.made.device == "cpu" else "cuda"
        precision = export.made.precision or "auto"
        options = replace(options, runs=Path(empty), device=device, precision=precision)
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
    n_scores = sum(1 + len(scores.metrics) for scores in export.validation)
    tested = ", the test scores and the weights" if export.test else ""
    display(events.Reproduced(f"all {n_scores} validation scores{tested}"))


def _study(export: Export, path: Path, source: str) -> Study:
    """The study of the export, validated like any other; its configuration must be in its space."""
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
            message = str(error).replace(str(file), f"{path}: study")
            # Without the file's name it is about an override, which is from the table `data`.
            prefix = "" if message.startswith(f"{path}: ") else f"{path}: data: "
            raise InputError(f"{prefix}{message}") from error
    return study


def _check_data(export: Export, description: ObjectiveDescription, path: Path) -> None:
    expected, actual = export.data, description.data
    if expected.fingerprint != actual["fingerprint"]:
        raise InputError(
            f"{path} was made on other data.\n"
            f"  expected: {expected.description} (fingerprint {expected.fingerprint})\n"
            f"  found: {actual['description']} (fingerprint {actual['fingerprint']})\n"
            "name the right data with --data"
        )


def _check_steps(export: Export, description: ObjectiveDescription, path: Path) -> None:
    steps = [scores.step for scores in export.validation]
    last = max(steps, default=0)
    if steps != sorted(set(steps)) or last > description.steps:
        raise InputError(
            f"{path}: validation: its steps {format_value(steps)} should increase, up to {description.steps}"
        )
    # Under a deadline, the tested step may have no validation score.
    if export.test and not last <= export.test.step <= description.steps:
        raise InputError(
            f"{path}: test.step: {export.test.step} should lie between the last validation's step, "
            f"{last}, and {description.steps}"
        )


def _environment_changes(export: Export, now: Mapping[str, Any]) -> Iterator[str]:
    """What has changed since the export among the things that a score may depend on."""
    then = export.made.model_dump()
    names = ("code", "device", "precision", "threads")
    pairs = [(name, then[name], now[name]) for name in names]
    old, new = then["versions"], now["versions"]
    pairs += [(name, old.get(name), new.get(name)) for name in sorted(old | new)]
    for name, before, after in pairs:
        if before != after:
            yield f"{name}: {before} then, {after} now"


def _compare(export: Export, last_rung: int, workers: LocalExecutor, folder: Path) -> Iterator[str]:
    """Train to each step with scores, then test; yields what differs, with both values.

    Args:
        export: The export.
        last_rung: The step after which the final run used its own number of threads, unless the
            export records another.
        workers: The executor.
        folder: Where the model is written.
    """
    steps = tuple(scores.step for scores in export.validation)
    config, seed = export.configuration, export.seed
    after = export.final_threads_after
    threads = Threads(export.final_threads, last_rung if after is None else after)
    for index, expected in enumerate(export.validation):
        job = Train(export.trial, config, seed, expected.step, steps[:index], threads)
        evaluation = workers.run(job)
        assert isinstance(evaluation, Evaluation)
        yield from _differences(f"validation at step {expected.step}", expected, evaluation)
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
    yield from _differences("test", export.test, finished.test)
    if finished.weights_sha256 != export.weights_sha256:
        yield f"weights_sha256: {export.weights_sha256} then, {finished.weights_sha256} now"


def _differences(where: str, expected: Scores, evaluation: Evaluation) -> Iterator[str]:
    record = evaluation_record(evaluation)
    before = {"score": expected.score, **expected.metrics}
    after = {"score": record["score"], **record["metrics"]}
    for name in before | after:
        # `repr` is exact for floats, and the same for two NaNs.
        if repr(before.get(name)) != repr(after.get(name)):
            yield f"{where}: {name}: {before.get(name)!r} then, {after.get(name)!r} now"
