"""Judge when a search ends, on recorded trainings.

    python benchmarks/stopping.py FOLDER [--seeds 20] [--problems sw-en,ja-en]

FOLDER holds `nmt-tables/*.csv` and `nmt-curves/*.json` as for `replay.py`, and `taskset/*.csv` (TaskSet's
tables of DyHPO, github.com/releaunifreiburg/DyHPO). Each search runs once, with the sampler and the
scheduler of `xlt-search`, until MOST_TRIALS configurations were begun. Whenever it is about to begin
one, every rule says whether it would end the search there. So all rules are judged on the same
search; promotions are those of the whole search.

A rule's result is the best score so far minus rate times cost. The cost is in full trainings. The
score is 0 at the median of all configurations and 1 at the best one. RATES are in this unit per full
training; "ours" gets the rate as `search.min_gain`. The rules:

- "best fixed": the number of trials with the best mean result over seeds, in hindsight for each
  problem and rate;
- "ours": `xlt.search.pipeline.search_loop.policy`: neither the suggestion nor any paused configuration has a
  win probability of MIN_WIN_PROBABILITY and an expected gain worth its cost;
- "ours twice": the same, at two suggestions in a row;
- "stagnation": no better score in the last PATIENCE configurations;
- "UCB-LCB" (Makarova et al., 2022, "Automatic termination for hyperparameter optimization"): the
  highest upper bound of any configuration is at most one deviation of the surrogate's noise above
  the highest lower bound of a trained one. Their bounds, with delta = 0.1;
- "all": MOST_TRIALS.

Printed for each problem and rate is the mean result over seeds, with the mean number of trials in
brackets. "lower" says how much lower the result of ours is than the best fixed one, in percent of it.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import optuna
import typer
from numpy.typing import NDArray
from optuna.trial import TrialState
from replay import METHODS, RUNGS, BudgetSpent, Search
from replay_problems import Array, Pool, Problem, load_pools, load_problems
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.search.pipeline.search_loop.policy import MIN_SPREAD_IN_MIN_GAINS, MIN_WIN_PROBABILITY
from xlt.search.scheduling.scheduler import REDUCTION_FACTOR
from xlt.search.suggest.encoding import SpaceEncoder
from xlt.search.suggest.outlook import Outlook
from xlt.search.suggest.surrogate import MIN_SCORED_CONFIGS, fit_surrogate

console = Console(highlight=False, soft_wrap=True)

MOST_TRIALS, PATIENCE, DELTA = 40, 10, 0.1
RATES = (0.003, 0.01, 0.03)
RULES = ("best fixed", "ours", "ours twice", "stagnation", "UCB-LCB", "all")


@dataclass
class Trace:
    """What is known whenever a configuration is about to begin; the first entry is before the first.

    Attributes:
        best: The best score so far, in the problem's unit.
        cost: Full trainings paid for.
        worth: For each of RATES, whether anything is worth its cost.
        gap: The highest upper bound minus the highest lower bound, in deviations of the noise.
    """

    best: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    worth: list[list[bool]] = field(default_factory=list)
    gap: list[float] = field(default_factory=list)


class TracedSearch(Search):
    """A search that records its trace."""

    def __init__(self, problem: Problem, seed: int) -> None:
        super().__init__(problem, seed, budget=MOST_TRIALS * problem.checkpoints, first=0)
        last = problem.checkpoints
        self.rungs = [rung for rung in RUNGS if rung < last] + [last]
        self.min_gains = [rate * score_unit(problem)[1] for rate in RATES]
        self.outlooks = [
            Outlook(self.space, self.rungs, min_spread=MIN_SPREAD_IN_MIN_GAINS * gain)
            for gain in self.min_gains
        ]
        self.encoder = SpaceEncoder(self.space)
        self.trace = Trace()
        self.scores: dict[str, tuple[dict[str, Any], dict[int, float]]] = {}
        self._current = ""
        self._taken: set[int] = set()

    def ask(self, name: str) -> optuna.Trial:
        trial = super().ask(name)
        if isinstance(self.problem, Pool):
            self.study.tell(trial, state=TrialState.FAIL)  # the sampler forgets such a trial
            tried = [params for params, _ in self.scores.values()]
            self.study.enqueue_trial(self.problem.nearest(trial.params, tried))
            trial = self.study.ask(self.space)
        self.trace.best.append(self.best[-1] if self.best else -np.inf)
        self.trace.cost.append(len(self.best) / self.problem.checkpoints)
        self.trace.worth.append(
            [
                self._is_worth(trial.params, outlook, min_gain)
                for outlook, min_gain in zip(self.outlooks, self.min_gains, strict=True)
            ]
        )
        self.trace.gap.append(self._gap())
        if len(self.scores) == MOST_TRIALS:
            raise BudgetSpent
        return trial

    def curve(self, params: dict[str, Any]) -> Array:
        self._current = str(params)
        self.scores.setdefault(self._current, (params, {}))
        return super().curve(params)

    def train(self, curve: Array, begin: int, end: int) -> Iterator[tuple[int, float]]:
        score = 0.0
        for step, score in super().train(curve, begin, end):
            yield step, score
        params, scores = self.scores[self._current]
        scores[end] = score
        for outlook in self.outlooks:
            outlook.observe(self._current, params, scores)

    def _is_worth(self, suggestion: dict[str, Any], outlook: Outlook, min_gain: float) -> bool:
        """Whether the suggestion or the promotion of a paused configuration is worth its cost."""
        options = [(suggestion, 0)] + [
            (params, max(scores))
            for params, scores in self.scores.values()
            if self.rungs[-1] not in scores
        ]
        for params, begin in options:
            prospect = outlook.prospect(params)
            if prospect is None or (
                prospect.win_probability >= MIN_WIN_PROBABILITY
                and prospect.gain >= min_gain * self._cost(begin)
            ):
                return True
        return False

    def _cost(self, begin: int) -> float:
        """As `RuntimeModel.expected_seconds`, in full trainings."""
        cost, probability = 0.0, 1.0
        for rung in self.rungs:
            if rung > begin:
                cost += probability * (rung - begin) / self.rungs[-1]
                begin, probability = rung, probability / REDUCTION_FACTOR
        return cost

    def _gap(self) -> float:
        """The gap of UCB-LCB, see `Trace`."""
        if len(self.scores) < MIN_SCORED_CONFIGS:
            return np.inf
        params, scores = zip(*self.scores.values(), strict=True)
        encoder, single = self.encoder, len(self.rungs) == 1
        process, _ = fit_surrogate(
            encoder.encode(np.array([encoder.to_internal(row) for row in params])),
            scores,
            encoder.column_param.tolist(),
            single_fidelity=single,
        )
        points = encoder.encode(self.problem.rows())
        width = np.sqrt(0.4 * np.log(len(points) * len(scores) ** 2 * np.pi**2 / (6 * DELTA)))
        bounds = []
        for sign, (mean, deviation) in (
            (1, process.predict(points)),
            (-1, process.predict_train()),
        ):
            bounds.append(float(np.max(mean + sign * width * deviation)))
        return (bounds[0] - bounds[1]) / float(np.sqrt(process.kernel.nugget))


def trace(problem: Problem, seed: int) -> Trace:
    """Run one search."""
    search = TracedSearch(problem, seed)
    with suppress(BudgetSpent):
        METHODS["auto" if problem.checkpoints == 1 else "ours"](search)
    return search.trace


def first_true(condition: NDArray[np.bool_]) -> int:
    """The number of configurations at which a rule ends the search: at least 1."""
    holds = np.flatnonzero(condition[1:])
    return int(holds[0]) + 1 if len(holds) else len(condition) - 1


def score_unit(problem: Problem) -> tuple[float, float]:
    """The score that counts as 0, and how much higher the one is that counts as 1."""
    middle = float(np.median(problem.curves[:, -1]))
    return middle, problem.best - middle


def results(problem: Problem, traces: Sequence[Trace], rate: int) -> dict[str, tuple[float, float]]:
    """For each rule the mean result, and the mean number of trials, at one of RATES."""
    middle, spread = score_unit(problem)
    score = (np.array([trace.best for trace in traces]) - middle) / spread  # (seeds, trials + 1)
    result = score - RATES[rate] * np.array([trace.cost for trace in traces])
    stale = np.zeros_like(result, dtype=bool)
    stale[:, PATIENCE:] = score[:, PATIENCE:] == score[:, :-PATIENCE]
    refused = ~np.array([trace.worth for trace in traces])[:, :, rate]
    twice = refused.copy()
    twice[:, 1:] &= refused[:, :-1]
    close = np.array([trace.gap for trace in traces]) <= 1
    last = result.shape[1] - 1
    ends = {
        "best fixed": [int(result.mean(axis=0).argmax())] * len(traces),
        "ours": [first_true(row) for row in refused],
        "ours twice": [first_true(row) for row in twice],
        "stagnation": [first_true(row) for row in stale],
        "UCB-LCB": [first_true(row) for row in close],
        "all": [last] * len(traces),
    }
    return {
        rule: (float(result[np.arange(len(end)), end].mean()), float(np.mean(end)))
        for rule, end in ends.items()
    }


def main(
    folder: Annotated[Path, typer.Argument(help="The folder of tables and curves.")],
    seeds: Annotated[int, typer.Option(min=1)] = 20,
    problems: Annotated[str, typer.Option(help="Some of them, with commas.")] = "",
) -> None:
    """Print what each rule makes of each problem."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    found = load_problems(folder) + load_pools(folder)
    if problems:
        found = [problem for problem in found if problem.name in problems.split(",")]
    traces = {problem.name: [trace(problem, seed) for seed in range(seeds)] for problem in found}
    for index, rate in enumerate(RATES):
        table = Table(f"rate {rate:.1%}", *RULES, "lower", box=box.MARKDOWN)
        rows = []
        for problem in found:
            by_rule = results(problem, traces[problem.name], index)
            means = [by_rule[rule][0] for rule in RULES]
            lower = 1 - means[1] / means[0]
            rows.append([*means, lower])
            cells = [f"{mean:.3f} ({count:.0f})" for mean, count in by_rule.values()]
            table.add_row(problem.name, *cells, f"{lower:.1%}")
        mean = np.mean(rows, axis=0)
        table.add_row("mean", *(f"{value:.3f}" for value in mean[:-1]), f"{mean[-1]:.1%}")
        console.print(table)


if __name__ == "__main__":
    typer.run(main)
