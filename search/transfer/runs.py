"""The runs of the comparison: trained, tested and recorded, each once.

Experiments differ in their training data, which a worker has to load, so each has workers of its
own. The next one starts as soon as a core is free, and does not wait for the slowest seed.
"""

import hashlib
import json
import shutil
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from xlt.objectives.objective import Configuration, Diverged, Evaluation
from xlt.search import events
from xlt.search.execution.executor import Executor
from xlt.search.execution.jobs import (
    JobFailed,
    JobResult,
    ObjectiveDescription,
    TestAndExport,
    TestedModel,
)
from xlt.search.pipeline.options import Options, start_executor
from xlt.search.pipeline.session import show_data
from xlt.search.results import export
from xlt.search.results.provenance import collect_provenance
from xlt.search.storage.keys import TEST_ACCESSES
from xlt.search.transfer.tables import TestedRun, languages
from xlt.search.wording import format_config
from xlt.spaces.errors import InputError, XltError
from xlt.studies.study import Study


@dataclass(frozen=True)
class Experiment:
    """A strategy with its training data and its configuration, trained on several seeds."""

    strategy: str
    study: Study
    configuration: Configuration
    origin: str  # of the configuration, in words
    search_seed: int  # of the search that selected the configuration
    grows_in: str = ""  # the language of the strategy's learning curve; empty without one

    @property
    def n_shots(self) -> int:
        """Training sentences of the learning curve's language; 0 without one."""
        return int(self.study.settings["train"].get(self.grows_in, 0))


class Record:
    """Test results by a hash of what was trained (see `_run_key`), kept in a JSON file."""

    def __init__(self, path: Path) -> None:
        """Read the file if there is one.

        Raises:
            InputError: The file was changed.
        """
        self.path = path
        self.results: dict[str, dict[str, Any]] = {}
        if path.exists():
            try:
                self.results = dict(json.loads(path.read_text(encoding="utf-8")))
                for result in self.results.values():
                    if "diverged" not in result:
                        Evaluation.from_json(result["test"])
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise InputError(
                    f"{path}: not as it was written ({type(error).__name__}: {error}); delete it, "
                    "and its runs are tested again"
                ) from error

    def add(self, key: str, result: dict[str, Any]) -> None:
        """Add a result, and write the file."""
        self.results[key] = result
        export.write_file(json.dumps(self.results, indent=1), self.path)


@dataclass
class _OpenExperiment:
    """An experiment that still has runs to train."""

    experiment: Experiment
    study: Study  # on the data that all experiments share
    executor: Executor
    description: ObjectiveDescription
    title: str
    sentences: int
    shots: int  # sentences of the learning curve's language; 0 without one
    keys: Mapping[int, str]  # of the record, by seed
    running: int = 0  # jobs
    missing: int = 0  # seeds without a result

    def job_name(self, seed: int) -> str:
        return f"{self.title}, seed {seed}"


