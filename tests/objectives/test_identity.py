"""The precision of training, by the device and what its CPU can do."""

import pytest
import torch

from xlt.objectives.identity import precision_name, resolve_precision
from xlt.spaces.errors import InputError

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
def test_a_name_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (8, 0))
    assert precision_name(resolve_precision(name, GPU)) == name
    if name != "float16":
        assert precision_name(resolve_precision(name, CPU)) == name


def test_a_gpu_that_emulates_bfloat16_does_not_train_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as Colab's T4, whose compute capability is 7.5."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))
    with pytest.raises(InputError, match="--precision bfloat16: this GPU only emulates it"):
        resolve_precision("bfloat16", GPU)


def test_a_cpu_does_not_train_in_float16() -> None:
    """Its small gradients would vanish before they are scaled."""
    with pytest.raises(InputError, match="--precision float16: only a GPU trains in it"):
        resolve_precision("float16", CPU)
