"""Objectives by the name that a study calls them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from xlt.objectives.objective import Objective
from xlt.spaces.errors import InputError


def build(task: str, *, source: str, cache: Path, device: str = "auto") -> Objective:
    """The objective of `task` on the data of `source`.

    `source`: "auto", "hub", "synthetic" or a folder. `cache`: a folder for prepared data.
    `device`: "auto", "cpu" or "cuda". Raises `InputError` for what cannot be had.
    """
    if task not in TASKS:
        raise InputError(f"task {task!r} is unknown; there is {', '.join(TASKS)}")
    return TASKS[task](source, cache, device)


def _translation(source: str, cache: Path, device: str) -> Objective:
    # PyTorch takes seconds to import; whoever only lists studies need not wait for it.
    from xlt.objectives.translation.league import League

    return League(source, cache, device)


TASKS: Mapping[str, Callable[[str, Path, str], Objective]] = {"translation": _translation}
