"""The corpora of the league: the hub, a folder, or the embedded corpus.

Stage A trains on captions (Multi30k), on which runs are scored as well. Stage B trains on talks
(IWSLT).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xlt.objectives.sources.hub import from_hub, from_source
from xlt.objectives.sources.leaks import leak_notice
from xlt.objectives.sources.text_files import (
    CorpusError,
    Fault,
    Faults,
    line_numbers,
    read_lines,
    visible,
)
from xlt.objectives.translation.embedded import corpus as embedded
from xlt.objectives.translation.pairs import Pairs
from xlt.spaces.league import PROTOCOL, LeagueProtocol

# Parts, and their files in a corpus folder without the ending.
PARTS: Mapping[str, str] = {
    "captions/train": "multi30k/train",
    "captions/validation": "multi30k/validation",
    "captions/test": "multi30k/test",
    "talks/train": "iwslt2017/train",
}
_HUB = {
    "captions": {"path": "bentrevett/multi30k"},
    # `datasets` no longer runs its script; the hub keeps the output as parquet files.
    "talks": {
        "path": "IWSLT/iwslt2017",
        "name": "iwslt2017-de-en",
        "revision": "refs/convert/parquet",
    },
}
_TRAINED = ("captions/train", "talks/train")
_SCORED = ("captions/validation", "captions/test")
# IWSLT's original files have lines without a sentence, and lines with one in markup.
_MARKUP_LINE = re.compile(
    r"\s*</?(url|speaker|talkid|title|description|keywords|reviewer|translator|transcript|"
    r"doc|srcset|refset|tstset|mteval|hl|head)\b[^>]*>|\s*<[?!]",
    re.IGNORECASE,
)
_SEGMENT_LINE = re.compile(r"\s*<seg\b[^>]*>", re.IGNORECASE)
# Traces that other programs leave in texts.
_ARTIFACTS = {
    Fault("lines with U+FFFD", "it stands where a conversion has lost a character"): re.compile(
        "\ufffd"
    ),
    Fault(
        "lines with HTML's marks for characters",
        "they are read as they stand; Python's html.unescape turns them into characters",
    ): re.compile(r"&(amp|quot|apos|lt|gt|nbsp|#\d+|#x[0-9a-f]+);", re.IGNORECASE),
}
_FOLDER_LAYOUT = f"a corpus folder holds {', '.join(PARTS.values())}, each as .de and .en"


@dataclass(frozen=True)
class Corpus:
    """The pairs that a study uses, and where they come from."""

    source: str  # "hub", "synthetic" or a folder: `load` gives the same corpus for it
    description: str
    synthetic: bool
    parts: Mapping[str, Pairs]  # by the keys of PARTS
    notices: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all texts that are used, in order."""
        digest = hashlib.sha256()
        for name in PARTS:
            pairs = self.parts[name]
            digest.update(json.dumps([name, pairs.german, pairs.english]).encode())
        return digest.hexdigest()


def load(source: str, protocol: LeagueProtocol = PROTOCOL) -> Corpus:
    """The corpus of a `source`; see `from_source`. Raises `CorpusError`."""
    return from_source(
        source,
        lambda path: _folder(path, protocol),
        lambda: _hub(protocol),
        lambda notices: _synthetic(notices, protocol),
    )


def _synthetic(notices: tuple[str, ...], protocol: LeagueProtocol) -> Corpus:
    sizes = embedded.SIZES
    description = "synthetic corpus, made by xlt-search itself"
    if protocol.embedded_words is not None:
        sizes = {part: protocol.scored_pairs or size for part, size in sizes.items()}
        sizes |= {"captions/train": protocol.multi30k_pairs, "talks/train": protocol.iwslt_pairs}
        description += f", with a vocabulary of {protocol.embedded_words} words"
    parts = embedded.generate(sizes=sizes, n_words=protocol.embedded_words)
    return _corpus("synthetic", description, True, parts, notices, protocol)


def _folder(folder: Path, protocol: LeagueProtocol) -> Corpus:
    if not folder.is_dir():
        raise CorpusError(
            f"{folder}: no such folder; --data takes auto, hub, synthetic, or a folder with "
            f"multi30k/train.de, multi30k/train.en and so on"
        )
    notices: list[str] = []
    parts = {part: _read_pairs(folder / path, notices) for part, path in PARTS.items()}
    source = str(folder.resolve())
    return _corpus(source, f"folder {source}", False, parts, notices, protocol)


