"""The command line: options in, messages and exit statuses out. Nothing is decided here."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import optuna
import typer
from threadpoolctl import threadpool_limits

from xlt.search import export as exports
from xlt.search import prediction, runner
from xlt.search.faults import fault
from xlt.search.interrupt import Interrupted, noticing_signals
from xlt.search.made import shell
from xlt.search.notebook import as_notebook
from xlt.search.patience import Lost, losses_told
from xlt.search.progress import display
from xlt.search.reproduce import reproduce as train_again
from xlt.search.session import EngineName, Options
from xlt.search.store import existing
from xlt.search.transfer import transfer as compare
from xlt.search.workers import cores
from xlt.spaces.errors import InputError, XltError
from xlt.spaces.limits import toml
from xlt.studies import study as studies
from xlt.studies.durations import EXPECTED, seconds
from xlt.studies.reading import shipped

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find the best configuration that a budget allows, train it, hand it over.",
)

Runs = Annotated[Path, typer.Option(help="Folder for everything that is written.")]
Storage = Annotated[str | None, typer.Option(help="Database URL instead of RUNS/xlt.db.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the data and the result alone.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Engine = Annotated[EngineName, typer.Option(help="What has jobs done: this machine, or Ray.")]
RayAddress = Annotated[
    str | None, typer.Option(help="HOST:PORT of a Ray cluster, or auto; else one is started here.")
]
JobLimit = Annotated[
    str | None, typer.Option(help="Longest time of a job, such as 30m; it fails after that.")
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
CacheSize = Annotated[str, typer.Option(help="Checkpoints to keep, such as 10GB.")]


class Format(StrEnum):
    TOML = "toml"
    JSON = "json"
    NOTEBOOK = "notebook"


FORMATS: Mapping[Format, Callable[[exports.Export], str]] = {
    Format.TOML: exports.as_toml,
    Format.JSON: exports.as_json,
    Format.NOTEBOOK: as_notebook,
}


def main() -> None:
    """The console script. A user's mistake is told without a traceback; a bug keeps its own."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # What the search itself computes shall not take the workers' cores: threads that wait for each
    # other there make asking for a configuration thirty times as long. The sampler `gp` brings
    # PyTorch, which reads the environment.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    threadpool_limits(1)
    try:
        with losses_told():
            app()
    except Exception as error:
        told = error if isinstance(error, XltError) else fault(error)
        if told is None:
            raise
        print(f"xlt-search: {told}", file=sys.stderr)
        if isinstance(told, Interrupted | Lost):
            print(f"to go on: {shell(sys.argv[1:])}", file=sys.stderr)
        sys.exit(told.exit_code)


