"""The search from Python, with the options of the command."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from xlt.search.cli.display import open_display
from xlt.search.cli.option_groups import RunOptions, StudyOptions, quiet_optuna
from xlt.search.cli.options import PrecisionName, choice, resolve_study, whole_number
from xlt.search.events import EventSink
from xlt.search.execution.executor_name import ExecutorName
from xlt.search.execution.jobs import ObjectiveFactory
from xlt.search.interrupt import stop_on_signals
from xlt.search.notebook_display import in_notebook, open_notebook_display
from xlt.search.pipeline import runner
from xlt.search.results.export import read_enqueued
from xlt.search.results.provenance import shell_command
from xlt.search.storage.studies import load_store
from xlt.search.study_result import StudyResult
from xlt.search.trackers.names import TrackerName
from xlt.spaces.errors import InputError, did_you_mean
from xlt.spaces.limits import toml
from xlt.studies import study as studies


def run_study(
    study: str | Path,
    *,
    n_trials: int | None = None,
    time_budget: str | None = None,
    data: str | Path | None = None,
    seed: int | None = None,
    overrides: Sequence[str] = (),
    enqueue: Sequence[str | Path] = (),
    study_name: str | None = None,
    with_final: bool = True,
    runs: str | Path = "runs",
    mirror: str | Path | None = None,
    on_event: EventSink | None = None,
    objective_factory: ObjectiveFactory | None = None,
    **run_options: Any,
) -> StudyResult:
    """Search a study, prove its winner on new seeds, and do the final run, as the command does.

    A study that was started before continues. Ctrl-C, or the button that stops a cell, keeps
    everything that is finished.

    Args:
        study: A shipped study such as "league", a study in `runs`, a `.toml` file, or a `.py` file
            with a task of your own.
        n_trials: The maximum number of configurations.
        time_budget: Time for everything, such as "1h30m".
        data: A folder, "hub", "synthetic" or "auto".
        seed: The seed of the search and of the final run.
        overrides: Changes to keys of the study, such as "space.nhead=4".
        enqueue: Files `best.toml` whose configurations are tried first.
        study_name: Another name under which the study is stored.
        with_final: Whether to prove the winner and to do the final run.
        runs: The folder for all results.
        mirror: A folder on another disk to which `runs` is copied.
        on_event: Receives the events, see `xlt.search.events`; None: they are shown.
        objective_factory: Makes your own objective in each worker; None: that of the task.
        run_options: Other options of the command: `storage`, `workers`, `device`, `precision`,
            `cache_size`, `job_limit`, `engine`, `ray_address`, `track` (a list).

    Returns:
        The result.

    Raises:
        InputError: An argument, the study or its data cannot be used.
        Interrupted: The search was stopped; the same call resumes it.
    """
    started = time.monotonic()
    run = _run_options(runs, mirror, run_options)
    source = None if data is None else str(data)
    changes = StudyOptions(n_trials, time_budget, source, seed, list(overrides)).overrides()
    options = replace(run.resolve(), started=started, command=_as_command(study, changes))
    if objective_factory is not None:
        options = replace(options, objective_factory=objective_factory)
    origin = resolve_study(str(study), run.runs)
    loaded = studies.load(origin, changes)
    if enqueue:
        tables = read_enqueued([Path(file) for file in enqueue], loaded)
        loaded = studies.load(origin, [*changes, f"search.enqueue={toml(tables)}"])
    name = study_name or (loaded.name if origin == str(study) else str(study))
    quiet_optuna()
    # The workers need the cores: see `xlt.search.cli.app.main`.
    with threadpool_limits(1), _display(on_event) as show, stop_on_signals() as stop:
        runner.run_study(loaded, name, options, show, stop, with_final=with_final)
    return StudyResult(name, run.runs, run.storage)


def load_result(name: str, *, runs: str | Path = "runs", storage: str | None = None) -> StudyResult:
    """The result of a study that was started before.

    Raises:
        InputError: There is no such study.
    """
    load_store(storage, Path(runs), name)
    return StudyResult(name, Path(runs), storage)


def _run_options(
    runs: str | Path, mirror: str | Path | None, others: Mapping[str, Any]
) -> RunOptions:
    names = {field.name for field in fields(RunOptions)} - {"runs", "mirror"}
    for name in others:
        if name not in names:
            raise InputError(
                f"run_study: there is no option {name}{did_you_mean(name, names)}; expected "
                f"{', '.join(sorted(names))}"
            )
    parsers = {
        "precision": choice("--precision", PrecisionName)["parser"],
        "track": _parse_trackers,
        "engine": choice("--engine", ExecutorName)["parser"],
        "workers": whole_number("--workers", 1, like=2),
    }
    parsed = {
        name: parsers[name](value) if name in parsers and value is not None else value
        for name, value in others.items()
    }
    return RunOptions(runs=Path(runs), mirror=None if mirror is None else Path(mirror), **parsed)


def _parse_trackers(names: str | Sequence[str]) -> list[TrackerName]:
    parse = choice("--track", TrackerName)["parser"]
    return [parse(name) for name in ([names] if isinstance(names, str) else names)]


def _as_command(study: str | Path, overrides: Sequence[str]) -> str:
    """The command that searches the same study with the same values, for the record."""
    changes = [word for override in overrides for word in ("--set", override)]
    return shell_command(["--study", str(study), *changes])


@contextmanager
def _display(on_event: EventSink | None) -> Iterator[EventSink]:
    if on_event is not None:
        yield on_event
        return
    display = open_notebook_display() if in_notebook() else open_display(as_json=False, quiet=False)
    with display as show:
        yield show
