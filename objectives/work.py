"""What a run costs before anything was measured, by task. Needs no PyTorch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.objectives.ner import work as ner
from xlt.objectives.objective import Configuration
from xlt.objectives.translation import work as translation
from xlt.spaces.league import GROUPS


@dataclass(frozen=True)
class CostProfile:
    """A task's cost under a study's settings, in units that the task's `work` module defines."""

    # Units by part: from a step to a step, scored at the rungs between.
    run_units: Callable[
        [Configuration, int, int, Sequence[int], Mapping[str, Any]], Mapping[str, float]
    ]
    # Units by part: a test at a step.
    test_units: Callable[[Configuration, int, Mapping[str, Any]], Mapping[str, float]]
    # Seconds a unit until something was measured, by kind of device, for runs with `size` units a
    # step. For others it is multiplied by (units / size) ** power.
    seconds_per_unit: Mapping[str, float]
    size: float
    power: float
    # The factor on `seconds_per_unit` under these settings; None if unknown.
    scale: Callable[[Mapping[str, Any]], float | None]
    # Until the end of a named stage only these parameters matter; otherwise all do.
    alike: Mapping[str, Sequence[str]]


WORK: Mapping[str, CostProfile] = {
    # The default model on one core, and a GPU that mostly waits. Larger models use both better:
    # measured from `d_model` 128 to 512.
    "translation": CostProfile(
        translation.units_of_run,
        translation.units_of_test,
        {"cpu": 2e-11, "cuda": 3e-13},
        6.3e9,
        -0.25,
        lambda settings: 1.0,
        {"A": GROUPS["MODEL_HP"]},
    ),
    # multilingual-e5-small on one core; xlm-roberta-base on a small GPU.
    "ner": CostProfile(
        ner.units_of_run, ner.units_of_test, {"cpu": 0.4, "cuda": 0.05}, 3.0, 0.0, ner.scale, {}
    ),
}
