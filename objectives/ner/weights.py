"""Weights beside those that are being trained: a running mean, and the best so far."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn


class Average:
    """A running mean of what is trained, over the last `updates` or so; none for 0.

    Its weight of the past grows from nothing, so that the beginning is soon forgotten.
    """

    def __init__(self, model: nn.Module, updates: int) -> None:
        self.model, self.updates = model, updates
        self.mean = {
            name: parameter.detach().clone()
            for name, parameter in model.named_parameters()
            if parameter.requires_grad and updates
        }

    @torch.no_grad()
    def add(self, update: int) -> None:
        """After update number `update`, the first being 1."""
        share = 1 / min(update, self.updates) if self.updates else 0.0
        parameters = dict(self.model.named_parameters())
        for name, mean in self.mean.items():
            mean.lerp_(parameters[name], share)


@dataclass(frozen=True)
class Best:
    """The weights that are handed over."""

    score: float
    step: int
    weights: Mapping[str, Tensor]


class Exchanged:
    """Inside, a model has other weights; empty ones leave it as it is."""

    def __init__(self, model: nn.Module, weights: Mapping[str, Tensor]) -> None:
        self.model, self.weights = model, weights

    def __enter__(self) -> None:
        self.own = self._put(self.weights)

    def __exit__(self, *_: object) -> None:
        self._put(self.own)

    @torch.no_grad()
    def _put(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        parameters = dict(self.model.named_parameters())
        before = {name: parameters[name].detach().clone() for name in weights}
        for name, weight in weights.items():
            parameters[name].copy_(weight)
        return before
