"""The options of the command line: their types, and what their texts stand for.

A text that stands for nothing raises `InputError`, with the option and what was expected.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xlt.search.engine_name import EngineName
from xlt.spaces.errors import InputError
from xlt.spaces.limits import toml
from xlt.studies.durations import EXPECTED, seconds
from xlt.studies.reading import shipped


def at_hand(incomplete: str) -> list[str]:
    """For completion in a shell: studies that can be searched."""
    files = map(str, Path().glob("*.toml"))
    return sorted(name for name in {*shipped(), *files} if name.startswith(incomplete))


def begun(incomplete: str) -> list[str]:
    """For completion in a shell: studies that were begun in ./runs."""
    return [name for name in begun_in(Path("runs")) if name.startswith(incomplete)]


def begun_in(runs: Path) -> list[str]:
    return sorted(file.parent.name for file in runs.glob("*/study.toml"))


Name = Annotated[str, typer.Argument(metavar="STUDY", autocompletion=begun)]
Runs = Annotated[Path, typer.Option(help="Folder for everything that is written.")]
Storage = Annotated[str | None, typer.Option(help="Database URL instead of RUNS/xlt.db.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the data and the result alone.")]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object a line; the display goes to stderr."),
]
Engine = Annotated[EngineName, typer.Option(help="What has jobs done: this machine, or Ray.")]
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
Trials = Annotated[int | None, typer.Option(min=1, help="Configurations in the study, all told.")]
TimeBudget = Annotated[
    str | None,
    typer.Option(help="Time for everything, such as 120m; there is a final score before it."),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, max=2**32 - 1, help="Of the sampler, and of every training."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, help="Processes that train, one thread each.  [default: one a core or GPU]"
    ),
]


class Format(StrEnum):
    TOML = "toml"
    JSON = "json"
    NOTEBOOK = "notebook"


def assigned(
    assignments: Sequence[str] | None,
    data: str | None,
    time_budget: str | None = None,
    n_trials: int | None = None,
    seed: int | None = None,
) -> list[str]:
    """Each as an assignment; an option of its own counts for more than `--set`."""
    if time_budget is not None and seconds(time_budget) is None:
        raise InputError(f"--time-budget {time_budget}: expected {EXPECTED}")
    options = {
        "search.n_trials": n_trials,
        "search.seed": seed,
        "budget.time": time_budget,
        "data.source": data,
    }
    given = [f"{key}={toml(value)}" for key, value in options.items() if value is not None]
    return [*(assignments or []), *given]


def counts(text: str) -> Sequence[int]:
    found = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in found):
        raise InputError(f"--sizes {text}: expected counts of sentences such as 250,500,1000")
    return [int(part) for part in found]


UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def cache_bytes(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?B)?", text.strip(), re.IGNORECASE)
    unit = (found[2] or "").upper().removeprefix("B") if found else ""
    if found is None or unit not in UNITS:
        raise InputError(f"--cache-size {text}: expected a size such as 10GB or 500MB")
    return int(float(found[1]) * UNITS[unit])


def device_name(text: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", text):
        raise InputError(f"--device {text}: expected auto, cpu, cuda, or cuda:1 for the second GPU")
    return text


def job_seconds(text: str | None) -> float | None:
    if text is None:
        return None
    found = seconds(text)
    if found is None:
        raise InputError(f"--job-limit {text}: expected {EXPECTED}")
    return found
