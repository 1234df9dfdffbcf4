"""Beam search against `generate` of `transformers`."""

import copy
import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from samples import BOS, EOS, PAD, TINY, bart, layout, padded, sentences, shifted
from torch import Tensor

from xlt.objectives.translation import decoding
from xlt.objectives.translation.decoding import translate
from xlt.objectives.translation.fused import tied_cross_entropy
from xlt.objectives.translation.model import Translator


@pytest.fixture(scope="module")
def trained() -> Translator:
    """Taught to reverse sentences and to stop anywhere: long and short outputs compete."""
    model = roughened(Translator(TINY, 0), 0.1)
    rnd = torch.Generator().manual_seed(4)
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0, fused=True)
    for step in range(120):
        sources = sentences(24, TINY.vocabulary, 8, step)
        labels = [_cut(torch.cat((s[:1], s[1:-1].flip(0), s[-1:])), rnd) for s in sources]
        inputs = [shifted(row) for row in labels]
        memory = model.encode(torch.cat(sources), layout(sources))
        hidden = model.decode(torch.cat(inputs), layout(inputs), memory, layout(sources))
        loss = tied_cross_entropy(hidden, model.shared.weight, torch.cat(labels), 0.0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


def _cut(labels: Tensor, rnd: torch.Generator) -> Tensor:
    """After each token, one in eight goes no further."""
    kept = 1
    while kept < len(labels) - 1 and float(torch.rand(1, generator=rnd)) > 1 / 8:
        kept += 1
    return torch.cat((labels[:kept], labels[-1:]))


@pytest.fixture(scope="module")
def untrained() -> Translator:
    """Random, with weights so large that its choices are clear; it hardly ever ends by itself."""
    return roughened(Translator(TINY, 1), 0.3)


def roughened(model: Translator, deviation: float) -> Translator:
    rnd = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=rnd), alpha=deviation)
    return model


@pytest.fixture(params=["trained", "untrained"])
def model(request: pytest.FixtureRequest) -> Translator:
    found: Translator = request.getfixturevalue(request.param)
    return found


def mixed() -> list[Tensor]:
    """200 sentences, half of them longer than any that were trained on."""
    return sentences(100, TINY.vocabulary, 8, 7777) + sentences(100, TINY.vocabulary, 14, 7778)


def generated(model: Translator, sources: list[Tensor], beams: int, longest: int) -> list[Tensor]:
    reference = bart(model).eval()
    rows: list[Tensor] = []
    for start in range(0, len(sources), 40):
        batch = sources[start : start + 40]
        rows += reference.generate(
            input_ids=padded(batch),
            attention_mask=(padded(batch, -1) >= 0).long(),
            num_beams=beams,
            max_length=longest,
            do_sample=False,
        )
    return rows


def without_specials(row: Tensor) -> list[int]:
    return [token for token in row.tolist() if token not in (PAD, BOS, EOS)]


@pytest.mark.parametrize(("beams", "longest"), [(4, 64), (4, 9), (1, 64), (2, 30), (7, 20)])
def test_tokens_are_those_of_generate(model: Translator, beams: int, longest: int) -> None:
    """At least 99.5 % of sentences get the same tokens, whatever the beams and the length."""
    sources = mixed()
    expected = [without_specials(row) for row in generated(model, sources, beams, longest)]
    actual = translate(model, sources, beams, longest)
    same = sum(a == b for a, b in zip(actual, expected, strict=True))
    assert same >= 0.995 * len(sources)


def test_outputs_vary(trained: Translator) -> None:
    """Lengths differ, and so do beam and greedy search: the comparison is meaningful."""
    sources = mixed()
    four, one = translate(trained, sources, 4, 64), translate(trained, sources, 1, 64)
    assert len({len(row) for row in four}) > 4
    assert len({tuple(row) for row in four}) > 100
    assert sum(a != b for a, b in zip(four, one, strict=True)) > 40


