"""What the corpora of all tasks have in common: text files, and the hub when it answers."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from xlt.spaces.errors import InputError, XltError

HUB_SECONDS = 5.0

Loaded = TypeVar("Loaded")


class CorpusError(InputError):
    """A corpus that is not there, or not what it should be."""


def read_lines(path: Path, expected: str, content: str) -> list[str]:
    """The lines of a UTF-8 file. Raises `CorpusError`.

    `expected` says what a corpus folder holds, `content` what each line should be.
    """
    try:
        encoded = path.read_bytes()
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file; {expected}") from None
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        text = encoded.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # `error.start` counts from behind a byte-order mark, as does `error.object`.
        line = error.object[: error.start].count(b"\n") + 1
        raise CorpusError(
            f"{path}:{line}: not UTF-8 (byte 0x{error.object[error.start]:02x}); convert the file, "
            f"for example with iconv -f latin1 -t utf-8"
        ) from None
    # Not splitlines(): that also cuts at characters which may stand inside a sentence.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[-1] == "":
        lines.pop()
    if not lines:
        raise CorpusError(f"{path}: the file is empty; expected {content}")
    return lines


def from_hub(
    datasets: Sequence[str], load: Callable[[], Loaded], *, models: Sequence[str] = ()
) -> Loaded:
    """What `load` gets from the hub if it answers soon, else from its cache.

    `datasets` and `models` are asked for first, to see whether the hub answers. Raises
    `CorpusError`.
    """
    reached = _within(HUB_SECONDS, lambda: _ask_hub(datasets, models))
    try:
        with contextlib.nullcontext() if reached else _offline():
            return load()
    except XltError:
        raise
    except Exception as error:  # Many libraries lie below; each has errors of its own.
        names = ", ".join((*datasets, *models))
        cached = f"and {names} cannot be read from its cache"
        found = {
            True: f"answered, but {names} cannot be loaded",
            False: f"shows no {names} (a slip, or kept from strangers), {cached}",
            None: f"did not answer within 5 seconds, {cached}",
        }[reached]
        remedy = (
            "Name a folder, or another encoder."
            if models
            else "Use --data DIR for a folder, or --data synthetic."
        )
        raise CorpusError(f"The hub {found} ({type(error).__name__}). {remedy}") from error


def _ask_hub(datasets: Sequence[str], models: Sequence[str]) -> bool:
    """Whether the hub has them all. Raises whatever keeps it from answering."""
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
    """The answer, None if there is none in time. Looking up a name knows no time limit."""
    answers: list[bool] = []

    def ask() -> None:
        with contextlib.suppress(Exception):  # whatever keeps the hub from answering
            answers.append(question())

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else None


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """Inside, only cached files are found: no request leaves, none is waited for.

    Options of the download are not enough: a hub that accepts connections and never answers is
    asked again and again for minutes (seen). Both libraries look at these flags at each request.
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
