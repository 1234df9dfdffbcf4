"""Free memory on this machine, and the memory of a process."""

from pathlib import Path

import psutil

# Files with a container's memory on Linux (cgroup version 2, then 1): the limit, the use, the
# statistics, and the statistic that counts the file cache that Linux drops when memory is needed.
# Without a limit the first file holds "max", or more than any machine has. psutil reads none of it.
_CGROUP = Path("/sys/fs/cgroup")
_FILES = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


def available_bytes() -> int:
    """Bytes that a new process can use without swapping, within the container's limit.

    Inactive file cache counts as free: checkpoints fill it, and Linux empties it when needed.
    """
    free = int(psutil.virtual_memory().available)
    for limit_file, usage_file, stat_file, cache in _FILES:
        try:
            limit = (_CGROUP / limit_file).read_text().strip()
            used = int((_CGROUP / usage_file).read_text())
            lines = (_CGROUP / stat_file).read_text().splitlines()
        except OSError:
            continue
        if limit == "max":
            return free
        stat = dict(line.split() for line in lines)
        return min(free, int(limit) - used + int(stat.get(cache, 0)))
    return free


def rss_bytes(pid: int) -> int:
    """Resident memory of a process, in bytes; 0 if the process is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
