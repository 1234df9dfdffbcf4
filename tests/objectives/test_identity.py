"""The precision of training, by the device and what its CPU can do."""

import pytest
import torch

from xlt.objectives.identity import precision_name, resolve_precision

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, torch.bfloat16),
        ({"avx512_bf16": False, "amx_bf16": True}, torch.bfloat16),
        ({"avx512_bf16": False, "amx_bf16": False, "avx2": True}, torch.float32),
        ({"neon": True, "bf16": True}, torch.float32),  # nobody has measured it on ARM
    ],
)
def test_auto_asks_the_cpu(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert resolve_precision("auto", CPU) == expected
    assert resolve_precision("auto", GPU) == torch.float16


@pytest.mark.parametrize("name", ["float32", "float16", "bfloat16"])
def test_a_name_is_taken_as_it_is(name: str) -> None:
    for device in (CPU, GPU):
        assert precision_name(resolve_precision(name, device)) == name
