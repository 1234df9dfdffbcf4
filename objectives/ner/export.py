"""A trained token classifier as `transformers` loads it: weights, configuration, tokenizer."""

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

# Where a prefix or prompt lies, which cannot be worked into the weights.
ADAPTER = "adapter"


def export(
    model: nn.Module, encoder: encoders.Encoder, vocabulary: encoders.Vocabulary, path: Path
) -> str:
    """Write the folder `path` for `pipeline("token-classification", path)`.

    `encoder`: with the vectors of all pieces. A prefix or prompt is written below, for
    `PeftModel.from_pretrained(model, path / "adapter")`. Returns the SHA-256 of the weights' files, which is the same for the same weights.
    """
    finished = tuning.merged(copy.deepcopy(model))
    adapter = finished if isinstance(finished, PeftModel) else None
    body = finished.get_base_model() if isinstance(finished, PeftModel) else finished
    vectors = encoders.vectors(encoder)
    complete = encoders.whole(cast("PreTrainedModel", body), vectors, vocabulary)
    tokenizer = _tokenizer(encoder, int(complete.config.max_position_embeddings) - 2)
    with atomic_folder(path) as folder:
        _save(complete, folder)
        tokenizer.save_pretrained(folder)
        if adapter is not None:
            # "auto" would ask the hub how many pieces there once were.
            adapter.save_pretrained(str(folder / ADAPTER), save_embedding_layers=False)
        digest = hashlib.sha256()
        for file in sorted(folder.rglob("*.safetensors")):
            digest.update(file.read_bytes())
        return digest.hexdigest()


def _save(model: PreTrainedModel, folder: Path) -> None:
    """Without a progress bar, which would run across the command's own display."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        model.save_pretrained(folder)
    finally:
        if shown:
            logging.enable_progress_bar()


def _tokenizer(encoder: encoders.Encoder, longest: int) -> PreTrainedTokenizerFast:
    complete = Tokenizer.from_str(encoder.tokenizer.to_str())
    if isinstance(complete.decoder, decoders.Metaspace):
        complete.decoder = _spaced()
    specials = encoder.specials
    begin, end = complete.id_to_token(specials.begin), complete.id_to_token(specials.end)
    complete.post_processor = TemplateProcessing(
        single=f"{begin} $A {end}",
        special_tokens=[(begin, specials.begin), (end, specials.end)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=complete, model_max_length=longest, **encoder.names
    )


def _spaced() -> decoders.Decoder:
    """Pieces to text, each word with a blank before it.

    `pipeline` puts words together from pieces, and entities from words by the same decoder:
    Metaspace's own takes the blanks away the first time, and "Angela Merkel" is one word.
    """
    return decoders.Sequence([decoders.Replace("▁", " "), decoders.Fuse()])
