"""Operations that compute the same as PyTorch's, with less work on a CPU.

Docstrings name the PyTorch operation, which tests compare with. They save padding, zero-filled
embedding gradients and 32-bit random numbers.

In the comments: B sentences, T positions, N tokens of a batch without padding, D = d_model,
V vocabulary.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F

from xlt.objectives.device import to_device


class PackedLayout:
    """The positions of a batch's tokens, with and without padding.

    Packed: only the tokens, one sentence after the other, shape (N, ...).
    Padded: every sentence as long as the longest, shape (B, T, ...).
    """

    def __init__(self, lengths: Tensor, device: torch.device | None = None) -> None:
        """Lay out sentences.

        Args:
            lengths: (B,), at least 1, on the host, so that building needs no wait for a GPU.
            device: Where the layout is used; None: on the host.
        """
        device = device or lengths.device
        self.batch = int(lengths.shape[0])
        self.max_length = int(lengths.max())
        valid = torch.arange(self.max_length) < lengths[:, None]  # (B, T)
        index = valid.flatten().nonzero().squeeze(1)  # (N,) rows of (B * T, ...)
        self.valid, self.index = to_device(valid, device), to_device(index, device)
        self.positions = to_device(index % self.max_length, device)  # (N,) within the sentence

    def pad(self, packed: Tensor) -> Tensor:
        """(N, D) to (B, T, D), with zeros as padding."""
        padded: Tensor = _Pad.apply(packed, self.index, self.batch * self.max_length)  # type: ignore[no-untyped-call]
        return padded.view(self.batch, self.max_length, -1)

    def pack(self, padded: Tensor) -> Tensor:
        """(B, T, D) to (N, D)."""
        packed: Tensor = _Pack.apply(padded.reshape(self.batch * self.max_length, -1), self.index)  # type: ignore[no-untyped-call]
        return packed


class _Pad(Function):
    @staticmethod
    def forward(ctx: Any, packed: Tensor, index: Tensor, rows: int) -> Tensor:
        ctx.index = index
        return packed.new_zeros(rows, packed.shape[1]).index_copy_(0, index, packed)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient.index_select(0, ctx.index), None, None


class _Pack(Function):
    @staticmethod
    def forward(ctx: Any, padded: Tensor, index: Tensor) -> Tensor:
        ctx.index, ctx.rows = index, padded.shape[0]
        return padded.index_select(0, index)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        # Every row is taken at most once, so gradients are copied, not added.
        rows = gradient.new_zeros(ctx.rows, gradient.shape[1])
        return rows.index_copy_(0, ctx.index, gradient), None


def dropout(x: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    """`torch.nn.functional.dropout` in training, from 16 random bits an element.

    The rate is exact to 2**-17. One 64-bit random number serves four elements, which is some six
    times as fast as Bernoulli draws on a CPU (measured).
    """
    if rate == 0.0:
        return x
    count = x.numel()
    bits = torch.empty((count + 3) // 4, dtype=torch.int64, device=x.device)
    bits.random_(-(2**63), None, generator=generator)
    below = round(rate * 2**16) - 2**15
    keep = bits.view(torch.int16)[:count].ge_(below).to(x.dtype).mul_(1 / (1 - rate))
    return x * keep.view_as(x)


def embed(weight: Tensor, ids: Tensor) -> Tensor:
    """`torch.nn.functional.embedding`: (V, D) and (N,) to (N, D).

    The gradient is added to `weight.grad` row by row, without a zero-filled (V, D) array for every
    look-up: with tied embeddings `weight.grad` exists already.
    """
    if not weight.requires_grad or not torch.is_grad_enabled():
        return weight.index_select(0, ids)
    if weight.is_cuda:  # There `index_add_` is not deterministic.
        return F.embedding(ids, weight)
    looked_up: Tensor = _Embed.apply(weight.detach().index_select(0, ids), weight, ids)  # type: ignore[no-untyped-call]
    return looked_up


class _Embed(Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, ids: Tensor) -> Tensor:
        ctx.weight, ctx.ids = weight, ids
        return rows

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, None]:
        weight = ctx.weight
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
        weight.grad.index_add_(0, ctx.ids, gradient.to(weight.dtype))
        return None, None, None


class Linear(nn.Linear):
    """`torch.nn.Linear`, for (N, D) under `torch.autocast` on a CPU with outputs of 32 bits."""

    def forward(self, x: Tensor) -> Tensor:
        if x.is_cuda or not torch.is_autocast_enabled("cpu"):
            return super().forward(x)
        precision = torch.get_autocast_dtype("cpu")
        with torch.autocast("cpu", enabled=False):
            product: Tensor = _MixedLinear.apply(x, self.weight, self.bias, precision)  # type: ignore[no-untyped-call]
        return product


class _MixedLinear(Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, precision: torch.dtype
    ) -> Tensor:
        rows, factor = _cast_rows(x, precision), weight.to(precision)
        ctx.save_for_backward(rows, factor)
        ctx.count = len(x)
        product = torch.addmm(bias.to(precision), rows, factor.T)
        return product[: ctx.count].to(weight.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        rows, factor = ctx.saved_tensors
        cast = _cast_rows(gradient, factor.dtype)
        grad_x = (cast @ factor)[: ctx.count].to(gradient.dtype)
        return grad_x, (cast.T @ rows).to(gradient.dtype), gradient.sum(0), None


# oneDNN, which multiplies in bfloat16, compiles code for every new shape: up to 2.5 ms where the
# product itself takes .15 ms (measured). Rows of zeros make shapes repeat, and its cache finds the code.
_ROW_MULTIPLE = 128


def _cast_rows(x: Tensor, precision: torch.dtype) -> Tensor:
    """(N, D) to (n, D) in another precision, where n >= N is a multiple of `_ROW_MULTIPLE`."""
    if precision == x.dtype:
        return x
    return F.pad(x.to(precision), (0, 0, 0, -len(x) % _ROW_MULTIPLE))


def tied_cross_entropy(hidden: Tensor, weight: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """`cross_entropy(hidden @ weight.T, labels, label_smoothing=smoothing)`.

    The gradient is computed in the forward pass, some rows at a time, so that the (N, V) logits
    are never stored. Under `torch.autocast`, the factors and results of matrix products have its
    precision, and the rest has 32 bits.

    Args:
        hidden: (N, D).
        weight: (V, D).
        labels: (N,).
        smoothing: Of the labels.

    Returns:
        The mean loss, a scalar.
    """
    if hidden.is_cuda:  # There PyTorch's own is faster, and supports mixed precision.
        return F.cross_entropy((hidden @ weight.T).float(), labels, label_smoothing=smoothing)
    mixed = torch.is_autocast_enabled("cpu")
    precision = torch.get_autocast_dtype("cpu") if mixed else hidden.dtype
    with torch.autocast("cpu", enabled=False):
        loss: Tensor = _TiedCrossEntropy.apply(hidden, weight, labels, smoothing, precision)  # type: ignore[no-untyped-call]
    return loss


# Rows of logits at a time. 1,024 x 8,000 32-bit numbers are 32 MB. Fewer rows are slower, because
# the gradient of the weight is read and written once for each of them (measured).
_ROWS = 1024


class _TiedCrossEntropy(Function):
    """The work for every logit is a maximum, a subtraction, a power of two and a sum.

    Powers of two are nearly three times as fast as `exp` here (measured), so hidden states are
    scaled by log2(e) first. Terms that are constant along a row or column (the softmax's divisor,
    the label's one-hot, the smoothing) are applied to the small factors of the matrix products.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        labels: Tensor,
        smoothing: float,
        precision: torch.dtype,
    ) -> Tensor:
        rows, classes = hidden.shape[0], weight.shape[0]
        needs_grad = any(ctx.needs_input_grad)
        label_weight = weight.index_select(0, labels)  # (N, D)
        mean_weight = weight.mean(0)  # (D,)
        log_sums = hidden.new_empty(rows)
        if needs_grad:
            grad_hidden, grad_weight = torch.empty_like(hidden), torch.zeros_like(weight)
        scaled = _cast_rows(hidden * math.log2(math.e), precision)
        factor = weight.to(precision)
        for start in range(0, rows, _ROWS):
            at, count = slice(start, start + _ROWS), min(_ROWS, rows - start)
            logits = (scaled[at] @ factor.T).to(hidden.dtype)  # (n, V), in units of log 2
            highest = logits.amax(1, keepdim=True)  # (n, 1)
            powers = torch.exp2(logits.sub_(highest), out=logits)  # (n, V)
            sums = powers.sum(1, keepdim=True)  # (n, 1)
            log_sums[at] = ((highest + sums.log2()) * math.log(2.0)).squeeze(1)[:count]
            if needs_grad:
                powers = powers.to(precision)
                grad_hidden[at] = (powers @ factor).to(hidden.dtype).div_(sums)[:count]
                grad_weight += powers.T @ _cast_rows(hidden[at] / sums[:count], precision)
        likelihood = log_sums - (hidden * label_weight).sum(1)  # (N,)
        loss = (1 - smoothing) * likelihood.sum()
        if smoothing:
            loss += smoothing * (log_sums.sum() - (hidden @ mean_weight).sum())
        if needs_grad:
            # d loss / d logits = softmax - (1 - smoothing) one-hot - smoothing / V
            grad_hidden -= (1 - smoothing) * label_weight + smoothing * mean_weight
            grad_weight.index_add_(0, labels, hidden, alpha=smoothing - 1)
            grad_weight -= smoothing / classes * hidden.sum(0)
            ctx.gradients = grad_hidden, grad_weight
        ctx.rows = rows
        return loss / rows

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        grad_hidden, grad_weight = ctx.gradients
        scale = gradient / ctx.rows
        return grad_hidden.mul_(scale), grad_weight.mul_(scale), None, None, None
