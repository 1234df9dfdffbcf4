"""Texts that a model writes: blocks, pairs and scores."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from datasets import Dataset, DatasetDict
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from xlt.objectives.trainer.texts import encode_blocks, encode_pairs, score_perplexity, score_texts

WORDS = ["<pad>", "</s>", "one", "two", "three", "four"]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, "<pad>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<pad>"
    )


def test_blocks_are_the_joined_texts(tokenizer: Any) -> None:
    rows = [{"text": "one two", "other": 1}, {"text": "three", "other": 2}, {"text": "four four"}]
    data = encode_blocks(DatasetDict(train=Dataset.from_list(rows)), ["text"], tokenizer, 3)
    assert data["train"]["input_ids"] == data["train"]["labels"] == [[2, 3, 1], [4, 1, 5]]


def test_references_are_never_cut(tokenizer: Any) -> None:
    """What is learned is cut; what the output is compared with is not."""
    rows = [{"de": "one two three", "en": "four three two one"}]
    data = encode_pairs(DatasetDict(train=Dataset.from_list(rows)), ["de", "en"], tokenizer, 2)
    (row,) = data["train"]
    assert (row["input_ids"], row["labels"]) == ([2, 3], [5, 4])
    ids = np.array([[5, 4, 3, 2, 1, -100]])
    trainer: Any = SimpleNamespace(
        processing_class=tokenizer,
        predict=lambda data, metric_key_prefix: SimpleNamespace(predictions=ids, metrics={}),
    )
    assert score_texts(trainer, data["train"], "eval") == pytest.approx({"bleu": 100, "chrf": 100})


@pytest.mark.parametrize(("loss", "perplexity"), [(0.0, 1.0), (np.log(7), 7.0), (1e4, np.inf)])
def test_perplexity_is_the_exponential_of_the_loss(loss: float, perplexity: float) -> None:
    trainer: Any = SimpleNamespace(evaluate=lambda data, metric_key_prefix: {"eval_loss": loss})
    assert score_perplexity(trainer, None, "eval")["perplexity"] == pytest.approx(perplexity)
