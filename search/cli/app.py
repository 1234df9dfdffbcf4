"""The command line: options in, messages and exit statuses out. Nothing is decided here.

What computes is imported by the command that needs it: Optuna and SciPy take a second, and whoever
asks for help shall not wait for them.
"""

import os
import platform
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.objectives.folders import make_folder
from xlt.search.cli.options import (
    USAGE_ERROR,
    AsJson,
    CacheSize,
    Data,
    Device,
    Engine,
    Format,
    JobLimit,
    MovedData,
    Name,
    Quiet,
    RayAddress,
    Runs,
    Seed,
    Storage,
    TimeBudget,
    Trials,
    Workers,
    as_input_error,
    collect_overrides,
    complete_begun_studies,
    complete_study_names,
    is_loopback,
    list_begun_studies,
    location_options,
    one_of,
    parse_counts,
    parse_device,
    parse_job_timeout,
    parse_size,
    refuse_ignored_options,
    whole,
)
from xlt.search.cli.streams import prepare_streams
from xlt.search.execution.executor_name import ExecutorName
from xlt.spaces.errors import InputError, XltError
from xlt.spaces.limits import toml
from xlt.studies import study as studies
from xlt.studies.reading import shipped

if TYPE_CHECKING:
    from xlt.search.events import EventSink
    from xlt.search.pipeline.session import Options
    from xlt.search.results.export import Export

GUIDE = """\
Finds the best configuration that a budget allows, trains it, hands it over.

To begin with, on text made here (no data, no GPU; two cores take about 20 minutes):
  xlt-search --study league --data synthetic --time-budget 20m

Before that:
  xlt-search list                   the studies at hand
  xlt-search show league            what one searches, and a guess of what it costs here
  xlt-search show league --measure  the same after a minute of training

After that, in the folder runs/league/:
  report.html  best.toml  trials.csv  final/
  xlt-search dashboard              look at every trial
  xlt-search reproduce runs/league/best.toml

xlt-search --help has all options, xlt-search COMMAND --help those of a command.
"""


def _version(wanted: bool) -> None:
    if wanted:
        for name in ("xlt-search", "torch", "transformers", "optuna"):
            print(f"{name} {version(name)}")  # without importing them
        print(f"Python {platform.python_version()}")
        print(platform.platform())
        raise typer.Exit


app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find the best configuration that a budget allows, train it, hand it over.",
    epilog="To begin with: xlt-search --study league --data synthetic --time-budget 20m",
)


def main() -> None:
    """The console script. A user's mistake is told without a traceback; a bug keeps its own."""
    prepare_streams()
    # What the search itself computes shall not take the workers' cores: threads that wait for each
    # other there make asking for a configuration thirty times as long. NumPy, SciPy and PyTorch read
    # this when they are imported; workers say for themselves how many threads they have.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        _check_encoding(sys.argv[1:])
        if code := app(prog_name="xlt-search", standalone_mode=False):
            sys.exit(code)
    except USAGE_ERROR as error:
        message = as_input_error(error)
        print(f"xlt-search: {message}", file=sys.stderr)
        sys.exit(message.exit_code)
    except typer.Abort:
        sys.exit(130)
    except Exception as error:
        told = error if isinstance(error, XltError) else _user_error(error)
        if told is None:
            raise
        print(f"xlt-search: {told}", file=sys.stderr)
        if told.resumable:
            print(f"to go on: {_command()}", file=sys.stderr)
        sys.exit(told.exit_code)


def _check_encoding(arguments: Sequence[str]) -> None:
    """Raise `InputError` for bytes that this locale's encoding has no letters for.

    Python passes them on as lone surrogates, which no database and no TOML takes.
    """
    for argument in arguments:
        if any("\ud800" <= letter <= "\udfff" for letter in argument):
            encoding = sys.getfilesystemencoding()
            raise InputError(
                f"{argument!r}: holds letters that are no {encoding} text; set LC_ALL=C.UTF-8, or "
                "write it in ASCII"
            )


def _user_error(error: Exception) -> XltError | None:
    """What the machine or a database did, in words; None: a bug."""
    from xlt.search.execution.os_errors import as_user_error
    from xlt.search.storage.reconnect import as_database_error

    return as_database_error(error) or as_user_error(error)


