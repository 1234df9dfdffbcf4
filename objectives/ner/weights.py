"""Weights beside those that are trained: a running average, and the best so far."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn


def trainable(model: nn.Module) -> dict[str, Tensor]:
    """A copy of all trainable parameters, by name."""
    return {
        name: parameter.detach().clone()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


class WeightAverage:
    """A running average of the trainable parameters over `window` updates; none for 0.

    Until there were as many updates, it is the mean of all.
    """

    def __init__(self, model: nn.Module, window: int) -> None:
        self.model, self.window = model, window
        self.mean = trainable(model) if window else {}

    @torch.no_grad()
    def add(self, update: int) -> None:
        """Add the weights after update number `update`, counted from 1."""
        share = 1 / min(update, self.window) if self.window else 0.0
        parameters = dict(self.model.named_parameters())
        for name, mean in self.mean.items():
            mean.lerp_(parameters[name], share)


@dataclass(frozen=True)
class BestWeights:
    """The weights that are tested and exported."""

    score: float
    step: int
    weights: Mapping[str, Tensor]


@contextmanager
def swapped_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> Iterator[None]:
    """Give the model other weights inside the block; an empty mapping changes nothing."""
    own = _swap(model, weights)
    try:
        yield
    finally:
        _swap(model, own)


@torch.no_grad()
def _swap(model: nn.Module, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    parameters = dict(model.named_parameters())
    before = {name: parameters[name].detach().clone() for name in weights}
    for name, weight in weights.items():
        parameters[name].copy_(weight)
    return before
