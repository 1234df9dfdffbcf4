"""Out-of-memory errors, and giving memory back to the system.

Importing this does not import PyTorch: if nothing else has imported it, it raised no error.
"""

import ctypes
import gc
import sys

# PyTorch raises plain `RuntimeError`s with these words.
_PHRASES = (
    "can't allocate memory",  # on a CPU
    "not enough memory",  # on a CPU, in some of its libraries
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_NOT_INITIALIZED",  # usual if no memory is left for its workspace
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)


# Only glibc has it.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def oom_reason(error: Exception) -> str | None:
    """What to tell the user if `error` means that memory ran out; None for any other error."""
    torch = sys.modules.get("torch")
    first = str(error).strip().partition("\n")[0]
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return f"out of GPU memory ({first})"
    if isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in _PHRASES)
    ):
        return f"out of memory ({first or type(error).__name__})"
    return None


def free_memory() -> None:
    """Release unreferenced memory to the system, so that a long-lived process does not grow.

    Jobs of different sizes leave gaps in the heap, which the C library keeps otherwise.
    """
    gc.collect()
    if _trim is not None:
        _trim(0)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