def _command() -> str:
    from xlt.search.results.provenance import shell_command

    return shell_command(sys.argv[1:])


def _quiet_libraries() -> None:
    """Optuna tells of each study and trial; so do we."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)


@contextmanager
def _working(
    *, as_json: bool = False, quiet: bool = False, errors: bool = False
) -> Iterator[tuple["EventSink", threading.Event]]:
    """What a command that trains needs: a display, and an event that signals set."""
    from xlt.search.cli.display import open_display
    from xlt.search.interrupt import stop_on_signals

    _quiet_libraries()
    with (
        open_display(as_json=as_json, quiet=quiet, errors=errors) as show,
        stop_on_signals() as stop,
    ):
        yield show, stop


def _options(
    *,
    cache_size: str = "10GB",
    job_limit: str | None = None,
    device: str = "auto",
    **given: Any,
) -> "Options":
    from xlt.search.budget.time_plan import process_started_at
    from xlt.search.pipeline import session

    return session.Options(
        cache_size=parse_size(cache_size),
        job_limit=parse_job_timeout(job_limit),
        device=parse_device(device),
        command=_command(),
        started=process_started_at(),
        **given,
    )


@app.callback(invoke_without_command=True)
def search(
    context: typer.Context,
    study: Annotated[
        str | None,
        typer.Option(help="A shipped study, or a .toml file.", autocompletion=complete_study_names),
    ] = None,
    n_trials: Trials = None,
    time_budget: TimeBudget = None,
    data: Data = None,
    workers: Workers = None,
    device: Device = "auto",
    seed: Seed = None,
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
    engine: Engine = ExecutorName.LOCAL,
    ray_address: RayAddress = None,
    job_limit: JobLimit = None,
    cache_size: CacheSize = "10GB",
    no_final: Annotated[
        bool, typer.Option("--no-final", help="Leave out confirmation, final run and test.")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Print the versions that a bug report needs, and exit.",
        ),
    ] = False,
) -> None:
    """Search a study; the same command goes on with what is there."""
    if context.invoked_subcommand is not None:
        refuse_ignored_options(context)
        return
    if len(sys.argv) == 1:
        print(GUIDE, end="")
        return
    if study is None:
        raise InputError(
            f"--study is missing: name one of {', '.join(shipped())}, or a .toml file "
            "(xlt-search --help)"
        )
    given = collect_overrides(assignments, data, time_budget, n_trials, seed)
    source = location_options(study, runs)
    loaded = studies.load(source, given)
    if source != study:
        study_name = study_name or study
        print(f"{study}: begun before; its definition is read from {source}", file=sys.stderr)
    if enqueue:
        from xlt.search.results.export import read_enqueued

        tables = read_enqueued(enqueue, loaded)
        loaded = studies.load(source, [*given, f"search.enqueue={toml(tables)}"])
    chosen = _options(
        runs=runs,
        storage=storage,
        device=device,
        cache_size=cache_size,
        workers=workers,
        executor=engine,
        ray_address=ray_address,
        job_limit=job_limit,
    )
    from xlt.search.pipeline import runner

    name = study_name or loaded.name
    with _working(as_json=as_json, quiet=quiet) as (show, stop):
        runner.run_study(loaded, name, chosen, show, stop, with_final=not no_final)


@app.command("list")
def list_studies(runs: Runs = Path("runs"), storage: Storage = None) -> None:
    """The studies at hand, and those that were begun."""
    for name in shipped():
        print(f"{name}: {studies.load(name).description}")
    print("\nxlt-search show NAME tells what one searches, and what it costs here")
    if found := list_begun_studies(runs):
        print(f"\nbegun in {runs}:")
        print(_begun_table(found, runs, storage))


def _begun_table(names: list[str], runs: Path, storage: str | None) -> str:
    from xlt.search.storage.database import open_storage
    from xlt.search.storage.studies import list_own_studies, list_studies, load_study, overview
    from xlt.search.tables import Table, format_table

    _quiet_libraries()
    there = list_own_studies(open_storage(storage, runs)) if list_studies(storage, runs) else []
    rows = []
    for name in names:
        # It may be kept in another database, which only --storage names.
        known = name in there
        shown = overview(load_study(storage, runs, name)) if known else ("not in this database",)
        rows.append((name, *shown, *[""] * (4 - len(shown))))
    header = ("study", "state", "configurations", "best score", "last active")
    return format_table(Table("", header, tuple(rows))).strip()


@app.command()
def show(
    study: Annotated[str, typer.Argument(metavar="STUDY", autocompletion=complete_study_names)],
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As for a search.")
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Train a few steps here to predict what it costs.")
    ] = False,
    n_trials: Trials = None,
    time_budget: TimeBudget = None,
    data: Data = None,
    workers: Workers = None,
    device: Device = "auto",
    seed: Seed = None,
    runs: Runs = Path("runs"),
) -> None:
    """The resolved study: space, size, fixed settings, budget, data; and what it will cost."""
    source = location_options(study, runs)
    loaded = studies.load(source, collect_overrides(assignments, data, time_budget, n_trials, seed))
    from xlt.search.execution.local import n_cores
    from xlt.search.pipeline import cost_estimate
    from xlt.search.results.provenance import shell_command

    # The output is a study again, for a file: all else goes elsewhere.
    with _working(errors=True) as (told, stop):
        if measure:
            options = _options(runs=runs, device=device, workers=workers)
            costs, count = cost_estimate.measure(loaded, options, told, stop)
            how = "after a few steps of three"
        else:
            likely = cost_estimate.likely_device(parse_device(device))
            costs, count = cost_estimate.prior(loaded, likely), workers or n_cores()
            how = cost_estimate.describe_prior(loaded, likely)
        predicted = cost_estimate.estimate(loaded, costs, count, how=how)
    if source != study:
        print(f"# {study}: begun before; its definition is read from {source}")
    for notice in studies.notices(loaded):
        print(f"# notice: {notice}")
    space = loaded.space
    beside = f", times the continuous {', '.join(space.continuous)}" if space.continuous else ""
    print(f"# {space.size} configurations{beside}")
    for line in predicted.lines(loaded):
        print(f"# {line}")
    said = [
        *(word for each in assignments or [] for word in ("--set", each)),
        *(["--n-trials", str(n_trials)] if n_trials else []),
        *(["--time-budget", time_budget] if time_budget else []),
        *(["--data", data] if data else []),
        *(["--workers", str(workers)] if workers else []),
        *(["--device", device] if device != "auto" else []),
        *(["--seed", str(seed)] if seed is not None else []),
        *(["--runs", str(runs)] if runs != Path("runs") else []),
    ]
    command = shell_command(["--study", study, *said])
    name = study if source != study else loaded.name
    print(f"# to search it: {command}; results go to {runs / name}")
    print()
    print(studies.to_toml(loaded), end="")


@app.command()
def final(
    study: Name,
    data: MovedData = None,
    workers: Workers = None,
    device: Device = "auto",
    runs: Runs = Path("runs"),
    storage: Storage = None,
    engine: Engine = ExecutorName.LOCAL,
    ray_address: RayAddress = None,
    job_limit: JobLimit = None,
    cache_size: CacheSize = "10GB",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Confirmation and final run of a study that was searched before, alone."""
    options = _options(
        runs=runs,
        storage=storage,
        device=device,
        cache_size=cache_size,
        workers=workers,
        executor=engine,
        ray_address=ray_address,
        job_limit=job_limit,
    )
    from xlt.search.pipeline import runner

    with _working(as_json=as_json, quiet=quiet) as (show, stop):
        runner.finish_study(study, options, show, stop, source=data)


