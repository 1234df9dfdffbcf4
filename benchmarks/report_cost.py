"""What a report costs: seconds and size, for a study of many configurations.

    python benchmarks/report_cost.py [--configurations 1000]

The study is filled without training: random configurations, a quarter of them going on at each rung.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import optuna
import typer
from rich.console import Console
from search_cost import TimedLoop, fill, session

from xlt.search.report.page import write
from xlt.search.results.export import REPORT
from xlt.studies.study import load


def main(
    configurations: Annotated[int, typer.Option(min=1)] = 1000,
    study: Annotated[str, typer.Option(help="A study by its name or file.")] = "league",
) -> None:
    """Print the seconds that a report takes, and its size."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with TemporaryDirectory() as folder:
        runs = Path(folder)
        loop = TimedLoop(session(load(study), runs / study, 1))
        fill(loop, configurations, seed=1)
        begun = time.perf_counter()
        write([loop.store], runs, runs / REPORT)
        seconds = time.perf_counter() - begun
        size = (runs / REPORT).stat().st_size
    Console(highlight=False).print(
        f"{configurations:,} configurations: {seconds:.1f} s, {size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    typer.run(main)
