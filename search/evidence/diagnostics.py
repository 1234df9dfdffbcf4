"""Warnings about the result of a study: a winner at a bound, or a choice within noise."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev, variance

from xlt.objectives.objective import Configuration
from xlt.search.evidence.record import Candidate
from xlt.search.storage.store import RankedConfig
from xlt.spaces.limits import format_value
from xlt.spaces.parameter import Float, Int, Multiple, Ordinal, Parameter
from xlt.spaces.space import Space

# Share of a continuous range (or of its logarithm) that counts as its bound, because samplers never
# hit the bound exactly.
BOUND_TOLERANCE = 0.02
# Fewer trials have no meaningful standard deviation.
MIN_TRIALS = 3


def at_bounds(space: Space, config: Configuration) -> list[str]:
    """Describe the values of a configuration that lie at a bound which a study could widen."""
    flags = []
    for parameter in space.searched:
        name = parameter.name
        # Both of two values are at an end.
        if name not in config or parameter.count == 2 or parameter.kind in ("str", "bool"):
            continue
        value = config[name]
        assert isinstance(value, int | float)
        low, high = _ends(parameter, config)
        for bound, beyond, word in (
            (low, _beyond(parameter, low, config, -1), "smallest"),
            (high, _beyond(parameter, high, config, 1), "largest"),
        ):
            at_bound = _is_at(parameter, value, bound, low, high)
            if at_bound and parameter.hard_limits.problem(beyond) is None:
                same = math.isclose(value, bound)  # the end of a lattice is a sum of floats
                text = f"{name} = {format_value(value)} {'is' if same else 'is next to'} the {word} allowed"
                if isinstance(parameter, Multiple):
                    times = int(value) // _base(parameter, config)
                    text = f"{name} = {times} * {parameter.of}: that is the {word} factor allowed"
                elif not same:
                    text += f", {format_value(bound)}"
                flags.append(f"{text}; a wider range may be better")
    return flags


def _ends(parameter: Parameter, config: Configuration) -> tuple[float, float]:
    """The smallest and the largest value of a parameter."""
    match parameter:
        case Int():
            return parameter.lattice[0], parameter.lattice[-1]
        case Float(low=low, high=high, step=None):
            return low, high
        case Float(low=low, step=step, count=count):
            assert step is not None
            assert count is not None
            return low, low + (count - 1) * step
        case Ordinal():
            return parameter.values[0], parameter.values[-1]
        case Multiple():
            base = _base(parameter, config)
            return parameter.factors[0] * base, parameter.factors[-1] * base
        case _:
            raise TypeError(f"{parameter.name} has no order")


def _base(parameter: Multiple, config: Configuration) -> int:
    base = config[parameter.of]
    assert isinstance(base, int)
    return base


def _beyond(parameter: Parameter, bound: float, config: Configuration, sign: int) -> float:
    """The next value outside of a bound, below it (`sign` -1) or above it (1)."""
    match parameter:
        case Multiple():
            return bound + sign * _base(parameter, config)
        case Int():
            return bound + sign
        case Ordinal() if parameter.kind == "int":
            return bound + sign
        case _:
            return math.nextafter(bound, sign * math.inf)


def _is_at(parameter: Parameter, value: float, bound: float, low: float, high: float) -> bool:
    if parameter.count is not None:
        return math.isclose(value, bound)
    assert isinstance(parameter, Float)
    scale = math.log if parameter.log else float
    return abs(scale(value) - scale(bound)) <= BOUND_TOLERANCE * (scale(high) - scale(low))


def within_seed_noise(
    complete: Sequence[RankedConfig], candidates: Sequence[Candidate]
) -> list[str]:
    """Warn if configurations differ no more than runs of one configuration on several seeds.

    Args:
        complete: The configurations that reached the last rung.
        candidates: Configurations trained on new seeds, whose runs have the same metric.

    Returns:
        The warning, or nothing.
    """
    scores = [row.score for row in complete]
    samples = [[run.score for run in c.runs if run.score is not None] for c in candidates]
    variances = [variance(sample) for sample in samples if len(sample) > 1]
    if len(scores) < MIN_TRIALS or not variances:
        return []
    trial_std, seed_std = stdev(scores), math.sqrt(fmean(variances))
    if trial_std > seed_std:
        return []
    flag = (
        f"the {len(scores)} configurations that were trained to step {complete[0].step} differ by "
        f"{trial_std:.2f} (standard deviation), runs of one configuration on other seeds by "
        f"{seed_std:.2f}: which of them is best in the search is chance"
    )
    return [flag]
