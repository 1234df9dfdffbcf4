"""A trained token classifier as `transformers` loads it: weights, configuration, tokenizer."""

import copy
import hashlib
from pathlib import Path
from typing import cast

from peft import PeftModel
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from xlt.objectives.folders import replace_folder
from xlt.objectives.ner import encoders, tuning

# Where a prefix or prompt lies, which cannot be worked into the weights.
ADAPTER = "adapter"


def export(
    model: nn.Module, encoder: encoders.Encoder, vocabulary: encoders.Vocabulary, path: Path
) -> str:
    """Write the folder `path` for `pipeline("token-classification", path)`.

    A prefix or prompt is written below, for `PeftModel.from_pretrained(model, path / "adapter")`.
    Returns the SHA-256 of the weights' files, which is the same for the same weights.
    """
    finished = tuning.merged(copy.deepcopy(model))
    adapter = finished if isinstance(finished, PeftModel) else None
    body = finished.get_base_model() if isinstance(finished, PeftModel) else finished
    complete = encoders.whole(cast("PreTrainedModel", body), encoder, vocabulary)
    tokenizer = _tokenizer(encoder)
    with replace_folder(path) as folder:
        complete.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        if adapter is not None:
            # "auto" would ask the hub how many pieces there once were.
            adapter.save_pretrained(str(folder / ADAPTER), save_embedding_layers=False)
        digest = hashlib.sha256()
        for file in sorted(folder.rglob("*.safetensors")):
            digest.update(file.read_bytes())
        return digest.hexdigest()


def _tokenizer(encoder: encoders.Encoder) -> PreTrainedTokenizerFast:
    complete = Tokenizer.from_str(encoder.tokenizer.to_str())
    specials = encoder.specials
    begin, end = complete.id_to_token(specials.begin), complete.id_to_token(specials.end)
    complete.post_processor = TemplateProcessing(
        single=f"{begin} $A {end}",
        special_tokens=[(begin, specials.begin), (end, specials.end)],
    )
    return PreTrainedTokenizerFast(tokenizer_object=complete, **encoder.names)
