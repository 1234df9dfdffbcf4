"""A race for the league's best validation score: equal time on the same cores, one after the other.

    python benchmarks/league_race.py [--minutes 45] [--data DIR] [--cores N] [--seed 42]
        [--n-trials 40] [--sides ours,trainer,tpe-median] [--set KEY=VALUE ...] [--out DIR]

- ours: `xlt-search --study league --n-trials 40 --time-budget 45m`, a single-threaded worker a core,
  its winner's final and test within the limit;
- trainer: what one would write by hand (`trainer_search`): Optuna's TPE and median pruner around the
  Trainer-based protocol, in one process with as many threads as there are cores, until it is
  interrupted at the limit, without a test;
- tpe-median: as ours, but TPE and the median pruner, stop-only, in the search.

All begin with the notebook's defaults, search the same space and train with the same seed. A side's
clock starts with its process: it imports, prepares its data in an empty folder, and searches.

By what is compared: `race_results.MEASURES`. Our study trains its winner alone to full length, so
after the race, off the clock, every configuration that led ours is trained on from where it
paused. Such a score is counted as late as if the search had stood still for it, and only if that
is within the limit. `--set 'budget.rungs=[40,100,650,1100]'` has the search itself go there.

Printed are tables; `--out` gets them, all figures (`race.json`) and a picture: plotly's JSON, and a
page where plotly is installed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Annotated, Any

import race_results
import typer
from race_picture import picture
from race_results import Leader, Line, Side
from rich.console import Console
from trial_speed import environment, machine_facts

from xlt.objectives.objective import Diverged, Evaluation
from xlt.search.execution.jobs import JobFailed, Train
from xlt.search.execution.local import LocalExecutor, n_cores
from xlt.search.pipeline.session import Options
from xlt.search.tables import format_table
from xlt.spaces.errors import InputError, XltError
from xlt.spaces.limits import toml
from xlt.studies.study import Study, load

console = Console(highlight=False, soft_wrap=True)

# Seconds that a side has to end by itself once it is interrupted.
GRACE = 60.0
# What an interrupted process may end with.
ENDED = (0, 130, -signal.SIGINT)

OURS, TRAINER, TPE_MEDIAN = "ours", "trainer", "tpe-median"


@dataclass(frozen=True)
class Race:
    """What is the same for all sides."""

    limit: float  # seconds a side
    data: str
    cores: int
    seed: int
    n_trials: int  # ours; theirs ends when it is interrupted
    evaluate_at: str  # theirs
    assignments: Sequence[str]

    def study(self) -> Study:
        own = [f"data.source={toml(self.data)}", f"search.seed={self.seed}"]
        return load("league", [*self.assignments, *own])


def xlt_search(race: Race, runs: Path, *more: str) -> list[str]:
    """The command of a side that is ours."""
    return [
        *(sys.executable, "-c", "from xlt.search.cli.app import main; main()"),
        *("--study", "league", "--data", race.data, "--seed", str(race.seed)),
        *("--workers", str(race.cores), "--device", "cpu", "--runs", str(runs)),
        *("--n-trials", str(race.n_trials), "--time-budget", f"{race.limit:g}s", "--json"),
        *_sets([*race.assignments, *more]),
    ]


def trainer_search(race: Race, runs: Path) -> list[str]:
    return [
        *(sys.executable, str(Path(__file__).with_name("trainer_search.py"))),
        *("--data", race.data, "--seed", str(race.seed), "--evaluate-at", race.evaluate_at),
        *_sets(race.assignments),
    ]


def _sets(assignments: Sequence[str]) -> list[str]:
    return [word for assignment in assignments for word in ("--set", assignment)]


PEER = ('search.sampler="tpe"', 'search.pruner="median"')
SIDES: Mapping[str, Callable[[Race, Path], list[str]]] = {
    OURS: xlt_search,
    TRAINER: trainer_search,
    TPE_MEDIAN: lambda race, runs: xlt_search(race, runs, *PEER),
}


def raced(name: str, command: Sequence[str], limit: float, more: Mapping[str, str]) -> list[Line]:
    """Run a side until the limit. Its events, the signs of life left out.

    `more`: for its environment. Raises `XltError` if it failed.
    """
    lines: list[Line] = []
    with TemporaryFile("w+") as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=os.environ | more,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )

        def listen() -> None:
            assert process.stdout is not None
            for text in process.stdout:
                seconds = time.perf_counter() - begun
                if not text.endswith("\n"):  # it was killed in the middle
                    break
                event = json.loads(text)
                if event["event"] != "JobProgress":
                    lines.append(Line(seconds, event))
                if (
                    event["event"] == "TrialEvaluated"
                    and "league_bleu" in event["evaluation"]["metrics"]
                ):
                    at = f"trial {event['trial']}, step {event['evaluation']['step']}"
                    bleu = event["evaluation"]["metrics"]["league_bleu"]
                    console.print(f"{name}, {seconds / 60:.1f} min: {at}: {bleu:.2f}", style="dim")

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(limit)
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(GRACE)
        except subprocess.TimeoutExpired:  # what it says by now does not count
            process.kill()
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            listener.join()
        if process.returncode not in (*ENDED, -signal.SIGKILL):
            errors.seek(0)
            raise XltError(
                f"{name} ended with status {process.returncode}:\n{errors.read()[-4000:]}"
            )
    return lines


def trained_on(race: Race, runs: Path, leaders: Sequence[Leader]) -> list[Mapping[str, Any]]:
    """The evaluations of leaders at full length, from the checkpoints in `runs` where there are
    some: of the first, as far as the next would still come in time."""
    study = race.study()
    found: dict[int, Mapping[str, Any]] = {}
    with LocalExecutor(
        Options(runs, device="cpu").worker_config(study), threading.Event(), lambda _: None
    ) as engine:
        steps = engine.describe().steps
        engine.set_max_workers(race.cores)
        begun = 0
        while True:
            while begun < len(leaders) and engine.has_capacity():
                late = sum(race_results.late(leaders[place], found[place]) for place in found)
                if leaders[begun].seconds + late > race.limit:
                    leaders = leaders[:begun]
                    break
                config = leaders[begun].configuration
                engine.submit(Train(begun, config, race.seed, steps, study.budget.rungs))
                begun += 1
            if len(found) == len(leaders):
                break
            for place, answer in engine.completed():
                match answer:
                    case Evaluation():
                        found[place] = answer.to_json()
                    case Diverged() | JobFailed():  # what it came to says nothing
                        found[place] = {"step": 0, "metrics": {}, "seconds": {}}
                console.print(f"trained on: {len(found)} of {len(leaders)}", style="dim")
    return [found[place] for place in range(len(leaders))]


def run(race: Race, name: str) -> Side:
    """One side from start to finish, in a folder that is thrown away."""
    with TemporaryDirectory(prefix="xlt-league-race-") as folder:
        console.print(f"{name}: {race.limit / 60:g} minutes from now on")
        # Ours looks after its workers' threads itself.
        more = environment(race.cores) if name == TRAINER else {}
        lines = raced(name, SIDES[name](race, Path(folder)), race.limit, more)
        side = race_results.read(name, lines, race.limit)
        if name != TRAINER:
            leaders = race_results.unfinished(side)
            found = trained_on(race, Path(folder), leaders) if leaders else []
            race_results.finish(side, leaders[: len(found)], found)
    for notice in side.notices:
        console.print(f"{name}: {notice}")
    return side


def report(race: Race, sides: Mapping[str, Side], out: Path | None) -> None:
    """Print what the race came to, and write it into a folder."""
    data = next(side.data for side in sides.values())
    text = ", ".join(f"{name} {value}" for name, value in machine_facts().items())
    text += f"\ndata: {data['source']}: {data['description']}"
    text += f"\nseed {race.seed}, {race.limit / 60:g} minutes a side on {race.cores} cores"
    everybody = list(sides.values())
    tables = [race_results.counts(everybody), race_results.over_time(everybody)]
    if OURS in sides:
        for name, theirs in sides.items():
            if name == OURS:
                continue
            if race_results.compare(sides[OURS], theirs):
                tables.append(race_results.reaching(sides[OURS], theirs))
            for what, ratio in race_results.ratios(sides[OURS], theirs).items():
                shown = "-" if ratio is None else f"{ratio:.1f}"
                text += f"\nconfigurations {what} an hour, {OURS} over {name}: {shown}"
    text = "\n\n".join([text, *map(format_table, tables)])
    console.print(f"\n{text}", markup=False)
    if out is not None:
        (out / "race.md").write_text(f"{text}\n", encoding="utf-8")
        facts = {**asdict(race), "machine": machine_facts(), "data": data}
        figures = {**facts, "sides": {name: race_results.to_json(s) for name, s in sides.items()}}
        (out / "race.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        title = f"{race.limit / 60:g} minutes a side on {race.cores} cores, {data['description']}"
        figure = picture(everybody, title)
        (out / "picture.json").write_text(json.dumps(figure) + "\n", encoding="utf-8")
        with suppress(ImportError):
            import_module("plotly.io").write_html(figure, out / "picture.html", validate=False)


def main(
    minutes: Annotated[float, typer.Option(min=0.5, help="Of each side.")] = 45.0,
    data: Annotated[str, typer.Option(help="auto, hub, synthetic or a folder.")] = "auto",
    use: Annotated[
        int | None, typer.Option("--cores", min=1, help="All sides are held to. [default: all]")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of samplers, and of every training.")] = 42,
    names: Annotated[
        str, typer.Option("--sides", help=f"Of {', '.join(SIDES)}; in this order.")
    ] = f"{OURS},{TRAINER}",
    n_trials: Annotated[int, typer.Option(min=1, help="Configurations of ours.")] = 40,
    evaluate_at: Annotated[
        str, typer.Option(help="Steps at which the trainer side scores and reports.")
    ] = "300,600,850,1100",
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A key of the study, for all; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for tables and picture.")] = None,
) -> None:
    """Race xlt-search against what one would write by hand."""
    chosen = list(dict.fromkeys(names.split(",")))
    for name in chosen:
        if name not in SIDES:
            raise InputError(f"--sides {names}: {name}: expected some of {', '.join(SIDES)}")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    held = _hold(use)
    race = Race(60 * minutes, data, held, seed, n_trials, evaluate_at, assignments or ())
    race.study()  # a mistake in it shall show at once
    sides: dict[str, Side] = {}
    for name in chosen:
        sides[name] = run(race, name)
        if len({side.data["fingerprint"] for side in sides.values()}) > 1:
            raise XltError(f"{name} has found other data: {sides[name].data['description']}")
        report(race, sides, out)


def _hold(wanted: int | None) -> int:
    """Hold this process, and so all sides, to so many cores."""
    there = n_cores()
    if wanted is None or wanted == there:
        return there
    if wanted > there or sys.platform != "linux":
        raise InputError(f"--cores {wanted}: there are {there}; fewer of them on Linux alone")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:wanted])
    return wanted


if __name__ == "__main__":
    try:
        typer.run(main)
    except XltError as error:
        print(f"league_race: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
