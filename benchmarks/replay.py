"""Compare search methods on recorded trainings and on formulas.

    python benchmarks/replay.py [FOLDER] [--seeds 40] [--methods ours,tpe] [--out DIR]

FOLDER holds `nmt-tables/*.csv` and `nmt-curves/*.json` in the format of Zhang and Duh's benchmarks
(github.com/Este1le/hpo_nmt). Without it only formulas are searched. Tables have one score for a
configuration: they compare samplers, and the unit of cost is a trial. Curves and formulas have
several checkpoints: they also compare pruners and schedulers, and the unit of cost is a checkpoint.

The output is the regret: the best possible score minus the best score so far, as mean and standard
error over seeds. For a seed, all methods start with the same points, the first ones of `auto`. With
`--starts 0` every method chooses its own.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import numpy as np
import optuna
import plotly.io
import typer
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, SuccessiveHalvingPruner
from optuna.trial import TrialState
from replay_problems import CHECKPOINTS, Array, Problem, formulas, load_problems
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.search.scheduling.asha import ConfigState, Status, promoted_index
from xlt.search.suggest.candidates import drop_seen, sobol
from xlt.search.suggest.encoding import SpaceEncoder
from xlt.search.suggest.samplers import make_sampler

console = Console(highlight=False, soft_wrap=True)

RUNGS = (1, 3, 9)
SYNE_TUNE = "syne_tune.optimizer.baselines"
# Costs at which regrets are printed.
TRIALS, UNITS = (10, 20, 40), (27, 54, 135)


class BudgetSpent(Exception):
    """The budget is used up."""


def initial_design(
    space: Mapping[str, BaseDistribution], seed: int, count: int
) -> list[dict[str, Any]]:
    """The first `count` distinct configurations of a scrambled Sobol sequence, as parameters.

    Fewer if the space has fewer.
    """
    encoder = SpaceEncoder(space)
    unit = sobol(len(encoder.distributions), seed, 1 << (count + 64).bit_length())
    rows = drop_seen(encoder, encoder.from_unit(unit), ())[:count]
    return [encoder.from_internal(row) for row in rows]


class Search:
    """One search: a study of a problem, and the best score so far after every unit of cost."""

    def __init__(self, problem: Problem, seed: int, budget: int, first: int) -> None:
        self.problem, self.seed, self.budget = problem, seed, budget
        self.space = problem.space
        self.study = optuna.create_study(direction="maximize")
        self.starts = initial_design(self.space, seed, first)
        for params in self.starts:
            self.study.enqueue_trial(params)
        self.best: list[float] = []

    def ask(self, name: str) -> optuna.Trial:
        self.study.sampler = make_sampler(
            name, self.seed, len(self.study.get_trials(deepcopy=False))
        )
        return self.study.ask(self.space)

    def curve(self, params: dict[str, Any]) -> Array:
        return self.problem.curve([params[name] for name in self.problem.names])

    def train(self, curve: Array, begin: int, end: int) -> Iterator[tuple[int, float]]:
        """Pay for the checkpoints after `begin`, up to `end`. Yields their numbers and scores."""
        for checkpoint in range(begin, end):
            if len(self.best) == self.budget:
                raise BudgetSpent
            score = float(curve[checkpoint])
            self.best.append(max(score, self.best[-1]) if self.best else score)
            yield checkpoint + 1, score

    def regret(self) -> Array:
        """Regret after every unit of cost, (budget,). After the search it stays constant."""
        best = np.pad(np.array(self.best), (0, self.budget - len(self.best)), mode="edge")
        regret: Array = self.problem.best - best
        return regret


Method = Callable[[Search], None]


def stopping(name: str, pruner: Callable[[], BasePruner]) -> Method:
    """Run one trial after the other. The pruner may stop a trial at any checkpoint."""

    def run(search: Search) -> None:
        # As in an ordinary Optuna study: one sampler for all trials.
        sampler = make_sampler(name, search.seed)
        search.study.pruner = pruner()
        while True:
            if name == "auto":
                trial = search.ask(name)
            else:
                search.study.sampler = sampler
                trial = search.study.ask(search.space)
            curve, state, score = search.curve(trial.params), TrialState.COMPLETE, 0.0
            for step, score in search.train(curve, 0, len(curve)):
                trial.report(score, step)
                if step < len(curve) and trial.should_prune():
                    state = TrialState.PRUNED
                    break
            search.study.tell(trial, score if state == TrialState.COMPLETE else None, state=state)

    return run


def promoting(name: str) -> Method:
    """The scheduler of `xlt-search`, which pauses and resumes configurations."""

    def run(search: Search) -> None:
        last = search.problem.checkpoints
        rungs = [rung for rung in RUNGS if rung < last] + [last]
        params: list[dict[str, Any]] = []
        scores: list[dict[int, float]] = []
        sizes = np.array(search.problem.sizes)
        while True:
            states = [
                ConfigState(
                    number,
                    tuple(np.array(list(params[number].values())) / np.maximum(sizes - 1, 1)),
                    by_rung,
                    Status.ENDED if last in by_rung else Status.PAUSED,
                )
                for number, by_rung in enumerate(scores)
            ]
            can_start = len(set(map(str, params))) < np.prod(sizes)
            number = promoted_index(rungs, states, can_start)
            if number is not None:
                _advance(search, params[number], scores[number], rungs)
                continue
            if not can_start:
                return
            trial = search.ask(name)
            search.study.tell(trial, state=TrialState.FAIL)
            config = {param: trial.params[param] for param in search.problem.names}
            if config in params:  # `auto` never repeats one
                continue
            params.append(config)
            scores.append({})
            _advance(search, config, scores[-1], rungs)

    return run


def _advance(
    search: Search, params: dict[str, Any], scores: dict[int, float], rungs: Sequence[int]
) -> None:
    """Train to the next rung, and add a trial with all scores of the configuration so far.

    Args:
        search: The search that pays for it.
        params: The configuration.
        scores: Its scores by rung; the new one is added.
        rungs: The rungs, in checkpoints.
    """
    reached = max(scores, default=0)
    following = min(rung for rung in rungs if rung > reached)
    for step, score in search.train(search.curve(params), reached, following):
        if step == following:
            scores[step] = score
    complete = following == rungs[-1]
    search.study.add_trial(
        optuna.trial.create_trial(
            state=TrialState.COMPLETE if complete else TrialState.PRUNED,
            value=scores[following] if complete else None,
            params=params,
            distributions=search.space,
            intermediate_values=scores,
        )
    )


class RayHalving(BasePruner):
    """Ray Tune's ASHA, run on one trial after the other. It stops trials and never resumes one."""

    def __init__(self) -> None:
        from ray.tune.schedulers import ASHAScheduler

        self.scheduler = ASHAScheduler(
            time_attr="step",
            metric="score",
            mode="max",
            grace_period=1,
            max_t=CHECKPOINTS,
            reduction_factor=3,
        )
        self.added: set[int] = set()

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        ray_trial: Any = SimpleNamespace(trial_id=str(trial.number))
        controller: Any = None
        if trial.number not in self.added:
            self.added.add(trial.number)
            self.scheduler.on_trial_add(controller, ray_trial)
        step = trial.last_step
        assert step is not None
        result = {"step": step, "score": trial.intermediate_values[step]}
        return self.scheduler.on_trial_result(controller, ray_trial, result) == "STOP"


