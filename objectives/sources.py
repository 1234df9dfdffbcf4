"""What the corpora of all tasks have in common: text files, leaks, the hub when it answers."""

import codecs
import contextlib
import re
import threading
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from xlt.spaces.errors import InputError, XltError, nearest
from xlt.spaces.limits import show

HUB_SECONDS = 5.0
# Lines that a message lists.
_LISTED = 5
# What a file that is not UTF-8 begins with, and what turns it into text. UTF-32 comes first: its
# little-endian mark begins as UTF-16's does.
_SIGNATURES = (
    (codecs.BOM_UTF32_LE, "UTF-32", "iconv -f UTF-32 -t UTF-8"),
    (codecs.BOM_UTF32_BE, "UTF-32", "iconv -f UTF-32 -t UTF-8"),
    (codecs.BOM_UTF16_LE, "UTF-16", "iconv -f UTF-16 -t UTF-8"),
    (codecs.BOM_UTF16_BE, "UTF-16", "iconv -f UTF-16 -t UTF-8"),
    (b"\x1f\x8b", "packed by gzip", "gzip -dc"),
    (b"BZh", "packed by bzip2", "bzip2 -dc"),
    (b"\xfd7zXZ\0", "packed by xz", "xz -dc"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", "zstd -dc"),
    (b"PK\x03\x04", "a zip archive", "unzip -p"),
)
# Letters and a symbol that Unicode calls visible and fonts leave blank: fillers of Hangul and
# braille without dots.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_INK = re.compile("[!-~]")  # of ASCII: most text is settled by its first character
# How other corpora name the splits.
_SPLITS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(
        ("validation", "valid", "val", "dev", "devel", "development", "testa"), "validation"
    ),
    **dict.fromkeys(("test", "testing", "tst", "testb", "eval"), "test"),
}

Loaded = TypeVar("Loaded")
# A text and what is to be learned of it.
Labelled: TypeAlias = tuple[Hashable, Hashable]


class CorpusError(InputError):
    """A corpus that is not there, or not what it should be."""


@dataclass(frozen=True)
class Fault:
    """A kind of fault that lines can have."""

    lines: str  # what such lines are or have, in the plural
    remedy: str  # what to do, or what is done about it


