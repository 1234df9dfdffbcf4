"""A token classifier on a corpus: windows in, logits or tags out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from xlt.objectives.ner.alignment import IGNORED, Windows, padded
from xlt.objectives.ner.encoders import Vocabulary
from xlt.objectives.ner.sentences import Sentences

# Windows that are scored at a time, of about one length.
_SCORED = 64


@dataclass(frozen=True)
class Tagger:
    """What it takes beside a model, which differs from run to run."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    filling: int  # id of the piece that fills windows up
    device: torch.device

    def logits(self, model: nn.Module, windows: Windows, places: Sequence[int]) -> Tensor:
        """(B, S, labels) for the windows at `places`."""
        ids, mask = padded(windows.pieces, self.filling, places)
        ids = self.vocabulary.new[ids].to(self.device)
        found: Tensor = model(input_ids=ids, attention_mask=mask.to(self.device)).logits
        # A prompt's own positions come first.
        return found[:, -ids.shape[1] :]

    @torch.no_grad()
    def predict(
        self,
        model: nn.Module,
        windows: Windows,
        sentences: Sentences,
        beat: Callable[[int, int], None] = lambda done, of: None,
    ) -> list[list[str]]:
        """A tag for every word of every sentence. `windows`: the same `sentences` as pieces."""
        model.eval()
        order = sorted(range(len(windows.pieces)), key=lambda i: len(windows.pieces[i]))
        found: list[list[int]] = [[] for _ in order]
        for start in range(0, len(order), _SCORED):
            places = order[start : start + _SCORED]
            chosen = self.logits(model, windows, places).argmax(-1).cpu()
            for row, place in enumerate(places):
                counted = windows.labels[place] != IGNORED
                found[place] = chosen[row, : len(counted)][counted].tolist()
            beat(start + len(places), len(order))
        tags = iter([self.labels[label] for labels in found for label in labels])
        return [[next(tags) for _ in words] for words in sentences.words]