@app.command()
def transfer(
    data: Data = None,
    seeds: Annotated[
        int,
        typer.Option(
            parser=whole("--seeds", 1, like=3), metavar="N", help="Runs of each, on as many seeds."
        ),
    ] = 3,
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
    workers: Workers = None,
    device: Device = "auto",
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A key of all four studies; repeatable."),
    ] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    engine: Engine = ExecutorName.LOCAL,
    ray_address: RayAddress = None,
    job_limit: JobLimit = None,
    cache_size: CacheSize = "10GB",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare the four NER strategies on the test set."""
    options = _options(
        runs=runs,
        storage=storage,
        device=device,
        cache_size=cache_size,
        workers=workers,
        executor=engine,
        ray_address=ray_address,
        job_limit=job_limit,
    )
    given = collect_overrides(assignments, data)
    from xlt.search.transfer.compare import compare_strategies as compare

    with _working(as_json=as_json, quiet=quiet) as (show, stop):
        compare(
            lambda name: studies.load(name, given),
            options,
            show,
            stop,
            seeds=seeds,
            sizes=parse_counts(sizes),
            given=best or (),
            equal=equal,
        )


@app.command()
def export(
    study: Name,
    form: Annotated[
        Format,
        typer.Option("--format", help="Of what is written.", **one_of("--format", Format)),
    ] = Format.TOML,
    out: Annotated[Path | None, typer.Option(help="A file instead of the output.")] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    quiet: Quiet = False,
) -> None:
    """The best configuration of a study and everything known about it."""
    studies.check_name(study, "STUDY")
    from xlt.search.results import export as exports
    from xlt.search.results.notebook import as_notebook
    from xlt.search.storage.studies import load_study

    forms: dict[Format, Callable[[Export], str]] = {
        Format.TOML: exports.as_toml,
        Format.JSON: exports.as_json,
        Format.NOTEBOOK: as_notebook,
    }
    text = forms[form](exports.build_export(load_study(storage, runs, study)))
    if out is None:
        print(text)
    else:
        exports.write_file(text, out)
        if not quiet:
            print(f"written: {out}")


@app.command()
def report(
    names: Annotated[
        list[str], typer.Argument(metavar="STUDY ...", autocompletion=complete_begun_studies)
    ],
    out: Annotated[Path | None, typer.Option(help="Another file to write.")] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    quiet: Quiet = False,
) -> None:
    """One page on a study, or on several side by side: a file that needs nothing beside it."""
    for name in names:
        studies.check_name(name, "STUDY")
    from xlt.search.report.page import write
    from xlt.search.results.export import REPORT
    from xlt.search.storage.studies import load_study

    _quiet_libraries()
    stores = [load_study(storage, runs, name) for name in dict.fromkeys(names)]
    path = out or (runs / names[0] if len(stores) == 1 else runs) / REPORT
    make_folder(path.parent)
    write(stores, runs, path)
    if not quiet:
        print(f"report: {path}")


@app.command()
def dashboard(
    port: Annotated[
        int,
        typer.Option(
            parser=whole("--port", 1, 65535, like=8080), metavar="N", help="Port to listen on."
        ),
    ] = 8080,
    host: Annotated[
        str, typer.Option(help="Address to listen on; by default only this machine reaches it.")
    ] = "127.0.0.1",
    runs: Runs = Path("runs"),
    storage: Storage = None,
) -> None:
    """optuna-dashboard on all studies, with notes, curves and samples."""
    from xlt.search.report.dashboard import serve

    _quiet_libraries()
    if not is_loopback(host):
        print(
            f"warning: --host {host}: anyone who can reach this address can read, change and "
            "delete the studies; nothing asks for a password",
            file=sys.stderr,
        )
    serve(storage, runs, host, port, lambda address: print(f"dashboard: {address}", flush=True))


@app.command()
def backup(
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="A new file, or a folder.")],
    runs: Runs = Path("runs"),
    storage: Storage = None,
    quiet: Quiet = False,
) -> None:
    """Copy the studies' database (SQLite), also while a search writes to it."""
    from xlt.search.storage.backup import back_up

    written = back_up(storage, runs, dest)
    if not quiet:
        print(f"written: {written}")


@app.command()
def reproduce(
    best: Annotated[Path, typer.Argument(metavar="best.toml")],
    data: MovedData = None,
    runs: Runs = Path("runs"),
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train an export again and compare every score, bit for bit; exit status 3 if one differs."""
    from xlt.search.pipeline.reproduce import reproduce as train_again

    with _working(as_json=as_json, quiet=quiet) as (show, stop):
        train_again(best, _options(runs=runs), show, stop, source=data)