def syne_tune(name: str) -> Method:
    """Run Syne Tune's ASHA and sampler on one trial after the other. It never resumes a trial."""

    def run(search: Search) -> None:
        trials = import_module("syne_tune.backend.trial_status")
        spaces = import_module("syne_tune.config_space")
        last = search.problem.checkpoints
        scheduler = getattr(import_module(SYNE_TUNE), name)(
            {param: spaces.randint(0, size - 1) for param, size in _sizes(search.problem)},
            metric="score",
            time_attr="step",
            max_t=last,
            do_minimize=False,
            random_seed=search.seed,
            points_to_evaluate=search.starts,
            reduction_factor=3,
        )
        for number in count():
            config = scheduler.suggest().config
            trial = trials.Trial(number, config, datetime.now(UTC))
            scheduler.on_trial_add(trial)
            for step, score in search.train(search.curve(config), 0, last):
                result = {"step": step, "score": score}
                if step == last:
                    scheduler.on_trial_complete(trial, result)
                elif scheduler.on_trial_result(trial, result) == "STOP":
                    break

    return run


def _sizes(problem: Problem) -> Iterator[tuple[str, int]]:
    return zip(problem.names, problem.sizes, strict=True)


# With their default settings. Those that have rungs use the same ones.
METHODS: dict[str, Method] = {
    "ours": promoting("auto"),
    "random + promotion": promoting("random"),
    "tpe + promotion": promoting("tpe"),
    "tpe + median": stopping("tpe", MedianPruner),
    "tpe + hyperband": stopping(
        "tpe", lambda: HyperbandPruner(min_resource=1, max_resource=CHECKPOINTS, reduction_factor=3)
    ),
    "tpe + asha-stop": stopping(
        "tpe", lambda: SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
    ),
    "random + Ray Tune's ASHA": stopping("random", RayHalving),
    "Syne Tune's ASHA": syne_tune("ASHA"),
    "Syne Tune's ASHA with CQR": syne_tune("ASHACQR"),
    "auto": stopping("auto", optuna.pruners.NopPruner),
    **{name: stopping(name, optuna.pruners.NopPruner) for name in ("tpe", "gp", "random", "qmc")},
}
# The methods for problems with one checkpoint.
SAMPLERS = ("auto", "tpe", "gp", "random", "qmc")


