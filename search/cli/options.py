"""The options of the command line: their types, and what their texts stand for.

A text that stands for nothing raises `InputError`, with the option and what was expected. The
parser of options raises errors of its own; `in_our_words` turns those into ours.
"""

import math
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from xlt.search.execution.executor_name import ExecutorName
from xlt.spaces.errors import InputError, did_you_mean
from xlt.spaces.limits import toml
from xlt.studies.durations import EXPECTED, parse_duration
from xlt.studies.loader import shipped
from xlt.studies.study import is_name


def complete_study_names(incomplete: str) -> list[str]:
    """For completion in a shell: studies that can be searched."""
    files = map(str, Path().glob("*.toml"))
    return sorted(name for name in {*shipped(), *files} if name.startswith(incomplete))


def complete_begun_studies(incomplete: str) -> list[str]:
    """For completion in a shell: studies that were begun in ./runs."""
    return [name for name in list_begun_studies(Path("runs")) if name.startswith(incomplete)]


def list_begun_studies(runs: Path) -> list[str]:
    return sorted(file.parent.name for file in runs.glob("*/study.toml"))


# What the parser of options raises for a mistake. Typer does not export it by name.
USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]


def as_input_error(error: Any) -> InputError:
    """A mistake that the parser of options found, as one message.

    Args:
        error: A `USAGE_ERROR`. Its subclasses are told apart by name, because Typer has had them
            in different modules.
    """
    command = error.ctx.command_path if error.ctx else "xlt-search"
    see = f"{command} --help shows what there is"
    kind, parameters = type(error).__name__, error.ctx.command.params if error.ctx else []
    if kind == "NoSuchOption":
        options = [name for each in parameters for name in each.opts if name.startswith("--")]
        hint = did_you_mean(error.option_name, options)
        return InputError(f"{error.option_name}: no such option of {command}{hint}; {see}")
    if kind == "MissingParameter":
        name = error.param.metavar or str(error.param.name).upper()
        return InputError(f"{name}: is missing; {see}")
    if kind == "BadOptionUsage":
        needs = "needs a value" if "requires" in error.message else "takes no value"
        return InputError(f"{error.option_name}: {needs}; {see}")
    if unknown := re.fullmatch(r"No such command '(.*?)'\..*", error.message, re.DOTALL):
        name, commands = unknown[1], list(error.ctx.command.commands)
        meant = f"; to search the study: {command} --study {name}" if name in shipped() else ""
        hint = meant or did_you_mean(name, commands)
        return InputError(f"{name}: no such command{hint}; commands are {', '.join(commands)}")
    return InputError(f"{error.format_message().rstrip('.')}; {see}")


def whole(option: str, low: int, high: int | None = None, *, like: int) -> Callable[[Any], int]:
    """A parser of whole numbers from `low` to `high`, which names the option in its error."""
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


_Enum = TypeVar("_Enum", bound=StrEnum)


def one_of(option: str, choices: type[_Enum]) -> Any:
    """Settings of an option that takes one of a few names."""

    def parse(text: Any) -> _Enum:
        if text not in list(choices):
            raise InputError(
                f"{option} {text}: expected one of {', '.join(choices)}{did_you_mean(text, choices)}"
            )
        return choices(text)

    def complete(incomplete: str) -> list[str]:
        return [name for name in choices if name.startswith(incomplete)]

    return {"parser": parse, "metavar": "|".join(choices), "autocompletion": complete}


Name = Annotated[str, typer.Argument(metavar="STUDY", autocompletion=complete_begun_studies)]
Runs = Annotated[Path, typer.Option(help="Folder for everything that is written.")]
Storage = Annotated[str | None, typer.Option(help="Database URL instead of RUNS/xlt.db.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the data and the result alone.")]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object a line; the display goes to stderr."),
]
Engine = Annotated[
    ExecutorName,
    typer.Option(
        help="What runs the jobs: this machine, or Ray.", **one_of("--engine", ExecutorName)
    ),
]
RayAddress = Annotated[
    str | None, typer.Option(help="HOST:PORT of a Ray cluster, or auto; else one is started here.")
]
JobLimit = Annotated[
    str | None, typer.Option(help="Longest time of a job, such as 30m; it fails after that.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, or cuda:1 for the second GPU.")]
