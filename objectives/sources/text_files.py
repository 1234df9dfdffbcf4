"""Text files of corpora: reading lines, and reporting their faults."""

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlt.spaces.errors import InputError, nearest
from xlt.spaces.limits import format_value

# Numbers of lines that a message lists.
_LISTED = 5
# First bytes of files that are not UTF-8, and commands that convert them. UTF-32 comes first, as
# its little-endian mark begins with UTF-16's.
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
# Characters that Unicode classifies as visible although fonts show nothing: fillers of Hangul, and
# Braille without dots.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_VISIBLE_ASCII = re.compile("[!-~]")  # quick, and nearly all text has it
# Names of the splits in other corpora.
_SPLITS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(
        ("validation", "valid", "val", "dev", "devel", "development", "testa"), "validation"
    ),
    **dict.fromkeys(("test", "testing", "tst", "testb", "eval"), "test"),
}


class CorpusError(InputError):
    """A corpus is missing or unusable."""


@dataclass(frozen=True)
class Fault:
    """A kind of fault in a line."""

    lines: str  # a name of such lines, in the plural
    remedy: str  # what to do, or what was done


class Faults:
    """The faulty lines of a file, for notices or an error."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[Fault, list[tuple[int, str]]] = {}

    def add(self, fault: Fault, number: int, line: str) -> None:
        """Add a line by its number, counted from 1."""
        self._lines.setdefault(fault, []).append((number, line))

    def __bool__(self) -> bool:
        return bool(self._lines)

    def notices(self, outcome: str = "") -> list[str]:
        """One notice for every kind of fault, with line numbers and the first line.

        `outcome` says what was done about all of them, instead of the remedies.
        """
        notices = []
        for fault, lines in self._lines.items():
            number, line = lines[0]
            quoted = f"; line {number} is {format_value(line)}" if visible(line) else ""
            notices.append(
                f"{self.path}: {_listed(fault, lines)}; {outcome or fault.remedy}{quoted}"
            )
        return notices

    def refusal(self, reason: str) -> "CorpusError":
        """An error that says why the file is refused, and quotes the first faulty line."""
        fault, first = min(self._lines.items(), key=lambda item: item[1][0])
        number, line = first[0]
        kinds = ", ".join(_listed(kind, lines) for kind, lines in self._lines.items())
        remedy = f"{fault.remedy[0].upper()}{fault.remedy[1:]}"
        return CorpusError(
            f"{self.path}:{number}: {format_value(line)}: {reason}; {kinds}. {remedy}"
        )


def _listed(fault: Fault, lines: Sequence[tuple[int, str]]) -> str:
    return f"{fault.lines}: {len(lines):,} ({line_numbers([number for number, _ in lines])})"


def line_numbers(numbers: Sequence[int]) -> str:
    """The first few numbers, for a message."""
    more = ", ..." if len(numbers) > _LISTED else ""
    return f"line {', '.join(map(str, numbers[:_LISTED]))}{more}"


def visible(text: str) -> bool:
    """Whether the text has a visible character: a letter, digit, punctuation mark or symbol."""
    if _VISIBLE_ASCII.search(text):
        return True
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _BLANKS for c in text)


def read_lines(path: Path, expected: str, content: str, read: Sequence[str] = ()) -> list[str]:
    """Read the lines of a UTF-8 file.

    Args:
        path: The file.
        expected: What a corpus folder contains, for the message.
        content: What a line should contain, for the message.
        read: Names of all files that are read in that folder.

    Raises:
        CorpusError: The file is missing, empty, or no UTF-8 text.
    """
    try:
        encoded = path.read_bytes()
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file{_beside(path, read)}; {expected}") from None
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    text = _decoded(encoded, path)
    # Not splitlines(), which also splits at characters that may be part of a sentence.
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
    """Decode a file. Raises `CorpusError` if it is no UTF-8 text."""
    try:
        text = encoded.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Neither `error.start` nor `error.object` includes a byte-order mark.
        line = error.object[: error.start].count(b"\n") + 1
        problem = f"not UTF-8 (byte 0x{error.object[error.start]:02x})"
        remedy = "convert the file, for example with iconv -f latin1 -t utf-8"
    else:
        if "\0" not in text:
            return text
        line = text[: text.index("\0")].count("\n") + 1
        problem = f"{text.count(chr(0)):,} NUL characters"
        remedy = "the file is damaged, or no text; get it again, or remove them: tr -d '\\000'"
    if encoding := _other_encoding(encoded):
        line, (name, command) = 1, encoding
        problem = f"{name}, not UTF-8"
        remedy = f"convert the file, for example with {command}"
    raise CorpusError(f"{path}:{line}: {problem}; {remedy}")


def _other_encoding(encoded: bytes) -> tuple[str, str] | None:
    """The encoding of a file that is not UTF-8, and a command that converts it; or None."""
    for signature, name, command in _SIGNATURES:
        if encoded.startswith(signature):
            return name, command
    # In UTF-16, every other byte of text in Latin letters is zero.
    even, odd = encoded[::2].count(0), encoded[1::2].count(0)
    if max(even, odd) > len(encoded) / 4 and min(even, odd) < len(encoded) / 8:
        name = "UTF-16BE" if even > odd else "UTF-16LE"
        return name, f"iconv -f {name} -t UTF-8"
    return None


def nearly(name: str, expected: str) -> bool:
    """Whether the name looks like that of the split `expected`, such as dev.tsv or Train.tsv."""
    split = next((_SPLITS[word] for word in _words(name) if word in _SPLITS), None)
    if split is not None:
        return split == _SPLITS.get(_words(expected)[0])
    return nearest(name, [expected]) is not None


def _words(name: str) -> list[str]:
    return re.split(r"[^a-z]+", name.lower())


def _beside(path: Path, read: Sequence[str]) -> str:
    """A hint at a file in the same folder with a similar name that is not read itself."""
    try:
        others = sorted({file.name for file in path.parent.iterdir()} - set(read))
    except OSError:
        return ""
    names = [name for name in others if nearly(name, path.name)]
    # Of val.de and val.en, prefer the one with the right ending.
    names = [name for name in names if name.endswith(path.suffix)] or names
    return f", but {format_value(names[0])}: rename it to {path.name}" if names else ""
