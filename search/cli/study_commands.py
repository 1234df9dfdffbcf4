"""The commands that read studies: list, show, export, report, dashboard, backup."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.objectives.folders import make_folder
from xlt.search.cli.option_groups import (
    OutputOptions,
    RunOptions,
    StudyOptions,
    expand_groups,
    options_as_typed,
    quiet_optuna,
)
from xlt.search.cli.options import (
    Device,
    Format,
    Precision,
    PrecisionName,
    Quiet,
    Runs,
    Storage,
    StudyName,
    Workers,
    choice,
    complete_started_studies,
    complete_study_names,
    is_loopback,
    list_started_studies,
    parse_device,
    resolve_study,
    whole_number,
)
from xlt.studies import study as studies
from xlt.studies.loader import shipped
from xlt.studies.resolved import to_toml

if TYPE_CHECKING:
    from xlt.search.results.export import Export


def list_studies(runs: Runs = Path("runs"), storage: Storage = None) -> None:
    """List the shipped studies, and those in --runs."""
    for name in shipped():
        print(f"{name}: {studies.load(name).description}")
    print("\nxlt-search show NAME prints a study and estimates its cost")
    if names := list_started_studies(runs):
        print(f"\nstarted in {runs}:")
        print(_started_table(names, runs, storage))


def _started_table(names: list[str], runs: Path, storage: str | None) -> str:
    from xlt.search.storage import database
    from xlt.search.storage import studies as stored_studies
    from xlt.search.tables import Table, format_table

    quiet_optuna()
    stored = (
        stored_studies.list_own_studies(database.open_storage(storage, runs))
        if stored_studies.list_studies(storage, runs)
        else []
    )
    rows = [
        (name, *stored_studies.overview(stored_studies.load_store(storage, runs, name)))
        if name in stored
        else (name, "not in this database", "", "", "")  # perhaps in one that --storage names
        for name in names
    ]
    header = ("study", "state", "configurations", "best score", "last active")
    return format_table(Table("", header, tuple(rows))).strip()


@expand_groups
def show(
    context: typer.Context,
    study: Annotated[str, typer.Argument(metavar="STUDY", autocompletion=complete_study_names)],
    *,
    measure: Annotated[
        bool, typer.Option("--measure", help="Train a few steps here for a better estimate.")
    ] = False,
    changes: StudyOptions,
    workers: Workers = None,
    device: Device = "auto",
    precision: Precision = PrecisionName.AUTO,
    runs: Runs = Path("runs"),
) -> None:
    """Print a study as TOML, and estimate its cost.

    All defaults are filled in. The cost is in comments.
    """
    source = resolve_study(study, runs)
    loaded = studies.load(source, changes.overrides())
    from xlt.search.execution.environment import n_cores
    from xlt.search.pipeline import cost_estimate
    from xlt.search.results.provenance import shell_command

    # stdout is for the TOML alone, which may be redirected to a file.
    with OutputOptions().open(to_stderr=True) as (display, stop):
        if measure:
            options = RunOptions(workers, device, precision, runs).resolve()
            costs, count = cost_estimate.measure(loaded, options, display, stop)
            how = "measured on a few steps of three configurations"
        else:
            likely = cost_estimate.likely_device(parse_device(device))
            costs, count = cost_estimate.prior(loaded, likely), workers or n_cores()
            how = cost_estimate.describe_prior(loaded, likely)
        estimate = cost_estimate.estimate(loaded, costs, count, how=how)
    if source != study:
        print(f"# {study}: started before; its definition is read from {source}")
    for notice in studies.notices(loaded):
        print(f"# notice: {notice}")
    space = loaded.space
    if space.continuous:
        names = ", ".join(space.continuous)
        print(f"# {space.size} combinations of the discrete parameters; continuous: {names}")
    else:
        print(f"# {space.size} configurations")
    for line in estimate.lines(loaded):
        print(f"# {line}")
    command = shell_command(["--study", study, *options_as_typed(context)])
    name = study if source != study else loaded.name
    print(f"# to start the search: {command}; results go to {runs / name}")
    print()
    print(to_toml(loaded), end="")


def export(
    study: StudyName,
    form: Annotated[
        Format, typer.Option("--format", help="Output format.", **choice("--format", Format))
    ] = Format.TOML,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this file instead of stdout.")
    ] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    quiet: Quiet = False,
) -> None:
    """Print the best configuration of a study.

    The output also has its seed, data, versions and all scores.
    """
    studies.check_name(study, "STUDY")
    from xlt.search.results import export as exports
    from xlt.search.results.notebook import as_notebook
    from xlt.search.storage.studies import load_store

    formats: dict[Format, Callable[[Export], str]] = {
        Format.TOML: exports.as_toml,
        Format.JSON: exports.as_json,
        Format.NOTEBOOK: as_notebook,
    }
    text = formats[form](exports.build_export(load_store(storage, runs, study)))
    if out is None:
        print(text)
    else:
        exports.write_file(text, out)
        if not quiet:
            print(f"written: {out}")


def report(
    names: Annotated[
        list[str], typer.Argument(metavar="STUDY ...", autocompletion=complete_started_studies)
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report to this file instead.")
    ] = None,
    runs: Runs = Path("runs"),
    storage: Storage = None,
    quiet: Quiet = False,
) -> None:
    """Write a report on one study or several.

    It is one HTML file without further files, report.html in the study's folder or, for several
    studies, in --runs.
    """
    for name in names:
        studies.check_name(name, "STUDY")
    from xlt.search.report.page import write
    from xlt.search.results.export import REPORT
    from xlt.search.storage.studies import load_store

    quiet_optuna()
    stores = [load_store(storage, runs, name) for name in dict.fromkeys(names)]
    path = out or (runs / names[0] if len(stores) == 1 else runs) / REPORT
    make_folder(path.parent)
    write(stores, runs, path)
    if not quiet:
        print(f"report: {path}")


def dashboard(
    port: Annotated[
        int,
        typer.Option(
            parser=whole_number("--port", 1, 65535, like=8080),
            metavar="N",
            help="Port to listen on.",
        ),
    ] = 8080,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on; the default is reachable from this machine only.",
        ),
    ] = "127.0.0.1",
    runs: Runs = Path("runs"),
    storage: Storage = None,
) -> None:
    """Start optuna-dashboard with all studies.

    Every trial has its learning curve and sample outputs. The study has a note with its outcome.
    """
    from xlt.search.report.dashboard import serve

    quiet_optuna()
    if not is_loopback(host):
        print(
            f"warning: --host {host}: anyone who can reach this address can read, change and "
            "delete the studies; there is no password",
            file=sys.stderr,
        )
    serve(storage, runs, host, port, lambda address: print(f"dashboard: {address}", flush=True))


def backup(
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="A new file, or a folder.")],
    runs: Runs = Path("runs"),
    storage: Storage = None,
    quiet: Quiet = False,
) -> None:
    """Copy the SQLite database of all studies.

    It may be copied while a search writes to it.
    """
    from xlt.search.storage.backup import back_up

    path = back_up(storage, runs, dest)
    if not quiet:
        print(f"written: {path}")