@pytest.mark.parametrize("beams", [1, 4])
def test_order_and_batches_do_not_matter(
    trained: Translator, beams: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs come in the order given, the same for every batch size and every order."""
    sources = sentences(50, TINY.vocabulary, 14, 5)
    expected = translate(trained, sources, beams, 30)
    order = torch.randperm(50, generator=torch.Generator().manual_seed(0)).tolist()
    shuffled = translate(trained, [sources[i] for i in order], beams, 30)
    assert shuffled == [expected[i] for i in order]
    for size in (1, 7):
        monkeypatch.setattr(decoding, "_BATCH_SIZE", size)
        assert translate(trained, sources, beams, 30) == expected


def test_progress(trained: Translator) -> None:
    """`on_token` ends with the number of all sentences."""
    beats: list[int] = []
    translate(trained, sentences(200, TINY.vocabulary, 8, 5), 1, 10, beats.append)
    assert beats == sorted(beats)
    assert beats[-1] == 200


def test_nothing_to_translate(trained: Translator) -> None:
    """No sentences, no outputs."""
    assert translate(trained, [], 4, 64) == []


def test_max_length(untrained: Translator) -> None:
    """An output has at most `max_length` tokens, bos and eos included."""
    outputs = translate(untrained, sentences(30, TINY.vocabulary, 8, 5), 4, 11)
    assert max(map(len, outputs)) == 9


@pytest.mark.parametrize("endless", [True, False])
def test_forbid_eos(trained: Translator, endless: bool) -> None:
    """Then outputs have maximum length; otherwise they end long before."""
    with torch.no_grad():
        search = decoding._Search(trained, sentences(30, TINY.vocabulary, 8, 5), 4, 64, endless)
        search.run()
    assert (search.length == 64) == endless


@given(
    classes=st.integers(1, 130),
    count=st.integers(1, 12),
    rows=st.integers(1, 5),
    seed=st.integers(0, 2**32),
)
def test_most_likely(classes: int, count: int, rows: int, seed: int) -> None:
    """Log-probabilities and places are those of `topk` after `log_softmax`."""
    rnd = torch.Generator().manual_seed(seed)
    logits = 5 * torch.randn(rows, classes, generator=rnd, dtype=torch.float64)
    expected = logits.log_softmax(1).topk(min(count, classes), 1)
    values, places = decoding._most_likely(logits * math.log2(math.e), count)
    torch.testing.assert_close(values, expected.values)
    assert torch.equal(places, expected.indices)


def test_most_likely_of_the_leagues_size() -> None:
    """For 8,000 classes and one less or more, where slices leave a rest."""
    for classes in (7999, 8000, 8001, 89 * 89):
        logits = torch.randn(6, classes, generator=torch.Generator().manual_seed(classes)).double()
        expected = logits.log_softmax(1).topk(8, 1)
        values, places = decoding._most_likely(logits * math.log2(math.e), 8)
        torch.testing.assert_close(values, expected.values)
        assert torch.equal(places, expected.indices)


def test_decoding_waits_for_the_gpu_once_a_token(
    untrained: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the meta device, whose values cannot be read."""
    model = copy.deepcopy(untrained).to("meta")
    longest, reads = 9, list[tuple[int, ...]]()

    def read(tensor: Tensor) -> list[Any]:
        reads.append(tuple(tensor.shape))
        if tensor.dim() == 1:  # who stays: a sentence leaves at the third token
            left = [True] * len(tensor)
            return [*left[:-1], len(reads) != 3]
        return [[0] * tensor.shape[1]] * tensor.shape[0]

    monkeypatch.setattr("xlt.objectives.translation.decoding.read", read)
    monkeypatch.setattr(Tensor, "is_cuda", True)  # what a GPU does not look at is not looked at
    sources = sentences(4, TINY.vocabulary, 9, 1)
    outputs = translate(model, sources, 4, longest)

    assert len(outputs) == 4
    tokens = longest - 1
    # The last token is forced: nothing has to be asked. Then the outputs are read.
    assert reads == [(4,)] * 3 + [(3,)] * (tokens - 4) + [(4, longest)]
