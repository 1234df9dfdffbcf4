"""What runs on the machines of a Ray cluster: the tasks, and the actor that serves them.

If the runs folder is shared, tasks use it. Else each machine has its own cache, and checkpoints travel
through Ray's object store: before a job the deepest one is fetched from the command's machine, after
it the new ones are stored there.
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
    ObjectiveDescription,
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
    """Message: a task has loaded its data. A second one means that the task was restarted."""

    machine: str


Message: TypeAlias = TaskStarted | Progress


@dataclass(frozen=True)
class TaskResult:
    """What a task returns."""

    result: JobResult
    description: ObjectiveDescription
    notices: list[str]
    steps_trained: int


@dataclass(frozen=True)
class TaskContext:
    """What a task needs beside its job.

    Attributes:
        marker: A file that exists wherever the runs folder is shared.
        working_folder: Where the command was started; paths in `config` may be relative to it.
        driver: Handle of a `DriverActor`.
    """

    config: WorkerConfig
    marker: Path
    working_folder: Path
    driver: Any


class DriverActor:
    """An actor on the command's machine: collects messages, and reads and writes its folders."""

    def __init__(self, config: WorkerConfig) -> None:
        self._tree = CheckpointTree(config.checkpoints, config.cache_size)
        self._messages: list[tuple[str, Message]] = []

    def send(self, task_id: str, message: Message) -> None:
        """Receive a message from a task."""
        self._messages.append((task_id, message))

    def take_messages(self) -> list[tuple[str, Message]]:
        """Return messages since the last call, with the IDs of their tasks."""
        messages, self._messages = self._messages, []
        return messages

    def existing(self, names: list[str]) -> set[str]:
        """Return those of the checkpoint folders that exist."""
        return _existing(self._tree, names)

    def fetch(self, name: str) -> bytes | None:
        """Return a checkpoint folder as an archive; None if it is gone."""
        return pack(self._tree.folder / name)

    def store(self, name: str, archive: bytes) -> None:
        """Unpack a checkpoint folder, and evict others if the tree is too large."""
        unpack(archive, self._tree.folder / name)
        self._tree.nodes.evict_lru()

    def write(self, archive: bytes, folder: Path) -> None:
        """Unpack a folder that is no checkpoint, such as a model."""
        unpack(archive, folder)


def describe_task(context: TaskContext) -> ObjectiveDescription | XltError | WorkerBug:
    """Prepare the data and describe the objective. Errors are returned."""
    try:
        return describe(_objective(_local_config(context)))
    except Exception as error:  # noqa: BLE001 - the command raises it
        return to_transferable(error)


def run_task(context: TaskContext, job: Job) -> TaskResult | XltError | WorkerBug:
    """Run a job on this machine. Errors are returned."""
    try:
        return _run_job(context, job)
    except Exception as error:  # noqa: BLE001 - the command raises it
        return to_transferable(error)


def _run_job(context: TaskContext, job: Job) -> TaskResult:
    config = _local_config(context)
    objective = _objective(config)
    tree = CheckpointTree(config.checkpoints, config.cache_size)
    send = partial(context.driver.send.remote, ray.get_runtime_context().get_task_id())
    # Waited for: if the job kills its process, messages in its queue are lost.
    ray.get(send(TaskStarted(socket.gethostname())))
    if config is context.config:
        result = run_job(job, objective, tree, throttled(send))
    else:
        result = _run_with_remote_checkpoints(job, objective, tree, throttled(send), context.driver)
    return TaskResult(result, describe(objective), tree.notices, tree.trained)


def _run_with_remote_checkpoints(
    job: Job, objective: Objective, tree: CheckpointTree, heartbeat: Heartbeat, driver: Any
) -> JobResult:
    """Run a job on a machine that does not share the command's folders."""
    keys = tree.node_keys(
        objective, job.config, job.seed, job.step, through=job.checkpoint_steps, threads=job.threads
    )
    names = [name for key in keys for name in tree.nodes.folder_names(key)]
    remote = ray.get(driver.existing.remote(names))
    for key in reversed(keys):  # the deepest complete checkpoint suffices
        for name in remote.intersection(tree.nodes.folder_names(key)) - _existing(tree, names):
            archive = ray.get(driver.fetch.remote(name))
            if archive is not None:
                unpack(archive, tree.folder / name)
        if _existing(tree, names).issuperset(tree.nodes.folder_names(key)):
            break
    target = job.folder if isinstance(job, TestAndExport) else None
    # If the process is killed, `folders.remove_stale` deletes the temporary folder.
    with tempfile.TemporaryDirectory(dir=tree.folder, prefix=".new-") as model:
        if isinstance(job, TestAndExport) and target is not None:
            job = replace(job, folder=Path(model))
        try:
            result = run_job(job, objective, tree, heartbeat)
        finally:
            for name in _existing(tree, names) - remote:
                archive = pack(tree.folder / name)
                if archive is not None:
                    ray.get(driver.store.remote(name, archive))
        if target is not None and isinstance(result, TestedModel):
            ray.get(driver.write.remote(pack(Path(model)), target))
    return result


def _existing(tree: CheckpointTree, names: Iterable[str]) -> set[str]:
    return {name for name in names if (tree.folder / name).exists()}


def _local_config(context: TaskContext) -> WorkerConfig:
    """The command's configuration; with this machine's cache if the runs folder is not shared."""
    if context.working_folder.is_dir():
        os.chdir(context.working_folder)
    if context.marker.exists():
        return context.config
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xlt-search"
    return replace(context.config, data_cache=cache / "data", checkpoints=cache / "checkpoints")


_cached_objective: tuple[str, Objective] | None = None


def _objective(config: WorkerConfig) -> Objective:
    """Build the objective once per process: Ray runs many tasks in one."""
    global _cached_objective
    if _cached_objective is None or _cached_objective[0] != repr(config):
        _cached_objective = None  # free the memory of the old one first
        _cached_objective = (repr(config), config.objective())
    return _cached_objective[1]
