"""Exports a trained model for `transformers`: weights, configuration, generation, tokenizer."""

import hashlib
from pathlib import Path

from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from xlt.objectives.folders import atomic_folder
from xlt.objectives.translation.model import Translator
from xlt.objectives.translation.vocabulary import SPECIALS


def export(model: Translator, tokenizer: Tokenizer, path: Path) -> str:
    """Write the folder `path` for `BartForConditionalGeneration.from_pretrained`.

    Returns:
        The SHA-256 of the file of weights.
    """
    from transformers import BartConfig, GenerationConfig, PreTrainedTokenizerFast

    protocol = model.architecture.protocol
    config = BartConfig(**model.architecture.bart(), architectures=["BartForConditionalGeneration"])
    generation = GenerationConfig(
        pad_token_id=protocol.pad_id,
        bos_token_id=protocol.bos_id,
        eos_token_id=protocol.eos_id,
        decoder_start_token_id=protocol.bos_id,
        forced_eos_token_id=protocol.eos_id,
        num_beams=protocol.beams,
        max_length=protocol.decode_tokens,
    )
    bos, eos = SPECIALS[protocol.bos_id], SPECIALS[protocol.eos_id]
    complete = Tokenizer.from_str(tokenizer.to_str())
    complete.post_processor = TemplateProcessing(
        single=f"{bos} $A {eos}",
        special_tokens=[(bos, protocol.bos_id), (eos, protocol.eos_id)],
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=complete,
        pad_token=SPECIALS[protocol.pad_id],
        bos_token=bos,
        eos_token=eos,
        unk_token=SPECIALS[protocol.unknown_id],
        model_max_length=protocol.max_tokens,
    )
    with atomic_folder(path) as folder:
        config.save_pretrained(folder)
        generation.save_pretrained(folder)
        fast.save_pretrained(folder)
        state = {name: tensor.cpu().contiguous() for name, tensor in model.bart_state().items()}
        weights = folder / "model.safetensors"
        save_file(state, weights, {"format": "pt"})
        return hashlib.sha256(weights.read_bytes()).hexdigest()
