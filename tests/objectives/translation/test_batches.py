"""Batches of pairs: order, shifting, and no wait for a device."""

from dataclasses import replace
from pathlib import Path

import torch
from samples import CONFIG, SHORT, TINY, padded, sentences

from xlt.objectives.translation.batches import PairBatches
from xlt.objectives.translation.league import League
from xlt.objectives.translation.model import Translator
from xlt.objectives.translation.vocabulary import TokenizedSide


def test_batches(league: League) -> None:
    """Every epoch has every pair once, in another order, from any first step."""
    model = league.run(CONFIG, 1).model
    stage = league.batches("talks/train", model, 1)
    each = 48 // SHORT.batch
    source = stage.batches(0)
    epochs = [[next(source).sources.tolist() for _ in range(each)] for _ in range(3)]
    shown = [sorted(ids for batch in epoch for ids in split(batch)) for epoch in epochs]
    expected = sorted(ids.tolist() for ids in league.tokens["talks/train.de"].sentences)
    assert shown == [expected] * 3
    assert epochs[0] != epochs[1] != epochs[2]
    flat = [batch for epoch in epochs for batch in epoch]
    for start in (1, each, each + 2):
        later = stage.batches(start)
        assert [next(later).sources.tolist() for _ in range(4)] == flat[start : start + 4]


def split(ids: list[int]) -> list[list[int]]:
    """Splits packed sentences at eos."""
    sentences: list[list[int]] = [[]]
    for token in ids:
        sentences[-1].append(token)
        if token == 2:
            sentences.append([])
    return sentences[:-1]


def test_batches_of_an_uneven_corpus(corpus: Path, tmp_path: Path) -> None:
    """The last batch of an epoch is smaller, and no pair is lost."""
    uneven = League(str(corpus), tmp_path, "cpu", replace(SHORT, batch=20))
    stage = uneven.batches("talks/train", uneven.run(CONFIG, 1).model, 1)
    source = stage.batches(0)
    assert [next(source).source_layout.batch for _ in range(6)] == [20, 20, 8] * 2


def test_labels_are_shifted_as_barts(league: League) -> None:
    """Decoder inputs are bos and the labels without the last one."""
    from transformers.models.bart.modeling_bart import shift_tokens_right

    stage = league.batches("captions/train", league.run(CONFIG, 1).model, 1)
    batch = stage.batch(torch.tensor([3, 0, 7]))
    labels = [league.tokens["captions/train.en"].sentences[i] for i in (3, 0, 7)]
    expected = shift_tokens_right(padded(labels), 0, 1)[padded(labels, -1) >= 0]
    assert torch.equal(batch.inputs, expected)
    assert torch.equal(batch.labels, torch.cat(labels))


def test_batches_are_built_on_the_host() -> None:
    """Batch, loss and gradient read no value from the device."""
    model = Translator(TINY, 1).to("meta").train()
    rows = sentences(8, TINY.vocabulary, 9, 1)
    tokens = TokenizedSide(torch.cat(rows), torch.tensor([len(row) for row in rows]))
    stage = PairBatches(model, tokens, tokens, 4, (1, "order"), 0.1, None)

    loss, count = stage.loss(next(stage.batches(0)))
    loss.backward()

    assert loss.device.type == "meta"
    assert count > 0
