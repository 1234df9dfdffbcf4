"""How many seconds a run takes here: fitted to the runs of this very study.

Of each part of a run (a stage's training, scoring) the logarithm of seconds a unit of work is taken
to be a line over the logarithm of a step's work: small models use a machine worse than wide ones.
Least squares with a prior, a ridge: with nothing measured it is a first guess, with one run that
run's own speed for all, with many a line.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xlt.objectives.cost_profile import CostProfile
from xlt.objectives.objective import Configuration

# Of the prior, in units of the logarithm: how unsure the first guess is, and the slope around 0;
# and how far two runs of the same work differ.
_LEVEL_PRIOR_STD, _SLOPE_PRIOR_STD, _NOISE_STD = 2.0, 0.2, 0.1
# What comes with any job and is not in its parts: states to restore and to save.
JOB_OVERHEAD_SECONDS = 0.5
# The parts of a run that are not training.
SCORING_PARTS = ("scoring", "decoding")


class RuntimeModel:
    """Of one study on one kind of device."""

    def __init__(
        self, work: CostProfile, settings: Mapping[str, Any], rungs: Sequence[int], device: str
    ) -> None:
        kind = "cpu" if device == "cpu" else "cuda"
        self._work, self._settings, self._rungs = work, settings, rungs
        # A line over the logarithm of a step's work, by its level at 0.
        first = work.seconds_per_unit[kind] * (work.scale(settings) or 1.0)
        self._guess = math.log(first) - work.power * math.log(work.size)
        self._observations: dict[str, dict[tuple[str, int], tuple[float, float]]] = defaultdict(
            dict
        )
        self._lines: dict[str, tuple[float, float]] = {}

    @property
    def is_measured(self) -> bool:
        """Whether any of it comes from a run."""
        return any(self._observations.values())

    def observe(
        self, key: str, config: Configuration, step: int, seconds: Mapping[str, float]
    ) -> None:
        """What a run has taken until `step`, by part, on one thread. `key`: the configuration's."""
        for part, units in self._run_units(config, 0, step).items():
            self._observe(part, (key, step), config, units, seconds.get(part, 0.0))

    def observe_test(self, key: str, config: Configuration, step: int, seconds: float) -> None:
        """What a test at `step` takes, on one thread."""
        work = self._work.test_units(config, step, self._settings)
        for part, units in work.items():
            self._observe(part, (key, -step), config, units, seconds * units / sum(work.values()))

    def _observe(
        self, part: str, run: tuple[str, int], config: Configuration, units: float, seconds: float
    ) -> None:
        if units > 0 and seconds > 0:
            size = math.log(self._size(config))
            self._observations[part][run] = size, math.log(seconds / units)
            self._lines.clear()  # those of unseen parts follow from all

    def acquisition_cost(
        self,
        config: Configuration,
        begin: int,
        scored_until: int,
        rungs: Sequence[int],
        promotion_rate: float,
    ) -> float:
        """Of a try from step `begin` on, where this share goes on at each rung but the last.

        What it would score until step `known` is known: it is tried for what comes after that.

        By the first guess, which is the same from run to run, whatever was measured here: what a
        search asks next follows from its seed and its scores. In seconds that only compare.
        """
        rate = math.exp(self._guess + self._work.power * math.log(self._size(config)))
        total, chance = JOB_OVERHEAD_SECONDS, 1.0
        for rung in rungs:
            if rung > begin:
                total += chance * rate * sum(self._run_units(config, begin, rung).values())
                begin = rung
                chance *= promotion_rate if rung > scored_until else 1.0
        return total

    def predict_run(self, config: Configuration, begin: int, end: int) -> float:
        """From `begin` to `end`, on one thread, scored at the rungs between and at the end."""
        return JOB_OVERHEAD_SECONDS + self._sum(config, self._run_units(config, begin, end))

    def predict_training(self, config: Configuration, begin: int, end: int) -> float:
        """The same without any scoring: of a run that pauses at `end`."""
        parts = self._run_units(config, begin, end).items()
        return JOB_OVERHEAD_SECONDS + self._sum(
            config, {n: u for n, u in parts if n not in SCORING_PARTS}
        )

    def predict_test(self, config: Configuration, step: int) -> float:
        """Of a test at `step`, on one thread."""
        return JOB_OVERHEAD_SECONDS + self._sum(
            config, self._work.test_units(config, step, self._settings)
        )

    def _run_units(self, config: Configuration, begin: int, end: int) -> Mapping[str, float]:
        return self._work.run_units(config, begin, end, self._rungs, self._settings)

    def _size(self, config: Configuration) -> float:
        """The work of one step, without scoring."""
        one, two = (
            sum(self._work.run_units(config, 0, end, (), self._settings).values()) for end in (1, 2)
        )
        return two - one

    def _sum(self, config: Configuration, parts: Mapping[str, float]) -> float:
        size = math.log(self._size(config))
        total = 0.0
        for part, units in parts.items():
            level, slope = self._line(part)
            total += units * math.exp(level + slope * size)
        return total

    def _line(self, part: str) -> tuple[float, float]:
        if part not in self._lines:
            self._lines[part] = self._fitted(part)
        return self._lines[part]

    def _fitted(self, part: str) -> tuple[float, float]:
        """Level at size 0, and slope."""
        seen = list(self._observations[part].values())
        if not seen:
            return self._unseen(), self._work.power
        sizes, rates = np.array(seen).T
        middle = float(sizes.mean())
        features = np.stack([np.ones_like(sizes), sizes - middle], axis=1) / _NOISE_STD
        target = (rates - self._guess - self._work.power * sizes) / _NOISE_STD
        precision = features.T @ features + np.diag(
            [1 / _LEVEL_PRIOR_STD**2, 1 / _SLOPE_PRIOR_STD**2]
        )
        level, slope = np.linalg.solve(precision, features.T @ target)
        return float(self._guess + level - slope * middle), float(self._work.power + slope)

    def _unseen(self) -> float:
        """A part that has not been met is as fast, beside the guess, as those that have."""
        seen = (each for part in self._observations.values() for each in part.values())
        levels = [rate - self._work.power * size for size, rate in seen]
        return float(np.median(levels)) if levels else self._guess
