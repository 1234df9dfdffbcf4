"""Tagging of words, such as named entities: a label for the first token of each word, and scores."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from xlt.objectives.trainer.classes import f1_name
from xlt.objectives.trainer.data import encode_labels
from xlt.spaces.errors import InputError

# The label of tokens that the loss leaves out.
_IGNORED = -100


def encode_words(data: Any, columns: Sequence[str], tokenizer: Any) -> tuple[list[str], Any]:
    """Encode sentences of words.

    Args:
        data: As `xlt.objectives.trainer.data.load_parts` returns it.
        columns: The columns of the words and of their tags: O, B-PER, I-PER and so on.
        tokenizer: A fast tokenizer. Sentences longer than its model takes are cut.

    Returns:
        The names of the tags, and the data. The first token of a word has the number of the word's tag
        as its label; the others have none.

    Raises:
        InputError: No word has the tag O.
    """
    words, tags = columns

    def encode(row: dict[str, Any]) -> Any:
        encoded = tokenizer(row[words], is_split_into_words=True, truncation=True)
        encoded["labels"] = [
            row["labels"][word] if word not in (None, last) else _IGNORED
            for last, word in pairwise([None, *encoded.word_ids()])
        ]
        return encoded

    data = encode_labels(data, tags).select_columns([words, "labels"])
    names = data["train"].features["labels"].feature.names
    if "O" not in names:
        raise InputError(
            f"column {tags}: the tags are {names}; expected O, and B- and I- with a type"
        )
    return names, data.map(encode, remove_columns=words)


def entity_scores(found: Any, names: Sequence[str]) -> dict[str, float]:
    """Compare predicted entities with the true ones, by `seqeval`.

    Args:
        found: A `transformers.EvalPrediction` with logits (N, T, K) and tag numbers (N, T).
        names: The K tags.

    Returns:
        From 0 to 1: "f1" of all entities, "precision", "recall", and the F1 score of each type.
    """
    from seqeval.metrics import classification_report

    true, predicted = [], []
    for labels, logits in zip(found.label_ids, found.predictions, strict=True):
        is_first = labels != _IGNORED
        true.append([names[number] for number in labels[is_first]])
        predicted.append([names[number] for number in logits[is_first].argmax(-1)])
    rows = classification_report(true, predicted, output_dict=True, zero_division=0)
    types = {name: row for name, row in rows.items() if not name.endswith(" avg")}
    return {
        "f1": float(rows["micro avg"]["f1-score"]),
        **{name: float(rows["micro avg"][name]) for name in ("precision", "recall")},
        **{f1_name(name): float(row["f1-score"]) for name, row in types.items()},
    }
