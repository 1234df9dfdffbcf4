"""What results depend on beside the configuration: seeds, training code, device, precision."""

import hashlib
import json
import os
from pathlib import Path

import torch

from xlt.objectives.gpus import no_such_gpu
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
        raise no_such_gpu(name)
    device = torch.device(name)
    if device.type == "cuda":
        _prepare_gpu(name, device)
    return device


def _prepare_gpu(name: str, device: torch.device) -> None:
    """Check that a GPU works; make results on it the same bits each time, and scores 32 bits wide."""
    # cuBLAS reads the variable when it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Kernels of attention that are not deterministic only warn.
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)
    # Fills new tensors, which takes time, and changes no result.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cuda.matmul.allow_tf32 = False
    if os.environ.get("NVIDIA_TF32_OVERRIDE") == "1":
        raise InputError("NVIDIA_TF32_OVERRIDE=1: scores need 32 bits; unset it")
    try:
        torch.zeros(1, device=device).add_(1).item()
    except RuntimeError as error:
        first = str(error).strip().partition("\n")[0]
        raise InputError(
            f"--device {name}: PyTorch cannot use this GPU ({first}); use --device cpu"
        ) from error


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
        if dtype == torch.bfloat16 and device.type == "cuda" and not _has_bfloat16(device):
            raise InputError(
                "--precision bfloat16: this GPU only emulates it, slowly; use float16 or float32"
            )
        return dtype
    if device.type == "cuda":
        return torch.float16
    has = torch.cpu.get_capabilities()
    fast = has.get("avx512_bf16") or has.get("amx_bf16")
    return torch.bfloat16 if fast else torch.float32


def _has_bfloat16(device: torch.device) -> bool:
    """Whether a GPU multiplies in bfloat16: from Ampere on."""
    return torch.cuda.get_device_capability(device) >= (8, 0)


def precision_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
