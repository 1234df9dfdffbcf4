"""Searches a formula whose configurations share trunks, with and without a surrogate that knows them.

    python benchmarks/trunk_search.py [--seeds 24] [--configurations 40] [--gains 0.2,0.7]

The league, made up: five parameters of a structure decide what a training comes to until step 600,
four of fine-tuning what follows until 650. The right learning rate brings `gain`, in deviations of
what structures differ by, and the other three up to .15 of that each; too high a rate spoils all.
Scores at the first two rungs are correlated with what a structure is worth. Steps of wide and deep
structures cost more, and a step is paid once. That is the surrogate's own idea of such trainings:
it shows what the idea is worth where it holds, not that it does.

Printed are means over seeds, with standard errors: regret (the best there is minus the best seen at
the last rung), what was paid, and how many structures were tried.
"""

import math
import os

if __name__ == "__main__":
    # Before NumPy: two processes beside each other must not wait for each other's threads.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import optuna
import typer
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.search.scheduling.asha import ConfigState, Promote, SampleNew, Status, next_action
from xlt.search.scheduling.scheduler import REDUCTION_FACTOR
from xlt.search.suggest.candidates import initial_design
from xlt.search.suggest.encoding import SpaceEncoder
from xlt.search.suggest.gp_sampler import AcquisitionContext, MultiFidelityGPSampler
from xlt.search.suggest.surrogate import PrefixColumns

Array = NDArray[np.float64]
Params = Mapping[str, Any]

STRUCTURE: Mapping[str, BaseDistribution] = {
    "width": IntDistribution(2, 8),
    "layers": IntDistribution(2, 4),
    "heads": IntDistribution(0, 3),
    "inner": IntDistribution(2, 8),
    "dropout": IntDistribution(0, 6),
}
TUNING: Mapping[str, BaseDistribution] = {
    "learning_rate": FloatDistribution(1e-7, 1e-3, log=True),
    "warmup": IntDistribution(0, 200, step=25),
    "decay": IntDistribution(0, 10),
    "smoothing": IntDistribution(0, 4),
}
SPACE = {**STRUCTURE, **TUNING}
# How much a structure's worth changes along each of its parameters: the smaller, the more.
LENGTHS = 0.4 * math.sqrt(5) * np.array([0.5, 1.0, 3.0, 2.0, 1.0])
# What belongs to a structure alone, and to a fine-tuning: deviations.
OWN, TUNED = 0.25, 0.05
RUNGS, FORK = (40, 100, 650), 600
CORRELATED = {40: 0.7, 100: 0.88}
# What scoring costs, in steps: within the trunk, and after it.
SCREENED, DECODED = 5, 60

_space, _structure, _tuning = SpaceEncoder(SPACE), SpaceEncoder(STRUCTURE), SpaceEncoder(TUNING)


def structure(params: Params) -> tuple[Hashable, ...]:
    return tuple(params[name] for name in STRUCTURE)


def whole(params: Params) -> tuple[Hashable, ...]:
    return tuple(params[name] for name in SPACE)


class World:
    """What everything comes to, for a seed."""

    def __init__(self, seed: int, gain: float) -> None:
        self.seed, self.gain = seed, gain
        source = np.random.default_rng([7, seed])
        # A draw of a Gaussian process with a Matern-5/2 kernel, by random features.
        heavy = np.sqrt(source.chisquare(5, (300, 1)) / 5)
        self._waves = source.standard_normal((300, len(STRUCTURE))) / heavy / LENGTHS
        self._phases = source.uniform(0, 2 * np.pi, 300)
        self._heights = source.standard_normal(300) * math.sqrt(2 / 300)
        self._rate = source.uniform(0.55, 0.85)
        self._others = source.uniform(-0.15, 0.15, len(TUNING) - 1) * gain

    @cached_property
    def best(self) -> float:
        """The best there is, but for what belongs to a fine-tuning alone."""
        points = _structure.encode(_structure.grid())
        own = [self._luck(OWN, 0, point) for point in points]
        tuned = self.gain + float(np.abs(self._others).sum())
        return float((self._smooth(points) + own).max()) + tuned

    def score(self, params: Params, step: int) -> float:
        point = _structure.encode(np.array([_structure.to_internal(params)]))[0]
        worth = float(self._smooth(point[None])[0]) + self._luck(OWN, 0, point)
        if step < FORK:
            alike = CORRELATED[step]
            return alike * worth + self._luck(0.8 * math.sqrt(1 - alike**2), step, point)
        tuning = _tuning.encode(np.array([_tuning.to_internal(params)]))[0]
        rate, others = tuning[0], tuning[1:]
        works = min(max((rate - 0.3) / 0.3, 0.0), 1.0)  # nothing is changed at the lowest rates
        if rate <= self._rate:
            brought = max(0.0, (rate - 0.3) / (self._rate - 0.3)) ** 2
        else:
            brought = 1 - 5 * ((rate - self._rate) / (1 - self._rate)) ** 2
        missed = np.abs(others - (self._others > 0))
        beside = float(np.abs(self._others) @ (1 - missed))
        luck = self._luck(TUNED, 9, np.concatenate([tuning, point])) if self.gain else 0.0
        return float(worth + self.gain * brought + works * (beside + luck))

    def _smooth(self, points: Array) -> Array:
        values: Array = np.cos(points @ self._waves.T + self._phases) @ self._heights
        return values

    def _luck(self, deviation: float, kind: int, point: Array) -> float:
        """The same for the same point."""
        seed = [self.seed, kind, *np.round(point * 1e6).astype(int).tolist()]
        return deviation * float(np.random.default_rng(seed).standard_normal())


