"""Runs on a small XLM-RoBERTa that is saved with its tokenizer."""

from pathlib import Path

import pytest
import torch
from tokenizers.processors import TemplateProcessing
from transfers import config, silent, transfer
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

from xlt.objectives.ner import embedded, tiny
from xlt.objectives.ner.transfer import Transfer, TransferRun


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """panx/de and panx/fr from the embedded sentences; encoder/, random weights."""
    root = tmp_path_factory.mktemp("ner")
    texts = []
    for language in ("de", "fr"):
        for split, number in (("train", 300), ("validation", 40), ("test", 50)):
            part = embedded.generate(language, split)
            chosen = list(zip(part.words, part.tags, strict=True))[:number]
            texts += [" ".join(words) for words, _ in chosen]
            lines = ["\n".join(map("\t".join, zip(*each, strict=True))) for each in chosen]
            file = root / "panx" / language / f"{split}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = tiny.train_tokenizer(texts)
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", tiny.BEGIN), ("</s>", tiny.END)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    ).save_pretrained(root / "encoder")
    torch.manual_seed(1)
    config = XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=260,
        type_vocab_size=1,
        pad_token_id=tiny.PAD,
        bos_token_id=tiny.BEGIN,
        eos_token_id=tiny.END,
    )
    XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(root / "encoder")
    return root


@pytest.fixture(scope="session")
def small(folder: Path) -> Transfer:
    return transfer(folder)


@pytest.fixture(scope="session")
def learned(folder: Path) -> TransferRun:
    """Trained until it finds something."""
    run = transfer(folder, steps=100).run(config("full", dropout=0.0, batch_size=8), 7)
    run.train_to(100, silent)
    return run
