"""Who gets which device, and how many workers there are."""

import pytest
import torch

from xlt.objectives.identity import find_device
from xlt.search.jobs import Description
from xlt.search.workers import cores, device, useful
from xlt.spaces.errors import InputError


def test_several_gpus_in_turn() -> None:
    """A worker a GPU; more than GPUs share them; one GPU, or none, is as asked for."""
    assert [device("auto", 2, place) for place in range(4)] == ["cuda:0", "cuda:1"] * 2
    assert [device("cuda", 1, place) for place in range(2)] == ["cuda"] * 2
    assert device("cpu", 0, 1) == "cpu"


def test_as_many_workers_as_can_be_used() -> None:
    on_cpu = Description(10, {"all": 10}, {"device": "cpu"}, {})
    on_gpus = Description(10, {"all": 10}, {"device": "a GPU"}, {}, gpus=4)
    assert useful(on_cpu, 1000) == cores()
    assert useful(on_gpus, 1000) == 4
    assert useful(on_gpus, 3) == 3
    assert useful(on_gpus, 0) == 1


@pytest.mark.parametrize("name", ["cuda", "cuda:7"])
def test_a_gpu_that_is_not_there(name: str) -> None:
    if torch.cuda.device_count() > 7:
        pytest.skip("there is one")
    with pytest.raises(InputError, match=r"--device cuda.*: PyTorch sees no such GPU"):
        find_device("cuda:7" if torch.cuda.is_available() else name)
