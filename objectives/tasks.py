"""The tasks there are, by the name that a study gives them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlt.objectives.ner.task import NER_TASK
from xlt.objectives.objective import Objective
from xlt.objectives.task import TaskSpec
from xlt.objectives.translation.task import QUICK_TRANSLATION_TASK, TRANSLATION_TASK
from xlt.spaces.errors import InputError

TASKS: Mapping[str, TaskSpec] = {
    task.name: task for task in (QUICK_TRANSLATION_TASK, TRANSLATION_TASK, NER_TASK)
}


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
        device: `auto`, `cpu` or `cuda`.
        precision: `auto`, `float32`, `float16` or `bfloat16`.
        settings: The study's settings, for tasks that have some.

    Raises:
        InputError: The task is unknown, or the data cannot be had.
    """
    if task not in TASKS:
        raise InputError(f"task {task!r} is unknown; there is {', '.join(TASKS)}")
    return TASKS[task].make_objective(source, cache, device, precision, settings or {})
