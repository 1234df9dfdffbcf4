"""Between host and device: what is copied, and where the host waits.

A GPU works through a queue; whoever reads a value waits until the queue is empty. So batches are laid
out on the host and copied without waiting, and values are read in one place: once a training step,
once a decoded token.
"""

from typing import Any

import torch
from torch import Tensor


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """A host's tensor on `device`, without a wait for a GPU; on the CPU it is the same tensor."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def read(tensor: Tensor) -> list[Any]:
    """The tensor's values, on the host. A GPU's host waits here."""
    values: list[Any] = tensor.tolist()
    return values