@app.callback(invoke_without_command=True)
def search(
    context: typer.Context,
    study: Annotated[str | None, typer.Option(help="A shipped study, or a .toml file.")] = None,
    n_trials: Annotated[
        int | None, typer.Option(min=1, help="Configurations in the study, all told.")
    ] = None,
    time_budget: Annotated[
        str | None,
        typer.Option(help="Time for everything, such as 120m; there is a final score before it."),
    ] = None,
    data: Annotated[str | None, typer.Option(help="auto, hub, synthetic or a folder.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that train, one thread each.")
    ] = None,
    device: Device = "auto",
    seed: Annotated[int | None, typer.Option(min=0, max=2**32 - 1)] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A key of the study; repeatable."),
    ] = None,
    enqueue: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="best.toml",
            help="Try this export's configuration right after the baseline; repeatable.",
        ),
    ] = None,
    study_name: Annotated[
        str | None, typer.Option(help="Another name to keep the study under.")
    ] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    engine: Engine = EngineName.LOCAL,
    ray_address: RayAddress = None,
    job_limit: JobLimit = None,
    cache_size: CacheSize = "10GB",
    no_final: Annotated[
        bool, typer.Option("--no-final", help="Leave out confirmation, final run and test.")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Search a study; the same command goes on with what is there."""
    if context.invoked_subcommand is not None:
        return
    if study is None:
        raise InputError(
            f"--study is missing: name one of {', '.join(shipped())}, or a .toml file "
            "(xlt-search --help)"
        )
    if time_budget is not None and seconds(time_budget) is None:
        raise InputError(f"--time-budget {time_budget}: expected {EXPECTED}")
    options = {
        "search.n_trials": n_trials,
        "search.seed": seed,
        "budget.time": time_budget,
        "data.source": data,
    }
    given = [f"{key}={toml(value)}" for key, value in options.items() if value is not None]
    given = [*(assignments or []), *given]
    loaded = studies.load(study, given)
    if enqueue:
        tables = exports.enqueued(enqueue, loaded)
        loaded = studies.load(study, [*given, f"search.enqueue={toml(tables)}"])
    with display(as_json=as_json, quiet=quiet) as show, noticing_signals() as stop:
        runner.search(
            loaded,
            study_name or loaded.name,
            Options(
                runs=runs,
                storage=storage,
                device=device,
                cache_size=_bytes(cache_size),
                workers=workers,
                engine=engine,
                ray_address=ray_address,
                job_limit=_seconds(job_limit),
                command=shell(sys.argv[1:]),
            ),
            show,
            stop,
            with_final=not no_final,
        )


@app.command("list")
def list_studies() -> None:
    """The studies at hand."""
    for name in shipped():
        print(f"{name}: {studies.load(name).description}")


@app.command()
def show(
    study: str,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As for a search.")
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Train a few steps here to predict what it costs.")
    ] = False,
    data: Annotated[str | None, typer.Option(help="auto, hub, synthetic or a folder.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that train, one thread each.")
    ] = None,
    device: Device = "auto",
    runs: Runs = Path("runs"),
) -> None:
    """The resolved study: space, size, fixed settings, budget, data; and what it will cost."""
    given = [*(assignments or []), *([f"data.source={toml(data)}"] if data else [])]
    loaded = studies.load(study, given)
    if measure:
        options = Options(runs=runs, device=device, workers=workers)
        # The output is a study again, for a file.
        with display(as_json=False, quiet=False, errors=True) as told, noticing_signals() as stop:
            costs, count = prediction.measured(loaded, options, told, stop)
    else:
        costs, count = prediction.guessed(loaded, device), workers or cores()
    space = loaded.space
    beside = f", times the continuous {', '.join(space.continuous)}" if space.continuous else ""
    print(f"# {space.size} configurations{beside}")
    for line in prediction.predicted(loaded, costs, count, measured=measure).lines(loaded):
        print(f"# {line}")
    print()
    print(studies.to_toml(loaded), end="")


@app.command()
def final(
    study: str,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that train, one thread each.")
    ] = None,
    device: Device = "auto",
    runs: Runs = Path("runs"),
    storage: Storage = None,
    engine: Engine = EngineName.LOCAL,
    ray_address: RayAddress = None,
    job_limit: JobLimit = None,
    cache_size: CacheSize = "10GB",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Confirmation and final run of a study that was searched before, alone."""
    options = Options(
        runs=runs,
        storage=storage,
        device=device,
        cache_size=_bytes(cache_size),
        workers=workers,
        engine=engine,
        ray_address=ray_address,
        job_limit=_seconds(job_limit),
        command=shell(sys.argv[1:]),
    )
    with display(as_json=as_json, quiet=quiet) as show, noticing_signals() as stop:
        runner.finish(study, options, show, stop)


@app.command()
def transfer(
    data: Annotated[str | None, typer.Option(help="auto, hub, synthetic or a folder.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each, on as many seeds.")] = 3,
    sizes: Annotated[
        str, typer.Option(help="French sentences along few-shot's curve.")
    ] = "250,500,750,1000,2000,4000",
    best: Annotated[
        list[Path] | None,
        typer.Option(help="A best.toml whose configuration is taken; repeatable."),
    ] = None,
    equal: Annotated[
        Path | None,
        typer.Option(help="A best.toml whose configuration all four take, instead."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that train, one thread each.")
    ] = None,
    device: Device = "auto",
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A key of all four studies; repeatable."),
    ] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    engine: Engine = EngineName.LOCAL,
    ray_address: RayAddress = None,
    job_limit: JobLimit = None,
    cache_size: CacheSize = "10GB",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare the four NER strategies on the test set, each as its study has tuned it."""
    options = Options(
        runs=runs,
        storage=storage,
        device=device,
        cache_size=_bytes(cache_size),
        workers=workers,
        engine=engine,
        ray_address=ray_address,
        job_limit=_seconds(job_limit),
        command=shell(sys.argv[1:]),
    )
    given = [*(assignments or []), *([f"data.source={toml(data)}"] if data else [])]
    with display(as_json=as_json, quiet=quiet) as show, noticing_signals() as stop:
        compare(
            lambda name: studies.load(name, given),
            options,
            show,
            stop,
            seeds=seeds,
            sizes=_sizes(sizes),
            given=best or (),
            equal=equal,
        )


def _sizes(text: str) -> list[int]:
    found = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in found):
        raise InputError(f"--sizes {text}: expected counts of sentences such as 250,500,1000")
    return [int(part) for part in found]


@app.command()
def export(
    study: str,
    form: Annotated[Format, typer.Option("--format")] = Format.TOML,
    out: Annotated[Path | None, typer.Option(help="A file instead of the output.")] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    quiet: Quiet = False,
) -> None:
    """The best configuration of a study and everything known about it."""
    studies.check_name(study, "STUDY")
    found = exports.collect(existing(storage, runs, study))
    text = FORMATS[form](found)
    if out is None:
        print(text)
    else:
        exports.write(text, out)
        if not quiet:
            print(f"written: {out}")


@app.command()
def report(
    names: Annotated[list[str], typer.Argument(metavar="STUDY ...")],
    out: Annotated[Path | None, typer.Option(help="Another file to write.")] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    quiet: Quiet = False,
) -> None:
    """One page on a study, or on several side by side: a file that needs nothing beside it."""
    for name in names:
        studies.check_name(name, "STUDY")
    stores = [existing(storage, runs, name) for name in dict.fromkeys(names)]
    # It takes a second to import.
    from xlt.search.report.page import REPORT, write

    path = out or (runs / names[0] if len(stores) == 1 else runs) / REPORT
    path.parent.mkdir(parents=True, exist_ok=True)
    write(stores, runs, path)
    if not quiet:
        print(f"report: {path}")


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    runs: Runs = Path("runs"),
    storage: Storage = None,
) -> None:
    """optuna-dashboard on these studies, with notes, curves, plots and samples; on this machine alone."""
    from xlt.search.dashboard import serve

    serve(storage, runs, port)


@app.command()
def reproduce(
    best: Annotated[Path, typer.Argument(metavar="best.toml")],
    data: Annotated[str | None, typer.Option(help="Where the same data are now.")] = None,
    runs: Runs = Path("runs"),
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train an export again and compare every score, bit for bit; exit status 3 if one differs."""
    options = Options(runs=runs, command=shell(sys.argv[1:]))
    with display(as_json=as_json, quiet=quiet) as show, noticing_signals() as stop:
        train_again(best, options, show, stop, source=data)


UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def _bytes(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?B)?", text.strip(), re.IGNORECASE)
    unit = (found[2] or "").upper().removeprefix("B") if found else ""
    if found is None or unit not in UNITS:
        raise InputError(f"--cache-size {text}: expected a size such as 10GB or 500MB")
    return int(float(found[1]) * UNITS[unit])


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    found = seconds(text)
    if found is None:
        raise InputError(f"--job-limit {text}: expected {EXPECTED}")
    return found
