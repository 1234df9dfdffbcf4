"""Tagged words: which token has the label, and the scores of entities."""

import numpy as np
import pytest
from datasets import Dataset, DatasetDict
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import EvalPrediction, PreTrainedTokenizerFast

from xlt.objectives.trainer.classes import class_f1
from xlt.objectives.trainer.words import encode_words, entity_scores
from xlt.spaces.errors import InputError

TAGS = ["B-LOC", "B-PER", "I-PER", "O"]


def encode(tags: list[str]) -> tuple[list[str], list[int]]:
    """Two words, of which the tokenizer cuts the first into two tokens."""
    vocabulary = {"<unk>": 0, "Ber": 1, "##lin": 2, "ist": 3}
    pieces = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="<unk>"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces, unk_token="<unk>")
    data = DatasetDict(train=Dataset.from_list([{"words": ["Berlin", "ist"], "tags": tags}]))
    names, encoded = encode_words(data, ("words", "tags"), tokenizer)
    return names, encoded["train"][0]["labels"]


def test_the_first_token_of_a_word_has_its_label() -> None:
    names, labels = encode(["B-LOC", "O"])
    assert [names[label] if label >= 0 else None for label in labels] == ["B-LOC", None, "O"]


def test_a_tag_for_no_entity_is_needed() -> None:
    with pytest.raises(InputError, match=r"the tags are \['B-LOC', 'LOC'\]; expected O"):
        encode(["B-LOC", "LOC"])


def test_entities_count_as_wholes_and_other_tokens_do_not_count() -> None:
    """One of two persons is found whole, and so is the place: two of three are right."""
    true = ["B-PER", "I-PER", "O", "B-PER", "I-PER", "B-LOC"]
    predicted = ["B-PER", "I-PER", "O", "B-PER", "O", "B-LOC"]
    labels = np.array([[TAGS.index(tag) for tag in true] + [-100]])
    logits = np.eye(len(TAGS))[[[TAGS.index(tag) for tag in predicted] + [0]]]
    scores = entity_scores(EvalPrediction(predictions=logits, label_ids=labels), TAGS)
    assert scores["f1"] == scores["precision"] == scores["recall"] == pytest.approx(2 / 3)
    assert class_f1(scores) == pytest.approx({"PER": 0.5, "LOC": 1.0})
