"""The executor for this machine: devices, numbers of workers, and checks of what workers report."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import toy_objective

from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.folders import drop_folder
from xlt.objectives.identity import resolve_device
from xlt.objectives.objective import Paused, Progress
from xlt.search.execution.environment import n_cores, worker_device
from xlt.search.execution.executor import MAX_THREADS_PER_JOB
from xlt.search.execution.jobs import JobResult, ObjectiveDescription, Train, run_job
from xlt.search.execution.local import LocalExecutor
from xlt.search.pipeline.options import Options, start_executor
from xlt.spaces.errors import InputError
from xlt.studies.study import load


def test_several_gpus_in_turn() -> None:
    """Workers take GPUs in turn and share them; with one GPU or none they use the device requested."""
    assert [worker_device("auto", 2, place) for place in range(4)] == ["cuda:0", "cuda:1"] * 2
    assert [worker_device("cuda", 1, place) for place in range(2)] == ["cuda"] * 2
    assert worker_device("cpu", 0, 1) == "cpu"


def info(gpus: int = 0, fingerprint: str = "f" * 64) -> ObjectiveDescription:
    identity = {"code": "c", "device": "a GPU" if gpus else "cpu"}
    data = {"fingerprint": fingerprint, "source": "synthetic"}
    return ObjectiveDescription(10, {"all": 10}, identity, data, gpus)


def executor(device: str = "auto") -> LocalExecutor:
    config = Options(device=device).worker_config(load("league"))
    return LocalExecutor(config, threading.Event(), lambda _: None)


def test_max_workers() -> None:
    """One per core or GPU, fewer if there are fewer jobs; a number that the user gives is kept."""

    def max_workers(
        description: ObjectiveDescription, requested: int | None, jobs: int | None
    ) -> int:
        local = executor()
        local._check_description(description)
        local.set_max_workers(requested, jobs)
        return local.max_workers

    assert max_workers(info(), None, 1000) == max_workers(info(), None, None) == n_cores()
    assert max_workers(info(gpus=4), None, 1000) == 4
    assert max_workers(info(gpus=4), None, 3) == 3
    assert max_workers(info(gpus=4), None, 0) == 1
    assert max_workers(info(gpus=4), 7, 1000) == 7


@pytest.mark.parametrize(
    ("device", "gpus", "workers", "threads"),
    [
        ("auto", 4, 4, 1),
        ("cuda:1", 4, 1, 1),  # the GPU that was named, and no other
        ("cpu", 0, n_cores(), min(n_cores(), MAX_THREADS_PER_JOB)),
    ],
)
def test_gpus_are_shared_out(device: str, gpus: int, workers: int, threads: int) -> None:
    local = executor(device)
    local._check_description(info(gpus))
    assert (local.max_parallel_jobs, local.max_threads_per_job) == (workers, threads)


def test_workers_must_see_the_same_data_and_machine() -> None:
    """A worker that starts after the corpus changed would mix incomparable scores."""
    local = executor()
    local._check_description(info())
    local._check_description(info())
    with pytest.raises(InputError, match=r"the data changed while.*f{12} -> e{12}"):
        local._check_description(info(fingerprint="e" * 64))
    with pytest.raises(InputError, match="workers differ in device"):
        local._check_description(replace(info(), identity={"code": "c", "device": "another"}))


def test_a_timed_test_that_is_paused_reports_its_step(tmp_path: Path) -> None:
    """Also if the checkpoint is gone and the configuration must be trained again."""
    toy, tree = toy_objective.build("translation", source="toy"), CheckpointTree(tmp_path, 10**9)
    config = load("league").space.baseline

    def time_test() -> JobResult:
        return run_job(Train(0, config, 42, 1100, time_test=True), toy, tree, pause_while_decoding)

    def pause_while_decoding(progress: Progress) -> None:
        if progress.stage in ("decode", "B"):
            raise Paused

    tree.evaluate(toy, config, 42, 1100, heartbeat=lambda _: None)
    result = time_test()
    assert isinstance(result, Paused)
    assert result.step == 1100
    for state in tmp_path.glob("*.state"):
        drop_folder(state)
    result = time_test()
    assert isinstance(result, Paused)
    assert result.step == 600


def test_a_ray_address_without_ray() -> None:
    options = Options(ray_address="127.0.0.1:6379")
    with pytest.raises(InputError, match=r"--ray-address 127\.0\.0\.1:6379: needs --engine ray"):
        start_executor(
            options, options.worker_config(load("league")), threading.Event(), lambda _: None
        )


@pytest.mark.parametrize("name", ["cuda", "cuda:7"])
def test_a_gpu_that_does_not_exist(name: str) -> None:
    if torch.cuda.device_count() > 7:
        pytest.skip("this machine has one")
    with pytest.raises(InputError, match=r"--device cuda.*: PyTorch sees no such GPU"):
        resolve_device("cuda:7" if torch.cuda.is_available() else name)
