"""Finding the task that a user's file or module declares."""

import importlib
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from xlt.objectives.task import TaskSpec
from xlt.objectives.trainer.spec import spec_of
from xlt.objectives.trainer.task import TrainerTask
from xlt.spaces.errors import InputError


def is_users(name: str) -> bool:
    """Whether a task's name is the path of a Python file, or a module in a package."""
    return name.endswith(".py") or (
        "." in name and all(part.isidentifier() for part in name.split("."))
    )


def load(name: str) -> TaskSpec:
    """Import a user's file, and return the task that it declares.

    Raises:
        InputError: There is no such file, or it does not declare exactly one `TrainerTask`.
    """
    if not name.endswith(".py"):
        return _declared(name, importlib.import_module(name))
    file = Path(name).resolve()
    if not file.is_file():
        raise InputError(f"task: {name}: there is no such file; give its path from this folder")
    return _declared(name, _imported(file))


@cache
def _imported(file: Path) -> ModuleType:
    """Import a file once. Files next to it can be imported by it."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    spec.loader.exec_module(module)
    return module


def _declared(name: str, module: ModuleType) -> TaskSpec:
    tasks = [value for value in vars(module).values() if isinstance(value, TrainerTask)]
    if len(tasks) != 1:
        raise InputError(
            f"task: {name}: declares {len(tasks)} tasks; expected exactly one, like TASK = TrainerTask(...)"
        )
    assert module.__file__ is not None
    return spec_of(tasks[0], name, Path(module.__file__))
