"""Batches of fine-tuning: which sentences an update sees, and its loss."""

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, count, islice, pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xlt.objectives.identity import derive_seed
from xlt.objectives.ner.data.alignment import IGNORED, StridedWindows, pad
from xlt.objectives.ner.tagging import Tagger
from xlt.objectives.objective import Configuration
from xlt.spaces.ner import NerProtocol

# Steps that are sorted by length together.
_CHUNK_STEPS = 16


class Batches:
    """The training loop's task; see `xlt.objectives.training.Task`."""

    def __init__(
        self,
        tagger: Tagger,
        model: nn.Module,
        windows: StridedWindows,
        groups: Sequence[int],
        protocol: NerProtocol,
        config: Configuration,
        seed: int,
    ) -> None:
        """Batches for a model.

        Args:
            tagger: Computes logits.
            model: What is trained.
            windows: All training windows.
            groups: How many windows, in their order, belong to each group. A window is drawn from each
                group in turn, and each group is shuffled anew when all of it was drawn.
            protocol: The constants of NER.
            config: The configuration.
            seed: Of order and dropout.
        """
        self.tagger, self.model, self.windows, self.seed = tagger, model, windows, seed
        self.groups = groups
        self.step = protocol.sentences_a_step
        values: Any = config
        self.size, self.smoothing = values["batch_size"], values["label_smoothing"]
        # An untrained model has a loss of log(labels). From five times that none recovers.
        self.divergence_loss = 5 * math.log(len(tagger.labels))

    def batches(self, start: int) -> Iterator[tuple[int, list[int]]]:
        """The number of each update from `start` on, and the indices of its windows.

        Every epoch is shuffled. Chunks of 512 windows are sorted by length and cut into steps of
        32, which are taken in random order and cut into batches: little padding, and every batch
        size sees the same sentences in the same steps.
        """
        input_ids = self.windows.input_ids
        stream = self._stream()
        update = 0
        for chunk in count():
            chosen = islice(stream, _CHUNK_STEPS * self.step)
            indices = sorted(chosen, key=lambda i: len(input_ids[i]))
            generator = torch.Generator().manual_seed(derive_seed(self.seed, "steps", chunk))
            for at in torch.randperm(_CHUNK_STEPS, generator=generator).tolist():
                step = indices[at * self.step : (at + 1) * self.step]
                mixed = [step[i] for i in torch.randperm(self.step, generator=generator).tolist()]
                for first in range(0, self.step, self.size):
                    if update >= start:
                        yield update, mixed[first : first + self.size]
                    update += 1

    def _stream(self) -> Iterator[int]:
        """The indices of windows, from each group in turn."""
        ends = list(accumulate(self.groups, initial=0))
        streams = [self._shuffled(*part) for part in pairwise(ends)]
        return chain.from_iterable(zip(*streams, strict=True))

    def _shuffled(self, first: int, end: int) -> Iterator[int]:
        """The indices from `first` to `end`, shuffled in every epoch."""
        name = f"order of {first}" if first else "order"
        for epoch in count():
            generator = torch.Generator().manual_seed(derive_seed(self.seed, name, epoch))
            order = torch.randperm(end - first, generator=generator)
            yield from (order + first).tolist()

    def loss(self, batch: Any) -> tuple[Tensor, int]:
        update, indices = batch
        # Dropout draws from PyTorch's global generator. It is seeded by the update's number, so
        # resuming from a checkpoint needs no state of it.
        torch.manual_seed(derive_seed(self.seed, "dropout", update))
        logits = self.tagger.logits(self.model, self.windows, indices)  # (B, S, labels)
        labels, _ = pad(self.windows.labels, IGNORED, indices)  # (B, S)
        loss = F.cross_entropy(
            logits.flatten(0, 1).float(),
            labels.flatten().to(logits.device),
            ignore_index=IGNORED,
            label_smoothing=self.smoothing,
            reduction="sum",
        )
        # A window of a long word may contain no label.
        loss = loss / max(1, int((labels != IGNORED).sum()))
        return loss, sum(len(self.windows.input_ids[i]) for i in indices)
