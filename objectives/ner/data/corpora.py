"""The corpora of NER: PAN-X on the hub, a folder, or the embedded corpus."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xlt.objectives.ner import embedded
from xlt.objectives.ner.data.sentences import TaggedSentences
from xlt.objectives.ner.data.tsv import (
    FILES,
    FOLDER_LAYOUT,
    MAX_NAME_LENGTH,
    SPLITS,
    is_nameable,
    read,
)
from xlt.objectives.sources.hub import from_hub, from_source
from xlt.objectives.sources.leaks import leak_notice
from xlt.objectives.sources.text_files import CorpusError, nearly, read_lines
from xlt.spaces.limits import format_value
from xlt.spaces.ner import NER_PROTOCOL, NerSettings


@dataclass(frozen=True)
class Corpus:
    """The sentences that a study uses, and where they come from.

    With `NerSettings.redraw`, the training parts are all that seeds draw from.
    """

    source: str  # "hub", "synthetic" or a folder: `load` gives the same corpus for it
    description: str
    synthetic: bool
    languages: tuple[str, ...]
    labels: tuple[str, ...]  # O first, then B- and I- of each type
    parts: Mapping[str, TaggedSentences]  # by language and split, like "de/train"
    notices: tuple[str, ...]
    # By language, the indices of test sentences whose words also are in a training file of any
    # language, used or not. All studies of a corpus can leave out the same ones.
    leaked: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def languages_with(self, split: str) -> tuple[str, ...]:
        """The languages that have a "validation" or "test" part."""
        return tuple(name for name in self.languages if f"{name}/{split}" in self.parts)

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(label[2:] for label in self.labels if label.startswith("B-"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all words and tags that are used, in order."""
        digest = hashlib.sha256(json.dumps(self.labels).encode())
        for name, part in sorted(self.parts.items()):
            digest.update(json.dumps([name, part.words, part.tags]).encode())
        return digest.hexdigest()


def load(source: str, settings: NerSettings) -> Corpus:
    """The corpus of a `source`; see `from_source`. Raises `CorpusError`."""
    return from_source(
        source,
        lambda path: _folder(path, settings),
        lambda: _hub(settings),
        lambda notices: _synthetic(settings, notices),
    )


def _synthetic(settings: NerSettings, notices: Sequence[str]) -> Corpus:
    description = "synthetic corpus, made by xlt-search itself"
    parts = {
        f"{language}/{split}": embedded.generate(language, split)
        for language in NER_PROTOCOL.languages
        for split in SPLITS
    }
    return _corpus("synthetic", description, True, parts, notices, settings)


def _folder(folder: Path, settings: NerSettings) -> Corpus:
    root = folder / "panx"
    if not root.is_dir():
        above = f"; name the folder above, {folder.parent}" if folder.name == "panx" else ""
        raise CorpusError(
            f"{root}: no such folder{above}; --data takes auto, hub, synthetic, or a folder: "
            f"{FOLDER_LAYOUT}"
        )
    names = {path.name for path in root.iterdir() if path.is_dir()}
    known = [name for name in NER_PROTOCOL.languages if name in names]
    languages = known + sorted(n for n in names.difference(known) if not n.startswith("."))
    for language in languages:
        if not is_nameable(language):
            raise CorpusError(
                f"{root}: a language's folder is called {format_value(language)}; scores carry that name: "
                f"take up to {MAX_NAME_LENGTH} printable characters"
            )
    notices = [
        f"{root / name}: {notice}" for name in languages for notice in _misnamed(root / name)
    ]
    parts = {}
    for language in languages:
        selects = language in settings.selection_languages
        required = {"train": language in settings.train, "validation": selects, "test": selects}
        for split, needed in required.items():
            path = root / language / f"{split}.tsv"
            # A language that is only transferred to needs no training data.
            if needed or (split != "train" and path.exists()):
                parts[f"{language}/{split}"] = read(path, notices)
    notices += _untrained_types(root, parts, settings)
    unused: list[tuple[str, ...]] = []
    for path in (root / language / "train.tsv" for language in languages):
        if f"{path.parent.name}/train" not in parts and path.exists():
            try:
                unused += read(path, []).words
            except CorpusError as error:
                notices.append(f"{error}; nothing is trained on it, nor looked for in the tests")
    source = str(folder.resolve())
    return _corpus(source, f"folder {source}", False, parts, notices, settings, unused)


def _misnamed(folder: Path) -> Iterator[str]:
    """Notices of files whose names are nearly those that are read."""
    for path in sorted(folder.iterdir()):
        meant = next((name for name in FILES if nearly(path.name, name)), None)
        if path.name not in FILES and not path.name.startswith(".") and meant:
            yield f"{format_value(path.name)} is not read; call it {meant} if it is meant"


