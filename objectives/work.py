"""What a run costs, before anything is trained, by the task's name. Needs no PyTorch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.objectives.ner import work as ner
from xlt.objectives.objective import Configuration
from xlt.objectives.translation import work as translation
from xlt.spaces.league import GROUPS


@dataclass(frozen=True)
class Work:
    """Of a task under a study's settings; see the two modules for units, which differ."""

    # From a step to a step, scored at rungs between.
    between: Callable[
        [Configuration, int, int, Sequence[int], Mapping[str, Any]], Mapping[str, float]
    ]
    # A test at a step.
    closing: Callable[[Configuration, int, Mapping[str, Any]], Mapping[str, float]]
    # Until something was measured: seconds a unit, by the kind of device, of a run whose steps are of
    # `size` units; others have this times a power of what they are larger.
    first_guess: Mapping[str, float]
    size: float
    power: float
    # How many times the first guess a run under these settings costs; None where nobody knows.
    scale: Callable[[Mapping[str, Any]], float | None]
    # Until the end of a stage that is named, these parameters alone matter; else all.
    alike: Mapping[str, Sequence[str]]


WORK: Mapping[str, Work] = {
    # The defaults' on one core, and a GPU that mostly waits. Wide models use them better: measured
    # from `d_model` 128 to 512.
    "translation": Work(
        translation.work,
        translation.closing,
        {"cpu": 2e-11, "cuda": 3e-13},
        6.3e9,
        -0.25,
        lambda settings: 1.0,
        {"A": GROUPS["MODEL_HP"]},
    ),
    # multilingual-e5-small on one core; xlm-roberta-base on a small GPU.
    "ner": Work(ner.work, ner.closing, {"cpu": 0.4, "cuda": 0.05}, 3.0, 0.0, ner.scale, {}),
}