class TransferRuns:
    """Trains and tests experiments on the same data and the same encoder. A context manager.

    Attributes:
        tested: The runs that have a test score.
        diverged: The runs that diverged, in words.
        data: The data, as the first experiment's objective describes them.
    """

    def __init__(
        self, folder: Path, options: Options, display: events.EventSink, stop: threading.Event
    ) -> None:
        self.tested: list[TestedRun] = []
        self.diverged: list[str] = []
        self.data: Mapping[str, Any] = {}
        self._record = Record(folder / "results.json")
        # Apart from those of the searches, which they would evict and which cannot use them.
        self._checkpoints = folder / "checkpoints"
        self._options, self._display, self._stop = options, display, stop
        self._open: list[_OpenExperiment] = []
        self._trained_on: set[tuple[str, int]] = set()  # strategy and sentences
        self._shown_notices: set[str] = set()
        self._all_diverged: list[str] = []  # the first run of experiments without any score
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, experiment: Experiment, seeds: Sequence[int]) -> None:
        """Start an experiment's missing runs. Some may still run when this returns."""
        current = self._start(experiment, seeds)
        if current is None:
            return
        missing = [seed for seed, key in current.keys.items() if key not in self._record.results]
        for seed in current.keys:
            if seed not in missing:
                self._show_result(current, seed)
        current.missing = len(missing)
        current.executor.set_max_workers(self._options.workers)
        self._open.append(current)
        config, steps = experiment.configuration, current.description.steps
        rungs = tuple(step for step in current.study.budget.rungs if step < steps)
        for seed in missing:
            self._wait_until_running(current.executor.max_workers - 1)
            label = current.job_name(seed)
            job = TestAndExport(
                seed, config, seed, steps, rungs, folder=None, test=True, label=label
            )
            current.executor.submit(job)
            current.running += 1
        if not missing:
            self._close(current)

    def complete(self) -> None:
        """Wait for the running jobs.

        Raises:
            XltError: All runs of an experiment diverged.
        """
        self._wait_until_running(0)
        shutil.rmtree(self._checkpoints)
        if self._all_diverged:
            raise XltError(
                f"{'; '.join(self._all_diverged)}: no seed has a score to compare. Search its "
                "study, or name an export with --best"
            )

    def _start(self, experiment: Experiment, seeds: Sequence[int]) -> _OpenExperiment | None:
        """Start an executor; None if a smaller corpus makes this the same as an earlier one."""
        study = experiment.study
        if self.data:  # "auto" must resolve to the same data again
            settings = {**study.settings, **self.data["settings"]}
            source = study.data.model_copy(update={"source": self.data["source"]})
            study = replace(study, settings=settings, data=source)
        config = replace(self._options.worker_config(study), checkpoints=self._checkpoints)
        executor = start_executor(self._options, config, self._stop, self._display)
        self._stack.enter_context(executor)
        description = executor.describe(self._collect)
        self._show_data(description)
        counts = {
            language: description.data["sentences"][f"{language}/train"]
            for language in study.settings["train"]
        }
        sentences = sum(counts.values())
        if (experiment.strategy, sentences) in self._trained_on:
            executor.close()
            text = f"{experiment.strategy}: there are no {experiment.n_shots:,} sentences; skipped"
            self._display(events.Notice(text))
            return None
        self._trained_on.add((experiment.strategy, sentences))
        numbers = ", ".join(f"{count:,} {language}" for language, count in counts.items())
        title = f"{experiment.strategy} ({numbers})"
        self._display(events.Notice(f"{title}: {experiment.origin}"))
        keys = {seed: _run_key(description, experiment.configuration, seed) for seed in seeds}
        shots = counts.get(experiment.grows_in, 0)
        return _OpenExperiment(
            experiment, study, executor, description, title, sentences, shots, keys
        )

    def _show_data(self, description: ObjectiveDescription) -> None:
        """Show the data of the first experiment, and the new notices of the others."""
        notices = [text for text in description.data["notices"] if text not in self._shown_notices]
        self._shown_notices |= set(notices)
        if not self.data:
            self.data = description.data
            show_data(description, self._display)
            return
        for notice in notices:
            self._display(events.Notice(notice))

    def _wait_until_running(self, n_jobs: int) -> None:
        """Collect results until at most `n_jobs` jobs run."""
        while sum(current.running for current in self._open) > n_jobs:
            self._collect()

    def _collect(self) -> None:
        """Record the results that are there."""
        for current in list(self._open):
            for seed, result in current.executor.completed():
                current.running -= 1
                current.missing -= 1
                self._record.add(current.keys[seed], self._to_record(current, seed, result))
                self._show_result(current, seed)
            if not current.missing:
                self._close(current)

    def _show_result(self, current: _OpenExperiment, seed: int) -> None:
        result, job = self._record.results[current.keys[seed]], current.job_name(seed)
        if "diverged" in result:
            self.diverged.append(f"{job}: {result['diverged']}")
            self._display(events.TransferRunTested(job, "", {}, result["diverged"]))
        else:
            test = Evaluation.from_json(result["test"])
            scores = {language: test.metrics[f"{language}_f1"] for language in languages(test)}
            self._display(events.TransferRunTested(job, test.metric, scores))

    def _close(self, current: _OpenExperiment) -> None:
        """Collect an experiment whose runs are all recorded."""
        current.executor.close()
        self._open.remove(current)
        results = {seed: self._record.results[key] for seed, key in current.keys.items()}
        if all("diverged" in result for result in results.values()):
            seed, result = next(iter(results.items()))
            self._all_diverged.append(f"{current.job_name(seed)}: {result['diverged']}")
        self.tested += [
            TestedRun(
                current.experiment.strategy,
                current.sentences,
                current.shots,
                seed,
                Evaluation.from_json(result["test"]),
                current.experiment.origin,
                format_config(current.experiment.configuration),
            )
            for seed, result in results.items()
            if "diverged" not in result
        ]

    def _to_record(self, current: _OpenExperiment, seed: int, result: JobResult) -> dict[str, Any]:
        if isinstance(result, JobFailed):  # not recorded: the same command tries again
            raise XltError(f"{current.job_name(seed)}: {result.reason}")
        assert isinstance(result, TestedModel | Diverged)
        record = {
            "strategy": current.experiment.strategy,
            "train": current.study.settings["train"],
            "configuration": dict(current.experiment.configuration),
            "origin": current.experiment.origin,
            "seed": seed,
            "made": collect_provenance(current.description, self._options.command),
            "data": {
                name: current.description.data[name] for name in ("description", "fingerprint")
            },
        }
        if isinstance(result, Diverged):
            return {**record, "diverged": str(result)}
        assert result.test is not None
        opened = datetime.now(UTC).isoformat(timespec="seconds")
        return {**record, TEST_ACCESSES: opened, "test": result.test.to_json()}


def _run_key(description: ObjectiveDescription, config: Configuration, seed: int) -> str:
    """SHA-256 of all that a run's result depends on."""
    content: Mapping[str, Any] = {
        "identity": description.identity,
        "configuration": dict(config),
        "seed": seed,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:40]
