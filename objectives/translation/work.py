"""What a run of the league costs, in floating-point operations, before anything is trained.

Matrix products alone are counted, at 2 operations a multiplication and addition; a training step
is three forward passes. What else a step does, and how fast a machine is, the search fits to runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.objectives.objective import Configuration
from xlt.spaces.league import PROTOCOL, LeagueProtocol

# Tokens of a sentence, roughly, begin and end included; a fit takes up what is wrong here.
_CAPTION, _TALK = 17, 28
# Sentences translated, and likelihoods taken, when a run is scored.
_SENTENCES, _SCREENED = 1_000, 256
# Steps that a model is decoded for which ends its outputs; from this training step on it does.
_STEPS, _YOUNG = 20, 200


def units_of_run(
    config: Configuration,
    begin: int,
    end: int,
    rungs: Sequence[int],
    _: Mapping[str, Any],
    protocol: LeagueProtocol = PROTOCOL,
) -> dict[str, float]:
    """Operations from step `begin` to step `end`, scored there and at `rungs` between, by part.

    The parts are those of `Evaluation.seconds`.
    """
    end_of_a = protocol.stage_a_steps
    in_a = max(0, min(end, end_of_a) - begin)
    in_b = max(0, end - max(begin, end_of_a))
    at = {step for step in (*rungs, end_of_a, end) if begin < step <= end}
    screens = sum(step < end_of_a for step in at)
    # Four beams cost about as much as four greedy passes.
    passes = sum(
        protocol.beams if step in (end_of_a, protocol.steps) else 1
        for step in at
        if step >= end_of_a
    )
    return {
        "stage_a": in_a * 3 * _forward(config, protocol.batch, _CAPTION, protocol),
        "stage_b": in_b * 3 * _forward(config, protocol.batch, _TALK, protocol),
        "scoring": screens * _forward(config, _SCREENED, _CAPTION, protocol),
        "decoding": passes * _forward(config, _SENTENCES, _STEPS, protocol),
    }


def units_of_test(
    config: Configuration, step: int, _: Mapping[str, Any], protocol: LeagueProtocol = PROTOCOL
) -> dict[str, float]:
    """Operations of a test at `step`. A young model ends no output before the longest."""
    endless = protocol.decode_tokens
    steps = _STEPS + (endless - _STEPS) * max(0.0, 1 - step / _YOUNG)
    return {"decoding": protocol.beams * _forward(config, _SENTENCES, steps, protocol)}


def _forward(
    config: Configuration, sentences: int, tokens: float, protocol: LeagueProtocol
) -> float:
    width, layers, inner = (float(config[name]) for name in ("d_model", "num_layers", "d_ff"))
    encoder = 4 * width**2 + 2 * width * inner
    decoder = 8 * width**2 + 2 * width * inner
    a_token = layers * (encoder + decoder) + width * protocol.vocabulary
    return 2 * a_token * sentences * tokens
