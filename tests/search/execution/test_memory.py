"""Free memory, also in a container with a limit below the machine's memory."""

import os
from pathlib import Path

import pytest

from xlt.search.execution import memory


@pytest.mark.parametrize(
    ("folder", "limit", "usage", "cache"),
    [
        ("", "memory.max", "memory.current", "inactive_file"),
        ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ],
    ids=["cgroup 2", "cgroup 1"],
)
def test_inactive_file_cache_counts_as_free_in_a_container(
    folder: str,
    limit: str,
    usage: str,
    cache: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The container's limit counts; inactive file cache, which checkpoints fill, does not."""
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert memory.available_bytes() > 10_000
    group = tmp_path / folder
    group.mkdir(exist_ok=True)
    (group / usage).write_text("9000\n")
    (group / "memory.stat").write_text(f"anon 3000\n{cache} 6000\nactive_file 0\n")
    unlimited = "max" if folder == "" else str(2**63 - 4096)
    (group / limit).write_text(f"{unlimited}\n")
    assert memory.available_bytes() > 10_000
    (group / limit).write_text("10000\n")
    assert memory.available_bytes() == 10_000 - (9000 - 6000)


def test_memory_of_a_process() -> None:
    assert memory.rss_bytes(os.getpid()) > 10**6
    assert memory.rss_bytes(2**22 + 1) == 0  # above the largest process ID
