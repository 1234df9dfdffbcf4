"""Tiny models without pretraining, in folders as the hub has them."""

from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

WORDS = ["good", "bad", "film", "the", "a", "plot", "very", "actor"]
SPECIALS = ["<pad>", "<unk>", "<s>", "</s>"]
VOCABULARY = len(SPECIALS) + len(WORDS)


def save_tokenizer(folder: Path, single: str) -> None:
    """Save a tokenizer of whole words. `single`: what it makes of a text `$A`."""
    vocabulary = {word: index for index, word in enumerate([*SPECIALS, *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single=single, pair="$A $B", special_tokens=[("</s>", vocabulary["</s>"])]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", unk_token="<unk>", eos_token="</s>"
    ).save_pretrained(folder)


def save_encoder(
    folder: Path, model: type[PreTrainedModel] = BertForSequenceClassification
) -> None:
    """Save an encoder with a tokenizer of whole words. `model`: `BertModel` has no head."""
    save_tokenizer(folder, "$A")
    config = BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        initializer_range=0.2,
    )
    model(config).save_pretrained(folder)
