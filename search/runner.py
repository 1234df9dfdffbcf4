"""One study from start to finish: data, database, trials, final, export."""

import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w
from filelock import FileLock, Timeout

from xlt.objectives import tasks
from xlt.search import events, final
from xlt.search.made import made
from xlt.search.store import Store, create, existing, open_storage
from xlt.search.trials import Trials
from xlt.search.workers import Builder, Description, Setup, Workers, cores
from xlt.spaces.errors import InputError, XltError
from xlt.studies import study as studies
from xlt.studies.study import Study


@dataclass(frozen=True)
class Options:
    """What belongs to a command, not to a study."""

    runs: Path
    storage: str | None  # a database URL; None: a file in `runs`
    source: str  # "auto", "hub", "synthetic" or a folder
    device: str
    cache_size: int  # bytes
    workers: int | None  # None: as many as there are cores, and work for them
    command: str
    build: Builder = tasks.build


def search(
    study: Study,
    name: str,
    options: Options,
    display: events.Display,
    stop: threading.Event,
    *,
    with_final: bool,
) -> None:
    """Bring the study `name` to its number of configurations; then its final."""
    with _opened(study, name, options, display, stop) as opened:
        total = study.search.n_trials
        finished = len(opened.store.finished())
        workers = opened.workers
        workers.limit = options.workers or _useful_workers(opened.description, total - finished)
        best = next(iter(opened.store.standings()), None)
        display(events.Opened(name, finished, total, workers.limit, best))
        Trials(study, opened.store, workers, opened.facts, display).run(total)
        if with_final:
            final.run(study, opened.store, workers, opened.description, opened.folder, display)


def finish(
    name: str, options: Options, display: events.Display, stop: threading.Event
) -> None:
    """The final of a study that was begun before."""
    check_name(name)
    existing(open_storage(options.storage, options.runs), name)
    study = studies.load(str(options.runs / name / "study.toml"), [])
    with _opened(study, name, options, display, stop) as opened:
        final.run(
            study, opened.store, opened.workers, opened.description, opened.folder, display
        )


def check_name(name: str) -> None:
    """Raises `InputError` if a study's name would not do as a folder's name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise InputError(
            f"--study-name {name!r}: expected letters, digits, '.', '_' and '-', "
            "beginning with a letter or digit"
        )
