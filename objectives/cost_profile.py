"""What a task's runs cost before anything was measured. Needs no PyTorch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.objectives.objective import Configuration


@dataclass(frozen=True)
class Speed:
    """How fast runs are until something was measured.

    Attributes:
        seconds_per_unit: Seconds a unit, for runs with `CostProfile.size` units a step.
        power: For other runs they are multiplied by (units / size) ** power.
    """

    seconds_per_unit: float
    power: float


@dataclass(frozen=True)
class CostProfile:
    """A task's cost under a study's settings, in units that the task's `work` module defines.

    Attributes:
        run_units: Units by part, from a step to a step, scored at the rungs between.
        test_units: Units by part of a test at a step.
        speed: The speed by kind of device: "cpu", "cuda", and "cpu bfloat16" if it differs.
        size: Units a step of the runs that the speeds are for.
        scale: The factor on the seconds of a unit under these settings; None if unknown.
    """

    run_units: Callable[
        [Configuration, int, int, Sequence[int], Mapping[str, Any]], Mapping[str, float]
    ]
    test_units: Callable[[Configuration, int, Mapping[str, Any]], Mapping[str, float]]
    speed: Mapping[str, Speed]
    size: float
    scale: Callable[[Mapping[str, Any]], float | None]
