"""Entity scores against `seqeval`'s own functions, fed as the `transformers` example feeds them."""

import random

import pytest
from seqeval.metrics import f1_score, precision_score, recall_score

from xlt.objectives.ner.scores import bracket_entities, confusion, entity_scores

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_the_example(seed: int) -> None:
    """The example drops positions labelled -100 and hands the rest to `seqeval`."""
    rnd = random.Random(seed)
    labels = [[rnd.choice([-100, 0, 0, 1, 2, 3, 4]) for _ in range(12)] for _ in range(30)]
    predictions = [
        [rnd.randrange(5) if rnd.random() < 0.4 else max(0, x) for x in y] for y in labels
    ]
    kept = [[i for i, label in enumerate(each) if label != -100] for each in labels]
    expected = [[TAGS[each[i]] for i in at] for each, at in zip(labels, kept, strict=True)]
    found = [[TAGS[each[i]] for i in at] for each, at in zip(predictions, kept, strict=True)]
    scores = entity_scores(expected, found)
    assert scores["f1"] == pytest.approx(100 * f1_score(expected, found))
    assert scores["precision"] == pytest.approx(100 * precision_score(expected, found))
    assert scores["recall"] == pytest.approx(100 * recall_score(expected, found))
    only = [[tag if tag.endswith("LOC") else "O" for tag in each] for each in expected]
    those = [[tag if tag.endswith("LOC") else "O" for tag in each] for each in found]
    assert scores["f1_LOC"] == pytest.approx(100 * f1_score(only, those))


def test_nothing_to_find() -> None:
    assert entity_scores([["O", "O"]], [["O", "O"]])["f1"] == 0


def test_confusion_counts_words() -> None:
    """Every word once, its B- and I- alike."""
    expected = [["B-PER", "I-PER", "O"], ["B-LOC", "O"]]
    found = [["B-PER", "B-LOC", "I-LOC"], ["B-LOC", "O"]]
    assert confusion(expected, found) == {
        ("PER", "PER"): 1,
        ("PER", "LOC"): 1,
        ("O", "LOC"): 1,
        ("LOC", "LOC"): 1,
        ("O", "O"): 1,
    }


def test_bracket_entities() -> None:
    words = ("Anna", "Meier", "fuhr", "Rom", "Bonn")
    tags = ("B-PER", "I-PER", "O", "B-LOC", "B-LOC")
    assert bracket_entities(words, tags) == "[Anna Meier PER] fuhr [Rom LOC] [Bonn LOC]"
    assert bracket_entities(("Rom",), ("I-LOC",)) == "[Rom LOC]"


def test_wrong_entities_have_a_star() -> None:
    """Another type, another end, missed, made up: on whichever side it is."""
    words = ("Anna", "Meier", "fuhr", "Rom", "Bonn")
    expected = ("B-PER", "I-PER", "O", "B-LOC", "B-LOC")
    found = ("B-PER", "O", "B-ORG", "B-LOC", "O")
    assert (
        bracket_entities(words, expected, found) == "[*Anna Meier PER] fuhr [Rom LOC] [*Bonn LOC]"
    )
    assert (
        bracket_entities(words, found, expected) == "[*Anna PER] Meier [*fuhr ORG] [Rom LOC] Bonn"
    )
