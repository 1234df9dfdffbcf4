"""How much more two workers train than one, and whether they train the same.

    python benchmarks/throughput.py [--study league] [--jobs 12] [--steps 40] [--repeats 3]

The same jobs are done by one worker, then by two, in turns: the study's baseline with other seeds,
so that all cost the same, each from the beginning to `steps`, and scored. Workers are up and have
done one job each before the clock starts. Exit status 1 if any score or metric differs in a bit.
"""

import sys
import threading
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.objectives.objective import Evaluation
from xlt.search.execution.jobs import Train, WorkerConfig
from xlt.search.execution.local import LocalExecutor
from xlt.search.pipeline.session import Options
from xlt.search.storage.store import evaluation_record
from xlt.studies.study import load

console = Console(highlight=False, soft_wrap=True)
# Their scores are not compared: they only have workers load what they need.
WARMING = 10**6


def done(setup: WorkerConfig, workers: int, jobs: list[Train]) -> tuple[float, dict[int, Any]]:
    """Seconds for all jobs, and their scores by seed."""
    waiting = list(jobs)
    scores: dict[int, Any] = {}
    with LocalExecutor(setup, threading.Event(), lambda _: None) as engine:
        engine.describe()
        engine.set_max_workers(workers)
        for number in range(workers):
            engine.submit(Train(WARMING + number, jobs[0].config, WARMING + number, 2, ()))
        warm, begun = 0, 0.0
        while len(scores) < len(jobs):
            while warm == workers and waiting and engine.has_capacity():
                engine.submit(waiting.pop(0))
            for trial, answer in engine.completed():
                assert isinstance(answer, Evaluation), answer
                if trial >= WARMING:
                    warm += 1
                    begun = time.perf_counter()
                else:
                    scores[trial] = evaluation_record(answer)
        return time.perf_counter() - begun, scores


def main(
    study: Annotated[str, typer.Option(help="A study by its name or file.")] = "league",
    jobs: Annotated[int, typer.Option(min=2)] = 12,
    steps: Annotated[int, typer.Option(min=2)] = 40,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
    data: Annotated[str, typer.Option(help="As for xlt-search.")] = "synthetic",
    assignments: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE")] = None,
) -> None:
    """Print seconds of one worker and of two, and their ratio."""
    chosen = load(study, [f'data.source="{data}"', *(assignments or [])])
    work = [Train(seed, chosen.space.baseline, seed, steps, ()) for seed in range(jobs)]
    table = Table("one worker, s", "two workers, s", "ratio", "scores", box=box.MARKDOWN)
    ratios: list[float] = []
    same = True
    for _ in range(repeats):
        seconds, scores = [], []
        for workers in (1, 2):
            with TemporaryDirectory() as folder:  # no checkpoint is there yet
                setup = Options(Path(folder)).worker_config(chosen)
                spent, found = done(setup, workers, work)
            seconds.append(spent)
            scores.append(found)
        same &= scores[0] == scores[1]
        ratios.append(seconds[0] / seconds[1])
        verdict = "the same" if scores[0] == scores[1] else "DIFFERENT"
        table.add_row(*(f"{each:.1f}" for each in seconds), f"{ratios[-1]:.2f}", verdict)
    console.print(f"{chosen.name}: {jobs} jobs of {steps} steps")
    console.print(table)
    console.print(f"median ratio {median(ratios):.2f}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    typer.run(main)
