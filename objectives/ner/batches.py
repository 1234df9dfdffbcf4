"""What an update of fine-tuning is: which sentences, and what they cost."""

import math
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xlt.objectives.identity import stream
from xlt.objectives.ner.alignment import IGNORED, Windows, padded
from xlt.objectives.ner.tagging import Tagger
from xlt.objectives.objective import Configuration
from xlt.spaces.ner import NerProtocol

# Steps that are sorted by length together.
_CHUNK = 16


class Batches:
    """The training loop's task; see `xlt.objectives.training.Task`."""

    def __init__(
        self,
        tagger: Tagger,
        model: nn.Module,
        windows: Windows,
        protocol: NerProtocol,
        config: Configuration,
        seed: int,
    ) -> None:
        self.tagger, self.model, self.windows, self.seed = tagger, model, windows, seed
        self.step = protocol.sentences_a_step
        values: Any = config
        self.size, self.smoothing = values["batch_size"], values["label_smoothing"]
        # A model that knows nothing has log(labels); from five times that none came back.
        self.worst_loss = 5 * math.log(len(tagger.labels))

    def batches(self, start: int) -> Iterator[tuple[int, list[int]]]:
        """Places of windows, with the update's number, from update `start` on.

        Epochs are shuffled anew, one after the other. Of this row, chunks of 512 windows are
        sorted by length and cut into steps of 32 in random order, and those into batches: little
        filling, and every batch size sees the same sentences in the same steps.
        """
        pieces = self.windows.pieces
        row = self._row(len(pieces))
        update = 0
        for chunk in count():
            places = sorted(islice(row, _CHUNK * self.step), key=lambda i: len(pieces[i]))
            generator = torch.Generator().manual_seed(stream(self.seed, "steps", chunk))
            for at in torch.randperm(_CHUNK, generator=generator).tolist():
                step = places[at * self.step : (at + 1) * self.step]
                mixed = [step[i] for i in torch.randperm(self.step, generator=generator).tolist()]
                for first in range(0, self.step, self.size):
                    if update >= start:
                        yield update, mixed[first : first + self.size]
                    update += 1

    def _row(self, windows: int) -> Iterator[int]:
        for epoch in count():
            generator = torch.Generator().manual_seed(stream(self.seed, "order", epoch))
            yield from torch.randperm(windows, generator=generator).tolist()

    def loss(self, batch: Any) -> tuple[Tensor, int]:
        update, places = batch
        # Dropout's only source is PyTorch's own generator: set it from the update's number, and
        # going on from a checkpoint needs no state of it.
        torch.manual_seed(stream(self.seed, "dropout", update))
        logits = self.tagger.logits(self.model, self.windows, places)
        labels, _ = padded(self.windows.labels, IGNORED, places)
        loss = F.cross_entropy(
            logits.flatten(0, 1).float(),
            labels.flatten().to(logits.device),
            ignore_index=IGNORED,
            label_smoothing=self.smoothing,
            reduction="sum",
        )
        # Part of a long sentence may have no word that begins in it.
        loss = loss / max(1, int((labels != IGNORED).sum()))
        return loss, sum(len(self.windows.pieces[i]) for i in places)
