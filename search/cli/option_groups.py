"""Groups of options that several commands share, each a dataclass of its options."""

import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from xlt.search.cli.options import (
    AsJson,
    Assignments,
    CacheSize,
    Confidence,
    Data,
    Device,
    Engine,
    JobLimit,
    Mirror,
    MostRuns,
    Precision,
    PrecisionName,
    Quiet,
    RayAddress,
    Runs,
    Seed,
    Storage,
    TimeBudget,
    Track,
    Trials,
    Workers,
    parse_device,
    parse_job_timeout,
    parse_size,
)
from xlt.search.execution.executor_name import ExecutorName
from xlt.spaces.errors import InputError
from xlt.spaces.limits import toml
from xlt.studies.durations import EXPECTED, parse_duration

if TYPE_CHECKING:
    from xlt.search.events import EventSink
    from xlt.search.pipeline.options import Options


def expand_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options, which Typer does not offer.

    Args:
        command: A function, some of whose parameters are annotated with a dataclass.

    Returns:
        The same command, with the fields of these dataclasses as parameters in their place.
    """
    signature = inspect.signature(command)
    groups: dict[str, Any] = {
        name: parameter.annotation
        for name, parameter in signature.parameters.items()
        if is_dataclass(parameter.annotation)
    }

    @functools.wraps(command)
    def expanded(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})
        command(**values)

    parameters = [
        option.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
        for option in (
            inspect.signature(groups[name]).parameters.values() if name in groups else [parameter]
        )
    ]
    vars(expanded)["__signature__"] = inspect.Signature(parameters)
    expanded.__annotations__ = {option.name: option.annotation for option in parameters}
    return expanded


@dataclass(frozen=True)
class StudyOptions:
    """Changes to a study's definition."""

    n_trials: Trials = None
    time_budget: TimeBudget = None
    data: Data = None
    seed: Seed = None
    assignments: Assignments = None

    def overrides(self) -> list[str]:
        """All of them as `KEY=VALUE`, where an option of its own overrides `--set`.

        Raises:
            InputError: The time budget cannot be parsed.
        """
        if self.time_budget is not None and parse_duration(self.time_budget) is None:
            raise InputError(f"--time-budget {self.time_budget}: expected {EXPECTED}")
        options = {
            "search.n_trials": self.n_trials,
            "search.seed": self.seed,
            "budget.time_limit": self.time_budget,
            "data.source": self.data,
        }
        values = [f"{key}={toml(value)}" for key, value in options.items() if value is not None]
        return [*(self.assignments or []), *values]


@dataclass(frozen=True)
class ProofOptions:
    """How strong a proof must be."""

    confidence: Confidence = None
    most_runs: MostRuns = None

    def overrides(self) -> list[str]:
        """Those that were given, as `KEY=VALUE`."""
        options = {"proof.confidence": self.confidence, "proof.most_runs": self.most_runs}
        return [f"{key}={toml(value)}" for key, value in options.items() if value is not None]


@dataclass(frozen=True)
class RunOptions:
    """Where trainings run, and where their results are written."""

    workers: Workers = None
    device: Device = "auto"
    precision: Precision = PrecisionName.AUTO
    runs: Runs = Path("runs")
    storage: Storage = None
    engine: Engine = ExecutorName.LOCAL
    ray_address: RayAddress = None
    job_limit: JobLimit = None
    cache_size: CacheSize = "10GB"
    mirror: Mirror = None
    track: Track = None

    def resolve(self) -> "Options":
        """Parse the values, and restore an empty runs folder, as a study may be defined in it.

        Raises:
            InputError: One of them cannot be parsed, or the mirror cannot be used.
        """
        from xlt.search.budget.time_budget import process_started_at
        from xlt.search.mirror.restore import restore
        from xlt.search.pipeline import options
        from xlt.search.results.provenance import shell_command

        resolved = options.Options(
            runs=self.runs,
            storage=self.storage,
            device=parse_device(self.device),
            precision=self.precision.value,
            cache_size=parse_size(self.cache_size),
            workers=self.workers,
            job_timeout_seconds=parse_job_timeout(self.job_limit),
            executor=self.engine,
            ray_address=self.ray_address,
            mirror=self.mirror,
            track=self.track or (),
            command=shell_command(sys.argv[1:]),
            started=process_started_at(),
        )
        if self.mirror is not None:
            for notice in restore(self.runs, self.mirror):
                print(f"notice: {notice}", file=sys.stderr)
        return resolved


@dataclass(frozen=True)
class OutputOptions:
    """What a command prints while it works."""

    quiet: Quiet = False
    as_json: AsJson = False

    @contextmanager
    def open(self, *, to_stderr: bool = False) -> Iterator[tuple["EventSink", threading.Event]]:
        """Open the display, and set an event on the first Ctrl-C or SIGTERM."""
        from xlt.search.cli.display import open_display
        from xlt.search.interrupt import stop_on_signals

        quiet_optuna()
        with (
            open_display(as_json=self.as_json, quiet=self.quiet, errors=to_stderr) as show,
            stop_on_signals() as stop,
        ):
            yield show, stop


def quiet_optuna() -> None:
    """Silence Optuna's lines on each study and trial, as this program prints its own."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)


def options_as_typed(context: typer.Context) -> list[str]:
    """The values of a command's options that are not the default, as they would be typed."""
    words = []
    parameter: Any
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        is_option = parameter.param_type_name == "option" and not parameter.is_flag
        if is_option and value is not None and value != parameter.default:
            for item in value if isinstance(value, list | tuple) else [value]:
                words += [parameter.opts[0], str(item)]
    return words
