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
from xlt.search.transfer_tables import Tested, report, tables
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
    def sentences(self) -> int:
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
    language. `given`: exports whose configurations are taken. Raises `InputError` for unusable
    data, files or sizes, `XltError` if a run diverges.
    """
    folder = options.runs / TRANSFER
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        entries = list(_entries(load, options, display, sizes, given))
        record = Record(folder / "results.json")
        found: list[Tested] = []
        for entry in entries:
            display(events.Notice(f"{_title(entry)}: {entry.origin}"))
            shown = show_data if not found else lambda *_: None
            found += _results(entry, seeds, record, options, display, stop, shown)
        target = next(iter(load(GROWING).settings["train"]))
        size = load(GROWING).settings["train"][target]
        made_of = tables(found, target, size)
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
        for size in sorted({*sizes, *train.values()}):
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
    source = store.attributes["data"]["source"]
    return winner.configuration, f"trial {winner.trial} of the study, tuned on {source}"


def _title(entry: Entry) -> str:
    numbers = ", ".join(f"{n:,} {name}" for name, n in entry.study.settings["train"].items())
    return f"{entry.strategy} ({numbers})"


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


def _results(
    entry: Entry,
    seeds: int,
    record: Record,
    options: Options,
    display: events.Display,
    stop: threading.Event,
    shown: Callable[[Description, events.Display], None],
) -> list[Tested]:
    """One a seed, counted on from the study's own."""
    study = entry.study
    chosen = range(study.search.seed, study.search.seed + seeds)
    with Workers(options.setup(study), stop, display) as workers:
        description = workers.describe()
        shown(description, display)
        keys = {seed: _key(description, entry.configuration, seed) for seed in chosen}
        missing = [seed for seed in chosen if keys[seed] not in record.results]
        workers.limit = options.workers or useful(description, len(missing))
        waiting, running = list(missing), 0
        while waiting or running:
            while waiting and running < workers.limit:
                seed = waiting.pop(0)
                workers.submit(
                    Finish(seed, entry.configuration, seed, description.steps, (), None, test=True)
                )
                running += 1
            for seed, answer in workers.answers():
                running -= 1
                if isinstance(answer, Diverged):
                    raise XltError(f"{_title(entry)}, seed {seed}: {answer}") from answer
                assert isinstance(answer, Finished)
                assert answer.test is not None
                result = {
                    "strategy": entry.strategy,
                    "train": study.settings["train"],
                    "configuration": dict(entry.configuration),
                    "seed": seed,
                    "test_opened": datetime.now(UTC).isoformat(timespec="seconds"),
                    "made": made(description, options.command),
                    "data": description.data["fingerprint"],
                    "test": answer.test.to_json(),
                }
                record.add(keys[seed], result)
                display(events.Notice(f"{_title(entry)}, seed {seed}: {_scores(answer.test)}"))
    return [
        Tested(
            entry.strategy, entry.sentences, seed, Evaluation.from_json(record.results[key]["test"])
        )
        for seed, key in keys.items()
    ]


def _scores(evaluation: Evaluation) -> str:
    found = {
        name.removesuffix("_f1"): value
        for name, value in evaluation.metrics.items()
        if name.endswith("_f1")
    }
    return "F1 on test " + ", ".join(f"{name} {value:.2f}" for name, value in found.items())


def _key(description: Description, config: Configuration, seed: int) -> str:
    content: Mapping[str, Any] = {
        "identity": description.identity,
        "configuration": dict(config),
        "seed": seed,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:40]
