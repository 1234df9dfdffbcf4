"""Compares the NER transfer strategies on the test set, over several seeds.

Each strategy takes a configuration: that of an export, else the winner of its own study, else its
baseline. Few-shot and joint are trained on several numbers of sentences, which gives a learning curve
of each. Every run is recorded, so that the same command resumes.
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
from xlt.search.mirror.copier import mirrored
from xlt.search.pipeline.options import Options
from xlt.search.results import export
from xlt.search.storage.keys import DATA, STUDY_CONFIG
from xlt.search.storage.lock import folder_lock
from xlt.search.storage.studies import list_studies, load_store
from xlt.search.transfer.files import write_files
from xlt.search.transfer.runs import Experiment, TransferRuns
from xlt.search.transfer.tables import make_tables
from xlt.spaces.errors import InputError
from xlt.spaces.limits import format_value
from xlt.studies.resolved import difference
from xlt.studies.study import LEARNING_CURVE_STUDIES, STRATEGIES, TRANSFER, Study

# Path and content of the exports, by the study that takes their configuration.
Exports: TypeAlias = dict[str, tuple[Path, export.Export]]


def compare_strategies(
    load: Callable[[str], Study],
    options: Options,
    display: events.EventSink,
    stop: threading.Event,
    *,
    n_seeds: int,
    sizes: Sequence[int],
    best_exports: Sequence[Path] = (),
    shared_export: Path | None = None,
) -> None:
    """Train and test the missing runs, show the tables and write them to `runs/transfer`.

    Args:
        load: Loads a shipped study by its name, with the command's overrides.
        options: The command's options.
        display: Takes the events.
        stop: Ends the command when it is set.
        n_seeds: Runs of each experiment. Their seeds follow the largest seed of the searches.
        sizes: Sizes of the learning curves, in addition to their studies' own. A size beyond the corpus
            becomes all sentences.
        best_exports: Exports, each for its own study (--best).
        shared_export: An export whose configuration all strategies take, each with its own study's steps.

    Raises:
        InputError: Data, an export or a study cannot be used.
        XltError: All runs of an experiment diverged.
    """
    if options.track:
        raise InputError("--track: transfer sends no scores; leave it out")
    folder = options.runs / TRANSFER
    make_folder(folder)
    with mirrored(options.runs, options.mirror, display) as show, folder_lock(folder):
        exports = _read_exports(best_exports, shared_export)
        # The longest of the curve comes first: it shows how many sentences there are.
        experiments = sorted(
            _experiments(load, options, show, sizes, exports),
            key=lambda one: (not one.grows_in, -one.n_shots),
        )
        with TransferRuns(folder, options, show, stop) as runs:
            first = max(one.search_seed for one in experiments) + 1
            for experiment in experiments:
                runs.add(experiment, range(first, first + n_seeds))
            runs.complete()
        train = load(LEARNING_CURVE_STUDIES[0]).settings["train"]
        target = next(iter(train))
        tables = make_tables(runs.tested, runs.data, target, train[target], runs.diverged)
        for table in tables.main:
            show(events.TableReady(table))
        for strategy, crossover in tables.crossovers.items():
            show(_crossover_event(strategy, target, crossover))
        if tables.leak_notice:
            show(events.Notice(tables.leak_notice))
        for table in tables.unseen:
            show(events.TableReady(table))
        for strategy, crossover in tables.crossovers_unseen.items():
            show(_crossover_event(strategy, target, crossover, unseen=True))
        for path in write_files(tables, folder):
            show(events.FileWritten("table", path))


def _experiments(
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
                f"{origin}: {dict(config)} is outside the space of {study.origin}; search the study "
                "again, or give its [space] the ranges of that search"
            )
        if name not in LEARNING_CURVE_STUDIES:
            yield Experiment(strategy, study, config, origin, seed)
            continue
        train = study.settings["train"]
        if name == LEARNING_CURVE_STUDIES[0]:
            if len(train) != 1:
                raise InputError(
                    f"{study.origin}: settings.train: {', '.join(train)}: expected one language, that "
                    "of the learning curve"
                )
            (target,) = train
        if target not in train:
            raise InputError(
                f"{study.origin}: settings.train: {', '.join(train)}: expected {target}, the language "
                "of the learning curve, among them"
            )
        for size in {*sizes, train[target]}:
            settings = {**study.settings, "train": {**train, target: size}}
            grown = replace(study, settings=settings)
            yield Experiment(strategy, grown, config, origin, seed, grows_in=target)


def _read_exports(given: Sequence[Path], equal: Path | None) -> Exports:
    if equal is not None and given:
        raise InputError("--best and --equal exclude each other; use one of them")
    if equal is not None:
        return dict.fromkeys(STRATEGIES, (equal, _read_strategy_export(equal)[1]))
    exports: Exports = {}
    for path in given:
        name, content = _read_strategy_export(path)
        exports[name] = path, content
    return exports


def _read_strategy_export(path: Path) -> tuple[str, export.Export]:
    """Read an export, and check that it is from a strategy's study.

    Returns:
        The name of the study, and the export.
    """
    content = export.read_export(path)
    name = content.study.get("name")
    if not isinstance(name, str) or name not in STRATEGIES:
        raise InputError(
            f"{path}: study.name: {format_value(name)} is not a strategy's study; expected one of "
            f"{', '.join(STRATEGIES)}"
        )
    return name, content


def _configuration(
    study: Study,
    given: tuple[Path, export.Export] | None,
    options: Options,
    display: events.EventSink,
) -> tuple[Configuration, str, int]:
    """Choose a strategy's configuration.

    Returns:
        The configuration, its origin in words, and the seed of the search that selected it.
    """
    if given is not None:
        path, content = given
        seed = content.study["search"]["seed"]
        return content.configuration, f"the configuration of {path}", seed
    seed = study.search.seed
    if study.name not in list_studies(options.storage, options.runs):
        return study.space.baseline_config, "the baseline, as its study has not been searched", seed
    store = load_store(options.storage, options.runs, study.name)
    winner = export.selected(store)
    definition = store.attributes[STUDY_CONFIG]
    for change in difference(definition["settings"], study.settings):
        display(events.Notice(f"{study.name} was searched with other settings: {change}"))
    data = store.attributes[DATA]["description"]
    origin = f"trial {winner.trial} of the study, searched on {data}"
    return winner.configuration, origin, definition["search"]["seed"]


def _crossover_event(
    strategy: str, target: str, crossover: Crossover, *, unseen: bool = False
) -> events.Crossover:
    at, low, high = (
        size if math.isfinite(size) else None
        for size in (crossover.at, crossover.low, crossover.high)
    )
    return events.Crossover(strategy, target, str(crossover), at, low, high, unseen)
