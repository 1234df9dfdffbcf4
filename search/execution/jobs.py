"""Jobs and their results: plain data that executors send to workers, and `run_job`, which runs one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from xlt.objectives import tasks
from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.folders import check_file_locks
from xlt.objectives.gpus import gpu_names
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
    """The type of `xlt.objectives.tasks.build`. Must be importable by name: it is pickled."""

    def __call__(
        self,
        task: str,
        *,
        source: str,
        cache: Path,
        device: str,
        precision: str,
        settings: Mapping[str, Any],
    ) -> Objective: ...


@dataclass(frozen=True)
class WorkerConfig:
    """What a worker needs once, at its start."""

    task: str
    settings: Mapping[str, Any]  # the study's `settings`; empty for tasks without any
    source: str
    device: str
    precision: str
    data_cache: Path
    checkpoints: Path
    cache_size: int  # bytes of checkpoints; above that, some are evicted
    build: ObjectiveFactory = tasks.build

    def objective(self) -> Objective:
        """Prepare the data. Raises `InputError` if they are missing, or files cannot be locked."""
        check_file_locks(self.data_cache)
        return self.build(
            self.task,
            source=self.source,
            cache=self.data_cache,
            device=self.device,
            precision=self.precision,
            settings=self.settings,
        )


@dataclass(frozen=True)
class CheckpointRef:
    """A checkpoint in the tree from which training can resume."""

    config: Configuration
    seed: int
    step: int


@dataclass(frozen=True)
class Job:
    """A training to carry out: restore the nearest checkpoint, then train to a step.

    Attributes:
        job_id: Number under which the result comes back; a trial's job has the trial's number.
        step: The step to reach, see `Objective.steps`.
        checkpoint_steps: Earlier steps to save on the way. Their states are dropped once the last step
            is saved, unless a stage ends there.
        label: Name in messages, for jobs that belong to no trial.
    """

    job_id: int
    config: Configuration
    seed: int
    step: int
    checkpoint_steps: tuple[int, ...] = ()
    threads: Threads = SINGLE
    label: str = ""

    @property
    def name(self) -> str:
        return self.label or f"trial {self.job_id}"


@dataclass(frozen=True)
class Train(Job):
    """Train and score on validation. The result is an `Evaluation`.

    Attributes:
        time_test: Time a test on a few sentences instead of scoring. The result is a `TestTime`.
        pinned: Checkpoints to evict last, the most important first.
    """

    time_test: bool = field(default=False, kw_only=True)
    # Part of every job: a checkpoint's file name depends on the objective, which only workers
    # have, and eviction is by time of use, so pins must be renewed.
    pinned: tuple[CheckpointRef, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class TestAndExport(Job):
    """Train, then score on the test set, write the model, or both. The result is a `TestedModel`.

    Attributes:
        folder: Where to write the model. None: do not write it.
        test: Whether to score on the test set.
    """

    folder: Path | None = field(default=None, kw_only=True)
    test: bool = field(kw_only=True)


@dataclass(frozen=True)
class TestedModel:
    """The result of `TestAndExport`; None for what the job did not ask for."""

    test: Evaluation | None
    weights_sha256: str | None


@dataclass(frozen=True)
class ObjectiveDescription:
    """Description of an objective, for the parent process, which never builds it."""

    steps: int
    stages: Mapping[str, int]
    identity: Mapping[str, Any]
    data: Mapping[str, Any]
    gpus: int = 0  # visible GPUs; 0 if the device is a CPU


@dataclass(frozen=True)
class JobFailed:
    """A job without a result. This says nothing about the score of its configuration."""

    reason: str


@dataclass(frozen=True)
class StepsTrained:
    """Number of steps that a job trained, without those restored from checkpoints."""

    steps: int


@dataclass(frozen=True)
class WorkerBug:
    """A bug in a worker, with its traceback as text."""

    traceback: str


JobResult: TypeAlias = Evaluation | Diverged | Paused | TestedModel | TestTime | JobFailed


def describe(objective: Objective) -> ObjectiveDescription:
    gpus = 0 if objective.identity["device"] == "cpu" else len(gpu_names())
    return ObjectiveDescription(
        objective.steps, objective.stages, objective.identity, objective.data, gpus
    )


def run_job(
    job: Job, objective: Objective, tree: CheckpointTree, heartbeat: Heartbeat
) -> JobResult:
    """Run a job in this process. Altered checkpoints are reported in `tree.notices`.

    Raises whatever the objective raises, except `Diverged`, `Paused` and errors that mean that
    memory ran out: these are results.
    """
    result: JobResult
    try:
        result = _run(job, objective, tree, heartbeat)
    except (Diverged, Paused) as outcome:
        # Frames keep models alive.
        result = outcome.with_traceback(None)
        result.__cause__ = result.__context__ = None
    except Exception as error:
        reason = oom_reason(error)
        if reason is None:
            raise
        result = JobFailed(reason)
    # After the except clauses: an error's frames keep tensors alive.
    free_memory()
    return result


def _run(
    job: Job, objective: Objective, tree: CheckpointTree, heartbeat: Heartbeat
) -> Evaluation | TestedModel | TestTime:
    target = (objective, job.config, job.seed, job.step)
    how: Any = {"through": job.checkpoint_steps, "threads": job.threads, "heartbeat": heartbeat}
    if isinstance(job, Train) and not job.time_test:
        for ref in reversed(job.pinned):
            tree.touch(objective, ref.config, ref.seed, ref.step)
        return tree.evaluate(*target, **how)
    run = tree.restore(*target, **how)
    with torch_threads(job.threads, job.step):
        if not isinstance(job, TestAndExport):
            try:
                return run.time_test(heartbeat)
            except Paused:
                raise Paused(run.step) from None
        test = run.test(heartbeat) if job.test else None
    return TestedModel(test, run.export(job.folder) if job.folder else None)