def _untrained_types(
    root: Path, parts: Mapping[str, TaggedSentences], settings: NerSettings
) -> Iterator[str]:
    """Notices of types that are scored but not trained on. Raises `CorpusError` if all are."""
    trained = {
        name for language in settings.train for name in _types(parts.get(f"{language}/train"))
    }
    for part, sentences in parts.items():
        if part.endswith("/train") or not trained:
            continue
        path = root / f"{part}.tsv"
        scored = _types(sentences)
        for name in sorted(scored - trained):
            tags = (f"\tB-{name}", f"\tI-{name}")
            lines = enumerate(read_lines(path, FOLDER_LAYOUT, ""), 1)
            number, line = next((n, line) for n, line in lines if line.endswith(tags))
            problem = (
                f"{path}:{number}: {format_value(line)}: type {name} is not in the training data of "
                f"{', '.join(settings.train)}, which have {', '.join(sorted(trained))}"
            )
            if not scored & trained and part.partition("/")[0] in settings.selection_languages:
                raise CorpusError(f"{problem}; use the same types in all files")
            words = sum(tag[2:] == name for tags in sentences.tags for tag in tags)
            yield f"{problem}; its {words:,} words cannot be found, and count as missed"


def _types(sentences: TaggedSentences | None) -> set[str]:
    tags = {tag for tags in sentences.tags for tag in tags} if sentences else set()
    return {tag[2:] for tag in tags - {"O"}}


def _hub(settings: NerSettings) -> Corpus:
    """PAN-X by `datasets`, from the hub or its cache."""
    parts = from_hub(
        ["google/xtreme"],
        lambda: {
            f"{language}/{split}": _hub_part(language, split)
            for language in NER_PROTOCOL.languages
            for split in SPLITS
        },
    )
    return _corpus("hub", "PAN-X from the hub", False, parts, (), settings)


def _hub_part(language: str, split: str) -> TaggedSentences:
    import datasets

    config = datasets.DownloadConfig(max_retries=1)
    table: Any = datasets.load_dataset(
        "google/xtreme", f"PAN-X.{language}", split=split, download_config=config
    )
    names = table.features["ner_tags"].feature.names
    return TaggedSentences(
        tuple(map(tuple, table["tokens"])),
        tuple(tuple(names[tag] for tag in tags) for tags in table["ner_tags"]),
    )


def _corpus(
    source: str,
    description: str,
    synthetic: bool,
    parts: Mapping[str, TaggedSentences],
    notices: Sequence[str],
    settings: NerSettings,
    unused: Iterable[tuple[str, ...]] = (),
) -> Corpus:
    """Shuffle the parts and cut them to the study's numbers.

    `unused`: sentences of training files that are not among `parts`.
    """
    languages = tuple(dict.fromkeys(part.partition("/")[0] for part in parts))
    messages = list(notices)
    for language in (*settings.train, *settings.selection_languages):
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
            whole = settings.redraw if split == "train" else not number
            used[f"{language}/{split}"] = _shuffled(part, len(part) if whole else number)
            if number > len(part) and not (synthetic and split == "validation"):
                messages.append(
                    f"{language}/{split}: {len(part):,} sentences where the study takes "
                    f"{number:,}; all are used"
                )
    trained = [pair for language in settings.train for pair in _pairs(used[f"{language}/train"])]
    scored = [part for part in used if not part.endswith("/train")]
    sizes = []
    for language, number in settings.train.items():
        available = len(used[f"{language}/train"])
        drawn = f" of {available:,} drawn for each seed" if number < available else ""
        sizes.append(f"{min(number, available):,} {language}{drawn}")
    training = f"the training data ({', '.join(sizes)})"
    for name in scored:
        messages += leak_notice(name, "sentences", "tags", _pairs(used[name]), trained, training)
    known = set(unused)
    for name, part in parts.items():
        if name.endswith("/train"):
            known |= set(part.words)
    leaked = {
        name.removesuffix("/test"): frozenset(
            index for index, words in enumerate(used[name].words) if words in known
        )
        for name in scored
        if name.endswith("/test")
    }
    types = sorted(set().union(*map(_types, parts.values())))
    labels = ("O", *(f"{prefix}-{name}" for name in types for prefix in "BI"))
    return Corpus(source, description, synthetic, languages, labels, used, tuple(messages), leaked)


def _pairs(part: TaggedSentences) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return list(zip(part.words, part.tags, strict=True))


def _shuffled(part: TaggedSentences, number: int) -> TaggedSentences:
    """The first `number` sentences in the protocol's random order."""
    order = np.random.default_rng(NER_PROTOCOL.shuffle_seed).permutation(len(part)).tolist()
    chosen = order[:number]
    return TaggedSentences(
        tuple(part.words[i] for i in chosen), tuple(part.tags[i] for i in chosen)
    )
