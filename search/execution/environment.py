"""What worker processes start with: environment variables, signals, a device."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Threads of a worker. One worker per core is faster than one worker on all cores, and results do
# not depend on the number of cores.
THREADS = 1
# Environment of workers. Their C library and PyTorch read these variables once, at the start.
ENVIRONMENT = {
    "OMP_NUM_THREADS": str(THREADS),
    "MKL_NUM_THREADS": str(THREADS),
    # Waiting threads loop for a hundredth of the default time before they yield their core. With the
    # default and another busy process, a step on two threads took up to 30 times as long (measured).
    "GOMP_SPINCOUNT": "3000",
    # Every training step allocates the same megabytes. By default glibc returns them to the kernel,
    # which clears each page again: 5 to 10 % of a small model's step (measured). glibc accepts
    # thresholds up to 32 MiB.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(64 * 2**20),
    # oneDNN caches compiled code for up to 1,024 shapes, up to a megabyte each. In mixed
    # precision, 128 were as fast as 512 (measured).
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128",
}


@contextmanager
def worker_environment() -> Iterator[None]:
    """Processes started inside have `ENVIRONMENT` in their environment."""
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Processes started inside ignore Ctrl-C from their very start."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def worker_device(requested: str, gpus: int, slot: int) -> str:
    """The device of a worker. With several GPUs, workers get them in turn: cuda:0, cuda:1, ..."""
    return requested if gpus < 2 else f"cuda:{slot % gpus}"


def n_cores() -> int:
    """Number of cores that this process may use."""
    on_linux = sys.platform == "linux"
    return len(os.sched_getaffinity(0)) if on_linux else os.cpu_count() or 1
