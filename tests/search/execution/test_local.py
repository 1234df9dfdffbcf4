"""Who gets which device, and how many workers there are."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import toy_objective

from xlt.objectives.checkpoints import Tree
from xlt.objectives.folders import drop_folder
from xlt.objectives.identity import find_device
from xlt.objectives.objective import Paused, Progress
from xlt.search.execution.jobs import JobResult, ObjectiveInfo, Train, run_job
from xlt.search.execution.local import LocalExecutor, n_cores, worker_device
from xlt.search.pipeline.session import Options, start_executor
from xlt.spaces.errors import InputError
from xlt.studies.study import load


def test_several_gpus_in_turn() -> None:
    """A worker a GPU; more than GPUs share them; one GPU, or none, is as asked for."""
    assert [worker_device("auto", 2, place) for place in range(4)] == ["cuda:0", "cuda:1"] * 2
    assert [worker_device("cuda", 1, place) for place in range(2)] == ["cuda"] * 2
    assert worker_device("cpu", 0, 1) == "cpu"


def found(gpus: int = 0, fingerprint: str = "f" * 64) -> ObjectiveInfo:
    identity = {"code": "c", "device": "a GPU" if gpus else "cpu"}
    data = {"fingerprint": fingerprint, "source": "synthetic"}
    return ObjectiveInfo(10, {"all": 10}, identity, data, gpus)


def workers() -> LocalExecutor:
    return LocalExecutor(Options().worker_config(load("league")), threading.Event(), lambda _: None)


def test_as_many_workers_as_can_be_used() -> None:
    def limit(description: ObjectiveInfo, wanted: int | None, jobs: int | None) -> int:
        engine = workers()
        engine._check_description(description)
        engine.set_max_workers(wanted, jobs)
        return engine.max_workers

    assert limit(found(), None, 1000) == limit(found(), None, None) == n_cores()
    assert limit(found(gpus=4), None, 1000) == 4
    assert limit(found(gpus=4), None, 3) == 3
    assert limit(found(gpus=4), None, 0) == 1
    assert limit(found(gpus=4), 7, 1000) == 7


def test_workers_must_see_the_same_data_and_machine() -> None:
    """One that is started later, on a corpus that was changed meanwhile, would mix scores."""
    engine = workers()
    engine._check_description(found())
    engine._check_description(found())
    with pytest.raises(InputError, match=r"the data changed while.*f{12} -> e{12}"):
        engine._check_description(found(fingerprint="e" * 64))
    with pytest.raises(InputError, match="workers differ in device"):
        engine._check_description(replace(found(), identity={"code": "c", "device": "another"}))


def test_a_rehearsal_that_is_broken_off_tells_where_it_stands(tmp_path: Path) -> None:
    """What is on record with its state gone is trained again, which must not look the same."""
    toy, tree = toy_objective.build("translation", source="toy"), Tree(tmp_path, 10**9)
    config = load("league").space.baseline

    def rehearsed() -> JobResult:
        return run_job(Train(0, config, 42, 1100, time_test=True), toy, tree, paused_while_decoding)

    def paused_while_decoding(progress: Progress) -> None:
        if progress.stage in ("decode", "B"):
            raise Paused

    tree.evaluate(toy, config, 42, 1100, heartbeat=lambda _: None)
    found = rehearsed()
    assert isinstance(found, Paused)
    assert found.step == 1100
    for state in tmp_path.glob("*.state"):
        drop_folder(state)
    found = rehearsed()
    assert isinstance(found, Paused)
    assert found.step == 600


def test_an_address_without_its_engine() -> None:
    options = Options(ray_address="127.0.0.1:6379")
    with pytest.raises(InputError, match=r"--ray-address 127\.0\.0\.1:6379: needs --engine ray"):
        start_executor(
            options, options.worker_config(load("league")), threading.Event(), lambda _: None
        )


@pytest.mark.parametrize("name", ["cuda", "cuda:7"])
def test_a_gpu_that_is_not_there(name: str) -> None:
    if torch.cuda.device_count() > 7:
        pytest.skip("there is one")
    with pytest.raises(InputError, match=r"--device cuda.*: PyTorch sees no such GPU"):
        find_device("cuda:7" if torch.cuda.is_available() else name)
