"""The training loop's task in the league: batches of sentence pairs, and what they cost."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from xlt.objectives.device import to_device
from xlt.objectives.identity import derive_seed
from xlt.objectives.translation.fused import Layout, tied_cross_entropy
from xlt.objectives.translation.model import Translator
from xlt.objectives.translation.vocabulary import Tokens


@dataclass(frozen=True)
class Batch:
    """Sentence pairs without padding: N source tokens, M target tokens."""

    sources: Tensor  # (N,)
    source_layout: Layout
    inputs: Tensor  # (M,) what the decoder has seen so far
    labels: Tensor  # (M,) what comes next
    target_layout: Layout


class Stage:
    """The training loop's task: batches of one corpus, and what they cost."""

    def __init__(
        self,
        model: Translator,
        sources: Tokens,
        targets: Tokens,
        size: int,
        order: tuple[int, str],
        smoothing: float,
        generator: torch.Generator | None,
    ) -> None:
        """`size`: pairs in a batch. `order`: the seed and name that pairs are shuffled by.

        `generator`: dropout's; without one there is none, whatever the model's mode.
        """
        self.model, self.sources, self.targets, self.size = model, sources, targets, size
        self.order, self.smoothing, self.generator = order, smoothing, generator
        self.device = model.shared.weight.device
        # Twice the loss of a model that knows nothing: from there none came back.
        self.worst_loss = 2 * math.log(model.structure.vocabulary)

    def batches(self, start: int) -> Iterator[Batch]:
        """Shuffled anew each epoch; the last batch of an epoch may be smaller."""
        count = len(self.sources.sentences)
        each = math.ceil(count / self.size)
        step = start
        while True:
            epoch, within = divmod(step, each)
            generator = torch.Generator().manual_seed(derive_seed(*self.order, epoch))
            order = torch.randperm(count, generator=generator)
            for places in order.split(self.size)[within:]:
                yield self.batch(places)
                step += 1

    def batch(self, places: Tensor) -> Batch:
        """The sentences at `places` (B,)."""
        chosen = places.tolist()
        sources = [self.sources.sentences[i] for i in chosen]
        labels = [self.targets.sentences[i] for i in chosen]
        # As BART shifts: the start, then the labels but the last. Labels begin with bos, so the
        # model first learns to say bos.
        start = torch.tensor([self.model.structure.protocol.bos_id])
        inputs = [piece for ids in labels for piece in (start, ids[:-1])]
        device = self.device
        return Batch(
            to_device(torch.cat(sources), device),
            Layout(self.sources.lengths[places], device),
            to_device(torch.cat(inputs), device),
            to_device(torch.cat(labels), device),
            Layout(self.targets.lengths[places], device),
        )

    def loss(self, batch: Any) -> tuple[Tensor, int]:
        hidden = self._hidden(batch)
        weight = self.model.shared.weight
        loss = tied_cross_entropy(hidden, weight, batch.labels, self.smoothing)
        return loss, len(batch.sources) + len(batch.labels)

    def likelihood(self, batch: Batch) -> Tensor:
        """Mean negative log-likelihood of the labels."""
        return F.cross_entropy(self.model.logits(self._hidden(batch)), batch.labels)

    def _hidden(self, batch: Batch) -> Tensor:
        generator = self.generator if self.model.training else None
        memory = self.model.encode(batch.sources, batch.source_layout, generator)
        return self.model.decode(
            batch.inputs, batch.target_layout, memory, batch.source_layout, generator
        )
