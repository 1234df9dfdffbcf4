"""Four ways to teach an encoder entities, compared on the test set over several seeds.

Each strategy takes the winner of its own study, or a configuration given for it, or else its
baseline. Of few-shot a growing curve is trained. Every run is kept: the same command goes on.
"""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from xlt.objectives.folders import make_folder
from xlt.objectives.objective import Configuration
from xlt.search import events
from xlt.search.evidence.seed_statistics import Crossover
from xlt.search.pipeline.session import Options
from xlt.search.results import export
from xlt.search.storage.keys import DATA, STUDY_CONFIG
from xlt.search.storage.lock import study_lock
from xlt.search.storage.studies import list_studies, load_study
from xlt.search.transfer.runs import Experiment, TransferRuns
from xlt.search.transfer.tables import make_tables, write_report
from xlt.spaces.errors import InputError
from xlt.spaces.limits import show
from xlt.studies.study import GROWING, STRATEGIES, TRANSFER, Study, difference

# A file and what it holds, by the study that takes its configuration.
Exports: TypeAlias = dict[str, tuple[Path, export.Export]]


def compare_strategies(
    load: Callable[[str], Study],
    options: Options,
    display: events.EventSink,
    stop: threading.Event,
    *,
    seeds: int,
    sizes: Sequence[int],
    given: Sequence[Path] = (),
    equal: Path | None = None,
) -> None:
    """Train what is missing, then show all tables and write them to `options.runs / "transfer"`.

    `load`: a shipped study by its name, as its options make it. `sizes`: sentences of few-shot's
    language; more than there are, and the curve ends with all of them. `given`: exports whose
    configurations are taken, each for its own study. `equal`: an export whose configuration all
    four take; for how many steps each trains is its study's to say. Raises `InputError` for
    unusable data or files, `XltError` if all runs of a line diverge.
    """
    folder = options.runs / TRANSFER
    make_folder(folder)
    with study_lock(folder):
        entries = _entries(load, options, display, sizes, _exports(given, equal))
        with TransferRuns(folder, options, display, stop) as comparison:
            first = max(entry.search_seed for entry in entries) + 1
            for entry in entries:
                comparison.add(entry, range(first, first + seeds))
            comparison.complete()
        train = load(GROWING).settings["train"]
        target = next(iter(train))
        made_of = make_tables(
            comparison.runs, comparison.data, target, train[target], comparison.diverged
        )
        for table in made_of.shown:
            display(events.TableReady(table))
        display(_crossover_event(target, made_of.crossing))
        if made_of.leaks:
            display(events.Notice(made_of.leaks))
        for table in made_of.unseen:
            display(events.TableReady(table))
        if made_of.crossing_unseen:
            display(_crossover_event(target, made_of.crossing_unseen, unseen=True))
        for path in write_report(made_of, folder):
            display(events.FileWritten("table", path))


def _crossover_event(target: str, found: Crossover, *, unseen: bool = False) -> events.Crossover:
    at, low, high = (
        place if math.isfinite(place) else None for place in (found.at, found.low, found.high)
    )
    return events.Crossover(target, str(found), at, low, high, unseen)


def _entries(
    load: Callable[[str], Study],
    options: Options,
    display: events.EventSink,
    sizes: Sequence[int],
    exports: Exports,
) -> list[Experiment]:
    """All of them proved; the longest of the curve first, which tells how long it can be."""
    found = list(_each(load, options, display, sizes, exports))
    return sorted(
        found, key=lambda entry: (entry.strategy != STRATEGIES[GROWING], -entry.n_sentences)
    )


def _each(
    load: Callable[[str], Study],
    options: Options,
    display: events.EventSink,
    sizes: Sequence[int],
    exports: Exports,
) -> Iterator[Experiment]:
    for name, strategy in STRATEGIES.items():
        study = load(name)
        config, origin, seed = _configuration(study, exports.get(name), options, display)
        if config not in study.space:
            raise InputError(
                f"{origin}: {dict(config)} is outside the space of {study.origin}; tune the study "
                "again, or give its [space] the ranges that this was tuned in"
            )
        if name != GROWING:
            yield Experiment(strategy, study, config, origin, seed)
            continue
        train = study.settings["train"]
        if len(train) != 1:
            raise InputError(
                f"{study.origin}: settings.train: {', '.join(train)}: the curve grows in one "
                "language; name one alone"
            )
        for size in {*sizes, *train.values()}:
            settings = {**study.settings, "train": dict.fromkeys(train, size)}
            yield Experiment(strategy, replace(study, settings=settings), config, origin, seed)


def _exports(given: Sequence[Path], equal: Path | None) -> Exports:
    """By the study that takes the configuration."""
    if equal is not None and given:
        raise InputError("--best and --equal exclude each other; leave one of them out")
    if equal is not None:
        return dict.fromkeys(STRATEGIES, (equal, _of_a_strategy(equal)[1]))
    found: Exports = {}
    for path in given:
        name, one = _of_a_strategy(path)
        found[name] = path, one
    return found


def _of_a_strategy(path: Path) -> tuple[str, export.Export]:
    """An export and the study that it comes from."""
    one = export.read_export(path)
    name = one.study.get("name")
    if not isinstance(name, str) or name not in STRATEGIES:
        raise InputError(
            f"{path}: study.name: {show(name)} is none of those compared: {', '.join(STRATEGIES)}"
        )
    return name, one


def _configuration(
    study: Study,
    given: tuple[Path, export.Export] | None,
    options: Options,
    display: events.EventSink,
) -> tuple[Configuration, str, int]:
    """The one to compare, where it comes from, and the seed that it was chosen on."""
    if given is not None:
        path, one = given
        return one.configuration, f"the configuration of {path}", one.seed
    seed = study.search.seed
    if study.name not in list_studies(options.storage, options.runs):
        return study.space.start, "the baseline, as its study has not been searched", seed
    store = load_study(options.storage, options.runs, study.name)
    winner = export.selected(store)
    definition = store.attributes[STUDY_CONFIG]
    for change in difference(definition["settings"], study.settings):
        display(events.Notice(f"{study.name} was tuned with other settings: {change}"))
    data = store.attributes[DATA]["description"]
    origin = f"trial {winner.trial} of the study, tuned on {data}"
    return winner.configuration, origin, definition["search"]["seed"]