@dataclass
class Search:
    """One search, a training at a time."""

    world: World
    count: int
    known: bool  # whether the surrogate knows trunks
    paid: float = 0.0
    best: float = -math.inf
    params: list[Params] = field(default_factory=list)
    scores: list[dict[int, float]] = field(default_factory=list)
    trained: dict[Hashable, int] = field(default_factory=dict)

    def run(self) -> "Search":
        study = optuna.create_study(direction="maximize")
        trunk = PrefixColumns(FORK, _space.columns_of(STRUCTURE)) if self.known else None
        while True:
            begins = len(self.params) < self.count
            decision = next_action(
                RUNGS, self._seen(), begins, list(_space.column_param), prefix=trunk
            )
            match decision:
                case Promote(index=number):
                    self._advance(study, number)
                case SampleNew():
                    params = self._asked(study)
                    if whole(params) not in map(whole, self.params):
                        self.params.append(params)
                        self.scores.append({})
                        self.trained.setdefault(structure(params), 0)
                        self._advance(study, len(self.params) - 1)
                case _:
                    return self

    def _seen(self) -> list[ConfigState]:
        if not self.params:
            return []
        points = _space.encode(np.array([_space.to_internal(each) for each in self.params]))
        return [
            ConfigState(
                number,
                tuple(points[number]),
                scores,
                Status.ENDED if RUNGS[-1] in scores else Status.PAUSED,
                {rung: str((structure if rung < FORK else whole)(params)) for rung in RUNGS},
            )
            for number, (params, scores) in enumerate(zip(self.params, self.scores, strict=True))
        ]

    def _asked(self, study: optuna.Study) -> Params:
        if not self.params:
            return initial_design(SPACE, 1000 + self.world.seed, 1)[0]
        context = AcquisitionContext(
            self._expected,
            cost_exponent=1 - len(self.params) / self.count,
            shared_params=frozenset(STRUCTURE),
            is_affordable=lambda params: not self._early(params),
            shared_until=FORK if self.known else None,
        )
        study.sampler = MultiFidelityGPSampler(self.world.seed, len(study.trials), context)
        trial = study.ask(SPACE)
        study.tell(trial, state=TrialState.FAIL)
        return trial.params

    def _advance(self, study: optuna.Study, number: int) -> None:
        """Train to the next rung; a trial that tells all scores of the configuration so far."""
        params, scores = self.params[number], self.scores[number]
        rung = next(rung for rung in RUNGS if rung not in scores)
        reached = self._reached(params)
        if rung > reached:
            self.paid += self._cost(params, reached, rung)
        trunk, end = structure(params), whole(params)
        self.trained[trunk] = max(self.trained[trunk], min(rung, FORK))
        self.trained[end] = max(self.trained.get(end, 0), rung)
        scores[rung] = self.world.score(params, rung)
        complete = rung == RUNGS[-1]
        if complete:
            self.best = max(self.best, scores[rung])
        study.add_trial(
            optuna.trial.create_trial(
                state=TrialState.COMPLETE if complete else TrialState.PRUNED,
                value=scores[rung] if complete else None,
                params=dict(params),
                distributions=SPACE,
                intermediate_values=dict(scores),
            )
        )

    def _reached(self, params: Params) -> int:
        return max(self.trained.get(structure(params), 0), self.trained.get(whole(params), 0))

    def _early(self, params: Params) -> bool:
        return structure(params) in self.trained and self._reached(params) < FORK

    @staticmethod
    def _cost(params: Params, begin: int, end: int) -> float:
        """In steps of the dearest structure."""
        step = (params["width"] / 8) ** 1.5 * params["layers"] / 4
        return float(step * (end - begin + (DECODED if end > FORK else SCREENED)))

    def _expected(self, params: Params) -> float:
        """What a try costs, as `xlt.search.budget.cost_model` has it."""
        total, chance, begin = 0.01, 1.0, self._reached(params)
        shared = FORK if structure(params) in self.trained else 0
        for rung in RUNGS:
            if rung > begin:
                total += chance * self._cost(params, begin, rung)
                begin = rung
                chance *= 1 / REDUCTION_FACTOR if rung > shared else 1.0
        return total


def main(
    seeds: Annotated[int, typer.Option(min=1)] = 24,
    configurations: Annotated[int, typer.Option(min=2)] = 40,
    gains: Annotated[str, typer.Option(help="With commas.")] = "0.2,0.7",
) -> None:
    """Print what is missed and paid, with and without trunks in the surrogate."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    columns = ("gain", "surrogate", "regret", "paid", "structures")
    table = Table(*columns, box=box.MARKDOWN)
    for gain in map(float, gains.split(",")):
        worlds = [World(seed, gain) for seed in range(seeds)]
        for known in (False, True):
            done = [Search(world, configurations, known).run() for world in worlds]
            rows = np.array(
                [
                    (each.world.best - each.best, each.paid, len(set(map(structure, each.params))))
                    for each in done
                ]
            )
            mean, error = rows.mean(axis=0), rows.std(axis=0) / math.sqrt(seeds)
            table.add_row(
                str(gain),
                "knows trunks" if known else "does not",
                f"{mean[0]:.2f} ± {error[0]:.2f}",
                f"{mean[1]:.0f} ± {error[1]:.0f}",
                f"{mean[2]:.1f}",
            )
    Console(highlight=False).print(table)


if __name__ == "__main__":
    typer.run(main)
