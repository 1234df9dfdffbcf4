"""The commands that train: final, transfer, reproduce. (`search` is the program's own, in app.py.)"""

from pathlib import Path
from typing import Annotated

import typer

from xlt.search.cli.option_groups import (
    OutputOptions,
    ProofOptions,
    RunOptions,
    StudyOptions,
    expand_groups,
)
from xlt.search.cli.options import Data, MovedData, Runs, StudyName, parse_counts, whole_number
from xlt.studies import study as studies


@expand_groups
def final(
    study: StudyName,
    *,
    proof: ProofOptions,
    data: MovedData = None,
    run: RunOptions,
    output: OutputOptions,
) -> None:
    """Test on new seeds whether the winner is better than the baseline, then train and test it.

    There is no time budget.
    """
    options = run.resolve()
    from xlt.search.pipeline.runner import finish_study

    with output.open() as (show, stop):
        finish_study(study, options, show, stop, proof.overrides(), source=data)


@expand_groups
def transfer(
    *,
    data: Data = None,
    seeds: Annotated[
        int,
        typer.Option(
            parser=whole_number("--seeds", 1, like=3),
            metavar="N",
            help="Number of seeds for each strategy and size.",
        ),
    ] = 3,
    sizes: Annotated[
        str,
        typer.Option(
            metavar="N,N",
            help="Numbers of French training sentences for few-shot and joint, with commas.",
        ),
    ] = "250,500,750,1000,2000,4000",
    best: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="best.toml",
            help="Use the configuration of this best.toml for the strategy of its study; repeatable.",
        ),
    ] = None,
    equal: Annotated[
        Path | None,
        typer.Option(
            metavar="best.toml", help="Use the configuration of this best.toml for all strategies."
        ),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key of all five studies."),
    ] = None,
    run: RunOptions,
    output: OutputOptions,
) -> None:
    """Compare the five NER strategies on the test set."""
    options = run.resolve()
    overrides = StudyOptions(data=data, assignments=assignments).overrides()
    from xlt.search.transfer.compare import compare_strategies

    with output.open() as (show, stop):
        compare_strategies(
            lambda name: studies.load(name, overrides),
            options,
            show,
            stop,
            n_seeds=seeds,
            sizes=parse_counts(sizes),
            best_exports=best or (),
            shared_export=equal,
        )


@expand_groups
def reproduce(
    best: Annotated[Path, typer.Argument(metavar="best.toml")],
    *,
    data: MovedData = None,
    runs: Runs = Path("runs"),
    output: OutputOptions,
) -> None:
    """Train the configuration of a best.toml again and compare every score.

    The scores must be equal bit for bit. Exit status 3 if one differs.
    """
    from xlt.search.pipeline.reproduce import reproduce as train_again

    with output.open() as (show, stop):
        train_again(best, RunOptions(runs=runs).resolve(), show, stop, source=data)