class Faults:
    """Which lines of a file have which faults, for notices and for a refusal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: dict[Fault, list[tuple[int, str]]] = {}

    def add(self, fault: Fault, number: int, line: str) -> None:
        """`number`: of the line, the first is 1."""
        self._found.setdefault(fault, []).append((number, line))

    def __bool__(self) -> bool:
        return bool(self._found)

    def notices(self, outcome: str = "") -> list[str]:
        """One for each kind of fault, with its lines; the first of them is quoted.

        `outcome`: what was done about all of them; else each names its remedy.
        """
        notices = []
        for fault, found in self._found.items():
            number, line = found[0]
            quoted = f"; line {number} is {show(line)}" if visible(line) else ""
            notices.append(
                f"{self.path}: {_listed(fault, found)}; {outcome or fault.remedy}{quoted}"
            )
        return notices

    def refusal(self, reason: str) -> "CorpusError":
        """An error that says why the file is refused, and quotes the first line with a fault."""
        fault, first = min(self._found.items(), key=lambda item: item[1][0])
        number, line = first[0]
        kinds = ", ".join(_listed(each, found) for each, found in self._found.items())
        remedy = f"{fault.remedy[0].upper()}{fault.remedy[1:]}"
        return CorpusError(f"{self.path}:{number}: {show(line)}: {reason}; {kinds}. {remedy}")


def _listed(fault: Fault, found: Sequence[tuple[int, str]]) -> str:
    return f"{fault.lines}: {len(found):,} ({line_numbers([number for number, _ in found])})"


def line_numbers(numbers: Sequence[int]) -> str:
    """The first of them, for a message."""
    more = ", ..." if len(numbers) > _LISTED else ""
    return f"line {', '.join(map(str, numbers[:_LISTED]))}{more}"


def visible(text: str) -> bool:
    """Whether there is anything to see: a letter, digit, punctuation mark or symbol."""
    if _INK.search(text):
        return True
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _BLANKS for c in text)


def read_lines(path: Path, expected: str, content: str, read: Sequence[str] = ()) -> list[str]:
    """The lines of a UTF-8 file. Raises `CorpusError`.

    `expected` says what a corpus folder holds, `content` what each line should be. `read`: the
    names of all files that are read there.
    """
    try:
        encoded = path.read_bytes()
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file{_beside(path, read)}; {expected}") from None
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    text = _decoded(encoded, path)
    # Not splitlines(): that also cuts at characters which may stand inside a sentence.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[-1] == "":
        lines.pop()
    if not lines:
        raise CorpusError(f"{path}: the file is empty; expected {content}")
    if len(lines) == 1 and "\r" in lines[0].rstrip("\r"):
        raise CorpusError(
            f"{path}:1: lines end with a carriage return alone, as on old Macs; convert the file, "
            f"for example with tr '\\r' '\\n'"
        )
    return lines


def _decoded(encoded: bytes, path: Path) -> str:
    """The text of a file. Raises `CorpusError` if it is no UTF-8 text."""
    try:
        text = encoded.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # `error.start` counts from behind a byte-order mark, as does `error.object`.
        line = error.object[: error.start].count(b"\n") + 1
        problem = f"not UTF-8 (byte 0x{error.object[error.start]:02x})"
        remedy = "convert the file, for example with iconv -f latin1 -t utf-8"
    else:
        if "\0" not in text:
            return text
        line = text[: text.index("\0")].count("\n") + 1
        problem = f"{text.count(chr(0)):,} NUL characters"
        remedy = "the file is damaged, or no text; get it again, or remove them: tr -d '\\000'"
    if found := _foreign(encoded):
        line, (what, command) = 1, found
        problem = f"{what}, not UTF-8"
        remedy = f"convert the file, for example with {command}"
    raise CorpusError(f"{path}:{line}: {problem}; {remedy}")


def _foreign(encoded: bytes) -> tuple[str, str] | None:
    """What a file is that is not UTF-8, and the command that turns it into text."""
    for begins, what, command in _SIGNATURES:
        if encoded.startswith(begins):
            return what, command
    # Of text in Latin letters, every other byte of UTF-16 is zero.
    even, odd = encoded[::2].count(0), encoded[1::2].count(0)
    if max(even, odd) > len(encoded) / 4 and min(even, odd) < len(encoded) / 8:
        name = "UTF-16BE" if even > odd else "UTF-16LE"
        return name, f"iconv -f {name} -t UTF-8"
    return None


def nearly(name: str, expected: str) -> bool:
    """Whether a file called `name` may be meant to be the split `expected`: dev.tsv, Train.tsv."""
    split = next((_SPLITS[word] for word in _words(name) if word in _SPLITS), None)
    if split is not None:
        return split == _SPLITS.get(_words(expected)[0])
    return nearest(name, [expected]) is not None


def _words(name: str) -> list[str]:
    return re.split(r"[^a-z]+", name.lower())


def _beside(path: Path, read: Sequence[str]) -> str:
    """A hint at a file in the same folder that may be meant, and is not another that is read."""
    try:
        others = sorted({file.name for file in path.parent.iterdir()} - set(read))
    except OSError:
        return ""
    names = [name for name in others if nearly(name, path.name)]
    # Of val.de and val.en the one with the right ending, if there is one.
    names = [name for name in names if name.endswith(path.suffix)] or names
    return f", but {show(names[0])}: rename it to {path.name}" if names else ""


def leak_notice(
    part: str,
    units: str,
    targets: str,
    scored: Sequence[Labelled],
    trained: Sequence[Labelled],
    training: str = "the training data",
) -> list[str]:
    """What to say about a part whose sentences stand in the training data; nothing if none does.

    Args:
        part: like "de/test".
        units: what it holds: "sentences" or "pairs".
        targets: what is to be learned: "tags" or "translations".
        scored: the part's texts, each with its target.
        trained: those of the training data.
        training: what to call these.
    """
    texts = {text for text, _ in trained}
    pairs = set(trained)
    text = sum(text in texts for text, _ in scored)
    whole = sum(each in pairs for each in scored)
    if not text:
        return []
    alone = f", {text:,} with any {targets}" if text != whole else ""
    share = 100 * whole / len(scored)
    notice = (
        f"{part}: {whole:,} of {len(scored):,} {units} ({share:.1f} %) stand in {training} "
        f"with the same {targets}{alone}; a model may know them by heart"
    )
    return [notice]


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
