"""Reads a file of tagged words, `word<TAB>tag` a line, and reports what is wrong with it."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from xlt.objectives.ner.data.sentences import TaggedSentences
from xlt.objectives.sources.text_files import CorpusError, Fault, Faults, read_lines, visible
from xlt.spaces.limits import format_value

SPLITS = ("train", "validation", "test")
FILES = tuple(f"{split}.tsv" for split in SPLITS)
FOLDER_LAYOUT = "a corpus folder holds panx/de/train.tsv, validation.tsv and test.tsv, and so on"
# Characters of the name of a language or an entity type.
MAX_NAME_LENGTH = 60
# Words of a sentence; longer ones are probably several without a blank line between them.
_MAX_WORDS = 250
# A file is refused if more of its sentences are unusable, not counting those without an entity.
_MAX_UNUSABLE_SHARE = 0.1
# Prefixes of words that do not belong to them: the language (in PAN-X as its authors publish it), a
# quotation mark of CSV, the mark of SentencePiece. A file is refused if half of its words have the
# same one; from the smaller share on there is a notice.
_PREFIX = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z]+)?[:_|]|[\"▁])(?=.)")
_REFUSED_PREFIX_SHARE, _NOTICED_PREFIX_SHARE = 0.5, 0.01
# Most lines match this, which saves the time to look for faults.
_VALID_LINE = re.compile(r"[^\t\s]+\t(O|[BI]-[A-Za-z]{1,50})")

_CONTINUES_NOTHING = Fault("I- tags that continue nothing", "they stay as they are")
_EMPTY = Fault("empty sentences", "they are left out")
_DOCUMENT = Fault("marks of documents", "they are left out")
_INVISIBLE = Fault("words with nothing to see", "they stay as they are")
_LONG = Fault(
    f"sentences of more than {_MAX_WORDS} words",
    "put a blank line after each sentence where one is missing",
)


def read(path: Path, notices: list[str]) -> TaggedSentences:
    """Read `word<TAB>tag` lines with a blank line after each sentence.

    A sentence with a line that is not a word and a tag is left out. An I- tag that continues
    nothing stays as it is. Suspicious lines are added to `notices`.

    Raises:
        CorpusError: Nothing can be learned from the file.
    """
    words: list[tuple[str, ...]] = []
    tags: list[tuple[str, ...]] = []
    unusable, suspicious = Faults(path), Faults(path)
    prefixed: list[tuple[int, str]] = []
    sentence: list[tuple[str, str]] = []
    word_count, skipped, usable, after_mark = 0, 0, True, False
    lines = read_lines(path, FOLDER_LAYOUT, "a word, a tab and a tag a line", FILES)
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
            word_count += 1
            continue
        if document:
            suspicious.add(_DOCUMENT, number, line)
        elif not sentence and not after_mark and number <= len(lines):
            suspicious.add(_EMPTY, number, line)
        after_mark = document
        if len(sentence) > _MAX_WORDS:
            suspicious.add(_LONG, number - len(sentence), lines[number - len(sentence) - 1])
        if sentence and usable:
            words.append(tuple(word for word, _ in sentence))
            tags.append(tuple(tag for _, tag in sentence))
        skipped += not usable
        sentence, usable = [], True
    with_entities = sum(any(tag != "O" for tag in sentence_tags) for sentence_tags in tags)
    if skipped > _MAX_UNUSABLE_SHARE * (skipped + with_entities):
        raise unusable.refusal(f"{skipped:,} of {skipped + len(words):,} sentences are unusable")
    if not words:
        raise CorpusError(f"{path}: no usable sentence; expected a word, a tab and a tag a line")
    if not with_entities:
        raise CorpusError(
            f"{path}: no entity, all words are tagged O; tag the entities like B-PER, I-PER, or "
            "remove the file if nothing is trained or selected on its language"
        )
    notices += _prefix_notices(path, lines, prefixed, word_count)
    notices += unusable.notices("their sentences are left out") + suspicious.notices()
    return TaggedSentences(tuple(words), tuple(tags))


def _prefix_notices(
    path: Path, lines: Sequence[str], prefixed: Sequence[tuple[int, str]], words: int
) -> list[str]:
    """Notices of words with a prefix. Raises `CorpusError` if half of them have the same one."""
    counts = Counter(mark for _, mark in prefixed).most_common(1)
    if not counts or counts[0][1] < _NOTICED_PREFIX_SHARE * words:
        return []
    ((mark, count),) = counts
    faults = Faults(path)
    fault = Fault("words with a mark before them", f"take it off with sed 's,^{mark},,'")
    for number, prefix in prefixed:
        if prefix == mark:
            faults.add(fault, number, lines[number - 1])
    if count >= _REFUSED_PREFIX_SHARE * words:
        raise faults.refusal(f"{format_value(mark)} is no part of the word")
    return faults.notices()


def _fault(line: str) -> Fault | None:
    """Why a line is not a word, a tab and a tag; None if it is."""
    if _VALID_LINE.fullmatch(line):
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
    if tag == "O" or (re.fullmatch(r"[BI]-\S+", tag) and is_nameable(tag)):
        return None
    if tag in ("0", "o"):
        return Fault(f"tags {format_value(tag)}", "write the capital letter O, as in B-ORG")
    if re.fullmatch(r"[ESLUM]-\S+", tag):
        remedy = "write IOB2: B- for an entity's first word (also for S- and U-), I- for the others"
        return Fault("tags of BIOES or BILOU", remedy)
    if re.fullmatch(r"\w+", tag):
        remedy = "write B- before the type of an entity's first word, I- before that of the others"
        return Fault("tags without B- or I-", remedy)
    remedy = f"write O, B-PER, I-PER and so on; of up to {MAX_NAME_LENGTH} printable characters"
    return Fault("tags that are neither O nor B- or I- and a type", remedy)


def is_nameable(word: str) -> bool:
    """Whether names of scores can contain it, in databases, tables and exports."""
    return len(word) <= MAX_NAME_LENGTH and word.isprintable()
