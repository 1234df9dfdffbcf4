"""What happens on a cluster's machines: a job as a Ray task, and the command's end of its errands.

Where the runs folder is shared, tasks use it. Where it is not, each machine has a cache of its
own, and checkpoints travel by way of Ray's object store: what a job can go on from is fetched from
the command's machine before, what it has reached is brought there after.
"""

import os
import socket
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import ray

from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.folders import pack, unpack
from xlt.objectives.objective import Heartbeat, Objective, Progress
from xlt.search.execution.jobs import (
    Job,
    JobResult,
    ObjectiveInfo,
    TestAndExport,
    TestedModel,
    WorkerBug,
    WorkerConfig,
    describe,
    run_job,
)
from xlt.search.execution.os_errors import to_transferable
from xlt.search.execution.worker import throttled
from xlt.spaces.errors import XltError


@dataclass(frozen=True)
class TaskStarted:
    """A sign of life: the job's data are loaded. A second one means that it is done again."""

    machine: str


News: TypeAlias = tuple[str, TaskStarted | Progress]  # with the errand's ticket


@dataclass(frozen=True)
class TaskResult:
    """A task's result, with what it has seen on the way."""

    result: JobResult
    description: ObjectiveInfo
    notices: list[str]
    steps_trained: int  # steps


@dataclass(frozen=True)
class TaskContext:
    """What a task is given, beside its job."""

    config: WorkerConfig
    ticket: str  # by which the command knows what is heard of this task
    marker: Path  # a file that is seen wherever the runs folder is shared
    working_folder: Path  # where the command was started; paths in `setup` may be relative to it
    driver: Any  # the handle of a `Home`


class DriverActor:
    """An actor on the command's machine: it has the folders, and hears signs of life."""

    def __init__(self, setup: WorkerConfig) -> None:
        self._tree = CheckpointTree(setup.checkpoints, setup.cache_size)
        self._news: list[News] = []

    def hear(self, ticket: str, sign: TaskStarted | Progress) -> None:
        self._news.append((ticket, sign))

    def news(self) -> list[News]:
        """What was heard since the last call."""
        found, self._news = self._news, []
        return found

    def has(self, names: list[str]) -> list[str]:
        """Those of the tree's folders that are there."""
        return [name for name in names if (self._tree.folder / name).exists()]

    def fetch(self, name: str) -> bytes | None:
        """A folder of the tree."""
        return pack(self._tree.folder / name)

    def keep(self, name: str, archive: bytes) -> None:
        """A folder that a job has left in its machine's tree."""
        unpack(archive, self._tree.folder / name)
        self._tree.nodes.evict_lru()

    def write(self, archive: bytes, folder: Path) -> None:
        """A folder somewhere else, such as a model."""
        unpack(archive, folder)


def describe_task(errand: TaskContext) -> ObjectiveInfo | XltError | WorkerBug:
    """Prepare the data, and say what there is."""
    try:
        return describe(_objective(_local_config(errand)))
    except Exception as error:  # noqa: BLE001 - it is raised again by the command
        return to_transferable(error)


def run_task(errand: TaskContext, job: Job) -> TaskResult | XltError | WorkerBug:
    """Do a job on this machine."""
    try:
        return _run_job(errand, job)
    except Exception as error:  # noqa: BLE001 - it is raised again by the command
        return to_transferable(error)


def _run_job(errand: TaskContext, job: Job) -> TaskResult:
    setup = _local_config(errand)
    objective = _objective(setup)
    tree = CheckpointTree(setup.checkpoints, setup.cache_size)
    # Waited for: what a process has only queued is lost if the job kills it.
    ray.get(errand.driver.hear.remote(errand.ticket, TaskStarted(socket.gethostname())))
    heartbeat = throttled(partial(errand.driver.hear.remote, errand.ticket))
    if setup is errand.config:
        answer = run_job(job, objective, tree, heartbeat)
    else:
        answer = _run_with_remote_checkpoints(job, objective, tree, heartbeat, errand.driver)
    return TaskResult(answer, describe(objective), tree.notices, tree.trained)


def _run_with_remote_checkpoints(
    job: Job, objective: Objective, tree: CheckpointTree, heartbeat: Heartbeat, home: Any
) -> JobResult:
    """Do a job where the command's folders are not seen."""
    way = tree.node_keys(
        objective, job.config, job.seed, job.step, through=job.checkpoint_steps, threads=job.threads
    )
    names = [name for key in way for name in tree.nodes.folder_names(key)]
    there = set(ray.get(home.has.remote(names)))
    for key in reversed(way):  # the deepest first: no other is needed
        for name in there.intersection(tree.nodes.folder_names(key)) - _present(tree, names):
            archive = ray.get(home.fetch.remote(name))
            if archive is not None:
                unpack(archive, tree.folder / name)
        if _present(tree, names).issuperset(tree.nodes.folder_names(key)):
            break
    target = job.folder if isinstance(job, TestAndExport) else None
    # What a killed process leaves of it is swept up, see `folders.remove_stale`.
    with tempfile.TemporaryDirectory(dir=tree.folder, prefix=".new-") as model:
        if isinstance(job, TestAndExport) and target is not None:
            job = replace(job, folder=Path(model))
        try:
            answer = run_job(job, objective, tree, heartbeat)
        finally:
            for name in _present(tree, names) - there:
                archive = pack(tree.folder / name)
                if archive is not None:
                    ray.get(home.keep.remote(name, archive))
        if target is not None and isinstance(answer, TestedModel):
            ray.get(home.write.remote(pack(Path(model)), target))
    return answer


def _present(tree: CheckpointTree, names: Iterable[str]) -> set[str]:
    return {name for name in names if (tree.folder / name).exists()}


def _local_config(errand: TaskContext) -> WorkerConfig:
    """The command's own folders if this machine sees them, else its own."""
    if errand.working_folder.is_dir():
        os.chdir(errand.working_folder)
    if errand.marker.exists():
        return errand.config
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xlt-search"
    return replace(errand.config, data_cache=cache / "data", checkpoints=cache / "checkpoints")


_cached_objective: tuple[str, Objective] | None = None


def _objective(setup: WorkerConfig) -> Objective:
    """Built once in a process, which Ray has do one task after another."""
    global _cached_objective
    if _cached_objective is None or _cached_objective[0] != repr(setup):
        _cached_objective = None  # so that never two are in memory
        _cached_objective = (repr(setup), setup.objective())
    return _cached_objective[1]
