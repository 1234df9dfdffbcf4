"""Beam search in batches, with key/value caches; finished sentences leave the batch.

The same search as `generate(num_beams=..., max_length=...)` of `transformers` (its defaults: length
penalty 1, `early_stopping=False`, the end forced at the last position), so that an export decodes
alike. Only sorting by length, what is cached and when a sentence leaves differ.

In the comments: B sentences in the batch, K beams, R = B x K rows, S source positions, D = d_model,
H heads, V vocabulary, L the most tokens of an output, t tokens so far.
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
from xlt.objectives.translation.fused import Layout
from xlt.objectives.translation.model import Attention, DecoderLayer, Translator

# Sentences at a time; a compromise between the matrix products' size and the caches (measured).
_SENTENCES = 128
# Places of the vocabulary whose highest logit is looked for together (measured).
_SLICE = 8
# Stands for minus infinity where sums must stay finite; the value that `generate` uses.
_NEVER = -1.0e9


@torch.no_grad()
def translate(
    model: Translator,
    sources: Sequence[Tensor],
    beams: int,
    longest: int,
    beat: Callable[[int], None] = lambda done: None,
    *,
    endless: bool = False,
) -> list[list[int]]:
    """Token ids of the best output for each source, specials left out, in the order given.

    `sources`: ids (S,) each, specials included. `longest`: most tokens of an output, the start
    included. `beams` 1 is greedy search. `beat(sentences done)` is called with every token. `endless`:
    no sentence ends before it must; for timing.
    """
    model.eval()
    order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
    outputs: list[list[int]] = [[] for _ in sources]
    protocol = model.structure.protocol
    specials = {protocol.pad_id, protocol.bos_id, protocol.eos_id}
    for start in range(0, len(order), _SENTENCES):
        chosen = order[start : start + _SENTENCES]
        search = _Search(model, [sources[i] for i in chosen], beams, longest, endless)
        found = search.run(partial(beat, start))
        for i, tokens in zip(chosen, found, strict=True):
            outputs[i] = [token for token in tokens if token not in specials]
        beat(start + len(chosen))
    return outputs


@dataclass
class _Layer:
    """What one decoder layer remembers."""

    keys: Tensor  # (B, H, L * K, D/H), of each beam in turn at each position in turn
    values: Tensor  # alike
    memory_keys: Tensor  # (B, H, D/H, S)
    memory_values: Tensor  # (B, H, S, D/H)
    projections: tuple[Tensor, Tensor]  # (3 D, D) and (3 D,): of queries, keys, values in one


class _Search:
    """One batch of sentences, from its encoding to its outputs."""

    def __init__(
        self,
        model: Translator,
        sources: Sequence[Tensor],
        beams: int,
        longest: int,
        endless: bool,
    ) -> None:
        device = model.shared.weight.device
        self.model, self.beams, self.longest, self.endless = model, beams, longest, endless
        self.protocol = model.structure.protocol
        layout = Layout(torch.tensor([len(source) for source in sources]), device)
        ids = to_device(torch.cat(list(sources)), device)
        memory = layout.pad(model.encode(ids, layout))  # (B, S, D)
        hidden = torch.zeros(layout.valid.shape, device=device)
        self.memory_bias = hidden.masked_fill_(~layout.valid, -math.inf)[:, None, None]  # (B,1,1,S)
        batch = len(sources)
        # Which of the tokens so far are a beam's own: 0 for those, -inf for those of other beams.
        self.bias = torch.full((batch, beams, longest * beams), -math.inf, device=device)
        self.own = self.bias.new_full((beams, beams), -math.inf).fill_diagonal_(0.0)
        self.bias[:, :, :beams] = self.own
        self.decoder_layers = cast("list[DecoderLayer]", list(model.decoder.layers))
        self.layers = [self._layer(layer, memory, batch) for layer in self.decoder_layers]
        self.sentences = torch.arange(batch, device=device)  # which are still in the batch
        shape = (batch, beams)
        self.tokens = torch.full(
            (*shape, longest), self.protocol.pad_id, device=device
        )  # (B, K, L)
        self.tokens[:, :, 0] = self.protocol.bos_id
        # At the start all beams are the same: one counts.
        self.scores = torch.zeros(shape, device=device)  # (B, K) summed log-probabilities
        self.scores[:, 1:] = _NEVER
        self.done_tokens = self.tokens.clone()  # (B, K, L) the best finished ones
        self.done_scores = torch.full(shape, _NEVER, device=device)  # (B, K) mean log-probability
        self.done = torch.zeros(shape, dtype=torch.bool, device=device)  # (B, K) really finished
        self.length = 1
        self.outputs = self.tokens[:, 0].clone()  # (B, L) of sentences that have left the batch

    def _layer(self, layer: DecoderLayer, memory: Tensor, batch: int) -> _Layer:
        attention = layer.encoder_attn
        keys = attention.split(attention.k_proj(memory)).transpose(2, 3).contiguous()
        values = attention.split(attention.v_proj(memory)).contiguous()
        # Of one size for the whole search, as arrays that grow by one token a step would leave
        # gigabytes of gaps in the heap.
        shape = (batch, attention.heads, self.longest * self.beams, keys.shape[2])
        own_keys, own_values = memory.new_empty(shape), memory.new_empty(shape)
        own = layer.self_attn
        projections = (own.q_proj, own.k_proj, own.v_proj)
        weight = torch.cat([projection.weight for projection in projections])
        bias = torch.cat([projection.bias for projection in projections])
        return _Layer(own_keys, own_values, keys, values, (weight, bias))

    def run(self, beat: Callable[[], None] = lambda: None) -> list[list[int]]:
        while len(self.sentences):
            self._extend(*self._candidates(self._next_logits()))
            self._release()
            beat()
        outputs: list[list[int]] = read(self.outputs)
        return outputs

    def _next_logits(self) -> Tensor:
        """(R, V), in units of log 2, for the token after the last one of each beam."""
        model, decoder = self.model, self.model.decoder
        last = self.tokens[:, :, self.length - 1].flatten()  # (R,)
        x = decoder.embed(model.shared.weight, last, torch.full_like(last, self.length - 1), None)
        for layer, state in zip(self.decoder_layers, self.layers, strict=True):
            x = layer.self_attn_layer_norm(x + self._attend_itself(layer.self_attn, x, state))
            x = layer.encoder_attn_layer_norm(x + self._attend_memory(layer.encoder_attn, x, state))
            x = layer.feed_forward(x, None)
        return model.logits(x * math.log2(math.e))

    def _attend_itself(self, attention: Attention, x: Tensor, state: _Layer) -> Tensor:
        """(R, D) to (R, D), over the beam's own tokens.

        Tokens stay where they were written when beams change places; each beam looks at those of
        all beams of its sentence, with a bias that hides the others'. Cheaper than moving them.
        """
        projected = F.linear(x, *state.projections)  # (R, 3 D)
        split = projected.view(-1, self.beams, 3, attention.heads, state.keys.shape[3])
        q, k, v = split.permute(2, 0, 3, 1, 4)  # (B, H, K, D/H) each
        seen = self.length * self.beams
        state.keys[:, :, seen - self.beams : seen] = k
        state.values[:, :, seen - self.beams : seen] = v
        mixed = F.scaled_dot_product_attention(
            q, state.keys[:, :, :seen], state.values[:, :, :seen], self.bias[:, None, :, :seen]
        )  # (B, H, K, D/H)
        attended: Tensor = attention.out_proj(mixed.transpose(1, 2).reshape(x.shape))
        return attended

    def _attend_memory(self, attention: Attention, x: Tensor, state: _Layer) -> Tensor:
        """(R, D) to (R, D), over the source; its keys are shared by a sentence's beams."""
        q = attention.q_proj(x).unflatten(0, (-1, self.beams))  # (B, K, D)
        weights = attention.split(q) @ state.memory_keys * attention.scale  # (B, H, K, S)
        weights = (weights + self.memory_bias).softmax(-1)
        mixed = (weights @ state.memory_values).transpose(1, 2)  # (B, K, H, D/H)
        projected: Tensor = attention.out_proj(mixed.reshape(x.shape))
        return projected

    def _candidates(self, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The best 2K continuations of each sentence, best first.

        Their summed log-probabilities, the beams they continue and their last tokens: (B, 2K) each.
        Of 2K, at least K go on: each beam has one continuation that ends.
        """
        keep, batch = 2 * self.beams, len(self.sentences)
        if self.length == self.longest - 1:
            ids = torch.full((len(logits), 1), self.protocol.eos_id, device=logits.device)
            best = torch.zeros(len(logits), 1, device=logits.device)
        else:
            if self.endless:
                logits[:, self.protocol.eos_id] = -math.inf
            best, ids = _most_likely(logits.float(), keep)  # (R, 2K)
        width = best.shape[1]
        sums = (self.scores[:, :, None] + best.view(batch, self.beams, width)).flatten(1)
        sums, places = sums.topk(min(keep, sums.shape[1]), 1)
        return sums, places // width, ids.view(batch, -1).gather(1, places)

    def _extend(self, sums: Tensor, parents: Tensor, ids: Tensor) -> None:
        batch = len(self.sentences)
        rows = torch.arange(batch, device=sums.device)[:, None]  # (B, 1)
        ends = (ids == self.protocol.eos_id) | (self.length + 1 >= self.longest)  # (B, 2K)
        # Finished: those that end among the K best of all, by mean log-probability.
        ranked = torch.arange(sums.shape[1], device=sums.device) < self.beams
        finished = ends & ranked
        means = torch.where(finished, sums / self.length, _NEVER)
        merged = torch.cat((self.done_scores, means), 1)  # (B, 3K)
        # To look costs a GPU more than to do it for nothing.
        if finished.is_cuda or bool(finished.any()):
            tokens = self.tokens[rows, parents]  # (B, 2K, L)
            tokens[:, :, self.length] = ids
            self.done_scores, best = merged.topk(self.beams, 1)
            self.done = torch.cat((self.done, finished), 1).gather(1, best)
            self.done_tokens = torch.cat((self.done_tokens, tokens), 1)[rows, best]
        # Running: the K best of those that do not end.
        self.scores, best = (sums + ends * _NEVER).topk(self.beams, 1)
        parents, ids = parents.gather(1, best), ids.gather(1, best)  # (B, K)
        self.tokens = self.tokens[rows, parents]
        self.tokens[:, :, self.length] = ids
        self.bias = self.bias[rows, parents]
        self.bias[:, :, self.length * self.beams :][:, :, : self.beams] = self.own
        self.length += 1

    def _release(self) -> None:
        """Let sentences go whose finished outputs no running beam can better."""
        stay = [False] * len(self.sentences)
        if self.length < self.longest:
            # (B, 1), if the next token were certain
            possible = self.scores[:, :1] / (self.length - 1)
            worst = torch.where(self.done, self.done_scores.amin(1, keepdim=True), _NEVER)  # (B, K)
            # The one place where a GPU's host waits in a token.
            stay = read((possible > worst).any(1))
        gone = [place for place, stays in enumerate(stay) if not stays]
        if gone:
            at = self._places(gone)
            self.outputs[self.sentences[at]] = self.done_tokens[at, 0]
            self._close_up(stay)

    def _places(self, places: Sequence[int]) -> Tensor:
        return to_device(torch.tensor(places, dtype=torch.int64), self.outputs.device)

    def _close_up(self, stay: Sequence[bool]) -> None:
        """The last sentences that `stay` (B,) take the places of those that do not."""
        left = sum(stay)
        free = self._places([place for place in range(left) if not stay[place]])
        movers = self._places([place for place in range(left, len(stay)) if stay[place]])
        used = self.length * self.beams

        def closed(tensor: Tensor) -> Tensor:
            tensor[free] = tensor[movers]
            return tensor[:left]

        for name in (
            "sentences",
            "tokens",
            "scores",
            "done_tokens",
            "done_scores",
            "done",
            "bias",
            "memory_bias",
        ):
            setattr(self, name, closed(getattr(self, name)))
        for state in self.layers:
            closed(state.keys[:, :, :used])
            closed(state.values[:, :, :used])
            state.keys, state.values = state.keys[:left], state.values[:left]
            state.memory_keys = closed(state.memory_keys)
            state.memory_values = closed(state.memory_values)


def _most_likely(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` highest log-probabilities of each row, best first, and their places.

    `logits` (R, V) in units of log 2, as powers of two are nearly three times as fast as `exp`
    here (measured); they are overwritten. Both results (R, count). A row is laid out in `number`
    slices of every `number`-th place. The best lie in the `count` slices with the highest maxima,
    or in what is left over behind: two small searches instead of one over the vocabulary.
    """
    rows, classes = logits.shape
    number = classes // _SLICE
    if number <= count:
        values, places = logits.topk(min(count, classes), 1)
    else:
        inside = logits[:, : number * _SLICE].unflatten(1, (_SLICE, number))
        chosen = inside.amax(1).topk(count, 1).indices  # (R, count)
        within = torch.arange(0, number * _SLICE, number, device=logits.device)
        columns = (chosen[:, :, None] + within).flatten(1)  # (R, count * _SLICE)
        if number * _SLICE < classes:
            rest = torch.arange(number * _SLICE, classes, device=logits.device)
            columns = torch.cat((columns, rest.expand(rows, -1)), 1)
        values, places = logits.gather(1, columns).topk(count, 1)
        places = columns.gather(1, places)
    highest = values[:, :1]
    total = torch.exp2(logits.sub_(highest), out=logits).sum(1, keepdim=True)  # (R, 1)
    return (values - highest - total.log2()) * math.log(2.0), places
