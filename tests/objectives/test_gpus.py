"""Which GPU a process sees."""

import os
from collections.abc import Iterator

import pytest
import torch

from xlt.objectives.gpus import gpu_names, see_one_gpu
from xlt.spaces.errors import InputError


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    gpu_names.cache_clear()
    yield
    gpu_names.cache_clear()


@pytest.mark.parametrize(
    ("visible", "count", "device", "name", "seen"),
    [
        (None, 2, "auto", "auto", "0"),
        (None, 2, "cuda", "cuda", "0"),
        (None, 2, "cuda:1", "cuda", "1"),
        ("3,5", 2, "cuda:1", "cuda", "5"),
        ("GPU-8f2,GPU-a01", 2, "cuda:0", "cuda", "GPU-8f2"),
        ("3,5", 2, "cpu", "cpu", ""),
        (None, 0, "auto", "auto", None),
        (None, 0, "cpu", "cpu", ""),
    ],
)
def test_a_process_sees_one_gpu(
    monkeypatch: pytest.MonkeyPatch,
    visible: str | None,
    count: int,
    device: str,
    name: str,
    seen: str | None,
) -> None:
    """It is chosen before CUDA is used. The number of all is remembered."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible or "")
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    assert see_one_gpu(device) == name
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == seen
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert len(gpu_names()) == count


@pytest.mark.parametrize(("device", "count"), [("cuda", 0), ("cuda:2", 2)])
def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch, device: str, count: int) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    with pytest.raises(InputError, match=f"--device {device}: PyTorch sees no such GPU here"):
        see_one_gpu(device)
