"""Two searches over the same trainings, in the same time: which finds the better configuration?

    python benchmarks/search_race.py [--minutes 8] [--seeds 1,2,3] [--data synthetic]
        [--n-trials 40] [--peer tpe,median] [--set KEY=VALUE ...] [--runs DIR]

For each seed `xlt-search --study league --time-budget ...` as it is, and with another sampler and
pruner; one after the other on the same cores, now this one first, now the other. Each ends with
its winner at full length (as far as its time allowed) and one look at the test set.

Printed for each: configurations that were begun, steps that were trained in the search beside what
as many full runs would be, seconds from the process's start to its end, the winner's mean on fresh
seeds if it was confirmed, and its test BLEU.
"""

import json
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

console = Console(highlight=False, soft_wrap=True)


def searched(command: list[str], runs: Path) -> dict[str, Any]:
    """Run a command whose events are JSON lines; what came of it."""
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    total = next(line for line in lines if line["event"] == "SearchFinished")
    best = tomllib.loads((runs / "league" / "best.toml").read_text(encoding="utf-8"))
    found = best.get("confirmation", {})
    scores = [
        run["score"]
        for each in found.get("candidates", [])
        if found.get("confirmed") and each["trial"] == found["winner"]
        for run in each["runs"]
        if "score" in run
    ]
    return {
        "seconds": seconds,
        "configurations": total["configurations"],
        "trained": total["steps_trained"] / (total["configurations"] * total["full_steps"]),
        "confirmed": fmean(scores) if scores else None,
        "step": best["test"]["step"],
        "test": best["test"]["score"],
        "configuration": best["configuration"],
    }


def main(
    minutes: Annotated[float, typer.Option(min=1)] = 8,
    seeds: Annotated[str, typer.Option(help="Of the searches, with commas.")] = "1,2,3",
    data: Annotated[str, typer.Option(help="auto, hub, synthetic or a folder.")] = "synthetic",
    n_trials: Annotated[int, typer.Option(min=1)] = 40,
    peer: Annotated[str, typer.Option(help="The other's sampler and pruner.")] = "tpe,median",
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="For both.")
    ] = None,
    runs: Annotated[Path | None, typer.Option(help="Where to keep what they write.")] = None,
) -> None:
    """Print what both found, seed by seed."""
    other_sampler, other_pruner = peer.split(",")
    sides = {
        "ours": [],
        peer: [f'search.sampler="{other_sampler}"', f'search.pruner="{other_pruner}"'],
    }
    table = Table(
        *("search", "seed", "begun", "steps", "seconds", "fresh seeds", "final at", "test BLEU"),
        box=box.MARKDOWN,
    )
    tests: dict[str, list[float]] = {name: [] for name in sides}
    with TemporaryDirectory() as temporary:
        for place, seed in enumerate(seeds.split(",")):
            for name in list(sides)[:: 1 if place % 2 == 0 else -1]:
                folder = (runs or Path(temporary)) / f"{name.replace(',', '-')}-{seed}"
                sets = [
                    word
                    for each in [*(assignments or []), *sides[name]]
                    for word in ("--set", each)
                ]
                command = [
                    *(sys.executable, "-c", "from xlt.search.cli.app import main; main()"),
                    *("--study", "league", "--data", data, "--seed", seed, "--json"),
                    *("--n-trials", str(n_trials), "--time-budget", f"{minutes:g}m"),
                    *("--runs", str(folder), *sets),
                ]
                found = searched(command, folder)
                tests[name].append(found["test"])
                mean = "-" if found["confirmed"] is None else f"{found['confirmed']:.2f}"
                table.add_row(
                    *(name, seed, str(found["configurations"]), f"{found['trained']:.1%}"),
                    *(f"{found['seconds']:.0f}", mean, str(found["step"]), f"{found['test']:.2f}"),
                )
                console.print(f"{name}, seed {seed}: {found}", style="dim")
    console.print(table)
    for name, scores in tests.items():
        console.print(f"{name}: mean test BLEU {fmean(scores):.2f}")


if __name__ == "__main__":
    typer.run(main)
