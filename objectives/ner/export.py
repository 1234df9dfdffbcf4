"""Exports a trained token classifier for `transformers`: weights, configuration, tokenizer."""

import copy
import hashlib
from pathlib import Path
from typing import cast

from peft import PeftModel
from tokenizers import Tokenizer, decoders
from tokenizers.processors import TemplateProcessing
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging

from xlt.objectives.folders import atomic_folder
from xlt.objectives.ner import encoders, tuning

# The folder of a prefix or prompt, which cannot be merged into the weights.
ADAPTER = "adapter"


def export(
    model: nn.Module, encoder: encoders.Encoder, vocabulary: encoders.Vocabulary, path: Path
) -> str:
    """Write the folder `path` for `pipeline("token-classification", path)`.

    A prefix or prompt is written below it, for
    `PeftModel.from_pretrained(model, path / "adapter")`.

    Args:
        model: The trained model.
        encoder: Its encoder, with the embeddings of all sub-words.
        vocabulary: The sub-words that `model` has embeddings of.
        path: The folder, which is replaced.

    Returns:
        The SHA-256 of the files of weights.
    """
    merged = tuning.merge(copy.deepcopy(model))
    adapter = merged if isinstance(merged, PeftModel) else None
    body = merged.get_base_model() if isinstance(merged, PeftModel) else merged
    complete = encoders.restore_embeddings(cast("PreTrainedModel", body), encoder, vocabulary)
    tokenizer = _tokenizer(encoder, int(complete.config.max_position_embeddings) - 2)
    with atomic_folder(path) as folder:
        _save(complete, folder)
        tokenizer.save_pretrained(folder)
        if adapter is not None:
            # "auto" would ask the hub for the size of the original vocabulary.
            adapter.save_pretrained(str(folder / ADAPTER), save_embedding_layers=False)
        digest = hashlib.sha256()
        for file in sorted(folder.rglob("*.safetensors")):
            digest.update(file.read_bytes())
        return digest.hexdigest()


def _save(model: PreTrainedModel, folder: Path) -> None:
    """Save without a progress bar, which would disturb the command's own display."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        model.save_pretrained(folder)
    finally:
        if shown:
            logging.enable_progress_bar()


def _tokenizer(encoder: encoders.Encoder, max_length: int) -> PreTrainedTokenizerFast:
    complete = Tokenizer.from_str(encoder.tokenizer.to_str())
    if isinstance(complete.decoder, decoders.Metaspace):
        complete.decoder = _word_decoder()
    specials = encoder.specials
    begin, end = complete.id_to_token(specials.begin), complete.id_to_token(specials.end)
    complete.post_processor = TemplateProcessing(
        single=f"{begin} $A {end}",
        special_tokens=[(begin, specials.begin), (end, specials.end)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=complete, model_max_length=max_length, **encoder.token_names
    )


def _word_decoder() -> decoders.Decoder:
    """Sub-words to text, every word with a blank before it.

    `pipeline` joins sub-words to words, and words to entities, by the same decoder. Metaspace's own
    removes the blanks the first time, which makes "AngelaMerkel" of two words.
    """
    return decoders.Sequence([decoders.Replace("▁", " "), decoders.Fuse()])
