"""Finding the task that a user's file declares."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from xlt.objectives.task import TaskSpec
from xlt.objectives.trainer.spec import spec_of
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.errors import InputError


def is_file_name(name: str) -> bool:
    """Whether a task's name is the path of a Python file."""
    return name.endswith(".py")


def load(name: str) -> TaskSpec:
    """Import a user's file, and return the task that it declares.

    Raises:
        InputError: There is no such file, or it does not declare exactly one `TrainerTask`.
    """
    file = Path(name).resolve()
    if not file.is_file():
        raise InputError(f"task: {name}: there is no such file; give its path from this folder")
    values = vars(_imported(file)).values()
    tasks = {id(value): value for value in values if isinstance(value, TrainerTask)}
    if len(tasks) != 1:
        raise InputError(
            f"task: {name}: declares {len(tasks)} tasks; expected one, like TASK = TrainerTask(...)"
        )
    (task,) = tasks.values()
    return spec_of(task, name, file)


@cache
def _imported(file: Path) -> ModuleType:
    """Import a file once. It can import files next to it."""
    spec = importlib.util.spec_from_file_location(f"xlt_task_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    sys.modules[module.__name__] = module  # dataclasses and pickles look it up there
    spec.loader.exec_module(module)
    return module
