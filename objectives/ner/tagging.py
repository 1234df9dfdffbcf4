"""A token classifier on windows of sub-words: logits, and a tag for every word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from xlt.objectives.ner.data.alignment import IGNORED, StridedWindows, pad
from xlt.objectives.ner.data.sentences import TaggedSentences
from xlt.objectives.ner.encoders import Vocabulary

# Windows in a batch of prediction, sorted by length.
_BATCH_SIZE = 64


@dataclass(frozen=True)
class Tagger:
    """All that prediction needs beside a run's model."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    pad_id: int
    device: torch.device

    def logits(self, model: nn.Module, windows: StridedWindows, indices: Sequence[int]) -> Tensor:
        """(B, S, labels) for the windows at `indices`."""
        ids, mask = pad(windows.input_ids, self.pad_id, indices)  # (B, S)
        ids = self.vocabulary.new[ids].to(self.device)
        logits: Tensor = model(input_ids=ids, attention_mask=mask.to(self.device)).logits
        # A prompt's virtual tokens come first.
        return logits[:, -ids.shape[1] :]

    @torch.no_grad()
    def predict(
        self,
        model: nn.Module,
        windows: StridedWindows,
        sentences: TaggedSentences,
        on_batch: Callable[[int, int], None] = lambda done, total: None,
    ) -> list[list[str]]:
        """A tag for every word of `sentences`, whose sub-words are `windows`.

        `on_batch(windows done, all windows)` is called after each batch.
        """
        model.eval()
        order = sorted(range(len(windows.input_ids)), key=lambda i: len(windows.input_ids[i]))
        predicted: list[list[int]] = [[] for _ in order]
        for start in range(0, len(order), _BATCH_SIZE):
            indices = order[start : start + _BATCH_SIZE]
            labels = self.logits(model, windows, indices).argmax(-1).cpu()  # (B, S)
            for row, index in enumerate(indices):
                scored = windows.labels[index] != IGNORED
                predicted[index] = labels[row, : len(scored)][scored].tolist()
            on_batch(start + len(indices), len(order))
        tags = iter([self.labels[label] for labels in predicted for label in labels])
        return [[next(tags) for _ in words] for words in sentences.words]
