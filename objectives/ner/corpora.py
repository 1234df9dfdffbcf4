"""Where tagged sentences come from: PAN-X on the hub, a folder, or the embedded corpus."""

import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xlt.objectives.ner import embedded
from xlt.objectives.ner.sentences import Sentences
from xlt.objectives.sources import CorpusError, from_hub, read_lines
from xlt.spaces.limits import show
from xlt.spaces.ner import NER_PROTOCOL, NerSettings

SPLITS = ("train", "validation", "test")
# Characters of a language's or a type's name.
_LONGEST = 60
_FOLDER = "a corpus folder holds panx/de/train.tsv, validation.tsv and test.tsv, and so on"


@dataclass(frozen=True)
class Corpus:
    """The sentences as they are used, and where they came from."""

    source: str  # "hub", "synthetic" or a folder: what `load` gives the same corpus for
    description: str
    synthetic: bool
    languages: tuple[str, ...]
    labels: tuple[str, ...]  # O first, then B- and I- of each type
    parts: Mapping[str, Sentences]  # by language and split, like "de/train"
    notices: tuple[str, ...]

    def tested(self, split: str) -> tuple[str, ...]:
        """The languages that have a "validation" or "test" part."""
        return tuple(name for name in self.languages if f"{name}/{split}" in self.parts)

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(label[2:] for label in self.labels if label.startswith("B-"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all words and tags as used, in order."""
        digest = hashlib.sha256(json.dumps(self.labels).encode())
        for name, part in sorted(self.parts.items()):
            digest.update(json.dumps([name, part.words, part.tags]).encode())
        return digest.hexdigest()


def load(source: str, settings: NerSettings) -> Corpus:
    """The corpus by its source: "auto", "hub", "synthetic" or a folder.

    "auto" is the folder that the environment variable XLT_DATA names, else the hub if it answers
    within 5 seconds or its files are cached, else the embedded corpus. Raises `CorpusError`.
    """
    if source == "synthetic":
        return _synthetic(settings, ())
    if source == "hub":
        return _hub(settings)
    if source != "auto":
        return _folder(Path(source), settings)
    if os.environ.get("XLT_DATA"):
        return _folder(Path(os.environ["XLT_DATA"]), settings)
    try:
        return _hub(settings)
    except CorpusError as error:
        return _synthetic(settings, (f"{error} The embedded corpus serves instead.",))


def _synthetic(settings: NerSettings, notices: Sequence[str]) -> Corpus:
    description = "synthetic corpus, made by xlt-search itself"
    parts = {
        f"{language}/{split}": embedded.generate(language, split)
        for language in NER_PROTOCOL.languages
        for split in SPLITS
    }
    return _as_used("synthetic", description, True, parts, notices, settings)


def _folder(folder: Path, settings: NerSettings) -> Corpus:
    root = folder / "panx"
    if not root.is_dir():
        raise CorpusError(
            f"{root}: no such folder; --data takes auto, hub, synthetic, or a folder: {_FOLDER}"
        )
    known = NER_PROTOCOL.languages
    found = [name for name in known if (root / name).is_dir()]
    others = (path.name for path in root.iterdir() if path.is_dir() and path.name not in known)
    found += sorted(name for name in others if not name.startswith("."))
    for name in found:
        if not _nameable(name):
            raise CorpusError(
                f"{root}: a language's folder is called {show(name)}; scores carry that name: take "
                f"up to {_LONGEST} printable characters"
            )
    notices: list[str] = []
    parts = {}
    for language in found:
        chooses = language in settings.select
        wanted = {"train": language in settings.train, "validation": chooses, "test": chooses}
        for split, needed in wanted.items():
            path = root / language / f"{split}.tsv"
            # A language that is only transferred to needs no training data.
            if needed or (split != "train" and path.exists()):
                parts[f"{language}/{split}"] = read(path, notices)
    source = str(folder.resolve())
    return _as_used(source, f"folder {source}", False, parts, notices, settings)


def read(path: Path, notices: list[str]) -> Sentences:
    """A file of `word<TAB>tag` lines with a blank line after each sentence.

    What is wrong is added to `notices` with its lines. A sentence with a line that is no word and
    tag is left out; an I- that continues nothing stays as it is. Raises `CorpusError`.
    """
    words: list[tuple[str, ...]] = []
    tags: list[tuple[str, ...]] = []
    faults: dict[str, list[int]] = defaultdict(list)
    sentence: list[tuple[str, str]] = []
    usable = True
    lines = read_lines(path, _FOLDER, "a word, a tab and a tag a line")
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            cells = line.split("\t")
            fault = _fault(cells, sentence[-1][1] if sentence else "O")
            if fault:
                faults[fault].append(number)
                usable = usable and fault == _CONTINUES_NOTHING
            sentence.append((cells[0], cells[-1]))
            continue
        if sentence and usable:
            words.append(tuple(word for word, _ in sentence))
            tags.append(tuple(tag for _, tag in sentence))
        elif not sentence and number <= len(lines):
            faults[_EMPTY].append(number)
        sentence, usable = [], True
    for fault, places in faults.items():
        shown = ", ".join(map(str, places[:5])) + (", ..." if len(places) > 5 else "")
        notices.append(f"{path}: {len(places)} {fault} (line {shown})")
    if not words:
        raise CorpusError(f"{path}: no usable sentence; expected a word, a tab and a tag a line")
    return Sentences(tuple(words), tuple(tags))


_CONTINUES_NOTHING = "I- tags that continue nothing; they stay as they are"
_EMPTY = "empty sentences; they are left out"


def _fault(cells: Sequence[str], before: str) -> str | None:
    if len(cells) != 2 or not cells[0].strip():
        return "lines that are not a word, a tab and a tag; their sentences are left out"
    tag = cells[1]
    if tag != "O" and not (re.fullmatch(r"[BI]-\S+", tag) and _nameable(tag)):
        return "tags that are neither O nor B- or I- and a type; their sentences are left out"
    if tag.startswith("I-") and before[2:] != tag[2:]:
        return _CONTINUES_NOTHING
    return None


def _nameable(word: str) -> bool:
    """Whether scores can be named after it, in databases, tables and exports."""
    return len(word) <= _LONGEST and word.isprintable()


def _hub(settings: NerSettings) -> Corpus:
    """By `datasets`, from the hub or its cache."""
    parts = from_hub(
        ["google/xtreme"],
        lambda: {
            f"{language}/{split}": _hub_part(language, split)
            for language in NER_PROTOCOL.languages
            for split in SPLITS
        },
    )
    return _as_used("hub", "PAN-X from the hub", False, parts, (), settings)


def _hub_part(language: str, split: str) -> Sentences:
    import datasets

    config = datasets.DownloadConfig(max_retries=1)
    table: Any = datasets.load_dataset(
        "google/xtreme", f"PAN-X.{language}", split=split, download_config=config
    )
    names = table.features["ner_tags"].feature.names
    return Sentences(
        tuple(map(tuple, table["tokens"])),
        tuple(tuple(names[tag] for tag in tags) for tags in table["ner_tags"]),
    )


def _as_used(
    source: str,
    description: str,
    synthetic: bool,
    parts: Mapping[str, Sentences],
    notices: Sequence[str],
    settings: NerSettings,
) -> Corpus:
    """Shuffled and cut to what the study takes: all languages validate and test."""
    languages = tuple(dict.fromkeys(part.partition("/")[0] for part in parts))
    noticed = list(notices)
    for language in (*settings.train, *settings.select):
        if language not in languages:
            raise CorpusError(
                f"{source}: the study wants {language}, there is {', '.join(languages)}; "
                "name other languages in [settings], or other data"
            )
    used = {}
    for language in languages:
        numbers = {
            "train": settings.train.get(language, 0),
            "validation": settings.validation,
            "test": settings.test,
        }
        for split, number in numbers.items():
            part = parts.get(f"{language}/{split}")
            if part is None:
                continue
            whole = split != "train" and not number
            used[f"{language}/{split}"] = _cut(part, len(part) if whole else number)
            if number > len(part) and not (synthetic and split == "validation"):
                noticed.append(
                    f"{language}/{split}: {len(part):,} sentences where the study takes "
                    f"{number:,}; all are used"
                )
    labels = _labels(tag for part in parts.values() for tags in part.tags for tag in tags)
    return Corpus(source, description, synthetic, languages, labels, used, tuple(noticed))


def _cut(part: Sentences, number: int) -> Sentences:
    order = np.random.default_rng(NER_PROTOCOL.shuffle_seed).permutation(len(part))[:number]
    return Sentences(
        tuple(part.words[i] for i in order.tolist()), tuple(part.tags[i] for i in order.tolist())
    )


def _labels(tags: Iterable[str]) -> tuple[str, ...]:
    types = sorted({tag[2:] for tag in set(tags) if tag != "O"})
    return ("O", *(f"{prefix}-{name}" for name in types for prefix in "BI"))
