"""The fused operations against PyTorch's own."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from xlt.objectives.translation.fused import (
    Linear,
    PackedLayout,
    dropout,
    embed,
    tied_cross_entropy,
)

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=6)


def leaf(*shape: int, seed: int = 0) -> Tensor:
    rnd = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=rnd, dtype=torch.float64).requires_grad_()


@given(LENGTHS)
def test_layout_pads_as_pad_sequence(lengths: list[int]) -> None:
    """Padding equals `pad_sequence`; packing again gives the original."""
    layout = PackedLayout(torch.tensor(lengths))
    packed = leaf(sum(lengths), 3).detach()
    expected = torch.nn.utils.rnn.pad_sequence(list(packed.split(lengths)), batch_first=True)
    torch.testing.assert_close(layout.pad(packed), expected, atol=0, rtol=0)
    torch.testing.assert_close(layout.pack(layout.pad(packed)), packed, atol=0, rtol=0)
    assert layout.positions.tolist() == [at for n in lengths for at in range(n)]


@settings(max_examples=15)
@given(LENGTHS)
def test_layout_gradients(lengths: list[int]) -> None:
    """Analytic gradients equal numeric ones, both ways."""
    layout = PackedLayout(torch.tensor(lengths))
    assert torch.autograd.gradcheck(layout.pad, leaf(sum(lengths), 2))
    assert torch.autograd.gradcheck(layout.pack, leaf(layout.batch, layout.max_length, 2))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.37])
@pytest.mark.parametrize("rows", [1, 5, 300, 1023, 1024, 1025, 2100])
def test_tied_cross_entropy(rows: int, smoothing: float) -> None:
    """Loss and both gradients equal `F.cross_entropy`'s over the same logits, in 64-bit."""
    labels = torch.randint(0, 37, (rows,), generator=torch.Generator().manual_seed(rows))
    hidden, weight = leaf(rows, 6, seed=1), leaf(37, 6, seed=2)
    loss = tied_cross_entropy(3.0 * hidden, weight, labels, smoothing)
    actual = torch.autograd.grad(2.5 * loss, (hidden, weight))
    expected_loss = F.cross_entropy(3.0 * hidden @ weight.T, labels, label_smoothing=smoothing)
    expected = torch.autograd.grad(2.5 * expected_loss, (hidden, weight))
    torch.testing.assert_close(loss, expected_loss, atol=1e-12, rtol=1e-12)
    torch.testing.assert_close(actual, expected, atol=1e-12, rtol=1e-10)


