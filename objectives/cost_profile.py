"""What a task's runs cost before anything was measured. Needs no PyTorch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.objectives.objective import Configuration


@dataclass(frozen=True)
class CostProfile:
    """A task's cost under a study's settings, in units that the task's `work` module defines.

    Attributes:
        run_units: Units by part, from a step to a step, scored at the rungs between.
        test_units: Units by part of a test at a step.
        seconds_per_unit: Seconds a unit until something was measured, by kind of device, for runs
            with `size` units a step. For others it is multiplied by (units / size) ** power.
        size: See there.
        power: See there.
        scale: The factor on `seconds_per_unit` under these settings; None if unknown.
    """

    run_units: Callable[
        [Configuration, int, int, Sequence[int], Mapping[str, Any]], Mapping[str, float]
    ]
    test_units: Callable[[Configuration, int, Mapping[str, Any]], Mapping[str, float]]
    seconds_per_unit: Mapping[str, float]
    size: float
    power: float
    scale: Callable[[Mapping[str, Any]], float | None]
