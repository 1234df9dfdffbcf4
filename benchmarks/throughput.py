"""Compare the throughput and the scores of two workers with those of one.

    python benchmarks/throughput.py [--study league] [--jobs 12] [--steps 40] [--repeats 3] [--device cpu]

One worker and then two workers run the same jobs, alternating. A job trains the study's baseline
for `--steps` steps and scores it; jobs differ in the seed only, so that all cost the same. Every
worker runs one job before the time is measured. The exit status is 1 if any score or metric
differs in a bit.
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
from xlt.search.pipeline.options import Options
from xlt.search.storage.store import evaluation_record
from xlt.studies.study import load

console = Console(highlight=False, soft_wrap=True)
# Trial numbers of the first jobs, which only load data and libraries. Their scores are ignored.
WARM_UP = 10**6


def run_jobs(setup: WorkerConfig, workers: int, jobs: list[Train]) -> tuple[float, dict[int, Any]]:
    """Run jobs. Returns the seconds they took together, and their scores by seed."""
    waiting = list(jobs)
    scores: dict[int, Any] = {}
    with LocalExecutor(setup, threading.Event(), lambda _: None) as executor:
        executor.describe()
        executor.set_max_workers(workers)
        for number in range(workers):
            executor.submit(Train(WARM_UP + number, jobs[0].config, WARM_UP + number, 2, ()))
        warm, start = 0, 0.0
        while len(scores) < len(jobs):
            while warm == workers and waiting and executor.has_capacity():
                executor.submit(waiting.pop(0))
            for trial, answer in executor.completed():
                assert isinstance(answer, Evaluation), answer
                if trial >= WARM_UP:
                    warm += 1
                    start = time.perf_counter()
                else:
                    scores[trial] = evaluation_record(answer)
        return time.perf_counter() - start, scores


def main(
    study: Annotated[str, typer.Option(help="A study by its name or file.")] = "league",
    jobs: Annotated[int, typer.Option(min=2)] = 12,
    steps: Annotated[int, typer.Option(min=2)] = 40,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
    data: Annotated[str, typer.Option(help="As for xlt-search.")] = "synthetic",
    device: Annotated[str, typer.Option(help="As for xlt-search.")] = "cpu",
    assignments: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE")] = None,
) -> None:
    """Print the seconds of one worker and of two workers, and their ratio."""
    chosen = load(study, [f'data.source="{data}"', *(assignments or [])])
    work = [Train(seed, chosen.space.baseline, seed, steps, ()) for seed in range(jobs)]
    table = Table("one worker, s", "two workers, s", "ratio", "scores", box=box.MARKDOWN)
    ratios: list[float] = []
    seconds_by_workers: tuple[list[float], list[float]] = ([], [])
    same = True
    for _ in range(repeats):
        times, scores = [], []
        for workers in (1, 2):
            with TemporaryDirectory() as folder:  # without checkpoints
                setup = Options(Path(folder), device=device).worker_config(chosen)
                seconds, results = run_jobs(setup, workers, work)
            times.append(seconds)
            seconds_by_workers[workers - 1].append(seconds)
            scores.append(results)
        same &= scores[0] == scores[1]
        ratios.append(times[0] / times[1])
        verdict = "the same" if scores[0] == scores[1] else "DIFFERENT"
        table.add_row(*(f"{seconds:.1f}" for seconds in times), f"{ratios[-1]:.2f}", verdict)
    console.print(f"{chosen.name}: {jobs} jobs of {steps} steps")
    console.print(table)
    console.print(f"median ratio {median(ratios):.2f}")
    rates = " and ".join(f"{3600 * jobs / median(column):.0f}" for column in seconds_by_workers)
    console.print(f"trials per hour, with one and with two workers: {rates}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    typer.run(main)
