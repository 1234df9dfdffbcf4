"""The problems of `replay.py`: recorded trainings (tables and learning curves) and formulas.

The value of a hyperparameter is its index among the sorted values. A configuration without a
recorded training gets the scores of the nearest one (city-block distance of the indices; tables
scale them to 0..1). A learning curve is the running maximum over CHECKPOINTS checkpoints: longer
ones are cut, shorter ones repeat their last value.
"""

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

Array = NDArray[np.float64]

CHECKPOINTS = 9


@dataclass(frozen=True)
class Problem:
    """A lattice of configurations and their scores after 1, 2, ... checkpoints."""

    name: str
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    curves: Array  # (configurations in the lattice's order, checkpoints)

    @property
    def space(self) -> dict[str, BaseDistribution]:
        return {
            name: IntDistribution(0, size - 1)
            for name, size in zip(self.names, self.sizes, strict=True)
        }

    @property
    def checkpoints(self) -> int:
        return int(self.curves.shape[1])

    @property
    def best(self) -> float:
        return float(self.curves.max())

    def curve(self, indices: Sequence[int]) -> Array:
        row: Array = self.curves[np.ravel_multi_index(tuple(indices), self.sizes)]
        return row

    def rows(self) -> Array:
        """All configurations, in the order of `curves`, (configurations, hyperparameters)."""
        return np.indices(self.sizes).reshape(len(self.sizes), -1).T.astype(float)


@dataclass(frozen=True)
class Pool(Problem):
    """Recorded configurations in a continuous space, scaled to 0..1.

    A suggestion is answered by the nearest configuration that was not asked for yet.

    Attributes:
        points: The configurations, (configurations, hyperparameters). `sizes` are 2: each one lies
            between 0 and 1.
    """

    points: Array

    @property
    def space(self) -> dict[str, BaseDistribution]:
        return {name: FloatDistribution(0, 1) for name in self.names}

    def rows(self) -> Array:
        return self.points

    def nearest(
        self, params: Mapping[str, float], tried: Sequence[Mapping[str, float]]
    ) -> dict[str, float]:
        """The configuration nearest to `params` that is not among `tried`."""
        distances = self._distances([params[name] for name in self.names])
        for config in tried:
            distances[self._distances([config[name] for name in self.names]).argmin()] = np.inf
        return dict(zip(self.names, self.points[distances.argmin()].tolist(), strict=True))

    def curve(self, params: Sequence[float]) -> Array:
        row: Array = self.curves[self._distances(params).argmin()]
        return row

    def _distances(self, values: Sequence[float]) -> Array:
        distances: Array = np.square(self.points - values).sum(axis=1)
        return distances


def load_problems(folder: Path) -> list[Problem]:
    """Read all tables and curves under a folder."""
    tables = sorted(folder.glob("**/nmt-tables/*.csv"))
    curves = sorted(folder.glob("**/nmt-curves/*.json"))
    return [_table(path) for path in tables] + [_curves(path) for path in curves]


def load_pools(folder: Path) -> list[Pool]:
    """Read all tables of TaskSet under a folder.

    A training is scored CHECKPOINTS times. The score is the negative of the least loss so far; a
    loss that is no number counts as the largest one of the table.
    """
    return [_pool(path) for path in sorted(folder.glob("**/taskset/*.csv"))]


def _pool(path: Path) -> Pool:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    table = np.array(rows, dtype=float)
    is_loss = np.array([name.startswith("valid_loss_") for name in header])
    values, losses = table[:, ~is_loss], table[:, is_loss]
    names = tuple(np.array(header)[~is_loss].tolist())
    logarithmic = [not name.startswith("beta") for name in names]
    values[:, logarithmic] = np.log(values[:, logarithmic])
    points = (values - values.min(axis=0)) / np.ptp(values, axis=0)
    losses = np.minimum.accumulate(np.nan_to_num(losses, nan=np.nanmax(losses)), axis=1)
    steps = np.linspace(0, losses.shape[1], CHECKPOINTS + 1)[1:].round().astype(int) - 1
    return Pool(path.stem, names, (2,) * len(names), -losses[:, steps], points)


