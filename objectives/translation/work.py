"""The cost of the league's runs in floating-point operations.

Only matrix products count, with 2 operations for a multiplication and an addition. A training step
is three forward passes. The search fits the seconds of an operation to finished runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.objectives.objective import Configuration
from xlt.spaces.league import PROTOCOL, LeagueProtocol

# Tokens of a sentence, bos and eos included, roughly: the fit corrects it.
_CAPTION_TOKENS, _TALK_TOKENS = 17, 28
# Sentences that an evaluation translates where the protocol takes all, and those it computes the likelihood of.
_SENTENCES, _LIKELIHOOD_SENTENCES = 1_000, 256
# Tokens of an output; before this training step, outputs do not end by themselves yet.
_OUTPUT_TOKENS, _EOS_LEARNED_STEP = 20, 200


def units_of_run(
    config: Configuration,
    begin: int,
    end: int,
    rungs: Sequence[int],
    _: Mapping[str, Any],
    protocol: LeagueProtocol = PROTOCOL,
) -> dict[str, float]:
    """Operations from step `begin` to step `end`, scored there and at the `rungs` between.

    Returns:
        Operations by part; the parts are those of `Evaluation.seconds`.
    """
    end_of_a = protocol.stage_a_steps
    in_a = max(0, min(end, end_of_a) - begin)
    in_b = max(0, end - max(begin, end_of_a))
    scored_at = {step for step in (*rungs, end_of_a, end) if begin < step <= end}
    likelihoods = sum(step < end_of_a for step in scored_at)
    # K beams cost about as much as K greedy passes.
    passes = sum(
        protocol.beams if step in (end_of_a, protocol.steps) else 1
        for step in scored_at
        if step >= end_of_a
    )
    return {
        "stage_a": in_a * 3 * _forward(config, protocol.batch, _CAPTION_TOKENS, protocol),
        "stage_b": in_b * 3 * _forward(config, protocol.batch, _TALK_TOKENS, protocol),
        "scoring": likelihoods * _forward(config, _LIKELIHOOD_SENTENCES, _CAPTION_TOKENS, protocol),
        "decoding": passes * _forward(config, _scored(protocol), _OUTPUT_TOKENS, protocol),
    }


def units_of_test(
    config: Configuration, step: int, _: Mapping[str, Any], protocol: LeagueProtocol = PROTOCOL
) -> dict[str, float]:
    """Operations of a test at `step`. Early on, outputs have maximum length."""
    untrained = max(0.0, 1 - step / _EOS_LEARNED_STEP)
    tokens = _OUTPUT_TOKENS + (protocol.decode_tokens - _OUTPUT_TOKENS) * untrained
    return {"decoding": protocol.beams * _forward(config, _scored(protocol), tokens, protocol)}


def _scored(protocol: LeagueProtocol) -> int:
    return protocol.scored_pairs or _SENTENCES


def _forward(
    config: Configuration, sentences: int, tokens: float, protocol: LeagueProtocol
) -> float:
    width, layers, inner = (float(config[name]) for name in ("d_model", "num_layers", "d_ff"))
    encoder = 4 * width**2 + 2 * width * inner
    decoder = 8 * width**2 + 2 * width * inner
    per_token = layers * (encoder + decoder) + width * protocol.vocabulary
    return 2 * per_token * sentences * tokens
