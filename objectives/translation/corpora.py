"""Where sentence pairs come from: the hub, a folder, or the embedded corpus.

Captions (Multi30k) are pre-trained and scored on; talks (IWSLT) are fine-tuned on.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xlt.objectives.translation.embedded import corpus as embedded
from xlt.objectives.translation.pairs import Pairs
from xlt.spaces.errors import InputError
from xlt.spaces.league import PROTOCOL

# What each part is called in a folder, and on the hub.
PARTS: Mapping[str, str] = {
    "captions/train": "multi30k/train",
    "captions/validation": "multi30k/validation",
    "captions/test": "multi30k/test",
    "talks/train": "iwslt2017/train",
}
_HUB = {
    "captions": {"path": "bentrevett/multi30k"},
    # A dataset script no longer loads; the hub keeps its output as parquet files.
    "talks": {
        "path": "IWSLT/iwslt2017",
        "name": "iwslt2017-de-en",
        "revision": "refs/convert/parquet",
    },
}
_HUB_SECONDS = 5.0


@dataclass(frozen=True)
class Corpus:
    """The pairs as they are used, and where they came from."""

    source: str  # "hub", "synthetic" or a folder: what `load` gives the same corpus for
    description: str
    synthetic: bool
    parts: Mapping[str, Pairs]  # by the keys of PARTS
    notices: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all texts as used, in order."""
        digest = hashlib.sha256()
        for name in PARTS:
            pairs = self.parts[name]
            digest.update(json.dumps([name, pairs.german, pairs.english]).encode())
        return digest.hexdigest()


class CorpusError(InputError):
    """A corpus that is not there, or not what it should be."""


def load(source: str) -> Corpus:
    """The corpus by its source: "auto", "hub", "synthetic" or a folder.

    "auto" is the folder that the environment variable XLT_DATA names, else the hub if it answers
    within 5 seconds or its files are cached, else the embedded corpus. Raises `CorpusError`.
    """
    if source == "synthetic":
        return _synthetic(())
    if source == "hub":
        return _hub()
    if source != "auto":
        return _folder(Path(source))
    if os.environ.get("XLT_DATA"):
        return _folder(Path(os.environ["XLT_DATA"]))
    try:
        return _hub()
    except CorpusError as error:
        return _synthetic((f"{error} The embedded corpus serves instead.",))


def _synthetic(notices: tuple[str, ...]) -> Corpus:
    parts = embedded.generate()
    return _as_used(
        "synthetic", "synthetic corpus, made by xlt-search itself", True, parts, notices
    )


def _folder(folder: Path) -> Corpus:
    if not folder.is_dir():
        raise CorpusError(
            f"{folder}: no such folder; --data takes auto, hub, synthetic, or a folder with "
            f"multi30k/train.de, multi30k/train.en and so on"
        )
    notices: list[str] = []
    parts = {part: _read_pairs(folder / path, notices) for part, path in PARTS.items()}
    source = str(folder.resolve())
    return _as_used(source, f"folder {source}", False, parts, notices)


def _read_pairs(stem: Path, notices: list[str]) -> Pairs:
    """`stem`.de and `stem`.en, line by line."""
    sides = [_read_lines(stem.with_name(f"{stem.name}.{side}")) for side in ("de", "en")]
    german, english = sides
    if len(german) != len(english):
        raise CorpusError(
            f"{stem}.de has {len(german)} lines, {stem}.en has {len(english)}; "
            f"line n of one must translate line n of the other"
        )
    empty = [
        n
        for n, pair in enumerate(zip(german, english, strict=True), 1)
        if not all(map(str.strip, pair))
    ]
    if empty:
        shown = ", ".join(map(str, empty[:5])) + (", ..." if len(empty) > 5 else "")
        notices.append(
            f"{stem}.de|en: {len(empty)} pairs with an empty side are left out (line {shown})"
        )
        if len(empty) == len(german):
            raise CorpusError(f"{stem}.de|en: every pair has an empty side; expected sentences")
        left_out = set(empty)
        german, english = (
            [line for n, line in enumerate(side, 1) if n not in left_out] for side in sides
        )
    return Pairs(tuple(german), tuple(english))


def _read_lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CorpusError(
            f"{path}: no such file; a corpus folder holds {', '.join(PARTS.values())}, "
            f"each as .de and .en"
        ) from None
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        text = content.decode("utf-8-sig")
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
        raise CorpusError(f"{path}: the file is empty; expected one sentence a line")
    return lines


def _hub() -> Corpus:
    """By `datasets`, from the hub or its cache."""
    reached = _within(_HUB_SECONDS, _ask_hub)
    try:
        with contextlib.nullcontext() if reached else _offline():
            parts = {part: _hub_pairs(part) for part in PARTS}
    except Exception as error:  # Many libraries lie below; each has errors of its own.
        why = "did not answer within 5 seconds" if not reached else "answered, but not with data"
        raise CorpusError(
            f"The hub {why}, and its files are not cached ({type(error).__name__}). "
            f"Use --data DIR for a folder, or --data synthetic."
        ) from error
    return _as_used("hub", "Multi30k and IWSLT 2017 from the hub", False, parts, ())


def _ask_hub() -> bool:
    from huggingface_hub import HfApi

    for question in _HUB.values():
        HfApi().dataset_info(question["path"], timeout=_HUB_SECONDS)
    return True


def _within(seconds: float, question: Callable[[], bool]) -> bool:
    """Whether `question` is answered with yes in time. Looking up a name knows no time limit."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            answers.append(question())
        except Exception:  # noqa: BLE001 - whatever keeps the hub from answering
            answers.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answers == [True]


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


def _hub_pairs(part: str) -> Pairs:
    import datasets

    corpus, split = part.split("/")
    table: Any = datasets.load_dataset(
        **_HUB[corpus], split=split, download_config=datasets.DownloadConfig(max_retries=1)
    )
    rows = table["translation"] if "translation" in table.column_names else table
    german, english = ([row[side] for row in rows] for side in ("de", "en"))
    return Pairs(tuple(german), tuple(english))


def _as_used(
    source: str,
    description: str,
    synthetic: bool,
    parts: Mapping[str, Pairs],
    notices: Sequence[str],
) -> Corpus:
    """Cut to the protocol's numbers: captions in their own order, talks shuffled first."""
    noticed = list(notices)
    captions, talks = parts["captions/train"], parts["talks/train"]
    # What `datasets.Dataset.shuffle(seed=...)` does.
    order = np.random.default_rng(PROTOCOL.iwslt_shuffle_seed).permutation(len(talks.german))
    used = {
        **{part: parts[part] for part in PARTS},
        "captions/train": _take(captions, range(len(captions.german)), PROTOCOL.multi30k_pairs),
        "talks/train": _take(talks, order.tolist(), PROTOCOL.iwslt_pairs),
    }
    wanted = {"captions/train": PROTOCOL.multi30k_pairs, "talks/train": PROTOCOL.iwslt_pairs}
    for part, number in wanted.items():
        found = len(used[part].german)
        if found < PROTOCOL.batch:
            raise CorpusError(
                f"{source}: {PARTS[part]} has {found} pairs; a batch alone takes {PROTOCOL.batch}"
            )
        if found < number:
            noticed.append(
                f"{part}: {found:,} pairs where the protocol takes {number:,}; all are used"
            )
    return Corpus(source, description, synthetic, used, tuple(noticed))


def _take(pairs: Pairs, order: Sequence[int], most: int) -> Pairs:
    chosen = order[:most]
    return Pairs(tuple(pairs.german[i] for i in chosen), tuple(pairs.english[i] for i in chosen))
