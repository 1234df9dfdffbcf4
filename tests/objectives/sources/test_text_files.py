"""Text files of corpora: what is refused, and with which advice."""

import bz2
import gzip
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from samples import write_corpus, write_part

from xlt.objectives.sources.text_files import CorpusError
from xlt.objectives.translation.corpora import load
from xlt.objectives.translation.pairs import Pairs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "data")


def test_unreadable_file(folder: Path) -> None:
    """A folder in a file's place gives the system's reason."""
    (folder / "multi30k/test.de").unlink()
    (folder / "multi30k/test.de").mkdir()
    with pytest.raises(CorpusError, match=r"test\.de: cannot be read \(Is a directory\)"):
        load(str(folder))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line", [1, 2, 5])
def test_invalid_utf8(folder: Path, line: int, mark: bytes) -> None:
    """File, line and byte are named, also behind a byte-order mark."""
    lines = [b"gut"] * 6
    lines[line - 1] = "läuft".encode("latin1")
    (folder / "multi30k/test.de").write_bytes(mark + b"\n".join(lines) + b"\n")
    with pytest.raises(CorpusError, match=rf"test\.de:{line}: not UTF-8 \(byte 0xe4\)"):
        load(str(folder))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_empty_file(folder: Path, content: bytes) -> None:
    """An empty file, with or without a byte-order mark, is refused by name."""
    (folder / "multi30k/test.en").write_bytes(content)
    with pytest.raises(CorpusError, match=r"test\.en: the file is empty"):
        load(str(folder))


def test_line_ends(folder: Path) -> None:
    """CRLF, a byte-order mark and a missing last line end make no difference."""
    (folder / "multi30k/test.de").write_bytes("\ufeffeins\r\nzwei\r\ndrei".encode())
    (folder / "multi30k/test.en").write_bytes(b"one\ntwo\nthree\n")
    expected = Pairs(("eins", "zwei", "drei"), ("one", "two", "three"))
    assert load(str(folder)).parts["captions/test"] == expected


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"])
def test_only_line_feeds_end_lines(folder: Path, character: str) -> None:
    """Other characters that Python takes for line ends stay inside their sentence."""
    sentence = f"vor{character}nach"
    write_part(folder / "multi30k/test", [sentence, "zwei"], ["one", "two"])
    assert load(str(folder)).parts["captions/test"].german == (sentence, "zwei")


@pytest.mark.parametrize(
    ("encoding", "advice"),
    [
        ("utf-16", "iconv -f UTF-16 -t UTF-8"),  # with its mark, FF FE
        ("utf-16-be-mark", "iconv -f UTF-16 -t UTF-8"),  # FE FF
        ("utf-32", "iconv -f UTF-32 -t UTF-8"),
        ("utf-16-le", "iconv -f UTF-16LE -t UTF-8"),
        ("utf-16-be", "iconv -f UTF-16BE -t UTF-8"),
    ],
)
def test_utf_16_and_utf_32_are_refused_with_a_command(
    folder: Path, encoding: str, advice: str
) -> None:
    file = folder / "multi30k/test.de"
    text = file.read_text(encoding="utf-8")
    mark = b"\xfe\xff" if encoding == "utf-16-be-mark" else b""
    file.write_bytes(mark + text.encode(encoding.removesuffix("-mark")))
    with pytest.raises(CorpusError) as refused:
        load(str(folder))
    assert str(refused.value).startswith(f"{file}:1: ")
    assert str(refused.value).endswith(advice)
    command = shlex.split(advice)
    done = subprocess.run([*command, str(file)], capture_output=True, check=True)
    assert done.stdout.decode().removeprefix("\ufeff") == text


@pytest.mark.parametrize(
    ("packed", "advice"),
    [
        (gzip.compress, "packed by gzip, .* gzip -dc"),
        (bz2.compress, "packed by bzip2, .* bzip2 -dc"),
    ],
)
def test_compressed_files_are_refused_with_a_command(
    folder: Path, packed: Callable[[bytes], bytes], advice: str
) -> None:
    file = folder / "multi30k/test.de"
    file.write_bytes(packed(file.read_bytes()))
    with pytest.raises(CorpusError, match=f"test.de:1: {advice}"):
        load(str(folder))


def test_null_characters_are_refused_with_their_line(folder: Path) -> None:
    lines = ["eins", "zwei", "dr\0ei", "vier", "fü\0nf", "sechs"]
    write_part(folder / "multi30k/test", lines, ["a", "b", "c", "d", "e", "f"])
    with pytest.raises(CorpusError, match=r"test\.de:3: 2 NUL characters; the file is damaged"):
        load(str(folder))


def test_lines_that_end_with_carriage_returns_alone_are_refused(folder: Path) -> None:
    (folder / "multi30k/test.de").write_bytes(b"eins\rzwei\rdrei\r")
    with pytest.raises(CorpusError, match=r"test\.de:1: lines end with a carriage return alone"):
        load(str(folder))


@pytest.mark.parametrize(
    "nothing", ["\u200b", "\ufeff", "\u200b\u200d \u2060", "\u00ad", "\u3164", "\u2800", "\u0301"]
)
def test_invisible_lines_count_as_empty(folder: Path, nothing: str) -> None:
    write_part(folder / "multi30k/test", ["a", "b", "c"], ["A", nothing, "..."])
    corpus = load(str(folder))
    assert corpus.parts["captions/test"] == Pairs(("a", "c"), ("A", "..."))
    assert any("1 pairs with an empty side" in notice for notice in corpus.notices)


@pytest.mark.parametrize(
    "text", ["ok", "?", "\u0915\u094d", "\N{FOX FACE}", "a\u200bb", "\u4e2d", "7"]
)
def test_any_visible_text_is_a_sentence(folder: Path, text: str) -> None:
    write_part(folder / "multi30k/test", [text], ["one"])
    assert load(str(folder)).parts["captions/test"].german == (text,)


@pytest.mark.parametrize(
    ("name", "found"), [("val.de", "multi30k/validation.de"), ("Train.de", "multi30k/train.de")]
)
def test_error_suggests_a_file_with_a_similar_name(folder: Path, name: str, found: str) -> None:
    missing = folder / found
    missing.rename(missing.with_name(name))
    with pytest.raises(
        CorpusError, match=f'no such file, but "{name}": rename it to {missing.name};'
    ):
        load(str(folder))


def test_the_other_side_is_not_suggested(folder: Path) -> None:
    (folder / "multi30k/train.en").unlink()
    with pytest.raises(CorpusError, match=r"train\.en: no such file; a corpus folder"):
        load(str(folder))
