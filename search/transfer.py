"""Four ways to teach an encoder entities, compared on the test set over several seeds.

Each strategy takes the winner of its own study, or a configuration given for it, or else its
baseline. Of few-shot a growing curve is trained. Every run is kept: the same command goes on.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xlt.objectives.objective import Configuration, Diverged, Evaluation
from xlt.search import events, export
from xlt.search.made import made
from xlt.search.session import Options, locked, show_data
from xlt.search.store import existing, stored
from xlt.search.transfer_tables import Tested, languages, report, tables
from xlt.search.workers import Description, Finish, Finished, Workers, useful
from xlt.spaces.errors import InputError, XltError
from xlt.studies.study import TRANSFER, Study, difference

# What is compared, by the study that tunes it.
STRATEGIES = {
    "ner-zero-shot": "zero-shot",
    "ner-few-shot": "few-shot",
    "ner-multilingual": "multilingual",
    "ner-full": "full",
}
GROWING = "ner-few-shot"


@dataclass(frozen=True)
class Entry:
    """One line of the comparison: a strategy with what it is trained on."""

    strategy: str
    study: Study
    configuration: Configuration
    origin: str  # of the configuration, for people

    @property
    def asked(self) -> int:
        """Sentences to train on, if there are so many."""
        return sum(self.study.settings["train"].values())


def transfer(
    load: Callable[[str], Study],
    options: Options,
    display: events.Display,
    stop: threading.Event,
    *,
    seeds: int,
    sizes: Sequence[int],
    given: Sequence[Path] = (),
) -> None:
    """Train what is missing, then show all tables and write them to `options.runs / "transfer"`.

    `load`: a shipped study by its name, as its options make it. `sizes`: sentences of few-shot's
    language; more than there are, and the curve ends with all of them. `given`: exports whose
    configurations are taken. Raises `InputError` for unusable data or files, `XltError` if all
    runs of a strategy diverge.
    """
    folder = options.runs / TRANSFER
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        comparison = _Comparison(folder, options, display, stop)
        for entry in _entries(load, options, display, sizes, given):
            comparison.add(entry, seeds)
        train = load(GROWING).settings["train"]
        target = next(iter(train))
        made_of = tables(comparison.runs, comparison.data, target, train[target])
        for table in made_of.shown:
            display(events.Compared(table))
        display(events.Notice(made_of.crossing))
        for path in report(made_of, folder):
            display(events.Written("table", path))


def _entries(
    load: Callable[[str], Study],
    options: Options,
    display: events.Display,
    sizes: Sequence[int],
    given: Sequence[Path],
) -> list[Entry]:
    """All of them proved; the longest of the curve first, which tells how long it can be."""
    found = list(_each(load, options, display, sizes, given))
    return sorted(found, key=lambda entry: (entry.strategy != STRATEGIES[GROWING], -entry.asked))


def _each(
    load: Callable[[str], Study],
    options: Options,
    display: events.Display,
    sizes: Sequence[int],
    given: Sequence[Path],
) -> Iterator[Entry]:
    exports = _given(given)
    for name, strategy in STRATEGIES.items():
        study = load(name)
        config, origin = _configuration(study, exports.get(name), options, display)
        if config not in study.space:
            raise InputError(
                f"{origin}: {dict(config)} is outside the space of {study.origin}; tune the study "
                "again, or give its [space] the ranges that this was tuned in"
            )
        if name != GROWING:
            yield Entry(strategy, study, config, origin)
            continue
        train = study.settings["train"]
        if len(train) != 1:
            raise InputError(
                f"{study.origin}: settings.train: {', '.join(train)}: the curve grows in one "
                "language; name one alone"
            )
        for size in {*sizes, *train.values()}:
            settings = {**study.settings, "train": dict.fromkeys(train, size)}
            yield Entry(strategy, replace(study, settings=settings), config, origin)


def _given(paths: Sequence[Path]) -> dict[str, tuple[Path, Configuration]]:
    """Configurations of exports, by the study that they come from."""
    found: dict[str, tuple[Path, Configuration]] = {}
    for path in paths:
        one = export.read(path)
        name = one.study.get("name")
        if name not in STRATEGIES:
            raise InputError(
                f"{path}: study.name: {name!r} is none of those compared: {', '.join(STRATEGIES)}"
            )
        found[str(name)] = path, one.configuration
    return found


def _configuration(
    study: Study,
    given: tuple[Path, Configuration] | None,
    options: Options,
    display: events.Display,
) -> tuple[Configuration, str]:
    """The one to compare, and where it comes from."""
    if given is not None:
        path, config = given
        return config, f"the configuration of {path}"
    if study.name not in stored(options.storage, options.runs):
        return study.space.start, "the baseline, as its study has not been searched"
    store = existing(options.storage, options.runs, study.name)
    winner = export.leader(store)
    for change in difference(store.attributes["definition"]["settings"], study.settings):
        display(events.Notice(f"{study.name} was tuned with other settings: {change}"))
    data = store.attributes["data"]["description"]
    return winner.configuration, f"trial {winner.trial} of the study, tuned on {data}"


class Record:
    """Test results by what was trained, so that no run is tested twice."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.results: dict[str, dict[str, Any]] = {}
        if path.exists():
            try:
                self.results = dict(json.loads(path.read_text(encoding="utf-8")))
            except ValueError as error:
                raise InputError(
                    f"{path}: not JSON: {error}; delete it, and its runs are tested again"
                ) from error

    def add(self, key: str, result: dict[str, Any]) -> None:
        self.results[key] = result
        export.write(json.dumps(self.results, indent=1), self.path)


