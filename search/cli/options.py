"""The options of the command line: their types, completions and parsers.

A value that cannot be parsed raises `InputError` with the option and what was expected.
"""

import math
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from xlt.search.cli.errors import no_such_option
from xlt.search.execution.executor_name import ExecutorName
from xlt.search.trackers.names import TrackerName
from xlt.spaces.errors import InputError, did_you_mean
from xlt.studies.durations import EXPECTED, parse_duration
from xlt.studies.loader import shipped
from xlt.studies.study import is_valid_name


def complete_study_names(incomplete: str) -> list[str]:
    """Shell completion: the shipped studies, and .toml files here."""
    files = map(str, Path().glob("*.toml"))
    return sorted(name for name in {*shipped(), *files} if name.startswith(incomplete))


def complete_started_studies(incomplete: str) -> list[str]:
    """Shell completion: the studies that were started in ./runs."""
    return [name for name in list_started_studies(Path("runs")) if name.startswith(incomplete)]


def list_started_studies(runs: Path) -> list[str]:
    """The names of the studies that were started in a folder, sorted."""
    return sorted(file.parent.name for file in runs.glob("*/study.toml"))


def whole_number(
    option: str, low: int, high: int | None = None, *, like: int
) -> Callable[[Any], int]:
    """Make a parser of whole numbers from `low` to `high`, for Typer's `parser`."""
    limits = f"of at least {low}" if high is None else f"from {low} to {high}"

    def parse(text: Any) -> int:
        number = str(text).strip()
        # Longer ones are beyond every limit, and Python refuses to read the longest.
        if re.fullmatch(r"[+-]?[0-9]{1,18}", number):
            value = int(number)
            if low <= value and (high is None or value <= high):
                return value
        raise InputError(f"{option} {text}: expected a whole number {limits}, like {like}")

    return parse


def parse_confidence(text: Any) -> float:
    """Parse `--confidence`, for Typer's `parser`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.5 < value < 1:
        raise InputError(f"--confidence {text}: expected a number between 0.5 and 1, like 0.95")
    return value


_Enum = TypeVar("_Enum", bound=StrEnum)


def choice(option: str, choices: type[_Enum]) -> Any:
    """Make the keyword arguments of a `typer.Option` that takes one of a few names."""

    def parse(text: Any) -> _Enum:
        if text not in list(choices):
            raise InputError(
                f"{option} {text}: expected one of {', '.join(choices)}{did_you_mean(text, choices)}"
            )
        return choices(text)

    def complete(incomplete: str) -> list[str]:
        return [name for name in choices if name.startswith(incomplete)]

    return {"parser": parse, "metavar": "|".join(choices), "autocompletion": complete}


class PrecisionName(StrEnum):
    """Values of `--precision`; see `xlt.objectives.identity.resolve_precision`."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"


class Format(StrEnum):
    """What `export` can write."""

    TOML = "toml"
    JSON = "json"
    NOTEBOOK = "notebook"


