"""Operations that compute what PyTorch's own do, with less work on a CPU.

Each has the mathematics of the operation named in its docstring; tests hold it to that.
Padding, zero-filled embedding gradients and 32-bit random numbers are what is saved.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional as F

from xlt.objectives.device import to_device


class Layout:
    """Where the tokens of a batch of unequal sentences lie, with and without padding.

    Packed: the tokens alone, one sentence after the other, shape (N, ...).
    Padded: every sentence as long as the longest, shape (B, T, ...).
    """

    def __init__(self, lengths: Tensor, device: torch.device | None = None) -> None:
        """Lay out sentences.

        Args:
            lengths: (B,), each at least 1, on the host: there nothing has to be waited for.
            device: where the layout is used; None: on the host.
        """
        device = device or lengths.device
        self.batch = int(lengths.shape[0])
        self.longest = int(lengths.max())
        valid = torch.arange(self.longest) < lengths[:, None]  # (B, T)
        index = valid.flatten().nonzero().squeeze(1)  # (N,) rows of the padded form
        self.valid, self.index = to_device(valid, device), to_device(index, device)
        # (N,) each token's place in its sentence
        self.positions = to_device(index % self.longest, device)

    def pad(self, packed: Tensor) -> Tensor:
        """(N, D) to (B, T, D), zeros in the gaps."""
        padded: Tensor = _Pad.apply(packed, self.index, self.batch * self.longest)  # type: ignore[no-untyped-call]
        return padded.view(self.batch, self.longest, -1)

    def pack(self, padded: Tensor) -> Tensor:
        """(B, T, D) to (N, D)."""
        packed: Tensor = _Pack.apply(padded.reshape(self.batch * self.longest, -1), self.index)  # type: ignore[no-untyped-call]
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
        # A row is taken at most once, so it is copied back, not added.
        rows = gradient.new_zeros(ctx.rows, gradient.shape[1])
        return rows.index_copy_(0, ctx.index, gradient), None


def dropout(x: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    """`torch.nn.functional.dropout` in training, from 16 random bits an element.

    The rate is kept to within 2**-17; one 64-bit draw serves four elements, which makes this
    some six times as fast as Bernoulli draws on a CPU (measured).
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

    The gradient goes straight into `weight.grad`, row by row, instead of through a zero-filled
    (V, D) array for each look-up: with tied embeddings that array exists already.
    """
    if not weight.requires_grad or not torch.is_grad_enabled():
        return weight.index_select(0, ids)
    if weight.is_cuda:  # There `index_add_` adds in any order, and last bits would differ.
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


def tied_cross_entropy(hidden: Tensor, weight: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Mean of `cross_entropy(hidden @ weight.T, labels, label_smoothing=smoothing)`.

    `hidden` (N, D), `weight` (V, D), `labels` (N,); a scalar. The gradient is computed on the way
    forward, a slice of rows at a time, so that the (N, V) logits are never kept.
    """
    if hidden.is_cuda:  # There PyTorch's own is faster, and knows mixed precision.
        return F.cross_entropy((hidden @ weight.T).float(), labels, label_smoothing=smoothing)
    loss: Tensor = _TiedCrossEntropy.apply(hidden, weight, labels, smoothing)  # type: ignore[no-untyped-call]
    return loss


# Rows of logits at a time: 128 x 8,000 in 32-bit are 4 MB, a compromise between cache and the
# size of the matrix products, which run at full speed from 64 rows on (measured).
_ROWS = 128


class _TiedCrossEntropy(Function):
    """Work per logit is cut to a maximum, a subtraction, a power of two and a sum.

    Powers of two are nearly three times as fast as `exp` here (measured), so hidden states are
    scaled by log2(e) first. What concerns rows or columns alone (dividing by the row's sum, the
    label's one, the smoothing's constant) is applied to the small factors of the products.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, labels: Tensor, smoothing: float
    ) -> Tensor:
        rows, classes = hidden.shape[0], weight.shape[0]
        wanted = any(ctx.needs_input_grad)
        of_label = weight.index_select(0, labels)  # (N, D)
        of_mean = weight.mean(0)  # (D,)
        log_sums = hidden.new_empty(rows)
        if wanted:
            to_hidden, to_weight = torch.empty_like(hidden), torch.zeros_like(weight)
        scaled = hidden * math.log2(math.e)
        for start in range(0, rows, _ROWS):
            at = slice(start, start + _ROWS)
            logits = scaled[at] @ weight.T  # (n, V), in units of log 2
            highest = logits.amax(1, keepdim=True)  # (n, 1)
            powers = torch.exp2(logits.sub_(highest), out=logits)  # (n, V)
            sums = powers.sum(1, keepdim=True)  # (n, 1)
            log_sums[at] = ((highest + sums.log2()) * math.log(2.0)).squeeze(1)
            if wanted:
                torch.mm(powers, weight, out=to_hidden[at])
                to_hidden[at].div_(sums)
                to_weight.addmm_(powers.T, hidden[at] / sums)
        likelihood = log_sums - (hidden * of_label).sum(1)  # (N,)
        loss = (1 - smoothing) * likelihood.sum()
        if smoothing:
            loss += smoothing * (log_sums.sum() - (hidden @ of_mean).sum())
        if wanted:
            # d loss / d logits = softmax - (1 - smoothing) one-hot - smoothing / V
            to_hidden -= (1 - smoothing) * of_label + smoothing * of_mean
            to_weight.index_add_(0, labels, hidden, alpha=smoothing - 1)
            to_weight -= smoothing / classes * hidden.sum(0)
            ctx.gradients = to_hidden, to_weight
        ctx.rows = rows
        return loss / rows

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        to_hidden, to_weight = ctx.gradients
        scale = gradient / ctx.rows
        return to_hidden.mul_(scale), to_weight.mul_(scale), None, None
