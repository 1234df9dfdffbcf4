"""Predicts the seconds of a training on this machine, from the trainings of the same study.

A training has parts: each stage, and scoring. Work has units, see `xlt.objectives.cost_profile`. For
each part a linear model gives the speed:

    log(seconds per unit) = level + slope * log(work of one step)

The slope is there because small models use a machine less well than wide ones. The fit is ridge
regression, that is least squares with a Gaussian prior on level and slope. Without measurements it
is the prior. One measurement sets the level. Many measurements also set the slope.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xlt.objectives.cost_profile import CostProfile
from xlt.objectives.objective import Configuration

# Standard deviations of the prior's level and slope, and of the noise between two runs of the same
# work, as natural logarithms (assumed).
_LEVEL_PRIOR_STD, _SLOPE_PRIOR_STD, _NOISE_STD = 2.0, 0.2, 0.1
# Time of every job beside its parts: to restore and to save checkpoints (assumed).
JOB_OVERHEAD_SECONDS = 0.5
# Parts that are not training.
SCORING_PARTS = ("scoring", "decoding")


class RuntimeModel:
    """The speed of one study's trainings on one kind of device.

    Args:
        work: The task's amounts of work, and its prior speed.
        settings: The study's settings.
        rungs: Steps that are scored.
        device: "cpu", "cpu bfloat16" for training in this precision, or anything else for a GPU.
    """

    def __init__(
        self, work: CostProfile, settings: Mapping[str, Any], rungs: Sequence[int], device: str
    ) -> None:
        kind = device if device in work.speed else device.partition(" ")[0]
        self._speed = work.speed.get(kind, work.speed["cuda"])
        self._work, self._settings, self._rungs = work, settings, rungs
        # The prior's level; its slope is `power`.
        rate = self._speed.seconds_per_unit * (work.scale(settings) or 1.0)
        self._prior_level = math.log(rate) - self._speed.power * math.log(work.size)
        # By part and run: logarithms of a step's work, and of seconds per unit.
        self._observations: defaultdict[str, dict[tuple[str, int], tuple[float, float]]]
        self._observations = defaultdict(dict)
        self._lines: dict[str, tuple[float, float]] = {}  # fitted level and slope by part

    @property
    def is_measured(self) -> bool:
        """Whether there is a measurement."""
        return any(self._observations.values())

    def observe(
        self, key: str, config: Configuration, step: int, seconds: Mapping[str, float]
    ) -> None:
        """Add a measurement of a training on one thread, from step 0 to `step`.

        Args:
            key: The configuration's key. A second measurement at the same step replaces the first.
            seconds: By part.
        """
        for part, units in self._run_units(config, 0, step).items():
            self._observe(part, (key, step), config, units, seconds.get(part, 0.0))

    def observe_test(self, key: str, config: Configuration, step: int, seconds: float) -> None:
        """Add a measurement of a test on one thread. `key`: as in `observe`."""
        work = self._work.test_units(config, step, self._settings)
        for part, units in work.items():
            self._observe(part, (key, -step), config, units, seconds * units / sum(work.values()))

    def _observe(
        self, part: str, run: tuple[str, int], config: Configuration, units: float, seconds: float
    ) -> None:
        if units > 0 and seconds > 0:
            size = math.log(self._size(config))
            self._observations[part][run] = size, math.log(seconds / units)
            self._lines.clear()  # all of them: parts without measurements depend on the others

    def expected_seconds(
        self,
        config: Configuration,
        begin: int,
        promoted_until: int,
        rungs: Sequence[int],
        promotion_rate: float,
    ) -> float:
        """Expected seconds of trying a configuration, for comparison with other configurations.

        Predicted from the prior alone: suggestions must depend on seed and scores, never on the
        measured speed.

        Args:
            begin: Step that is trained already.
            promoted_until: The rungs up to this step are counted in full: another configuration with
                the same prefix has already passed them.
            rungs: Steps that are scored.
            promotion_rate: Probability of a promotion from any later rung.
        """
        rate = math.exp(self._prior_level + self._speed.power * math.log(self._size(config)))
        total, probability = JOB_OVERHEAD_SECONDS, 1.0
        for rung in rungs:
            if rung > begin:
                total += probability * rate * sum(self._run_units(config, begin, rung).values())
                begin = rung
                probability *= promotion_rate if rung > promoted_until else 1.0
        return total

    def predict_run(self, config: Configuration, begin: int, end: int) -> float:
        """Seconds from `begin` to `end` on one thread, scored at the rungs between and at `end`."""
        return JOB_OVERHEAD_SECONDS + self._sum(config, self._run_units(config, begin, end))

    def predict_training(self, config: Configuration, begin: int, end: int) -> float:
        """As `predict_run`, without any scoring."""
        parts = self._run_units(config, begin, end).items()
        return JOB_OVERHEAD_SECONDS + self._sum(
            config, {part: units for part, units in parts if part not in SCORING_PARTS}
        )

    def predict_test(self, config: Configuration, step: int) -> float:
        """Seconds of a test at `step` on one thread."""
        return JOB_OVERHEAD_SECONDS + self._sum(
            config, self._work.test_units(config, step, self._settings)
        )

    def _run_units(self, config: Configuration, begin: int, end: int) -> Mapping[str, float]:
        return self._work.run_units(config, begin, end, self._rungs, self._settings)

    def _size(self, config: Configuration) -> float:
        """Units of work of one training step."""
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
            self._lines[part] = self._fit(part)
        return self._lines[part]

    def _fit(self, part: str) -> tuple[float, float]:
        """Level and slope."""
        observations = list(self._observations[part].values())
        if not observations:
            return self._level_of_other_parts(part), self._speed.power
        sizes, rates = np.array(observations).T  # (n,) each
        middle = float(sizes.mean())
        features = np.stack([np.ones_like(sizes), sizes - middle], axis=1) / _NOISE_STD  # (n, 2)
        target = (rates - self._prior_level - self._speed.power * sizes) / _NOISE_STD
        precision = features.T @ features + np.diag(
            [1 / _LEVEL_PRIOR_STD**2, 1 / _SLOPE_PRIOR_STD**2]
        )
        level, slope = np.linalg.solve(precision, features.T @ target)
        return float(self._prior_level + level - slope * middle), float(self._speed.power + slope)

    def _level_of_other_parts(self, part: str) -> float:
        """Median level of the measurements at the prior's slope; without any, the prior's level.

        Training is predicted from training, and scoring from scoring, if there are measurements: a unit
        of the one takes up to twice as long as a unit of the other.
        """
        alike = [
            other
            for other in self._observations
            if (other in SCORING_PARTS) == (part in SCORING_PARTS) and self._observations[other]
        ]
        levels = [
            rate - self._speed.power * size
            for other in alike or self._observations
            for size, rate in self._observations[other].values()
        ]
        return float(np.median(levels)) if levels else self._prior_level
