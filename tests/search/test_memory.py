"""What is free, also where a container may use less than the machine has."""

import os
from pathlib import Path

import pytest

from xlt.search import memory


def test_a_container_s_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    whole = memory.available()
    assert whole > 0
    (tmp_path / "memory.current").write_text("3000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available() > 10_000
    (tmp_path / "memory.max").write_text("10000\n")
    assert memory.available() == 7000


def test_what_a_process_has() -> None:
    assert memory.resident(os.getpid()) > 10**6
    assert memory.resident(2**22 + 1) == 0  # beyond any process's number
