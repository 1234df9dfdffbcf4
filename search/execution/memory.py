"""How much memory there is for another worker."""

from pathlib import Path

import psutil

# Where Linux says what a container may use (cgroup version 2, then 1): the limit, what is used, and
# the line of `memory.stat` with the file cache that Linux drops when memory is needed. Without a limit
# the first is "max", or more than any machine has.
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
    """Bytes that a new process can have without pushing others out.

    A file cache that is not in use counts as free: checkpoints fill it, and Linux empties it.
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
    """Bytes that a process has in memory; 0 if it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
