"""Replays searches over trainings that were done already, and over formulas.

    python benchmarks/replay.py [FOLDER] [--seeds 40] [--methods ours,tpe] [--out DIR]

FOLDER holds `nmt-tables/*.csv` and `nmt-curves/*.json`, of the form of the benchmarks of Zhang and
Duh (github.com/Este1le/hpo_nmt); without it only formulas are searched. Tables are searched by
samplers alone, a trial at a time; curves and formulas in checkpoints, each the unit of cost, by
methods that stop or promote. Printed is the regret: the best score there is minus the best seen,
the mean over seeds with its standard error. All methods get the same first points for a seed, the
ones that `auto` would take; with `--starts 0` each takes its own.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import numpy as np
import optuna
import typer
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, SuccessiveHalvingPruner
from optuna.trial import TrialState
from replay_problems import CHECKPOINTS, Array, Problem, formulas, found
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.search.scheduling.asha import ConfigState, Promote, SampleNew, Status, next_action
from xlt.search.suggest.candidates import initial_design
from xlt.search.suggest.samplers import make_sampler

console = Console(highlight=False, soft_wrap=True)

RUNGS = (1, 3, 9)
SYNE_TUNE = "syne_tune.optimizer.baselines"
# Costs at which regrets are printed.
TRIALS, UNITS = (10, 20, 40), (27, 54, 135)


class Spent(Exception):
    """The budget is used up."""


class Search:
    """One search: a study over a problem, and the best score seen after each unit of cost."""

    def __init__(self, problem: Problem, seed: int, budget: int, first: int) -> None:
        self.problem, self.seed, self.budget = problem, seed, budget
        self.space: dict[str, BaseDistribution] = {
            name: IntDistribution(0, size - 1) for name, size in _sizes(problem)
        }
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
        """Pay for checkpoints from `begin` to `end`: each one's number and score."""
        for checkpoint in range(begin, end):
            if len(self.best) == self.budget:
                raise Spent
            score = float(curve[checkpoint])
            self.best.append(max(score, self.best[-1]) if self.best else score)
            yield checkpoint + 1, score

    def regret(self) -> Array:
        held = np.pad(np.array(self.best), (0, self.budget - len(self.best)), mode="edge")
        missed: Array = self.problem.best - held
        return missed


Method = Callable[[Search], None]


def stopping(name: str, pruner: Callable[[], BasePruner]) -> Method:
    """One trial after the other, which the pruner may stop at each checkpoint."""

    def search(each: Search) -> None:
        # As its users have it: one sampler for all questions.
        once = make_sampler(name, each.seed)
        each.study.pruner = pruner()
        while True:
            if name == "auto":
                trial = each.ask(name)
            else:
                each.study.sampler = once
                trial = each.study.ask(each.space)
            curve, state, score = each.curve(trial.params), TrialState.COMPLETE, 0.0
            for step, score in each.train(curve, 0, len(curve)):
                trial.report(score, step)
                if step < len(curve) and trial.should_prune():
                    state = TrialState.PRUNED
                    break
            each.study.tell(trial, score if state == TrialState.COMPLETE else None, state=state)

    return search


def promoting(name: str) -> Method:
    """`xlt-search`'s own: halving that pauses and resumes."""

    def search(each: Search) -> None:
        last = each.problem.checkpoints
        rungs = [rung for rung in RUNGS if rung < last] + [last]
        params: list[dict[str, Any]] = []
        scores: list[dict[int, float]] = []
        sizes = np.array(each.problem.sizes)
        while True:
            seen = [
                ConfigState(
                    number,
                    tuple(np.array(list(params[number].values())) / np.maximum(sizes - 1, 1)),
                    known,
                    Status.ENDED if last in known else Status.PAUSED,
                )
                for number, known in enumerate(scores)
            ]
            decision = next_action(
                rungs, seen, can_start=len(set(map(str, params))) < np.prod(sizes)
            )
            match decision:
                case Promote(index=number):
                    _advance(each, params[number], scores[number], rungs)
                case SampleNew():
                    trial = each.ask(name)
                    each.study.tell(trial, state=TrialState.FAIL)
                    asked = {one: trial.params[one] for one in each.problem.names}
                    if asked in params:  # not by `auto`
                        continue
                    params.append(asked)
                    scores.append({})
                    _advance(each, asked, scores[-1], rungs)
                case _:
                    return

    return search


def _advance(
    each: Search, params: dict[str, Any], known: dict[int, float], rungs: Sequence[int]
) -> None:
    """Train to the next rung; a trial that tells all scores of the configuration so far."""
    reached = max(known, default=0)
    following = min(rung for rung in rungs if rung > reached)
    for step, score in each.train(each.curve(params), reached, following):
        if step == following:
            known[step] = score
    complete = following == rungs[-1]
    each.study.add_trial(
        optuna.trial.create_trial(
            state=TrialState.COMPLETE if complete else TrialState.PRUNED,
            value=known[following] if complete else None,
            params=params,
            distributions=each.space,
            intermediate_values=known,
        )
    )