def test_tied_cross_entropy_of_huge_logits() -> None:
    """Logits of a thousand neither overflow nor lose the loss."""
    hidden, weight = 60.0 * leaf(20, 8, seed=1), 60.0 * leaf(30, 8, seed=2)
    labels = torch.arange(20)
    actual = tied_cross_entropy(hidden, weight, labels, 0.1)
    expected = F.cross_entropy(hidden @ weight.T, labels, label_smoothing=0.1)
    torch.testing.assert_close(actual, expected, atol=0, rtol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_tied_cross_entropy_in_mixed_precision(smoothing: float) -> None:
    """Loss and gradients are the 32-bit ones, up to the rounding of bfloat16."""
    labels = torch.arange(1500) % 37
    hidden, weight = (leaf(n, 16, seed=n).detach().float().requires_grad_() for n in (1500, 37))
    expected_loss = F.cross_entropy(hidden @ weight.T, labels, label_smoothing=smoothing)
    expected = torch.autograd.grad(expected_loss, (hidden, weight))
    with torch.autocast("cpu", torch.bfloat16):
        loss = tied_cross_entropy(hidden, weight, labels, smoothing)
    actual = torch.autograd.grad(loss, (hidden, weight))
    torch.testing.assert_close(loss, expected_loss, atol=0, rtol=0.01)
    for one, other in zip(actual, expected, strict=True):
        assert one.dtype == torch.float32
        assert (one - other).norm() < 0.02 * other.norm()


@pytest.mark.parametrize("rows", [1, 127, 128, 300])
def test_linear_in_mixed_precision(rows: int) -> None:
    """Output and gradients are those of `torch.nn.Linear`, up to the rounding of bfloat16."""
    layer, x = Linear(24, 16), leaf(rows, 24, seed=rows).detach().float().requires_grad_()
    leaves = (x, layer.weight, layer.bias)
    expected = F.linear(*leaves)
    with torch.autocast("cpu", torch.bfloat16):
        output = layer(x)
    assert output.dtype == torch.float32
    torch.testing.assert_close(output, expected, atol=0.02, rtol=0.02)
    output_gradient = leaf(rows, 16, seed=3).detach().float()
    actual = torch.autograd.grad(output, leaves, output_gradient)
    for own, other in zip(
        actual, torch.autograd.grad(expected, leaves, output_gradient), strict=True
    ):
        torch.testing.assert_close(own, other, atol=0.01 * float(other.abs().max()), rtol=0.02)
    # Without mixed precision it is the same, bit for bit.
    torch.testing.assert_close(layer(x), expected, atol=0, rtol=0)


def test_tied_cross_entropy_without_gradients() -> None:
    """Inside `no_grad` the loss is the same."""
    hidden, weight, labels = leaf(9, 4), leaf(11, 4, seed=3), torch.arange(9)
    with torch.no_grad():
        loss = tied_cross_entropy(hidden, weight, labels, 0.2)
    torch.testing.assert_close(loss, tied_cross_entropy(hidden, weight, labels, 0.2).detach())


@pytest.mark.parametrize("late", [False, True])
def test_embed_with_tied_weights(late: bool) -> None:
    """Looked up twice and projected on once, in any order, the weight gets the right gradient."""
    ids, more = torch.tensor([3, 3, 0, 5, 3]), torch.tensor([5, 1])
    labels = torch.tensor([1, 2, 3, 4, 5])
    weight, inner = leaf(7, 4), leaf(4, 4, seed=1)

    def loss(look_up: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        early = 0.0 if late else look_up(weight, more).pow(2).sum()
        hidden = (look_up(weight, ids) @ inner).tanh()
        total = tied_cross_entropy(hidden, weight, labels, 0.1) + early
        return total + look_up(weight, more).pow(2).sum() if late else total

    actual_loss = loss(embed)
    actual_loss.backward()
    actual, weight.grad = weight.grad, None
    expected_loss = loss(lambda matrix, rows: F.embedding(rows, matrix))
    expected_loss.backward()
    torch.testing.assert_close(actual_loss, expected_loss)
    torch.testing.assert_close(actual, weight.grad, atol=1e-12, rtol=1e-10)


def test_embed_adds_to_earlier_gradients() -> None:
    """As every gradient does, over two backward passes; and needs no other use of the weight."""
    weight = leaf(5, 2)
    for _ in range(2):
        embed(weight, torch.tensor([1, 4, 1])).sum().backward()
    expected = torch.zeros(5, 2, dtype=torch.float64)
    expected[1], expected[4] = 4.0, 2.0
    torch.testing.assert_close(weight.grad, expected)


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.15, 0.3, 0.5, 0.9])
def test_dropout_keeps_rate_and_expectation(rate: float) -> None:
    """Share dropped and mean stay within 5 standard errors; what is kept is scaled exactly."""
    count = 400_003
    out = dropout(torch.ones(count), rate, torch.Generator().manual_seed(11))
    dropped = float((out == 0).double().mean())
    error = math.sqrt(rate * (1 - rate) / count)
    assert abs(dropped - rate) < 5 * error + 2**-17
    assert abs(float(out.double().mean()) - 1) < 5 * error / (1 - rate) + 2**-16 / (1 - rate)
    torch.testing.assert_close(out[out != 0].unique(), torch.tensor([1 / (1 - rate)]))


def test_dropout_draws_are_independent() -> None:
    """Neighbours share a 64-bit number, but are dropped together only by chance."""
    kept = dropout(torch.ones(400_000), 0.3, torch.Generator().manual_seed(5)) != 0
    for distance in (1, 2, 3, 4):
        both = float((kept[:-distance] & kept[distance:]).double().mean())
        assert abs(both - 0.49) < 5 * math.sqrt(0.49 * 0.51 / 400_000)


@given(st.integers(1, 67), st.integers(0, 2**32))
def test_dropout_is_reproducible(count: int, seed: int) -> None:
    """From the generator alone, for every number of elements; the shape is the input's."""
    x = torch.arange(1.0, count + 1).view(1, count)
    first, again = (dropout(x, 0.4, torch.Generator().manual_seed(seed)) for _ in range(2))
    assert first.shape == x.shape
    torch.testing.assert_close(first, again, atol=0, rtol=0)
    assert bool(((first == 0) | torch.isclose(first, x / 0.6)).all())


def test_dropout_with_rate_0() -> None:
    """Returns the input and draws nothing."""
    generator, x = torch.Generator().manual_seed(0), torch.ones(5)
    before = generator.get_state()
    assert dropout(x, 0.0, generator) is x
    assert torch.equal(before, generator.get_state())


def test_dropout_gradient() -> None:
    """The gradient passes where the value passed, scaled alike."""
    x = leaf(1001)
    out = dropout(x, 0.25, torch.Generator().manual_seed(3))
    (gradient,) = torch.autograd.grad(out.sum(), x)
    torch.testing.assert_close(gradient * x, out)
