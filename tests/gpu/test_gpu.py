"""What a GPU must give. Without one, the CPU's half of each comparison runs, and the rest is skipped."""

import math
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tiny_task
import torch
from commands import REAL
from throughput import run_jobs
from torch import nn

from xlt.objectives import tasks
from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.identity import resolve_device
from xlt.objectives.memory import free_memory
from xlt.objectives.objective import Configuration, Evaluation, Objective, Paused
from xlt.objectives.trainer.objective import TrainerObjective
from xlt.search.execution.jobs import JobFailed, Train, run_job
from xlt.search.pipeline.options import Options
from xlt.studies.study import load

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    # The comparison bit for bit decides.
    pytest.mark.filterwarnings("default:.*deterministic"),
]
# Steps that a task trains, and how far the score of a GPU may be from that of a CPU, in float32 and
# in float16. Assumed: nobody has measured it yet.
STEPS = {"league": 30, "ner": 6, "trainer": 20}
TOLERANCE = {"league": (0.05, 0.2), "ner": (2.0, 5.0), "trainer": (4.0, 8.0)}
SEED = 7


def gpu() -> str:
    if not torch.cuda.is_available():
        pytest.skip("no GPU that PyTorch can use")
    resolve_device("cuda")
    return "cuda"


@dataclass(frozen=True)
class Case:
    """An objective, and a configuration of it without dropout, whose random numbers differ."""

    objective: Objective
    config: Configuration


def without_dropout(config: Configuration, seed: int, changes: Mapping[str, Any]) -> Any:
    trainer = tiny_task.build(config, seed, changes)
    assert trainer.model is not None
    for module in trainer.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return trainer


def case(kind: str, device: str, precision: str, folder: Path) -> Case:
    if kind == "trainer":
        changes = {"use_cpu": device == "cpu", "fp16": precision == "float16"}
        task = replace(tiny_task.TASK, build=partial(without_dropout, changes=changes))
        file = Path(tiny_task.__file__)
        return Case(
            TrainerObjective(task, file, "auto", folder, device, precision),
            tiny_task.SPACE.baseline_config,
        )
    name = {"league": "quick", "ner": "ner-zero-shot"}[kind]
    study = load(name, ["data.source=synthetic"])
    objective = tasks.build(
        study.task,
        source="synthetic",
        cache=folder,
        device=device,
        precision=precision,
        settings=study.settings,
    )
    dropouts = {name: 0.0 for name in study.space.baseline_config if "dropout" in name}
    return Case(objective, {**study.space.baseline_config, **dropouts})


def trained(one: Case, step: int, folder: Path) -> Evaluation:
    """The scores of a training, without times. `folder`: of its checkpoints."""
    tree = CheckpointTree(folder, 10**10)
    result = tree.evaluate(one.objective, one.config, SEED, step, heartbeat=lambda _: None)
    return replace(result, seconds={})


@pytest.mark.parametrize("kind", STEPS)
def test_scores_are_those_of_a_cpu(kind: str, tmp_path: Path) -> None:
    """Within the stated tolerance, in float32 and in float16."""
    on_cpu = trained(case(kind, "cpu", "float32", tmp_path / "c"), STEPS[kind], tmp_path / "cc")
    assert math.isfinite(on_cpu.score)
    gpu()
    for precision, tolerance in zip(("float32", "float16"), TOLERANCE[kind], strict=True):
        one = case(kind, "cuda", precision, tmp_path / precision)
        on_gpu = trained(one, STEPS[kind], tmp_path / f"{precision} checkpoints")
        assert on_gpu.score == pytest.approx(on_cpu.score, abs=tolerance), precision


@pytest.mark.parametrize("place", ["cpu float32", "cuda float32", "cuda float16"])
@pytest.mark.parametrize("kind", STEPS)
def test_results_repeat_and_resume_bit_for_bit(kind: str, place: str, tmp_path: Path) -> None:
    """A training that was paused at half of its steps, in another objective, ends alike."""
    device, precision = place.split()
    if device == "cuda":
        gpu()
    steps = STEPS[kind]
    ends = [
        trained(case(kind, device, precision, tmp_path / f"{n}"), steps, tmp_path / f"{n} tree")
        for n in range(2)
    ]
    assert ends[0] == ends[1]
    trained(case(kind, device, precision, tmp_path / "half"), steps // 2, tmp_path / "tree")
    resumed = trained(case(kind, device, precision, tmp_path / "rest"), steps, tmp_path / "tree")
    assert resumed == ends[0]


def test_overflows_of_float16_are_skipped(tmp_path: Path) -> None:
    """A scale of the loss that is far too large is halved until gradients are finite."""
    gpu()
    one = case("league", "cuda", "float16", tmp_path)
    run: Any = one.objective.run(one.config, SEED)
    run.start_stage("A")
    run.loop.scaler = torch.amp.GradScaler("cuda", init_scale=2.0**30)
    run.loop.train_to(40, lambda *_: None)
    assert 0 < run.loop.updates < 40
    assert all(weight.isfinite().all() for weight in run.model.parameters())


def job(one: Case, number: int, step: int = 10) -> Train:
    return Train(number, one.config, number, step, ())


def test_a_process_survives_that_memory_ran_out(tmp_path: Path) -> None:
    gpu()
    one, tree = case("league", "cuda", "float16", tmp_path), CheckpointTree(tmp_path, 10**10)
    free_memory()
    torch.cuda.set_per_process_memory_fraction(0.0)  # of what is not allocated yet
    try:
        failed = run_job(job(one, 1), one.objective, tree, lambda _: None)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert isinstance(failed, JobFailed)
    assert "out of GPU memory" in failed.reason
    assert isinstance(run_job(job(one, 1), one.objective, tree, lambda _: None), Evaluation)


@pytest.mark.parametrize("kind", STEPS)
def test_each_job_gives_its_memory_back(kind: str, tmp_path: Path) -> None:
    """Also if it is paused."""
    gpu()
    one, tree = case(kind, "cuda", "float16", tmp_path / "c"), CheckpointTree(tmp_path, 10**10)

    def pause(_: object) -> None:
        raise Paused

    run_job(job(one, 0, STEPS[kind]), one.objective, tree, lambda _: None)  # what stays for good
    before = torch.cuda.memory_allocated()
    for number in (1, 2, 3):
        run_job(job(one, number, STEPS[kind]), one.objective, tree, lambda _: None)
        run_job(job(one, 10 + number, STEPS[kind]), one.objective, tree, pause)
        assert torch.cuda.memory_allocated() == before


def test_two_workers_share_a_gpu(tmp_path: Path) -> None:
    """Their scores are those of one worker."""
    gpu()
    study = load("quick", ["data.source=synthetic"])
    jobs = [Train(seed, study.space.baseline_config, seed, 25, ()) for seed in range(4)]
    scores = [
        run_jobs(
            Options(tmp_path / f"{workers}", device="cuda").worker_config(study), workers, jobs
        )[1]
        for workers in (1, 2)
    ]
    assert scores[0] == scores[1]


def test_the_same_gpu_reproduces_a_best_toml(tmp_path: Path) -> None:
    gpu()

    def command(*arguments: str) -> int:
        words = [sys.executable, *REAL, *arguments, "--device", "cuda"]
        return subprocess.run(words, cwd=tmp_path, check=False).returncode

    fast = ("--set", "proof.seeds=0", "--set", "budget.time_limit=30m")
    assert command("--study", "quick", "--n-trials", "2", *fast) == 0
    assert command("reproduce", "runs/quick/best.toml") == 0
