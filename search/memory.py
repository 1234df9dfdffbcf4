"""How much memory there is for another worker."""

from pathlib import Path

import psutil

# Where Linux says what a container may use; absent elsewhere, "max" without a limit.
_CGROUP = Path("/sys/fs/cgroup")


def available() -> int:
    """Bytes that a new process can have without pushing others out."""
    free = int(psutil.virtual_memory().available)
    try:
        most = (_CGROUP / "memory.max").read_text().strip()
        used = (_CGROUP / "memory.current").read_text().strip()
    except OSError:
        return free
    return free if most == "max" else min(free, int(most) - int(used))


def resident(pid: int) -> int:
    """Bytes that a process has in memory; 0 if it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