def regret_by_seed(problem: Problem, method: str, seeds: int, first: int) -> Array:
    """Run a method on a problem. Returns the regrets, (seeds, budget)."""
    budget = TRIALS[-1] if problem.checkpoints == 1 else UNITS[-1]
    rows = []
    for seed in range(seeds):
        search = Search(problem, seed, budget, first)
        with suppress(BudgetSpent):
            METHODS[method](search)
        rows.append(search.regret())
    return np.array(rows)


def available(names: list[str]) -> list[str]:
    """The methods whose libraries are installed. A message names the other libraries."""
    for module, library in (("ray.tune", "Ray Tune"), (SYNE_TUNE, "Syne Tune")):
        if any(library in name for name in names):
            try:
                import_module(module)
            except ImportError as error:
                console.print(f"{library} is left out: {error}")
                names = [name for name in names if library not in name]
    return names


def write_figures(regrets: dict[str, dict[str, Array]], folder: Path) -> None:
    """Write the regret curves of every problem, as Plotly's JSON and as a page."""
    folder.mkdir(parents=True, exist_ok=True)
    for problem, methods in regrets.items():
        traces = [
            {
                "type": "scatter",
                "name": name,
                "x": list(range(1, rows.shape[1] + 1)),
                "y": rows.mean(axis=0).round(4).tolist(),
            }
            for name, rows in methods.items()
        ]
        layout = {
            "title": {"text": f"Regret on {problem}"},
            "xaxis": {"title": {"text": "trials or checkpoints"}},
            "yaxis": {"title": {"text": "best possible - best so far"}},
        }
        figure = {"data": traces, "layout": layout}
        path = folder / f"{problem.replace(', ', '-').replace(' ', '-')}.json"
        path.write_text(json.dumps(figure), encoding="utf-8")
        plotly.io.write_html(figure, path.with_suffix(".html"), validate=False)
    console.print(f"figures: {folder}")


def main(
    folder: Annotated[Path | None, typer.Argument(help="The folder of tables and curves.")] = None,
    seeds: Annotated[int, typer.Option(min=1)] = 40,
    methods: Annotated[str, typer.Option(help="Some of them, with commas.")] = ",".join(METHODS),
    problems: Annotated[str, typer.Option(help="Some of them, with commas.")] = "",
    first: Annotated[
        int, typer.Option("--starts", help="First points that all methods share.")
    ] = 5,
    out: Annotated[Path | None, typer.Option(help="A folder for figures.")] = None,
) -> None:
    """Print the regret of each method on each problem."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    names = available(methods.split(","))
    regrets: dict[str, dict[str, Array]] = {}
    for problem in (load_problems(folder) if folder else []) + formulas():
        if problems and problem.name not in problems.split(","):
            continue
        single = problem.checkpoints == 1
        unit, points = ("trials", TRIALS) if single else ("checkpoints", UNITS)
        table = Table(problem.name, *(f"{point} {unit}" for point in points), box=box.MARKDOWN)
        regrets[problem.name] = {}
        for name in names:
            if single and name not in SAMPLERS:
                continue
            rows = regrets[problem.name][name] = regret_by_seed(problem, name, seeds, first)
            at = rows[:, [point - 1 for point in points]]
            cells = zip(at.mean(axis=0), at.std(axis=0) / np.sqrt(seeds), strict=True)
            table.add_row(name, *(f"{mean:.2f} ± {error:.2f}" for mean, error in cells))
        console.print(table)
    if out is not None:
        write_figures(regrets, out)


if __name__ == "__main__":
    typer.run(main)
