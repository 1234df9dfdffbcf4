"""Beam search in batches, with key/value caches. Finished sentences leave the batch.

It gives the same tokens as `generate(num_beams=..., max_length=...)` of `transformers` with its
defaults (length penalty 1, `early_stopping=False`, eos forced at the last position), so that an
export decodes alike. Only sorting by length, the caches, and when a sentence leaves differ.

In the comments: B sentences in the batch, K beams, R = B x K rows, S source positions, D = d_model,
H heads, V vocabulary, L = max_length, t tokens so far.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from xlt.objectives.device import read, to_device
from xlt.objectives.translation.fused import PackedLayout
from xlt.objectives.translation.model import Attention, DecoderLayer, Translator

# Sentences in a batch: larger ones make matrix products faster and caches larger (measured).
_BATCH_SIZE = 128
# Logits in a slice, of which only the maximum is compared at first (measured).
_SLICE = 8
# Minus infinity in sums that must stay finite; the value of `generate`.
_MINUS_INFINITY = -1.0e9


@torch.no_grad()
def translate(
    model: Translator,
    sources: Sequence[Tensor],
    beams: int,
    max_length: int,
    on_token: Callable[[int], None] = lambda done: None,
    *,
    forbid_eos: bool = False,
) -> list[list[int]]:
    """Translate sentences by beam search.

    Args:
        model: The model.
        sources: Ids (S,) each, special tokens included.
        beams: Number of beams; 1 is greedy search.
        max_length: Of an output, bos and eos included.
        on_token: Called with the number of finished sentences after every token of a batch.
        forbid_eos: All outputs get maximum length, to time the worst case.

    Returns:
        The ids of the best output for every source, without special tokens.
    """
    model.eval()
    order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
    outputs: list[list[int]] = [[] for _ in sources]
    protocol = model.architecture.protocol
    specials = {protocol.pad_id, protocol.bos_id, protocol.eos_id}
    for start in range(0, len(order), _BATCH_SIZE):
        chosen = order[start : start + _BATCH_SIZE]
        search = _Search(model, [sources[i] for i in chosen], beams, max_length, forbid_eos)
        best = search.run(partial(on_token, start))
        for i, tokens in zip(chosen, best, strict=True):
            outputs[i] = [token for token in tokens if token not in specials]
        on_token(start + len(chosen))
    return outputs


@dataclass
class _LayerCache:
    """The cache of one decoder layer."""

    keys: Tensor  # (B, H, L * K, D/H), all beams of the first position, then of the second
    values: Tensor  # (B, H, L * K, D/H)
    memory_keys: Tensor  # (B, H, D/H, S)
    memory_values: Tensor  # (B, H, S, D/H)
    projections: tuple[Tensor, Tensor]  # (3 D, D) and (3 D,): queries, keys and values in one


class _Search:
    """The search for one batch."""

    def __init__(
        self,
        model: Translator,
        sources: Sequence[Tensor],
        beams: int,
        max_length: int,
        forbid_eos: bool,
    ) -> None:
        device = model.shared.weight.device
        self.model, self.beams = model, beams
        self.max_length, self.forbid_eos = max_length, forbid_eos
        self.protocol = model.architecture.protocol
        layout = PackedLayout(torch.tensor([len(source) for source in sources]), device)
        ids = to_device(torch.cat(list(sources)), device)
        memory = layout.pad(model.encode(ids, layout))  # (B, S, D)
        hidden = torch.zeros(layout.valid.shape, device=device)
        self.memory_bias = hidden.masked_fill_(~layout.valid, -math.inf)[:, None, None]  # (B,1,1,S)
        batch = len(sources)
        # (B, K, L * K): 0 for a beam's own tokens, -inf for those of other beams.
        self.bias = torch.full((batch, beams, max_length * beams), -math.inf, device=device)
        self.own = self.bias.new_full((beams, beams), -math.inf).fill_diagonal_(0.0)
        self.bias[:, :, :beams] = self.own
        self.decoder_layers = cast("list[DecoderLayer]", list(model.decoder.layers))
        self.layers = [self._layer(layer, memory, batch) for layer in self.decoder_layers]
        self.sentences = torch.arange(batch, device=device)  # (B,) those still in the batch
        shape = (batch, beams)
        self.tokens = torch.full(
            (*shape, max_length), self.protocol.pad_id, device=device
        )  # (B, K, L)
        self.tokens[:, :, 0] = self.protocol.bos_id
        # At the start all beams are the same, so only one competes.
        self.scores = torch.zeros(shape, device=device)  # (B, K) summed log-probabilities
        self.scores[:, 1:] = _MINUS_INFINITY
        self.done_tokens = self.tokens.clone()  # (B, K, L) of the best finished ones
        self.done_scores = torch.full(
            shape, _MINUS_INFINITY, device=device
        )  # (B, K) mean log-probability
        self.done = torch.zeros(shape, dtype=torch.bool, device=device)  # (B, K) whether finished
        self.length = 1
        self.outputs = self.tokens[:, 0].clone()  # (B, L)

    def _layer(self, layer: DecoderLayer, memory: Tensor, batch: int) -> _LayerCache:
        attention = layer.encoder_attn
        keys = attention.split(attention.k_proj(memory)).transpose(2, 3).contiguous()
        values = attention.split(attention.v_proj(memory)).contiguous()
        # Allocated once: arrays that grow token by token would leave gigabytes of gaps in the heap.
        shape = (batch, attention.heads, self.max_length * self.beams, keys.shape[2])
        own_keys, own_values = memory.new_empty(shape), memory.new_empty(shape)
        own = layer.self_attn
        projections = (own.q_proj, own.k_proj, own.v_proj)
        weight = torch.cat([projection.weight for projection in projections])
        bias = torch.cat([projection.bias for projection in projections])
        return _LayerCache(own_keys, own_values, keys, values, (weight, bias))

    def run(self, on_token: Callable[[], None] = lambda: None) -> list[list[int]]:
        while len(self.sentences):
            self._extend(*self._candidates(self._next_logits()))
            self._finish()
            on_token()
        outputs: list[list[int]] = read(self.outputs)
        return outputs

    def _next_logits(self) -> Tensor:
        """(R, V) of every beam's next token, in units of log 2."""
        model, decoder = self.model, self.model.decoder
        last = self.tokens[:, :, self.length - 1].flatten()  # (R,)
        x = decoder.embed(model.shared.weight, last, torch.full_like(last, self.length - 1), None)
        for layer, state in zip(self.decoder_layers, self.layers, strict=True):
            x = layer.self_attn_layer_norm(x + self._self_attention(layer.self_attn, x, state))
            x = layer.encoder_attn_layer_norm(
                x + self._cross_attention(layer.encoder_attn, x, state)
            )
            x = layer.feed_forward(x, None)
        return model.logits(x * math.log2(math.e))

    def _self_attention(self, attention: Attention, x: Tensor, state: _LayerCache) -> Tensor:
        """Self-attention (R, D) to (R, D) over a beam's own tokens.

        When beams are reordered, the cache is not: every beam attends to the cache of all beams of
        its sentence, with a bias that masks the others' tokens. That is cheaper than copying.
        """
        projected = F.linear(x, *state.projections)  # (R, 3 D)
        split = projected.view(-1, self.beams, 3, attention.heads, state.keys.shape[3])
        q, k, v = split.permute(2, 0, 3, 1, 4)  # (B, H, K, D/H)
        used = self.length * self.beams
        state.keys[:, :, used - self.beams : used] = k
        state.values[:, :, used - self.beams : used] = v
        mixed = F.scaled_dot_product_attention(
            q, state.keys[:, :, :used], state.values[:, :, :used], self.bias[:, None, :, :used]
        )  # (B, H, K, D/H)
        attended: Tensor = attention.out_proj(mixed.transpose(1, 2).reshape(x.shape))
        return attended

    def _cross_attention(self, attention: Attention, x: Tensor, state: _LayerCache) -> Tensor:
        """Cross-attention (R, D) to (R, D); all beams of a sentence share keys and values."""
        q = attention.q_proj(x).unflatten(0, (-1, self.beams))  # (B, K, D)
        weights = attention.split(q) @ state.memory_keys * attention.scale  # (B, H, K, S)
        weights = (weights + self.memory_bias).softmax(-1)
        mixed = (weights @ state.memory_values).transpose(1, 2)  # (B, K, H, D/H)
        projected: Tensor = attention.out_proj(mixed.reshape(x.shape))
        return projected

    def _candidates(self, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The best 2K continuations of every sentence, best first.

        At least K of them continue, as every beam has one continuation that ends.

        Returns:
            Summed log-probabilities, beams that are continued, and last tokens, all (B, 2K).
        """
        keep, batch = 2 * self.beams, len(self.sentences)
        if self.length == self.max_length - 1:
            ids = torch.full((len(logits), 1), self.protocol.eos_id, device=logits.device)
            best = torch.zeros(len(logits), 1, device=logits.device)
        else:
            if self.forbid_eos:
                logits[:, self.protocol.eos_id] = -math.inf
            best, ids = _most_likely(logits.float(), keep)  # (R, 2K)
        width = best.shape[1]
        sums = (self.scores[:, :, None] + best.view(batch, self.beams, width)).flatten(1)
        sums, indices = sums.topk(min(keep, sums.shape[1]), 1)  # (B, 2K)
        return sums, indices // width, ids.view(batch, -1).gather(1, indices)

    def _extend(self, sums: Tensor, parents: Tensor, ids: Tensor) -> None:
        """Append a token to all beams, given `_candidates`."""
        batch = len(self.sentences)
        rows = torch.arange(batch, device=sums.device)[:, None]  # (B, 1)
        ends = (ids == self.protocol.eos_id) | (self.length + 1 >= self.max_length)  # (B, 2K)
        # Finished: those that end among the K best of all, by mean log-probability.
        ranked = torch.arange(sums.shape[1], device=sums.device) < self.beams
        finished = ends & ranked
        means = torch.where(finished, sums / self.length, _MINUS_INFINITY)
        merged = torch.cat((self.done_scores, means), 1)  # (B, 3K)
        # On a GPU, the check would cost more than needless work.
        if finished.is_cuda or bool(finished.any()):
            tokens = self.tokens[rows, parents]  # (B, 2K, L)
            tokens[:, :, self.length] = ids
            self.done_scores, best = merged.topk(self.beams, 1)
            self.done = torch.cat((self.done, finished), 1).gather(1, best)
            self.done_tokens = torch.cat((self.done_tokens, tokens), 1)[rows, best]
        # Running: the K best of those that do not end.
        self.scores, best = (sums + ends * _MINUS_INFINITY).topk(self.beams, 1)
        parents, ids = parents.gather(1, best), ids.gather(1, best)  # (B, K)
        self.tokens = self.tokens[rows, parents]
        self.tokens[:, :, self.length] = ids
        self.bias = self.bias[rows, parents]
        self.bias[:, :, self.length * self.beams :][:, :, : self.beams] = self.own
        self.length += 1

    def _finish(self) -> None:
        """Remove sentences whose finished outputs no running beam can improve on."""
        stay = [False] * len(self.sentences)
        if self.length < self.max_length:
            possible = self.scores[:, :1] / (self.length - 1)  # (B, 1) if all tokens were certain
            worst = torch.where(
                self.done, self.done_scores.amin(1, keepdim=True), _MINUS_INFINITY
            )  # (B, K)
            # The host waits for a GPU only here.
            stay = read((possible > worst).any(1))
        finished = [index for index, stays in enumerate(stay) if not stays]
        if finished:
            at = self._indices(finished)
            self.outputs[self.sentences[at]] = self.done_tokens[at, 0]
            self._compact(stay)

    def _indices(self, indices: Sequence[int]) -> Tensor:
        return to_device(torch.tensor(indices, dtype=torch.int64), self.outputs.device)

    def _compact(self, stay: Sequence[bool]) -> None:
        """Move the last sentences that `stay` (B,) to the indices of those that do not."""
        left = sum(stay)
        free = self._indices([i for i in range(left) if not stay[i]])
        movers = self._indices([i for i in range(left, len(stay)) if stay[i]])
        used = self.length * self.beams

        def compact(tensor: Tensor) -> Tensor:
            tensor[free] = tensor[movers]
            return tensor[:left]

        names = "sentences tokens scores done_tokens done_scores done bias memory_bias"
        for name in names.split():
            setattr(self, name, compact(getattr(self, name)))
        for state in self.layers:
            compact(state.keys[:, :, :used])
            compact(state.values[:, :, :used])
            state.keys, state.values = state.keys[:left], state.values[:left]
            state.memory_keys = compact(state.memory_keys)
            state.memory_values = compact(state.memory_values)


def _most_likely(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` highest log-probabilities of every row, best first, and their ids.

    A row is cut into slices of every `number`-th logit. The best are in the `count` slices with the
    highest maxima, or in the rest behind the last slice: two small searches instead of one over
    the vocabulary.

    Args:
        logits: (R, V) in units of log 2, as powers of two are nearly three times as fast as `exp`
            here (measured). They are overwritten.
        count: Of every row.

    Returns:
        Log-probabilities and ids, both (R, count).
    """
    rows, classes = logits.shape
    number = classes // _SLICE
    if number <= count:
        values, ids = logits.topk(min(count, classes), 1)
    else:
        slices = logits[:, : number * _SLICE].unflatten(1, (_SLICE, number))  # (R, _SLICE, number)
        chosen = slices.amax(1).topk(count, 1).indices  # (R, count)
        within = torch.arange(0, number * _SLICE, number, device=logits.device)
        columns = (chosen[:, :, None] + within).flatten(1)  # (R, count * _SLICE)
        if number * _SLICE < classes:
            rest = torch.arange(number * _SLICE, classes, device=logits.device)
            columns = torch.cat((columns, rest.expand(rows, -1)), 1)
        values, ids = logits.gather(1, columns).topk(count, 1)
        ids = columns.gather(1, ids)
    highest = values[:, :1]
    total = torch.exp2(logits.sub_(highest), out=logits).sum(1, keepdim=True)  # (R, 1)
    return (values - highest - total.log2()) * math.log(2.0), ids
