"""Batches of sentence pairs without padding, and their loss.

In the comments: B pairs in a batch, N source and M target tokens in all.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from xlt.objectives.device import to_device
from xlt.objectives.identity import derive_seed
from xlt.objectives.translation.fused import PackedLayout, tied_cross_entropy
from xlt.objectives.translation.model import Translator
from xlt.objectives.translation.vocabulary import TokenizedSide


@dataclass(frozen=True)
class Batch:
    """Sentence pairs, one sentence after the other."""

    sources: Tensor  # (N,)
    source_layout: PackedLayout
    inputs: Tensor  # (M,) of the decoder
    labels: Tensor  # (M,) the next token at every position
    target_layout: PackedLayout


class PairBatches:
    """The training loop's task; see `xlt.objectives.training.Task`."""

    def __init__(
        self,
        model: Translator,
        sources: TokenizedSide,
        targets: TokenizedSide,
        size: int,
        order: tuple[int, str] = (0, ""),
        smoothing: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        """Batches for a model.

        Args:
            model: What is trained or scored.
            sources: One side of the pairs.
            targets: The other side.
            size: Pairs in a batch.
            order: The seed and name that shuffle the pairs.
            smoothing: Of the labels.
            generator: Draws dropout; without one there is none.
        """
        self.model, self.sources, self.targets, self.size = model, sources, targets, size
        self.order, self.smoothing, self.generator = order, smoothing, generator
        self.device = model.shared.weight.device
        # An untrained model has a loss of log(V). From twice that none recovers.
        self.divergence_loss = 2 * math.log(model.architecture.vocabulary)

    def batches(self, start: int) -> Iterator[Batch]:
        """Batches from step `start` on. The last one of an epoch may be smaller."""
        count = len(self.sources.sentences)
        steps_an_epoch = math.ceil(count / self.size)
        step = start
        while True:
            epoch, within = divmod(step, steps_an_epoch)
            generator = torch.Generator().manual_seed(derive_seed(*self.order, epoch))
            order = torch.randperm(count, generator=generator)
            for indices in order.split(self.size)[within:]:
                yield self.batch(indices)
                step += 1

    def batch(self, indices: Tensor) -> Batch:
        """The pairs at `indices` (B,)."""
        chosen = indices.tolist()
        sources = [self.sources.sentences[i] for i in chosen]
        labels = [self.targets.sentences[i] for i in chosen]
        # As BART shifts: bos, then the labels without the last. Labels begin with bos too, so the
        # model first learns to predict bos.
        bos = torch.tensor([self.model.architecture.protocol.bos_id])
        inputs = [part for ids in labels for part in (bos, ids[:-1])]
        device = self.device
        return Batch(
            to_device(torch.cat(sources), device),
            PackedLayout(self.sources.lengths[indices], device),
            to_device(torch.cat(inputs), device),
            to_device(torch.cat(labels), device),
            PackedLayout(self.targets.lengths[indices], device),
        )

    def loss(self, batch: Any) -> tuple[Tensor, int]:
        hidden = self._hidden(batch)  # (M, D)
        weight = self.model.shared.weight  # (V, D)
        loss = tied_cross_entropy(hidden, weight, batch.labels, self.smoothing)
        return loss, len(batch.sources) + len(batch.labels)

    def negative_log_likelihood(self, batch: Batch) -> Tensor:
        """The labels' mean negative log-likelihood, without smoothing; a scalar."""
        return F.cross_entropy(self.model.logits(self._hidden(batch)), batch.labels)

    def _hidden(self, batch: Batch) -> Tensor:
        generator = self.generator if self.model.training else None
        memory = self.model.encode(batch.sources, batch.source_layout, generator)  # (N, D)
        return self.model.decode(
            batch.inputs, batch.target_layout, memory, batch.source_layout, generator
        )
