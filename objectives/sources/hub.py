"""Loads corpora and models: from a folder, the hub, its cache, or a generator."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from xlt.objectives.sources.text_files import CorpusError
from xlt.spaces.errors import XltError

HUB_SECONDS = 5.0


Loaded = TypeVar("Loaded")


def from_source(
    source: str,
    folder: Callable[[Path], Loaded],
    hub: Callable[[], Loaded],
    synthetic: Callable[[tuple[str, ...]], Loaded],
) -> Loaded:
    """Load a corpus from its source: "auto", "hub", "synthetic" or a folder.

    "auto" is the folder that the environment variable XLT_DATA names, else the hub if it answers
    within 5 seconds or its files are cached, else the embedded corpus, with a notice.

    Raises:
        CorpusError: The corpus is missing or unusable.
    """
    if source == "synthetic":
        return synthetic(())
    if source == "hub":
        return hub()
    path = os.environ.get("XLT_DATA") or None if source == "auto" else source
    if path is not None:
        return folder(Path(path))
    try:
        return hub()
    except CorpusError as error:
        return synthetic((f"{error} The embedded corpus serves instead.",))


def from_hub(
    datasets: Sequence[str], load: Callable[[], Loaded], *, models: Sequence[str] = ()
) -> Loaded:
    """Call `load` online if the hub answers within `HUB_SECONDS`, else with its cache only.

    Args:
        datasets: Names of data sets that `load` needs. The hub is asked for them first.
        load: Loads them by a Hugging Face library.
        models: Names of models that `load` needs.

    Raises:
        CorpusError: Neither the hub nor the cache has them.
    """
    reached = _within(HUB_SECONDS, lambda: _ask_hub(datasets, models))
    try:
        with contextlib.nullcontext() if reached else _offline():
            return load()
    except XltError:
        raise
    except Exception as error:  # It calls many libraries, which have errors of their own.
        names = ", ".join((*datasets, *models))
        cached = f"and {names} cannot be read from its cache"
        problem = {
            True: f"answered, but {names} cannot be loaded",
            False: f"shows no {names} (a slip, or kept from strangers), {cached}",
            None: f"did not answer within 5 seconds, {cached}",
        }[reached]
        remedy = (
            "Name a folder, or another encoder."
            if models
            else "Use --data DIR for a folder, or --data synthetic."
        )
        raise CorpusError(f"The hub {problem} ({type(error).__name__}). {remedy}") from error


def _ask_hub(datasets: Sequence[str], models: Sequence[str]) -> bool:
    """Whether the hub has them all. Raises any error of the connection."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        for name in datasets:
            HfApi().dataset_info(name, timeout=HUB_SECONDS)
        for name in models:
            HfApi().model_info(name, timeout=HUB_SECONDS)
    except RepositoryNotFoundError:
        return False
    return True


def _within(seconds: float, question: Callable[[], bool]) -> bool | None:
    """The answer, or None after a time limit, which resolving a host name does not have."""
    answers: list[bool] = []

    def ask() -> None:
        with contextlib.suppress(Exception):  # the hub does not answer
            answers.append(question())

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else None


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """Make both Hugging Face libraries use cached files only, without any request.

    Options of the download are not enough: if a hub accepts connections and never answers, they
    retry for minutes (observed). Both libraries read these flags at every request.
    """
    import datasets
    from huggingface_hub import constants

    flags: tuple[Any, ...] = (datasets.config, constants)
    before = [module.HF_HUB_OFFLINE for module in flags]
    for module in flags:
        module.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        for module, value in zip(flags, before, strict=True):
            module.HF_HUB_OFFLINE = value
