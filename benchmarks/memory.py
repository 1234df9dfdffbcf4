"""Whether a worker's memory stays flat over many short trials.

    python benchmarks/memory.py [--study league] [--trials 200] [--steps 4] [--set KEY=VALUE ...]

One worker trains random configurations of the study's space, each from the beginning, and scores
them. Printed is what its process has in memory between two trials, as the median of ten, and the
last line over the one at 20.
"""

import threading
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated

import optuna
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.search.execution.jobs import Train
from xlt.search.execution.local import LocalExecutor
from xlt.search.execution.memory import rss_bytes
from xlt.search.pipeline.session import Options
from xlt.search.suggest.distributions import distributions
from xlt.search.suggest.samplers import make_sampler
from xlt.studies.study import load

console = Console(highlight=False, soft_wrap=True)


def main(
    study: Annotated[str, typer.Option(help="A study by its name or file.")] = "league",
    trials: Annotated[int, typer.Option(min=30)] = 200,
    steps: Annotated[int, typer.Option(min=1)] = 4,
    data: Annotated[str, typer.Option(help="As for xlt-search.")] = "synthetic",
    assignments: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE")] = None,
) -> None:
    """Print a worker's memory along its trials."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    chosen = load(study, [f'data.source="{data}"', *(assignments or [])])
    space = distributions(chosen.space)
    asked = optuna.create_study(sampler=make_sampler("random", 0, 0))
    megabytes: list[float] = []
    table = Table("trials", "MB between trials", box=box.MARKDOWN)
    with TemporaryDirectory() as folder:
        options = Options(Path(folder), cache_size=0)
        with LocalExecutor(
            options.worker_config(chosen), threading.Event(), lambda _: None
        ) as workers:
            workers.describe()
            for number in range(trials):
                config = chosen.space.from_trial_params(asked.ask(space).params)
                workers.submit(Train(number, config, number, steps, ()))
                while not list(workers.completed()):
                    pass
                megabytes.append(rss_bytes(workers._workers[0].pid) / 1e6)
                if (number + 1) % 20 == 0:
                    table.add_row(str(number + 1), f"{median(megabytes[-10:]):.0f}")
                    console.print(f"{number + 1} done", style="dim")
    console.print(table)
    console.print(f"{median(megabytes[-10:]) / median(megabytes[10:20]):.3f} times that at 20")


if __name__ == "__main__":
    typer.run(main)
