"""Extractive question answering: windows, answers and scores."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset, DatasetDict
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from xlt.objectives.trainer.questions import (
    MAX_ANSWER_TOKENS,
    best_answer,
    encode_questions,
    word_f1,
    words,
)
from xlt.spaces.errors import InputError

COLUMNS = ("question", "context", "answers")


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    """One token for each word; all words are unknown."""
    whole_words = Tokenizer(models.WordLevel({"<unk>": 0, "<pad>": 1}, unk_token="<unk>"))
    whole_words.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=whole_words, unk_token="<unk>", pad_token="<pad>"
    )


def encode(tokenizer: Any, context: str, answers: Any, max_length: int = 12) -> list[Any]:
    rows = [{"question": "who was it", "context": context, "answers": answers}]
    data = DatasetDict(train=Dataset.from_list(rows))
    encoded = encode_questions(data, COLUMNS, tokenizer, max_length, stride=4)
    return list(encoded["train"])


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))


@pytest.mark.parametrize("index", [0, 7, 11, 29])
@pytest.mark.parametrize("is_squad", [False, True])
def test_windows_contain_the_answer(tokenizer: Any, index: int, is_squad: bool) -> None:
    """Every window that holds the answer points to it, the others to 0, and one holds it."""
    context = " ".join(f"word{number}" for number in range(30))
    answer = f"word{index}"
    start = context.index(answer)
    answers: Any = {"text": [answer], "answer_start": [start]}
    rows = encode(tokenizer, context, answers if is_squad else [{"text": answer, "start": start}])
    assert len(rows) > 3
    hits = 0
    for row in rows:
        low, high = row["places"][row["start_positions"]][0], row["places"][row["end_positions"]][1]
        seen = {context[a:b] for a, b in row["places"] if a >= 0}
        assert (answer in seen) == (row["start_positions"] > 0)
        if answer in seen:
            hits += 1
            assert context[low:high] == answer
        assert (row["question_number"], row["answer_texts"]) == (0, [answer])
    assert hits


def test_wrong_answers_are_named(tokenizer: Any) -> None:
    with pytest.raises(InputError, match="row 1: a question without an answer"):
        encode(tokenizer, "a text", {"text": [], "answer_start": []})
    with pytest.raises(
        InputError, match="'text' is not at character 1 of its text, where ' tex' is"
    ):
        encode(tokenizer, "a text", [{"text": "text", "start": 1}])


@settings(max_examples=50)
@given(st.data())
def test_the_best_answer_has_the_highest_sum(data: st.DataObject) -> None:
    """As an exhaustive search finds it."""
    count = data.draw(st.integers(2, 40))
    first_of_text = data.draw(st.integers(0, count - 1))
    text = "".join(chr(97 + index % 26) for index in range(count))
    places = [[i, i + 1] if i >= first_of_text else [-1, -1] for i in range(count)]
    # All sums differ.
    values = np.array(data.draw(st.permutations(range(2 * count))), dtype=float)
    start, end = 2.0 ** values[:count], 2.0 ** values[count:]
    spans = [
        (start[i] + end[j], text[i : j + 1])
        for i in range(first_of_text, count)
        for j in range(i, min(count, i + MAX_ANSWER_TOKENS))
    ]
    # The Trainer fills up with -100.
    padded = [np.append(logits, [-100.0, -100.0]) for logits in (start, end)]
    assert best_answer(padded[0], padded[1], places, text) == max(spans)


def test_a_window_without_text_has_no_answer() -> None:
    score, text = best_answer(np.zeros(2), np.zeros(2), [[-1, -1], [-1, -1]], "text")
    assert (score, text) == (-np.inf, "")


def test_scores_of_squad() -> None:
    """Cases of SQuAD's normalisation, and F1 scores worked out by hand."""
    assert words("The  Denver-Broncos, a team!") == ["denverbroncos", "team"]
    assert words("Another theme") == ["another", "theme"]
    assert word_f1("the Panthers defense", "Panthers") == pytest.approx(2 / 3)
    assert word_f1("308", "308 points") == pytest.approx(2 / 3)
    assert word_f1("two two", "two") == pytest.approx(2 / 3)
    assert word_f1("none", "of these") == 0
    assert word_f1("the", "a") == 1
