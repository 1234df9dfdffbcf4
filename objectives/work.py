"""What a run costs, before anything is trained, by the task's name. Needs no PyTorch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.objectives.ner import work as ner
from xlt.objectives.objective import Configuration
from xlt.objectives.translation import work as translation


@dataclass(frozen=True)
class Work:
    """Of a task under a study's settings; see the two modules for units, which differ."""

    # From a step to a step, scored at rungs between.
    between: Callable[
        [Configuration, int, int, Sequence[int], Mapping[str, Any]], Mapping[str, float]
    ]
    # A test at a step.
    closing: Callable[[Configuration, int, Mapping[str, Any]], Mapping[str, float]]
    # Seconds a unit, by the kind of device, until something was measured.
    first_guess: Mapping[str, float]


WORK: Mapping[str, Work] = {
    # Small models: half of a core's matrix products, and a GPU that mostly waits.
    "translation": Work(translation.work, translation.closing, {"cpu": 2e-11, "cuda": 3e-13}),
    # multilingual-e5-small on one core; xlm-roberta-base on a small GPU.
    "ner": Work(ner.work, ner.closing, {"cpu": 0.4, "cuda": 0.05}),
}
