"""Copies between host and device, without needless waiting.

A GPU works through a queue, and reading a value waits until the queue is empty. So batches are
built on the host and copied asynchronously, and values are read in one place: once a training step,
once a decoded token.
"""

from typing import Any

import torch
from torch import Tensor


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy a host's tensor to `device` without waiting; on the CPU it is the same tensor."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def read(tensor: Tensor) -> list[Any]:
    """The tensor's values on the host, which waits for a GPU here."""
    values: list[Any] = tensor.tolist()
    return values