CacheSize = Annotated[str, typer.Option(help="Checkpoints to keep, such as 10GB.")]
Data = Annotated[str | None, typer.Option(help="auto, hub, synthetic or a folder.")]
MovedData = Annotated[str | None, typer.Option(help="Where the same data are now.")]
Trials = Annotated[
    int | None,
    typer.Option(
        parser=whole("--n-trials", 1, like=40),
        metavar="N",
        help="Configurations in the study, all told.",
    ),
]
TimeBudget = Annotated[
    str | None,
    typer.Option(
        help="Time for everything, such as 120m or 1h30m; there is a final score before it."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        parser=whole("--seed", 0, 2**32 - 1, like=42),
        metavar="N",
        help="Of the sampler, and of every training.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        parser=whole("--workers", 1, like=2),
        metavar="N",
        help="Processes that train, one thread each.  [default: one a core or GPU]",
    ),
]


class Format(StrEnum):
    TOML = "toml"
    JSON = "json"
    NOTEBOOK = "notebook"


def collect_overrides(
    assignments: Sequence[str] | None,
    data: str | None,
    time_budget: str | None = None,
    n_trials: int | None = None,
    seed: int | None = None,
) -> list[str]:
    """Each as an assignment; an option of its own counts for more than `--set`."""
    if time_budget is not None and parse_duration(time_budget) is None:
        raise InputError(f"--time-budget {time_budget}: expected {EXPECTED}")
    options = {
        "search.n_trials": n_trials,
        "search.seed": seed,
        "budget.time_limit": time_budget,
        "data.source": data,
    }
    given = [f"{key}={toml(value)}" for key, value in options.items() if value is not None]
    return [*(assignments or []), *given]


def refuse_ignored_options(context: typer.Context) -> None:
    """Give a command the options that stand before its name, as in `--runs DIR list`.

    Raises `InputError` for one that the command does not have.
    """
    assert context.invoked_subcommand is not None
    group: Any = context.command
    name = context.invoked_subcommand
    known = {each.name for each in group.commands[name].params}
    given = {
        each.name: each
        for each in group.params
        if str(context.get_parameter_source(each.name)).endswith("COMMANDLINE")
    }
    for each in given.values():
        if each.name not in known:
            raise InputError(
                f"{each.opts[0]}: {name} has no such option; xlt-search {name} --help shows what "
                "there is"
            )
    context.default_map = {name: {each: context.params[each] for each in given}}


def location_options(study: str, runs: Path) -> str:
    """What `--study` or a command names: a shipped study, a file, or one that was begun in `runs`.

    `make league` begins `demo`, whose definition is `runs/demo/study.toml`.
    """
    file = runs / study / "study.toml"
    return str(file) if study not in shipped() and is_name(study) and file.is_file() else study


def parse_counts(text: str) -> Sequence[int]:
    found = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"0*[1-9][0-9]{0,8}", part) for part in found):
        raise InputError(f"--sizes {text}: expected counts of sentences such as 250,500,1000")
    return [int(part) for part in found]


UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def parse_size(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?B)?", text.strip(), re.IGNORECASE)
    unit = (found[2] or "").upper().removeprefix("B") if found else ""
    size = float(found[1]) * UNITS.get(unit, math.nan) if found else math.nan
    if not math.isfinite(size):
        raise InputError(f"--cache-size {text}: expected a size such as 10GB or 500MB")
    return int(size)


def parse_device(text: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", text):
        raise InputError(f"--device {text}: expected auto, cpu, cuda, or cuda:1 for the second GPU")
    return text


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def parse_job_timeout(text: str | None) -> float | None:
    if text is None:
        return None
    found = parse_duration(text)
    if found is None:
        raise InputError(f"--job-limit {text}: expected {EXPECTED}")
    return found
