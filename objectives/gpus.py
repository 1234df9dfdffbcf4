"""The GPUs of this process. Importing this does not import PyTorch."""

import os
from functools import cache

from xlt.spaces.errors import InputError

_VISIBLE = "CUDA_VISIBLE_DEVICES"


@cache
def gpu_names() -> tuple[str, ...]:
    """What CUDA_VISIBLE_DEVICES calls the GPUs that this process saw at the first call."""
    import torch

    count, visible = torch.cuda.device_count(), os.environ.get(_VISIBLE)
    names = visible.split(",") if visible else map(str, range(count))
    return tuple(names)[:count]


def see_one_gpu(device: str) -> str:
    """Hide all GPUs but one from this process: a `Trainer` trains on all that it sees.

    It must be called before anything uses CUDA, which reads the variable only once.

    Args:
        device: "auto", "cpu", "cuda", or "cuda:1" for the second of several GPUs.

    Returns:
        What the device is called from now on.

    Raises:
        InputError: There is no such GPU.
    """
    kind, _, index = device.partition(":")
    names = gpu_names()
    if kind == "cpu":
        os.environ[_VISIBLE] = ""
    elif int(index or 0) < len(names):
        os.environ[_VISIBLE] = names[int(index or 0)]
    elif kind == "cuda":
        raise no_such_gpu(device)
    return kind


def no_such_gpu(device: str) -> InputError:
    """The error for a GPU that PyTorch does not see."""
    return InputError(f"--device {device}: PyTorch sees no such GPU here; use --device cpu or auto")