def _read_pairs(stem: Path, notices: list[str]) -> Pairs:
    """Read the pairs of lines of `stem`.de and `stem`.en."""
    german, english = (_read_side(stem, side, notices) for side in ("de", "en"))
    if len(german) != len(english):
        raise CorpusError(
            f"{stem}.de has {len(german)} lines, {stem}.en has {len(english)}; "
            f"line n of one must translate line n of the other"
        )
    empty = [
        n
        for n, pair in enumerate(zip(german, english, strict=True), 1)
        if not all(map(visible, pair))
    ]
    if empty:
        notices.append(
            f"{stem}.de|en: {len(empty)} pairs with an empty side are left out "
            f"({line_numbers(empty)})"
        )
        if len(empty) == len(german):
            raise CorpusError(f"{stem}.de|en: every pair has an empty side; expected sentences")
        skipped = set(empty)
        german, english = (
            [line for n, line in enumerate(side, 1) if n not in skipped]
            for side in (german, english)
        )
    return Pairs(tuple(german), tuple(english))


def _read_side(stem: Path, side: str, notices: list[str]) -> list[str]:
    path = stem.with_name(f"{stem.name}.{side}")
    names = [f"{Path(part).name}.{end}" for part in PARTS.values() for end in ("de", "en")]
    lines = read_lines(path, _FOLDER_LAYOUT, "one sentence a line", names)
    raw, faults = Faults(path), Faults(path)
    for number, line in enumerate(lines, 1):
        if _MARKUP_LINE.match(line):
            raw.add(_markup(stem), number, line)
        elif _SEGMENT_LINE.match(line):
            raw.add(_SEGMENTS, number, line)
        for fault, pattern in _ARTIFACTS.items():
            if pattern.search(line):
                faults.add(fault, number, line)
    if raw:
        raise raw.refusal("this is IWSLT's raw distribution, not one sentence a line")
    notices += faults.notices()
    return lines


def _markup(stem: Path) -> Fault:
    return Fault(
        "lines of markup",
        f"drop them from both sides, for example with paste {stem.name}.de {stem.name}.en | "
        f"grep -v '^ *<' > pairs; cut -f 1 pairs > {stem.name}.de; cut -f 2 pairs > {stem.name}.en",
    )


_SEGMENTS = Fault(
    "sentences inside <seg>",
    "take them out of both sides, for example with "
    "sed -n 's/.*<seg[^>]*> *\\(.*[^ ]\\) *<.seg>.*/\\1/p'",
)


def _hub(protocol: LeagueProtocol) -> Corpus:
    """Multi30k and IWSLT by `datasets`, from the hub or its cache."""
    parts = from_hub(
        [dataset["path"] for dataset in _HUB.values()],
        lambda: {part: _hub_pairs(part) for part in PARTS},
    )
    return _corpus("hub", "Multi30k and IWSLT 2017 from the hub", False, parts, (), protocol)


def _hub_pairs(part: str) -> Pairs:
    import datasets

    corpus, split = part.split("/")
    table: Any = datasets.load_dataset(
        **_HUB[corpus], split=split, download_config=datasets.DownloadConfig(max_retries=1)
    )
    rows = table["translation"] if "translation" in table.column_names else table
    german, english = ([row[side] for row in rows] for side in ("de", "en"))
    return Pairs(tuple(german), tuple(english))


def _corpus(
    source: str,
    description: str,
    synthetic: bool,
    parts: Mapping[str, Pairs],
    notices: Sequence[str],
    protocol: LeagueProtocol,
) -> Corpus:
    """Cut the parts to the protocol's numbers: captions in order, talks shuffled."""
    messages = list(notices)
    captions, talks = parts["captions/train"], parts["talks/train"]
    # What `datasets.Dataset.shuffle(seed=...)` does.
    order = np.random.default_rng(protocol.iwslt_shuffle_seed).permutation(len(talks.german))
    used = {
        **{part: _first(parts[part], protocol.scored_pairs) for part in _SCORED},
        "captions/train": _first(captions, protocol.multi30k_pairs),
        "talks/train": _take(talks, order.tolist(), protocol.iwslt_pairs),
    }
    trained = [pair for name in _TRAINED for pair in _pairs(used[name])]
    for name in _SCORED:
        messages += leak_notice(name, "pairs", "translations", _pairs(used[name]), trained)
    expected = {"captions/train": protocol.multi30k_pairs, "talks/train": protocol.iwslt_pairs}
    for part, number in expected.items():
        available = len(used[part].german)
        if available < protocol.batch:
            raise CorpusError(
                f"{source}: {PARTS[part]} has {available} pairs; a batch alone takes "
                f"{protocol.batch}"
            )
        if available < number:
            messages.append(
                f"{part}: {available:,} pairs where the protocol takes {number:,}; all are used"
            )
    return Corpus(source, description, synthetic, used, tuple(messages))


def _pairs(pairs: Pairs) -> list[tuple[str, str]]:
    return list(zip(pairs.german, pairs.english, strict=True))


def _first(pairs: Pairs, count: int | None) -> Pairs:
    return Pairs(pairs.german[:count], pairs.english[:count])


def _take(pairs: Pairs, order: Sequence[int], count: int) -> Pairs:
    chosen = order[:count]
    return Pairs(tuple(pairs.german[i] for i in chosen), tuple(pairs.english[i] for i in chosen))
