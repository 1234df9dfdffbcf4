"""When memory does not suffice: telling it from a bug, and giving back what can be given back.

Whoever imports this need not wait for PyTorch: where it has not been imported, it had no shortage.
"""

import ctypes
import gc
import sys

# What PyTorch's own errors say where they have no class of their own.
_PHRASES = (
    "can't allocate memory",  # on a CPU
    "not enough memory",  # on a CPU, in some of its libraries
    "CUDA out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)


# Of glibc alone.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def shortage(error: Exception) -> str | None:
    """Which memory was short, in words, if that is what the error says."""
    torch = sys.modules.get("torch")
    first = str(error).strip().partition("\n")[0]
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return f"out of GPU memory ({first})"
    if isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in _PHRASES)
    ):
        return f"out of memory ({first or type(error).__name__})"
    return None


def release() -> None:
    """Give back what no object holds any more, so that long work stays flat.

    Jobs of all sizes after one another leave holes in the heap, which the C library keeps.
    """
    gc.collect()
    if _trim is not None:
        _trim(0)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
