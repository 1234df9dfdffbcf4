"""What results depend on beside the configuration: random seeds, training code, device."""

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


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