StudyName = Annotated[str, typer.Argument(metavar="STUDY", autocompletion=complete_started_studies)]
Runs = Annotated[Path, typer.Option(metavar="DIR", help="Folder for all results.")]
Storage = Annotated[
    str | None,
    typer.Option(metavar="URL", help="URL of the database.  [default: search.db in --runs]"),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", help="Print only the line about the data, and the results at the end."),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON object per line to stdout, and the usual output to stderr."
    ),
]
Engine = Annotated[
    ExecutorName,
    typer.Option(
        help="Train on this machine, or on a Ray cluster.", **choice("--engine", ExecutorName)
    ),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Address of a running Ray cluster, or auto for the one on this machine.  [default: start one]",
    ),
]
JobLimit = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Stop a single training or test after this time, such as 30m, and count it as failed.",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="auto (a GPU if there is one), cpu, cuda, or cuda:1 for the second GPU.",
    ),
]
Precision = Annotated[
    PrecisionName,
    typer.Option(
        help="Precision of training; the 16-bit ones are mixed precision. auto: float16 on a GPU, "
        "bfloat16 on a CPU with instructions for it, else float32.",
        **choice("--precision", PrecisionName),
    ),
]
CacheSize = Annotated[
    str, typer.Option(metavar="SIZE", help="Maximum disk space for checkpoints, such as 10GB.")
]
Mirror = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Copy --runs to this folder on another disk all the time. An empty --runs is restored "
        "from it first.",
    ),
]
Track = Annotated[
    list[TrackerName] | None,
    typer.Option(
        help="Send all scores to this program as well; repeatable. Install its client first.",
        **choice("--track", TrackerName),
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="A folder, hub, synthetic, or auto: the folder in XLT_DATA, else hub, else synthetic.",
    ),
]
MovedData = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE", help="New place of the study's data, if they have moved: a folder or hub."
    ),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the study; repeatable."),
]
Trials = Annotated[
    int | None,
    typer.Option(
        parser=whole_number("--n-trials", 1, like=40),
        metavar="N",
        help="Maximum number of configurations, including those of earlier commands. "
        " [default: the study's]",
    ),
]
TimeBudget = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Time for everything (search, proof, final run and test), such as 1h30m. "
        " [default: the study's]",
    ),
]
Confidence = Annotated[
    float | None,
    typer.Option(
        parser=parse_confidence,
        metavar="LEVEL",
        help="Confidence of the proof, such as 0.95: new seeds are added until p < 1 - LEVEL.",
    ),
]
MostRuns = Annotated[
    int | None,
    typer.Option(
        parser=whole_number("--most-runs", 1, 1000, like=12),
        metavar="N",
        help="Maximum number of runs on new seeds, including those of earlier commands.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        parser=whole_number("--seed", 0, 2**32 - 1, like=42),
        metavar="N",
        help="Seed of the sampler, of every training in the search, and of the final run.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        parser=whole_number("--workers", 1, like=2),
        metavar="N",
        help="Number of training processes.  [default: one per core or GPU]",
    ),
]


def forward_options(context: typer.Context) -> None:
    """Pass the options before a command's name on to the command, as in `--runs DIR list`.

    Raises:
        InputError: The command does not have one of them.
    """
    assert context.invoked_subcommand is not None
    group: Any = context.command
    name = context.invoked_subcommand
    command = group.commands[name]
    known = {parameter.name for parameter in command.params}
    given = {
        parameter.name: parameter.opts[0]
        for parameter in group.params
        if str(context.get_parameter_source(parameter.name)).endswith("COMMANDLINE")
    }
    for key, option in given.items():
        if key not in known:
            raise no_such_option(option, f"{context.command_path} {name}", command)
    context.default_map = {name: {key: context.params[key] for key in given}}


def resolve_study(study: str, runs: Path) -> str:
    """Resolve the name of a study that was started in `runs` to its file there.

    Args:
        study: A shipped study, a file, or a study in `runs`: `make league` starts `demo`, whose
            definition is `runs/demo/study.toml`.
        runs: The folder of all results.

    Returns:
        A shipped study or a file.
    """
    file = runs / study / "study.toml"
    return (
        str(file) if study not in shipped() and is_valid_name(study) and file.is_file() else study
    )


def parse_counts(text: str) -> Sequence[int]:
    """Parse `--sizes`, such as 250,500,1000."""
    counts = [count.strip() for count in text.split(",")]
    if not all(re.fullmatch(r"0*[1-9][0-9]{0,8}", count) for count in counts):
        raise InputError(f"--sizes {text}: expected counts of sentences such as 250,500,1000")
    return [int(count) for count in counts]


UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def parse_size(text: str) -> int:
    """Parse `--cache-size`, such as 10GB, to bytes."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?B)?", text.strip(), re.IGNORECASE)
    unit = (match[2] or "").upper().removeprefix("B") if match else ""
    size = float(match[1]) * UNITS[unit] if match else math.nan
    if not math.isfinite(size):
        raise InputError(f"--cache-size {text}: expected a size such as 10GB or 500MB")
    return int(size)


def parse_device(text: str) -> str:
    """Check `--device`; whether there is such a device, PyTorch knows."""
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", text):
        raise InputError(f"--device {text}: expected auto, cpu, cuda, or cuda:1 for the second GPU")
    return text


def parse_job_timeout(text: str | None) -> float | None:
    """Parse `--job-limit`, such as 30m, to seconds."""
    timeout = None if text is None else parse_duration(text)
    if text is not None and timeout is None:
        raise InputError(f"--job-limit {text}: expected {EXPECTED}")
    return timeout


def is_loopback(host: str) -> bool:
    """Whether an address is reachable from this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
