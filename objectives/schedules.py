"""Learning-rate schedules by name, as `transformers` defines them."""

import math
from collections.abc import Callable, Mapping


def lr_factor(name: str, step: int, warmup: int, steps: int) -> float:
    """The factor on the learning rate at `step` (from 0) of `steps`.

    Every schedule rises linearly over `warmup` steps first. Source:
    `get_linear_schedule_with_warmup`, `get_cosine_schedule_with_warmup` and
    `get_inverse_sqrt_schedule` in `transformers.optimization`.

    Raises:
        KeyError: `name` is not linear, cosine or inverse_sqrt.
    """
    decay = SCHEDULES[name]
    return step / warmup if step < warmup else decay(step, warmup, steps)


def _linear(step: int, warmup: int, steps: int) -> float:
    return max(0.0, (steps - step) / max(1, steps - warmup))


def _cosine(step: int, warmup: int, steps: int) -> float:
    progress = (step - warmup) / max(1, steps - warmup)
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * progress)))


def _inverse_sqrt(step: int, warmup: int, steps: int) -> float:
    # Without a warm-up the time scale is the library's default of 10,000 steps.
    scale = warmup or 10_000
    return 1.0 / math.sqrt((step + scale - warmup) / scale)


SCHEDULES: Mapping[str, Callable[[int, int, int], float]] = {
    "linear": _linear,
    "cosine": _cosine,
    "inverse_sqrt": _inverse_sqrt,
}
