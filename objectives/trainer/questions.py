"""Extractive question answering: long texts as overlapping windows, answers, and their scores.

Source: Rajpurkar et al. 2016 (arXiv:1606.05250) for the two metrics and how answers are normalised.
"""

import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from transformers import Trainer

from xlt.spaces.errors import InputError

# Tokens of the longest answer that is looked for, as in SQuAD's own scripts.
MAX_ANSWER_TOKENS = 30
# The offsets of tokens that cannot be part of an answer.
_OUTSIDE = [-1, -1]


def encode_questions(
    data: Any, columns: Sequence[str], tokenizer: Any, max_length: int, stride: int
) -> Any:
    """Cut texts into windows of tokens, each after its question.

    Args:
        data: As `xlt.objectives.trainer.data.load_parts` returns it.
        columns: The columns of the question, the text and the answers. Answers are {"text": [...],
            "answer_start": [...]}, as in SQuAD, or a list of {"text": ..., "start": ...}. The first one is
            learned. Starts count characters.
        tokenizer: A fast tokenizer.
        max_length: Tokens of a window, with the question.
        stride: Tokens that a window has in common with the one before.

    Returns:
        Data with one row for each window: what the model needs, with the position of the answer (0 if
        it is not in the window), and for `score_answers` the number of the question in its part, the
        text, the answers, and where in the text each token is.

    Raises:
        InputError: A question has no answer, or its answer is not where its start says.
    """
    question, context, answers = columns

    def encode(rows: Mapping[str, list[Any]], numbers: list[int]) -> dict[str, list[Any]]:
        found = [
            _answers(row, number, text)
            for row, number, text in zip(rows[answers], numbers, rows[context], strict=True)
        ]
        windows = tokenizer(
            rows[question],
            rows[context],
            truncation="only_second",
            max_length=max_length,
            stride=stride,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        sources, offsets = windows.pop("overflow_to_sample_mapping"), windows.pop("offset_mapping")
        places = [
            [
                list(place) if part == 1 else _OUTSIDE
                for place, part in zip(places, parts, strict=True)
            ]
            for index, places in enumerate(offsets)
            for parts in [windows.sequence_ids(index)]
        ]
        spans = [
            _span(place, *found[source][0]) for place, source in zip(places, sources, strict=True)
        ]
        return {
            **windows,
            "start_positions": [start for start, _ in spans],
            "end_positions": [end for _, end in spans],
            "question_number": [numbers[source] for source in sources],
            "text": [rows[context][source] for source in sources],
            "answer_texts": [[text for text, _ in found[source]] for source in sources],
            "places": places,
        }

    names = data["train"].column_names
    return data.map(encode, batched=True, with_indices=True, remove_columns=names)


def score_answers(trainer: Trainer, data: Any, prefix: str) -> dict[str, float]:
    """Answer questions, and compare with the true answers; see `TrainerTask.evaluate`.

    Returns:
        The loss, and from 0 to 1: "exact_match", the share of answers that equal a true one, and
        "f1", the mean F1 score of their words.
    """
    found = trainer.predict(data, metric_key_prefix=prefix)
    starts, ends = cast("tuple[NDArray[Any], ...]", found.predictions)[:2]
    best: dict[int, tuple[float, str, list[str]]] = {}
    for row, start, end in zip(data, starts, ends, strict=True):
        score, text = best_answer(start, end, row["places"], row["text"])
        number = row["question_number"]
        if number not in best or score > best[number][0]:
            best[number] = score, text, row["answer_texts"]
    pairs = [(text, true) for _, text, true in best.values()]
    exact = [max(words(text) == words(one) for one in true) for text, true in pairs]
    f1 = [max(word_f1(text, one) for one in true) for text, true in pairs]
    return {
        **(found.metrics or {}),
        "exact_match": float(np.mean(exact)),
        "f1": float(np.mean(f1)),
    }


def best_answer(
    start: NDArray[Any], end: NDArray[Any], places: Sequence[Sequence[int]], text: str
) -> tuple[float, str]:
    """The most likely answer in one window, of at most `MAX_ANSWER_TOKENS`.

    Args:
        start: (T,) or longer, the logit of each token to begin the answer.
        end: The same for the end.
        places: The first and last character of each of T tokens, or `_OUTSIDE`.
        text: The text.

    Returns:
        The sum of both logits, and the answer; minus infinity if the window has no text.
    """
    count = len(places)
    is_text = np.array([place[0] >= 0 for place in places])
    length = np.arange(count)[None, :] - np.arange(count)[:, None] + 1  # (T, T) from start to end
    allowed = (length > 0) & (length <= MAX_ANSWER_TOKENS) & is_text[:, None] & is_text
    if not allowed.any():
        return -np.inf, ""
    sums = np.where(allowed, start[:count, None] + end[None, :count], -np.inf)  # (T, T)
    first, last = divmod(int(sums.argmax()), count)
    return float(sums[first, last]), text[places[first][0] : places[last][1]]


def words(text: str) -> list[str]:
    """The words of an answer as SQuAD compares them: lower case, no punctuation, no English articles."""
    kept = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def word_f1(text: str, true: str) -> float:
    """The harmonic mean of precision and recall of an answer's words."""
    found, expected = words(text), words(true)
    if not found or not expected:
        return float(found == expected)
    common = (Counter(found) & Counter(expected)).total()
    return 2 * common / (len(found) + len(expected))


def _answers(answers: Any, number: int, text: str) -> list[tuple[str, int]]:
    """Texts and starts, whatever the form of the answers."""
    pairs = list(_pairs(answers))
    if not pairs:
        raise InputError(
            f"row {number + 1}: a question without an answer; remove it: every question needs one"
        )
    for answer, start in pairs:
        if text[start : start + len(answer)] != answer:
            raise InputError(
                f"row {number + 1}: the answer {answer!r} is not at character {start} of its text, "
                f"where {text[start : start + len(answer)]!r} is; starts count characters from 0"
            )
    # No token begins or ends with a blank.
    return [(answer.strip(), start + len(answer) - len(answer.lstrip())) for answer, start in pairs]


def _pairs(answers: Any) -> Iterator[tuple[str, int]]:
    if isinstance(answers, Mapping):
        yield from zip(answers["text"], answers["answer_start"], strict=True)
        return
    for answer in answers:
        yield answer["text"], answer["start" if "start" in answer else "answer_start"]


def _span(places: Sequence[Sequence[int]], answer: str, start: int) -> tuple[int, int]:
    """The first and last token of an answer; (0, 0) if it is not all in the window."""
    end = start + len(answer)
    of_text = [index for index, (low, _) in enumerate(places) if low >= 0]
    inside = [index for index in of_text if places[index][0] < end and places[index][1] > start]
    if not inside or places[of_text[0]][0] > start or places[of_text[-1]][1] < end:
        return 0, 0
    return inside[0], inside[-1]
