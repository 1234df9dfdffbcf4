"""Objectives by the name that a study calls them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from xlt.objectives.objective import Objective
from xlt.spaces.errors import InputError
from xlt.spaces.ner import NerSettings


def build(
    task: str,
    *,
    source: str,
    cache: Path,
    device: str = "auto",
    settings: Mapping[str, Any] | None = None,
) -> Objective:
    """The objective of `task` on the data of `source`.

    `source`: "auto", "hub", "synthetic" or a folder. `cache`: a folder for prepared data.
    `device`: "auto", "cpu" or "cuda". `settings`: the study's own, of tasks that have some. Raises
    `InputError` for what cannot be had.
    """
    if task not in TASKS:
        raise InputError(f"task {task!r} is unknown; there is {', '.join(TASKS)}")
    return TASKS[task](source, cache, device, settings or {})


Settings: TypeAlias = Mapping[str, Any]


def _translation(source: str, cache: Path, device: str, _: Settings) -> Objective:
    # PyTorch takes seconds to import; whoever only lists studies need not wait for it.
    from xlt.objectives.translation.league import League

    return League(source, cache, device)


def _ner(source: str, cache: Path, device: str, settings: Settings) -> Objective:
    from xlt.objectives.ner.transfer import Transfer

    return Transfer(source, cache, device, NerSettings(**settings))


TASKS: Mapping[str, Callable[[str, Path, str, Settings], Objective]] = {
    "translation": _translation,
    "ner": _ner,
}
