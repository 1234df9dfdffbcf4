"""What results depend on beside the configuration: seeds, training code, device, precision."""

import hashlib
import json
import os
from pathlib import Path

import torch

from xlt.spaces.errors import InputError


def derive_seed(seed: int, *names: object) -> int:
    """A seed for one of a run's independent random generators, by its names."""
    digest = hashlib.sha256(json.dumps([seed, *map(str, names)]).encode()).digest()
    return int.from_bytes(digest[:7])


def code_fingerprint(task: Path) -> str:
    """SHA-256 over the code that a task's results depend on: its folder, and what tasks share."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    names = ("device.py", "identity.py", "schedules.py", "training.py")
    shared = [here / name for name in names]
    for file in [*sorted(task.rglob("*.py")), *shared]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def resolve_device(name: str) -> torch.device:
    """The device "auto", "cpu", "cuda", or "cuda:1" for the second of several GPUs.

    Raises:
        InputError: There is no such GPU.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and (torch.device(name).index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"--device {name}: PyTorch sees no such GPU here; use --device cpu or auto"
        )
    if name.startswith("cuda"):
        # So that repeating a run on the same GPU gives the same bits. cuBLAS reads the variable
        # when it is first used.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    return torch.device(name)


def resolve_precision(name: str, device: torch.device) -> torch.dtype:
    """The type of the numbers that matrix products multiply in training.

    Weights, their updates and all scoring have 32 bits in any case: this is mixed precision by
    `torch.autocast`.

    Args:
        name: "float32", "float16", "bfloat16", or "auto": float16 on a GPU, as in the contest's
            notebook; bfloat16 on a CPU with instructions for it, where steps of wide models take
            two thirds of the time (measured); else float32.
        device: Where the training runs.

    Raises:
        InputError: The device cannot train in this precision.
    """
    if name != "auto":
        dtype: torch.dtype = getattr(torch, name)
        if dtype == torch.float16 and device.type == "cpu":
            raise InputError(
                "--precision float16: only a GPU trains in it; use bfloat16 or float32"
            )
        return dtype
    if device.type == "cuda":
        return torch.float16
    has = torch.cpu.get_capabilities()
    fast = has.get("avx512_bf16") or has.get("amx_bf16")
    return torch.bfloat16 if fast else torch.float32


def precision_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