def _table(path: Path) -> Problem:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = tuple(rows[0])[: list(rows[0]).index("dev_bleu")]
    values = np.array([[float(row[name]) for name in names] for row in rows])
    scores = np.array([[float(row["dev_bleu"])] for row in rows])
    return _nearest(path.stem, names, values, scores, scaled=True)


def _curves(path: Path) -> Problem:
    runs = json.loads(path.read_text(encoding="utf-8"))
    names = tuple(runs[0]["hyperparams"])
    values = np.array([[float(run["hyperparams"][name]) for name in names] for run in runs])
    scores = np.array([_running_maximum(run["bleu_curve"]) for run in runs])
    return _nearest(path.stem, names, values, scores, scaled=False)


def _running_maximum(curve: Sequence[float]) -> Array:
    cut = np.array(curve[:CHECKPOINTS], dtype=float)
    highest: Array = np.maximum.accumulate(np.pad(cut, (0, CHECKPOINTS - len(cut)), mode="edge"))
    return highest


def _nearest(
    name: str, names: tuple[str, ...], values: Array, scores: Array, scaled: bool
) -> Problem:
    axes = [np.unique(column) for column in values.T]
    sizes = tuple(len(axis) for axis in axes)
    recorded = np.stack(
        [np.searchsorted(axis, column) for axis, column in zip(axes, values.T, strict=True)], axis=1
    )
    lattice = np.indices(sizes).reshape(len(sizes), -1).T
    unit = np.maximum(np.array(sizes) - 1, 1) if scaled else np.ones(len(sizes))
    distances = np.abs((lattice[:, None] - recorded) / unit).sum(axis=-1)
    return Problem(name, names, sizes, scores[distances.argmin(axis=1)])


def formulas() -> list[Problem]:
    """Known functions on lattices, negated and scaled to 0..20, with made-up learning curves."""
    return [
        _formula("branin", (16, 16), branin, misleading=0.0),
        _formula("hartmann-6", (4,) * 6, hartmann, misleading=0.0),
        _formula("hartmann-6, misleading first rung", (4,) * 6, hartmann, misleading=1.0),
    ]


def _formula(
    name: str, sizes: tuple[int, ...], function: Callable[[Array], Array], misleading: float
) -> Problem:
    """A problem whose curves approach the function's values exponentially.

    The distance at the first checkpoint is random; with `misleading` > 0 the best configurations
    also start the furthest below their last score.
    """
    lattice = np.indices(sizes).reshape(len(sizes), -1).T / (np.array(sizes) - 1)
    values = -function(lattice)
    values = 20 * (values - values.min()) / np.ptp(values)
    noise = np.random.default_rng(0).uniform(2, 6, len(values))
    gap = noise + misleading * 1.2 * values
    steps = np.arange(1, CHECKPOINTS + 1)
    left = np.exp(-(steps - 1) / 2) - math.exp(-(CHECKPOINTS - 1) / 2)
    names = tuple(f"x{i}" for i in range(len(sizes)))
    return Problem(name, names, sizes, values[:, None] - gap[:, None] * left)


def branin(x: Array) -> Array:
    """Branin's function: (n, 2) in [0, 1] to (n,); the minimum is 0.398."""
    a, b = 15 * x[:, 0] - 5, 15 * x[:, 1]
    bowl = b - 5.1 / (4 * math.pi**2) * a**2 + 5 / math.pi * a - 6
    values: Array = bowl**2 + 10 * (1 - 1 / (8 * math.pi)) * np.cos(a) + 10
    return values


def hartmann(x: Array) -> Array:
    """Hartmann's function: (n, 6) in [0, 1] to (n,); the minimum is -3.322."""
    weights = np.array([1.0, 1.2, 3.0, 3.2])
    widths = np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    )
    middles = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )
    values: Array = -np.exp(-(widths * (x[:, None] - middles) ** 2).sum(-1)) @ weights
    return values
