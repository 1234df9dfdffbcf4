"""Where tagged sentences come from: PAN-X on the hub, a folder, or the embedded corpus."""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xlt.objectives.ner import embedded
from xlt.objectives.ner.sentences import Sentences
from xlt.objectives.sources import (
    CorpusError,
    Fault,
    Faults,
    from_hub,
    leak_notice,
    nearly,
    read_lines,
    visible,
)
from xlt.spaces.limits import show
from xlt.spaces.ner import NER_PROTOCOL, NerSettings

SPLITS = ("train", "validation", "test")
FILES = tuple(f"{split}.tsv" for split in SPLITS)
# Characters of a language's or a type's name.
_LONGEST = 60
# Words of a sentence; more are several sentences without a blank line between them.
_MOST_WORDS = 250
# A file is refused if more of its sentences are unusable, not counting those without an entity.
_UNUSABLE_SHARE = 0.1
# What words may begin with that is not their own: the language (in PAN-X as its authors publish
# it), a quotation mark of CSV, the mark of sentence pieces. A file is refused if half of its words
# begin with the same one; from the other share on it is noticed.
_PREFIX = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z]+)?[:_|]|[\"▁])(?=.)")
_PREFIXED, _NOTICED = 0.5, 0.01
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
    # By language, the test sentences (by index) whose words stand in a training file of any
    # language, whole and whether it is trained on or not: so that all studies of a corpus can leave
    # out the same ones.
    leaked: Mapping[str, frozenset[int]] = field(default_factory=dict)

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
        above = f"; name the folder above, {folder.parent}" if folder.name == "panx" else ""
        raise CorpusError(
            f"{root}: no such folder{above}; --data takes auto, hub, synthetic, or a folder: {_FOLDER}"
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
    notices = [f"{root / name}: {notice}" for name in found for notice in _unread(root / name)]
    parts = {}
    for language in found:
        chooses = language in settings.selection_languages
        wanted = {"train": language in settings.train, "validation": chooses, "test": chooses}
        for split, needed in wanted.items():
            path = root / language / f"{split}.tsv"
            # A language that is only transferred to needs no training data.
            if needed or (split != "train" and path.exists()):
                parts[f"{language}/{split}"] = read(path, notices)
    notices += _unlearned(root, parts, settings)
    untrained: list[tuple[str, ...]] = []
    for path in (root / language / "train.tsv" for language in found):
        if f"{path.parent.name}/train" not in parts and path.exists():
            try:
                untrained += read(path, []).words
            except CorpusError as error:
                notices.append(f"{error}; nothing is trained on it, nor looked for in the tests")
    source = str(folder.resolve())
    return _as_used(source, f"folder {source}", False, parts, notices, settings, untrained)


def _unread(folder: Path) -> Iterator[str]:
    """Notices of files that are nearly called as those that are read."""
    for path in sorted(folder.iterdir()):
        meant = next((name for name in FILES if nearly(path.name, name)), None)
        if path.name not in FILES and not path.name.startswith(".") and meant:
            yield f"{show(path.name)} is not read; call it {meant} if it is meant"


def _unlearned(root: Path, parts: Mapping[str, Sentences], settings: NerSettings) -> Iterator[str]:
    """Notices of types that are scored and cannot be learned. Raises `CorpusError` if all are."""
    learned = {
        name for language in settings.train for name in _types(parts.get(f"{language}/train"))
    }
    for part, sentences in parts.items():
        if part.endswith("/train") or not learned:
            continue
        path = root / f"{part}.tsv"
        scored = _types(sentences)
        for name in sorted(scored - learned):
            tags = (f"\tB-{name}", f"\tI-{name}")
            lines = enumerate(read_lines(path, _FOLDER, ""), 1)
            number, line = next((n, line) for n, line in lines if line.endswith(tags))
            problem = (
                f"{path}:{number}: {show(line)}: type {name} is not in the training data of "
                f"{', '.join(settings.train)}, which have {', '.join(sorted(learned))}"
            )
            if not scored & learned and part.partition("/")[0] in settings.selection_languages:
                raise CorpusError(f"{problem}; use the same types in all files")
            words = sum(tag[2:] == name for tags in sentences.tags for tag in tags)
            yield f"{problem}; its {words:,} words cannot be found, and count as missed"


def _types(sentences: Sentences | None) -> set[str]:
    tags = {tag for tags in sentences.tags for tag in tags} if sentences else set()
    return {tag[2:] for tag in tags - {"O"}}


def read(path: Path, notices: list[str]) -> Sentences:
    """A file of `word<TAB>tag` lines with a blank line after each sentence.

    A sentence with a line that is no word and tag is left out; an I- that continues nothing stays
    as it is. What is suspicious is added to `notices` with its lines. Raises `CorpusError` for a
    file that nothing can be learned from.
    """
    words: list[tuple[str, ...]] = []
    tags: list[tuple[str, ...]] = []
    unusable, suspicious = Faults(path), Faults(path)
    prefixed: list[tuple[int, str]] = []
    sentence: list[tuple[str, str]] = []
    count, left_out, usable, after_mark = 0, 0, True, False
    lines = read_lines(path, _FOLDER, "a word, a tab and a tag a line", FILES)
    for number, line in enumerate([*lines, ""], 1):
        document = line.startswith("-DOCSTART-")
        if visible(line) and not document:
            word, _, tag = line.partition("\t")
            fault = _fault(line)
            if fault:
                unusable.add(fault, number, line)
                usable = False
            elif tag.startswith("I-") and (sentence[-1][1] if sentence else "O")[2:] != tag[2:]:
                suspicious.add(_CONTINUES_NOTHING, number, line)
            if not fault and not visible(word):
                suspicious.add(_INVISIBLE, number, line)
            if not fault and (prefix := _PREFIX.match(word)):
                prefixed.append((number, prefix[1]))
            sentence.append((word, tag))
            count += 1
            continue
        if document:
            suspicious.add(_DOCUMENT, number, line)
        elif not sentence and not after_mark and number <= len(lines):
            suspicious.add(_EMPTY, number, line)
        after_mark = document
        if len(sentence) > _MOST_WORDS:
            suspicious.add(_LONG, number - len(sentence), lines[number - len(sentence) - 1])
        if sentence and usable:
            words.append(tuple(word for word, _ in sentence))
            tags.append(tuple(tag for _, tag in sentence))
        left_out += not usable
        sentence, usable = [], True
    with_entities = sum(any(tag != "O" for tag in each) for each in tags)
    if left_out > _UNUSABLE_SHARE * (left_out + with_entities):
        raise unusable.refusal(f"{left_out:,} of {left_out + len(words):,} sentences are unusable")
    if not words:
        raise CorpusError(f"{path}: no usable sentence; expected a word, a tab and a tag a line")
    if not with_entities:
        raise CorpusError(
            f"{path}: no entity, all words are tagged O; tag the entities like B-PER, I-PER, or "
            "remove the file if nothing is trained or selected on its language"
        )
    notices += _marked(path, lines, prefixed, count)
    notices += unusable.notices("their sentences are left out") + suspicious.notices()
    return Sentences(tuple(words), tuple(tags))


def _marked(
    path: Path, lines: Sequence[str], prefixed: Sequence[tuple[int, str]], words: int
) -> list[str]:
    """Notices of words with something before them. Raises `CorpusError` if it is half of them."""
    mark, count = Counter(mark for _, mark in prefixed).most_common(1)[0] if prefixed else ("", 0)
    if count < max(1, _NOTICED * words):
        return []
    faults = Faults(path)
    fault = Fault("words with a mark before them", f"take it off with sed 's,^{mark},,'")
    for number, each in prefixed:
        if each == mark:
            faults.add(fault, number, lines[number - 1])
    if count >= _PREFIXED * words:
        raise faults.refusal(f"{show(mark)} is no part of the word")
    return faults.notices()


_CONTINUES_NOTHING = Fault("I- tags that continue nothing", "they stay as they are")
_EMPTY = Fault("empty sentences", "they are left out")
_DOCUMENT = Fault("marks of documents", "they are left out")
_INVISIBLE = Fault("words with nothing to see", "they stay as they are")
_LONG = Fault(
    f"sentences of more than {_MOST_WORDS} words",
    "put a blank line after each sentence where one is missing",
)


# Most lines match this, which saves the time to look for faults.
_SOUND = re.compile(r"[^\t\s]+\t(O|[BI]-[A-Za-z]{1,50})")


def _fault(line: str) -> Fault | None:
    """What keeps a line from being a word, a tab and a tag."""
    if _SOUND.fullmatch(line):
        return None
    cells = line.split("\t")
    if len(line.rstrip().split("\t")) == 2 and line != line.rstrip():
        remedy = "remove them, for example with sed 's/[[:blank:]]*$//'"
        return Fault("lines with blanks or tabs after the tag", remedy)
    if len(cells) != 2:
        if len(cells) > 2:
            lines = f"lines of {len(cells)} columns"
        else:
            lines = (
                "lines with blanks for a tab" if len(line.split()) > 1 else "lines without a tab"
            )
        remedy = (
            "write a word, a tab and a tag a line; for the first and the last of several columns "
            """take awk 'NF { print $1 "\\t" $NF } !NF'"""
        )
        return Fault(lines, remedy)
    word, tag = cells
    if not word.strip():
        return Fault("lines without a word", "write a word, a tab and a tag a line")
    if tag == "O" or (re.fullmatch(r"[BI]-\S+", tag) and _nameable(tag)):
        return None
    if tag in ("0", "o"):
        return Fault(f"tags {show(tag)}", "write the capital letter O, as in B-ORG")
    if re.fullmatch(r"[ESLUM]-\S+", tag):
        remedy = "write IOB2: B- for an entity's first word (also for S- and U-), I- for the others"
        return Fault("tags of BIOES or BILOU", remedy)
    if re.fullmatch(r"\w+", tag):
        remedy = "write B- before the type of an entity's first word, I- before that of the others"
        return Fault("tags without B- or I-", remedy)
    remedy = f"write O, B-PER, I-PER and so on; of up to {_LONGEST} printable characters"
    return Fault("tags that are neither O nor B- or I- and a type", remedy)


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
    untrained: Iterable[tuple[str, ...]] = (),
) -> Corpus:
    """Shuffled and cut to what the study takes: all languages validate and test.

    `untrained`: sentences of training files that are not among `parts`.
    """
    languages = tuple(dict.fromkeys(part.partition("/")[0] for part in parts))
    noticed = list(notices)
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
            whole = split != "train" and not number
            used[f"{language}/{split}"] = _cut(part, len(part) if whole else number)
            if number > len(part) and not (synthetic and split == "validation"):
                noticed.append(
                    f"{language}/{split}: {len(part):,} sentences where the study takes "
                    f"{number:,}; all are used"
                )
    trained = [pair for language in settings.train for pair in _pairs(used[f"{language}/train"])]
    scored = [part for part in used if not part.endswith("/train")]
    sizes = ", ".join(f"{len(used[f'{name}/train']):,} {name}" for name in settings.train)
    training = f"the training data ({sizes})"
    for name in scored:
        pairs = _pairs(used[name])
        noticed += leak_notice(name, "sentences", "tags", pairs, trained, training)
    known = set(untrained)
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
    labels = _labels(tag for part in parts.values() for tags in part.tags for tag in tags)
    return Corpus(source, description, synthetic, languages, labels, used, tuple(noticed), leaked)


def _pairs(part: Sentences) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return list(zip(part.words, part.tags, strict=True))


def _cut(part: Sentences, number: int) -> Sentences:
    order = np.random.default_rng(NER_PROTOCOL.shuffle_seed).permutation(len(part))[:number]
    return Sentences(
        tuple(part.words[i] for i in order.tolist()), tuple(part.tags[i] for i in order.tolist())
    )


def _labels(tags: Iterable[str]) -> tuple[str, ...]:
    types = sorted({tag[2:] for tag in set(tags) if tag != "O"})
    return ("O", *(f"{prefix}-{name}" for name in types for prefix in "BI"))
