"""What a run of the league costs, in floating-point operations, before anything is trained.

Matrix products alone are counted, at 2 operations a multiplication and addition; a training step
is three forward passes. What else a step does, and how fast a machine is, the search fits to runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.objectives.objective import Configuration
from xlt.spaces.league import PROTOCOL

# Tokens of a sentence, roughly, begin and end included; a fit takes up what is wrong here.
_CAPTION, _TALK = 17, 28
# Sentences translated, and likelihoods taken, when a run is scored.
_SENTENCES, _SCREENED = 1_000, 256
# Steps that a model is decoded for which ends its outputs, and one that does not; it has learned to
# by a step.
_STEPS, _ENDLESS, _YOUNG = 20, PROTOCOL.decode_tokens, 200


def work(
    config: Configuration, begin: int, end: int, rungs: Sequence[int], _: Mapping[str, Any]
) -> dict[str, float]:
    """Operations from step `begin` to step `end`, scored there and at `rungs` between, by part.

    The parts are those of `Evaluation.seconds`.
    """
    end_of_a = PROTOCOL.stage_a_steps
    in_a = max(0, min(end, end_of_a) - begin)
    in_b = max(0, end - max(begin, end_of_a))
    at = {step for step in (*rungs, end_of_a, end) if begin < step <= end}
    screens = sum(step < end_of_a for step in at)
    # Four beams cost about as much as four greedy passes.
    passes = sum(
        PROTOCOL.beams if step in (end_of_a, PROTOCOL.steps) else 1
        for step in at
        if step >= end_of_a
    )
    return {
        "stage_a": in_a * 3 * _forward(config, PROTOCOL.batch, _CAPTION),
        "stage_b": in_b * 3 * _forward(config, PROTOCOL.batch, _TALK),
        "scoring": screens * _forward(config, _SCREENED, _CAPTION),
        "decoding": passes * _forward(config, _SENTENCES, _STEPS),
    }


def closing(config: Configuration, step: int, _: Mapping[str, Any]) -> dict[str, float]:
    """Operations of a test at `step`."""
    steps = _STEPS + (_ENDLESS - _STEPS) * max(0.0, 1 - step / _YOUNG)
    return {"decoding": PROTOCOL.beams * _forward(config, _SENTENCES, steps)}


def _forward(config: Configuration, sentences: int, tokens: float) -> float:
    width, layers, inner = (float(config[name]) for name in ("d_model", "num_layers", "d_ff"))
    encoder = 4 * width**2 + 2 * width * inner
    decoder = 8 * width**2 + 2 * width * inner
    a_token = layers * (encoder + decoder) + width * PROTOCOL.vocabulary
    return 2 * a_token * sentences * tokens