class _Comparison:
    """All runs so far, on the same data and the same encoder."""

    def __init__(
        self, folder: Path, options: Options, display: events.Display, stop: threading.Event
    ) -> None:
        self.record = Record(folder / "results.json")
        self.options, self.display, self.stop = options, display, stop
        self.runs: list[Tested] = []
        self.data: Mapping[str, Any] = {}  # of the first entry
        self._said: set[str] = set()

    def add(self, entry: Entry, seeds: int) -> None:
        """An entry's runs, on seeds that none of the configurations was chosen on."""
        study = entry.study
        if self.data:  # "auto" shall not come to something else
            settings = {**study.settings, **self.data["settings"]}
            source = study.data.model_copy(update={"source": self.data["source"]})
            study = replace(study, settings=settings, data=source)
        with Workers(self.options.setup(study), self.stop, self.display) as workers:
            description = workers.describe()
            self._show(description)
            there = {
                language: description.data["sentences"][f"{language}/train"]
                for language in study.settings["train"]
            }
            sentences = sum(there.values())
            if any(
                run.strategy == entry.strategy and run.sentences == sentences for run in self.runs
            ):
                self.display(
                    events.Notice(
                        f"{entry.strategy}: there are no {entry.asked:,} sentences; left out"
                    )
                )
                return
            numbers = ", ".join(f"{number:,} {language}" for language, number in there.items())
            title = f"{entry.strategy} ({numbers})"
            self.display(events.Notice(f"{title}: {entry.origin}"))
            first = study.search.seed + 1
            chosen = range(first, first + seeds)
            keys = {seed: _key(description, entry.configuration, seed) for seed in chosen}
            missing = [seed for seed in chosen if keys[seed] not in self.record.results]
            workers.limit = self.options.workers or useful(description, len(missing))
            for seed, answer in _answers(workers, entry.configuration, missing, description.steps):
                self.record.add(keys[seed], self._result(entry, study, description, seed, answer))
        diverged = []
        for seed, key in keys.items():
            result = self.record.results[key]
            if "diverged" in result:
                diverged.append(f"{title}, seed {seed}: {result['diverged']}")
                self.display(events.Notice(diverged[-1]))
                continue
            test = Evaluation.from_json(result["test"])
            self.display(events.Notice(f"{title}, seed {seed}: {_scores(test)}"))
            self.runs.append(Tested(entry.strategy, sentences, seed, test))
        if len(diverged) == len(keys):
            raise XltError(
                f"{diverged[0]}; no seed is left to compare. Tune its study, or name an "
                "export with --best"
            )

    def _show(self, description: Description) -> None:
        """What the data are, and what has not been said about them before."""
        notices = [each for each in description.data["notices"] if each not in self._said]
        self._said |= set(notices)
        if not self.data:
            self.data = description.data
            show_data(description, self.display)
            return
        for notice in notices:
            self.display(events.Notice(notice))

    def _result(
        self,
        entry: Entry,
        study: Study,
        description: Description,
        seed: int,
        answer: Finished | Diverged,
    ) -> dict[str, Any]:
        result = {
            "strategy": entry.strategy,
            "train": study.settings["train"],
            "configuration": dict(entry.configuration),
            "origin": entry.origin,
            "seed": seed,
            "made": made(description, self.options.command),
            "data": {name: description.data[name] for name in ("description", "fingerprint")},
        }
        if isinstance(answer, Diverged):
            return {**result, "diverged": str(answer)}
        assert answer.test is not None
        opened = datetime.now(UTC).isoformat(timespec="seconds")
        return {**result, "test_opened": opened, "test": answer.test.to_json()}


def _answers(
    workers: Workers, config: Configuration, seeds: Sequence[int], steps: int
) -> Iterator[tuple[int, Finished | Diverged]]:
    """One a seed, as they come."""
    waiting, running = list(seeds), 0
    while waiting or running:
        while waiting and running < workers.limit:
            seed = waiting.pop(0)
            workers.submit(Finish(seed, config, seed, steps, (), None, test=True))
            running += 1
        for seed, answer in workers.answers():
            assert isinstance(answer, Finished | Diverged)
            running -= 1
            yield seed, answer


def _scores(evaluation: Evaluation) -> str:
    found = (f"{name} {evaluation.metrics[f'{name}_f1']:.2f}" for name in languages(evaluation))
    return f"F1 on test {', '.join(found)}"


def _key(description: Description, config: Configuration, seed: int) -> str:
    content: Mapping[str, Any] = {
        "identity": description.identity,
        "configuration": dict(config),
        "seed": seed,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:40]
