"""The runs behind the comparison of strategies: trained, tested and recorded, each once.

What is trained on differs from line to line, and so does what a worker has to load: each line has
workers of its own. The next line begins as soon as a core is free, so that none waits for the
slowest seed.
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
    ObjectiveInfo,
    TestAndExport,
    TestedModel,
)
from xlt.search.pipeline.session import Options, show_data, start_executor
from xlt.search.results import export
from xlt.search.results.provenance import collect_provenance
from xlt.search.storage.keys import TEST_ACCESSES
from xlt.search.transfer.tables import TestedRun, languages
from xlt.search.wording import format_config
from xlt.spaces.errors import InputError, XltError
from xlt.studies.study import Study


@dataclass(frozen=True)
class Experiment:
    """One line of the comparison: a strategy with what it is trained on."""

    strategy: str
    study: Study
    configuration: Configuration
    origin: str  # of the configuration, for people
    search_seed: int  # the seed of the search that it comes from

    @property
    def n_sentences(self) -> int:
        """Sentences to train on, if there are so many."""
        return sum(self.study.settings["train"].values())


class Record:
    """Test results by what was trained, so that no run is tested twice."""

    def __init__(self, path: Path) -> None:
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
        self.results[key] = result
        export.write_file(json.dumps(self.results, indent=1), self.path)


@dataclass
class _Line:
    """An entry that is worked on."""

    entry: Experiment
    study: Study  # on the data that all lines share
    engine: Executor
    description: ObjectiveInfo
    title: str
    sentences: int
    keys: Mapping[int, str]  # of the record, by seed
    running: int = 0
    missing: int = 0  # seeds without a result

    def job(self, seed: int) -> str:
        return f"{self.title}, seed {seed}"


class TransferRuns:
    """All runs so far, on the same data and the same encoder. A context manager."""

    def __init__(
        self, folder: Path, options: Options, display: events.EventSink, stop: threading.Event
    ) -> None:
        self.record = Record(folder / "results.json")
        # Of no use to a search, whose own checkpoints they shall not push out.
        self.checkpoints = folder / "checkpoints"
        self.options, self.display, self.stop = options, display, stop
        self.runs: list[TestedRun] = []
        self.data: Mapping[str, Any] = {}  # of the first entry
        self._open: list[_Line] = []
        self._seen: set[tuple[str, int]] = set()  # strategy and sentences
        self._said: set[str] = set()
        self.diverged: list[str] = []  # runs, and why
        self._lost: list[str] = []  # lines of which nothing is left
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, entry: Experiment, seeds: Sequence[int]) -> None:
        """Train an entry's missing runs.

        The last of them still run when this returns; see `complete`.
        """
        line = self._line(entry, seeds)
        if line is None:
            return
        missing = [seed for seed, key in line.keys.items() if key not in self.record.results]
        for seed in line.keys:
            if seed not in missing:
                self._tell(line, seed)
        line.missing = len(missing)
        line.engine.set_max_workers(self.options.workers)
        self._open.append(line)
        for seed in missing:
            self._wait(line.engine.max_workers - 1)
            config, steps = entry.configuration, line.description.steps
            through = tuple(at for at in line.study.budget.rungs if at < steps)
            job = TestAndExport(
                seed, config, seed, steps, through, None, test=True, label=line.job(seed)
            )
            line.engine.submit(job)
            line.running += 1
        if not missing:
            self._close(line)

    def complete(self) -> None:
        """Wait for what still runs. Raises `XltError` if all of a line's runs diverged."""
        self._wait(0)
        shutil.rmtree(self.checkpoints)
        if self._lost:
            raise XltError(
                f"{'; '.join(self._lost)}: no seed is left to compare. Tune its study, or name an "
                "export with --best"
            )

    def _line(self, entry: Experiment, seeds: Sequence[int]) -> _Line | None:
        """None if it would be the same as an earlier one, for want of sentences."""
        study = entry.study
        if self.data:  # "auto" shall not come to something else
            settings = {**study.settings, **self.data["settings"]}
            source = study.data.model_copy(update={"source": self.data["source"]})
            study = replace(study, settings=settings, data=source)
        setup = replace(self.options.worker_config(study), checkpoints=self.checkpoints)
        engine = start_executor(self.options, setup, self.stop, self.display)
        self._stack.enter_context(engine)
        description = engine.describe(self._collect)
        self._show(description)
        there = {
            language: description.data["sentences"][f"{language}/train"]
            for language in study.settings["train"]
        }
        sentences = sum(there.values())
        if (entry.strategy, sentences) in self._seen:
            engine.close()
            missing = f"{entry.strategy}: there are no {entry.n_sentences:,} sentences; left out"
            self.display(events.Notice(missing))
            return None
        self._seen.add((entry.strategy, sentences))
        numbers = ", ".join(f"{number:,} {language}" for language, number in there.items())
        title = f"{entry.strategy} ({numbers})"
        self.display(events.Notice(f"{title}: {entry.origin}"))
        keys = {seed: _key(description, entry.configuration, seed) for seed in seeds}
        return _Line(entry, study, engine, description, title, sentences, keys)

    def _show(self, description: ObjectiveInfo) -> None:
        """What the data are, and what has not been said about them before."""
        notices = [each for each in description.data["notices"] if each not in self._said]
        self._said |= set(notices)
        if not self.data:
            self.data = description.data
            show_data(description, self.display)
            return
        for notice in notices:
            self.display(events.Notice(notice))

    def _wait(self, most: int) -> None:
        """Until at most so many jobs run."""
        while sum(line.running for line in self._open) > most:
            self._collect()

    def _collect(self) -> None:
        """What the open lines' runs have come to by now."""
        for line in list(self._open):
            for seed, answer in line.engine.completed():
                line.running -= 1
                line.missing -= 1
                self.record.add(line.keys[seed], self._result(line, seed, answer))
                self._tell(line, seed)
            if not line.missing:
                self._close(line)

    def _tell(self, line: _Line, seed: int) -> None:
        """What came of a run."""
        result = self.record.results[line.keys[seed]]
        if "diverged" in result:
            self.diverged.append(f"{line.job(seed)}: {result['diverged']}")
            self.display(events.TransferRunTested(line.job(seed), "", {}, result["diverged"]))
        else:
            test = Evaluation.from_json(result["test"])
            scores = {name: test.metrics[f"{name}_f1"] for name in languages(test)}
            self.display(events.TransferRunTested(line.job(seed), test.measure, scores))

    def _close(self, line: _Line) -> None:
        """Collect a line whose runs are all on record."""
        line.engine.close()
        self._open.remove(line)
        results = {seed: self.record.results[key] for seed, key in line.keys.items()}
        if all("diverged" in result for result in results.values()):
            seed, result = next(iter(results.items()))
            self._lost.append(f"{line.job(seed)}: {result['diverged']}")
        self.runs += [
            TestedRun(
                line.entry.strategy,
                line.sentences,
                seed,
                Evaluation.from_json(result["test"]),
                line.entry.origin,
                format_config(line.entry.configuration),
            )
            for seed, result in results.items()
            if "diverged" not in result
        ]

    def _result(self, line: _Line, seed: int, answer: JobResult) -> dict[str, Any]:
        if isinstance(answer, JobFailed):  # not recorded: the same command tries again
            raise XltError(f"{line.job(seed)}: {answer.reason}")
        assert isinstance(answer, TestedModel | Diverged)
        result = {
            "strategy": line.entry.strategy,
            "train": line.study.settings["train"],
            "configuration": dict(line.entry.configuration),
            "origin": line.entry.origin,
            "seed": seed,
            "made": collect_provenance(line.description, self.options.command),
            "data": {name: line.description.data[name] for name in ("description", "fingerprint")},
        }
        if isinstance(answer, Diverged):
            return {**result, "diverged": str(answer)}
        assert answer.test is not None
        opened = datetime.now(UTC).isoformat(timespec="seconds")
        return {**result, TEST_ACCESSES: opened, "test": answer.test.to_json()}


def _key(description: ObjectiveInfo, config: Configuration, seed: int) -> str:
    content: Mapping[str, Any] = {
        "identity": description.identity,
        "configuration": dict(config),
        "seed": seed,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:40]
