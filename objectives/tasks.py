"""The tasks there are, by the name that a study gives them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xlt.objectives.gpus import see_one_gpu
from xlt.objectives.ner.task import NER_TASK
from xlt.objectives.objective import Objective
from xlt.objectives.task import TaskSpec
from xlt.objectives.trainer import loading
from xlt.objectives.translation.task import QUICK_TRANSLATION_TASK, TRANSLATION_TASK
from xlt.spaces.errors import InputError


class _Tasks(Mapping[str, TaskSpec]):
    """The shipped tasks, and those that users' files declare, by their paths.

    Only the shipped ones are listed. Looking up another one imports its file.
    """

    def __init__(self, *shipped: TaskSpec) -> None:
        self._shipped = {task.name: task for task in shipped}

    def __getitem__(self, name: str) -> TaskSpec:
        if name in self._shipped or not loading.is_file_name(name):
            return self._shipped[name]
        return loading.load(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._shipped or loading.is_file_name(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._shipped)

    def __len__(self) -> int:
        return len(self._shipped)


TASKS: Mapping[str, TaskSpec] = _Tasks(QUICK_TRANSLATION_TASK, TRANSLATION_TASK, NER_TASK)


def build(
    task: str,
    *,
    source: str,
    cache: Path,
    device: str = "auto",
    precision: str = "auto",
    settings: Mapping[str, Any] | None = None,
) -> Objective:
    """Build the objective of a task.

    Args:
        task: A name in `TASKS`.
        source: `auto`, `hub`, `synthetic` or a folder.
        cache: A folder for prepared data.
        device: `auto`, `cpu`, `cuda`, or `cuda:1` for the second of several GPUs. For a task in a
            file, all other GPUs are hidden from this process for good.
        precision: `auto`, `float32`, `float16` or `bfloat16`.
        settings: The study's settings, for tasks that have some.

    Raises:
        InputError: The task is unknown, or the data cannot be had.
    """
    if loading.is_file_name(task):
        device = see_one_gpu(device)  # before the file is imported, which may use CUDA
    if task not in TASKS:
        raise InputError(f"task {task!r} is unknown; there is {', '.join(TASKS)}")
    return TASKS[task].make_objective(source, cache, device, precision, settings or {})
