"""What workers are asked to do, and what they answer: plain data, whatever carries it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from xlt.objectives import tasks
from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.folders import check_file_locks
from xlt.objectives.memory import free_memory, oom_reason
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Heartbeat,
    Objective,
    Paused,
    TestTime,
)
from xlt.objectives.threads import SINGLE, Threads, torch_threads


class ObjectiveFactory(Protocol):
    """What `xlt.objectives.tasks.build` is. Importable by name, as it travels to workers."""

    def __call__(
        self, task: str, *, source: str, cache: Path, device: str, settings: Mapping[str, Any]
    ) -> Objective: ...


@dataclass(frozen=True)
class WorkerConfig:
    """What a worker needs to know once."""

    task: str
    settings: Mapping[str, Any]  # the study's own, of tasks that have some
    source: str
    device: str
    data_cache: Path
    checkpoints: Path
    cache_size: int  # bytes of checkpoints to keep
    build: ObjectiveFactory = tasks.build

    def objective(self) -> Objective:
        """Prepare the data. Raises `InputError` if they cannot be had, or nothing can be locked."""
        check_file_locks(self.data_cache)
        return self.build(
            self.task,
            source=self.source,
            cache=self.data_cache,
            device=self.device,
            settings=self.settings,
        )


@dataclass(frozen=True)
class CheckpointRef:
    """What a run has left in the checkpoint tree, and can go on from."""

    config: Configuration
    seed: int
    step: int


@dataclass(frozen=True)
class Train:
    """Bring a configuration to a step and score it there. Answered by Evaluation or Diverged."""

    trial: int
    config: Configuration
    seed: int
    step: int
    checkpoint_steps: tuple[int, ...]  # steps on the way worth a checkpoint
    threads: Threads = SINGLE
    label: str = ""  # for people, of what is no trial
    pinned: tuple[
        CheckpointRef, ...
    ] = ()  # which are not to be dropped to make room, the first last of all

    @property
    def name(self) -> str:
        return self.label or f"trial {self.trial}"


@dataclass(frozen=True)
class TestAndExport:
    """Bring a configuration to a step, test it there, write the model. Answered by Finished."""

    trial: int
    config: Configuration
    seed: int
    step: int
    checkpoint_steps: tuple[int, ...]
    folder: Path | None  # None: write no model
    test: bool  # False: only write the model
    threads: Threads = SINGLE
    label: str = ""  # for people, of what is no trial

    @property
    def name(self) -> str:
        return self.label or f"trial {self.trial}"


@dataclass(frozen=True)
class TimeTest:
    """Bring a configuration to a step, and find how long a test takes. Answered by TestTime."""

    trial: int
    config: Configuration
    seed: int
    step: int
    checkpoint_steps: tuple[int, ...]
    threads: Threads = SINGLE

    @property
    def name(self) -> str:
        return f"trial {self.trial}"


Job: TypeAlias = Train | TestAndExport | TimeTest


@dataclass(frozen=True)
class TestedModel:
    test: Evaluation | None
    weights_sha256: str | None


@dataclass(frozen=True)
class ObjectiveInfo:
    """What the parent knows of an objective, which it never sees."""

    steps: int
    stages: Mapping[str, int]
    identity: Mapping[str, Any]
    data: Mapping[str, Any]
    gpus: int = 0  # that could be used; 0 on a CPU


@dataclass(frozen=True)
class JobFailed:
    """A job that came to nothing, which says nothing about its configuration's score."""

    reason: str


@dataclass(frozen=True)
class StepsTrained:
    """How many steps were trained for a job, beside what was there already."""

    steps: int


@dataclass(frozen=True)
class WorkerBug:
    """A bug of ours, met where a job was done."""

    traceback: str


JobResult: TypeAlias = Evaluation | Diverged | Paused | TestedModel | TestTime | JobFailed


def describe(objective: Objective) -> ObjectiveInfo:
    gpus = 0 if objective.identity["device"] == "cpu" else sys.modules["torch"].cuda.device_count()
    return ObjectiveInfo(
        objective.steps, objective.stages, objective.identity, objective.data, gpus
    )


def run_job(
    job: Job, objective: Objective, tree: CheckpointTree, heartbeat: Heartbeat
) -> JobResult:
    """Do a job where we are. What is found altered in `tree` is left in its `notices`."""
    answer: JobResult
    try:
        answer = _run(job, objective, tree, heartbeat)
    except (Diverged, Paused) as ended:
        answer = ended.with_traceback(None)
    except Exception as error:
        reason = oom_reason(error)
        if reason is None:
            raise
        answer = JobFailed(reason)
    # Only here have errors gone, and with them all that their frames held.
    free_memory()
    return answer


def _run(
    job: Job, objective: Objective, tree: CheckpointTree, heartbeat: Heartbeat
) -> Evaluation | TestedModel | TestTime:
    arguments = (objective, job.config, job.seed, job.step)
    how: Any = {"through": job.checkpoint_steps, "threads": job.threads, "heartbeat": heartbeat}
    if isinstance(job, Train):
        for state in reversed(job.pinned):
            tree.touch(objective, state.config, state.seed, state.step)
        return tree.evaluate(*arguments, **how)
    run = tree.restore(*arguments, **how)
    with torch_threads(job.threads, job.step):
        if isinstance(job, TimeTest):
            try:
                return run.time_test(heartbeat)
            except Paused:
                raise Paused(run.step) from None
        test = run.test(heartbeat) if job.test else None
    return TestedModel(test, run.export(job.folder) if job.folder else None)