class RayHalving(BasePruner):
    """Ray Tune's ASHA as it decides for one trial after the other; it only stops."""

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
        self.known: set[int] = set()

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        shown: Any = SimpleNamespace(trial_id=str(trial.number))
        controller: Any = None
        if trial.number not in self.known:
            self.known.add(trial.number)
            self.scheduler.on_trial_add(controller, shown)
        step = trial.last_step
        assert step is not None
        result = {"step": step, "score": trial.intermediate_values[step]}
        return self.scheduler.on_trial_result(controller, shown, result) == "STOP"


def syne_tune(name: str) -> Method:
    """Syne Tune's ASHA, which only stops, with its own sampler; one trial after the other."""

    def search(each: Search) -> None:
        trials = import_module("syne_tune.backend.trial_status")
        spaces = import_module("syne_tune.config_space")
        last = each.problem.checkpoints
        scheduler = getattr(import_module(SYNE_TUNE), name)(
            {one: spaces.randint(0, size - 1) for one, size in _sizes(each.problem)},
            metric="score",
            time_attr="step",
            max_t=last,
            do_minimize=False,
            random_seed=each.seed,
            points_to_evaluate=each.starts,
            reduction_factor=3,
        )
        for number in count():
            config = scheduler.suggest().config
            trial = trials.Trial(number, config, datetime.now(UTC))
            scheduler.on_trial_add(trial)
            for step, score in each.train(each.curve(config), 0, last):
                result = {"step": step, "score": score}
                if step == last:
                    scheduler.on_trial_complete(trial, result)
                elif scheduler.on_trial_result(trial, result) == "STOP":
                    break

    return search


def _sizes(problem: Problem) -> Iterator[tuple[str, int]]:
    return zip(problem.names, problem.sizes, strict=True)


# At their defaults, with the rungs of the others where they have any.
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
ALONE = ("auto", "tpe", "gp", "random", "qmc")


def replayed(problem: Problem, method: str, seeds: int, first: int) -> Array:
    """Regrets, (seeds, budget)."""
    budget = TRIALS[-1] if problem.checkpoints == 1 else UNITS[-1]
    rows = []
    for seed in range(seeds):
        search = Search(problem, seed, budget, first)
        with suppress(Spent):
            METHODS[method](search)
        rows.append(search.regret())
    return np.array(rows)


def available(names: list[str]) -> list[str]:
    """Without what is not installed, which is said."""
    for module, what in (("ray.tune", "Ray Tune"), (SYNE_TUNE, "Syne Tune")):
        if any(what in name for name in names):
            try:
                import_module(module)
            except ImportError as error:
                console.print(f"{what} is left out: {error}")
                names = [name for name in names if what not in name]
    return names


def picture(regrets: dict[str, dict[str, Array]], folder: Path) -> None:
    """Regret curves, a panel a problem: plotly's JSON, and a page where plotly is installed."""
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
            "yaxis": {"title": {"text": "best there is - best seen"}},
        }
        figure = {"data": traces, "layout": layout}
        path = folder / f"{problem.replace(', ', '-').replace(' ', '-')}.json"
        path.write_text(json.dumps(figure), encoding="utf-8")
        with suppress(ImportError):
            import_module("plotly.io").write_html(figure, path.with_suffix(".html"), validate=False)
    console.print(f"pictures: {folder}")


def main(
    folder: Annotated[Path | None, typer.Argument(help="Tables and curves.")] = None,
    seeds: Annotated[int, typer.Option(min=1)] = 40,
    methods: Annotated[str, typer.Option(help="Some of them, with commas.")] = ",".join(METHODS),
    problems: Annotated[str, typer.Option(help="Some of them, with commas.")] = "",
    first: Annotated[int, typer.Option("--starts", help="Points all begin with.")] = 5,
    out: Annotated[Path | None, typer.Option(help="Where pictures go.")] = None,
) -> None:
    """Print the regret of each method on each problem."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    names = available(methods.split(","))
    regrets: dict[str, dict[str, Array]] = {}
    for problem in (found(folder) if folder else []) + formulas():
        if problems and problem.name not in problems.split(","):
            continue
        alone = problem.checkpoints == 1
        unit, points = ("trials", TRIALS) if alone else ("checkpoints", UNITS)
        table = Table(problem.name, *(f"{point} {unit}" for point in points), box=box.MARKDOWN)
        regrets[problem.name] = {}
        for name in names:
            if alone and name not in ALONE:
                continue
            rows = regrets[problem.name][name] = replayed(problem, name, seeds, first)
            at = rows[:, [point - 1 for point in points]]
            cells = zip(at.mean(axis=0), at.std(axis=0) / np.sqrt(seeds), strict=True)
            table.add_row(name, *(f"{mean:.2f} ± {error:.2f}" for mean, error in cells))
        console.print(table)
    if out is not None:
        picture(regrets, out)


if __name__ == "__main__":
    typer.run(main)
