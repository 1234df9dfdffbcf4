"""The program `xlt-search`: its options, its commands, its exit statuses.

All commands but the search itself are in `training_commands.py` and `study_commands.py`. Modules
that import Optuna or SciPy, which takes a second, are imported by the command that needs them, so
that `--help` is quick.
"""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from xlt.search.cli import init_command, study_commands, training_commands
from xlt.search.cli.errors import as_xlt_error, check_encoding
from xlt.search.cli.option_groups import OutputOptions, RunOptions, StudyOptions, expand_groups
from xlt.search.cli.options import complete_study_names, forward_options, resolve_study
from xlt.search.cli.streams import prepare_streams
from xlt.spaces.errors import InputError
from xlt.spaces.limits import toml
from xlt.studies import study as studies
from xlt.studies.loader import shipped

GUIDE = """\
Finds the best configuration that a budget allows, trains it and exports it.

A first search, on synthetic data (no GPU needed, at most five minutes on two cores):
  xlt-search --study quick

Your own fine-tuning with a Trainer of transformers:
  xlt-search init my_task.py --data reviews.csv
  xlt-search --study my_task.py --n-trials 20 --time-budget 1h

Before a search:
  xlt-search list                   list the studies
  xlt-search show league            print a study and estimate its cost
  xlt-search show league --measure  train a few steps for a better estimate

After it, in the folder runs/league/:
  report.html  best.toml  trials.csv  final/
  xlt-search dashboard              look at every trial
  xlt-search reproduce runs/league/best.toml

xlt-search --help lists all options, xlt-search COMMAND --help those of a command.
"""

app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find the best configuration that a budget allows, train it and export it.",
    epilog="A first search: xlt-search --study quick",
)


def main() -> None:
    """The console script. A user's mistake is one line on stderr; a bug keeps its traceback."""
    prepare_streams()
    # The search process must not compete with the workers for cores: with several threads, a
    # suggestion takes thirty times as long. NumPy, SciPy and PyTorch read this when they are
    # imported; workers set their own number of threads.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        check_encoding(sys.argv[1:])
        if code := app(prog_name="xlt-search", standalone_mode=False):
            sys.exit(code)
    except typer.Abort:
        sys.exit(130)
    except Exception as error:
        failure = as_xlt_error(error)
        if failure is None:
            raise
        print(f"xlt-search: {failure}", file=sys.stderr)
        if failure.resumable:
            from xlt.search.results.provenance import shell_command

            print(f"to resume: {shell_command(sys.argv[1:])}", file=sys.stderr)
        sys.exit(failure.exit_code)


def _print_versions(requested: bool) -> None:
    if requested:
        for name in ("xlt-search", "torch", "transformers", "optuna"):
            print(f"{name} {metadata.version(name)}")  # without importing them
        print(f"Python {platform.python_version()}")
        print(platform.platform())
        raise typer.Exit


@app.callback(invoke_without_command=True)
@expand_groups
def search(
    context: typer.Context,
    *,
    study: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A shipped study (see xlt-search list), a study in --runs, a .toml file, or a .py file "
            "with a task of your own (see xlt-search init).",
            autocompletion=complete_study_names,
        ),
    ] = None,
    changes: StudyOptions,
    enqueue: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="best.toml",
            help="Try the configuration of this best.toml after the baseline and search.enqueue; repeatable.",
        ),
    ] = None,
    study_name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Store the study under another name.")
    ] = None,
    no_final: Annotated[
        bool,
        typer.Option(
            "--no-final", help="Skip the proof and the final run. The test set is not used."
        ),
    ] = False,
    run: RunOptions,
    output: OutputOptions,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_versions,
            is_eager=True,
            help="Print the versions that a bug report needs, and exit.",
        ),
    ] = False,
) -> None:
    """Run the search of a study. The same command resumes it."""
    if context.invoked_subcommand is not None:
        forward_options(context)
        return
    if len(sys.argv) == 1:
        print(GUIDE, end="")
        return
    if study is None:
        raise InputError(
            f"--study is missing: name one of {', '.join(shipped())}, a study in --runs, or a .toml "
            "or .py file (xlt-search --help)"
        )
    overrides = changes.overrides()
    options = run.resolve()
    source = resolve_study(study, run.runs)
    loaded = studies.load(source, overrides)
    if source != study:
        study_name = study_name or study
        print(f"{study}: started before; its definition is read from {source}", file=sys.stderr)
    if enqueue:
        from xlt.search.results.export import read_enqueued

        tables = read_enqueued(enqueue, loaded)
        loaded = studies.load(source, [*overrides, f"search.enqueue={toml(tables)}"])
    from xlt.search.pipeline.runner import run_study

    with output.open() as (show, stop):
        run_study(loaded, study_name or loaded.name, options, show, stop, with_final=not no_final)


app.command("list")(study_commands.list_studies)
for command in (
    init_command.init,
    study_commands.show,
    training_commands.final,
    training_commands.transfer,
    study_commands.export,
    study_commands.report,
    study_commands.dashboard,
    study_commands.backup,
    training_commands.reproduce,
):
    app.command()(command)
