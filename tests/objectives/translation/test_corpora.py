"""Corpora of the league: errors, notices, and the pairs that are used."""

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import hub_tables, many, write_corpus, write_part

from xlt.objectives.sources import hub
from xlt.objectives.sources.text_files import CorpusError
from xlt.objectives.translation.corpora import PARTS, Corpus, load
from xlt.objectives.translation.embedded import corpus as embedded
from xlt.objectives.translation.pairs import Pairs
from xlt.spaces.errors import InputError
from xlt.spaces.league import PROTOCOL, QUICK_PROTOCOL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "data")


# What a folder holds.


def test_folder(folder: Path) -> None:
    """Captions and held-out parts keep their order; source and description name the folder."""
    corpus = load(str(folder))
    for part in ("captions/train", "captions/validation", "captions/test"):
        lines = [(folder / f"{PARTS[part]}.{s}").read_text().splitlines() for s in ("de", "en")]
        assert [list(corpus.parts[part].german), list(corpus.parts[part].english)] == lines
    assert corpus.source == str(folder.resolve())
    assert not corpus.synthetic
    assert corpus.source in corpus.description


def test_talks_are_shuffled_as_datasets_does(folder: Path) -> None:
    """The order is that of `datasets.Dataset.shuffle(seed=42)`."""
    lines = [(folder / f"iwslt2017/train.{s}").read_text().splitlines() for s in ("de", "en")]
    table = datasets.Dataset.from_dict({"de": lines[0], "en": lines[1]}).shuffle(seed=42)
    talks = load(str(folder)).parts["talks/train"]
    assert list(talks.german) == list(table["de"])
    assert list(talks.english) == list(table["en"])
    assert list(talks.german) != lines[0]


def test_parts_are_cut_to_the_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first captions, and the first talks after shuffling, without a notice."""
    parts = {
        "captions/train": many(PROTOCOL.multi30k_pairs + 50),
        "captions/validation": many(40, "Prüfung"),
        "captions/test": many(40, "Test"),
        "talks/train": many(PROTOCOL.iwslt_pairs + 50, "Rede"),
    }
    monkeypatch.setattr(embedded, "generate", lambda **_: parts)
    corpus = load("synthetic")
    assert corpus.parts["captions/train"] == many(PROTOCOL.multi30k_pairs)
    order = datasets.Dataset.from_dict({"at": range(PROTOCOL.iwslt_pairs + 50)}).shuffle(seed=42)
    expected = tuple(f"line {i}" for i in order["at"][: PROTOCOL.iwslt_pairs])
    assert corpus.parts["talks/train"].english == expected
    assert len(corpus.parts["captions/test"].german) == 40
    assert corpus.notices == ()
    assert corpus.synthetic
    assert corpus.source == "synthetic"


def test_scored_parts_are_cut_to_the_protocol(folder: Path) -> None:
    """The first sentences of validation and of test are scored."""
    whole = load(str(folder)).parts
    cut = load(str(folder), replace(PROTOCOL, scored_pairs=2)).parts
    for part in ("captions/validation", "captions/test"):
        assert cut[part] == Pairs(whole[part].german[:2], whole[part].english[:2])
    assert cut["captions/train"] == whole["captions/train"]


def test_the_quick_corpus() -> None:
    """It has what its protocol takes, of few words, and its description says so."""
    corpus = load("synthetic", QUICK_PROTOCOL)
    sizes = {part: len(pairs.german) for part, pairs in corpus.parts.items()}
    assert sizes == {
        "captions/train": QUICK_PROTOCOL.multi30k_pairs,
        "captions/validation": QUICK_PROTOCOL.scored_pairs,
        "captions/test": QUICK_PROTOCOL.scored_pairs,
        "talks/train": QUICK_PROTOCOL.iwslt_pairs,
    }
    assert "250 words" in corpus.description
    assert corpus.notices == ()


def test_fewer_pairs_than_asked_for(folder: Path) -> None:
    """All are used, with a notice."""
    notices = load(str(folder)).notices
    assert [n for n in notices if "captions/train: 64 pairs where the protocol takes 20,000" in n]
    assert [n for n in notices if "talks/train: 48 pairs where the protocol takes 50,000" in n]


@pytest.mark.parametrize("part", ["multi30k/train", "iwslt2017/train"])
def test_too_few_pairs_for_a_batch(folder: Path, part: str) -> None:
    """Refused, with the part and the number."""
    write_part(folder / part, ["eins"] * 31, ["one"] * 31)
    with pytest.raises(CorpusError, match=f"{part} has 31 pairs; a batch alone takes 32"):
        load(str(folder))


# What is wrong with it.


def test_missing_folder(tmp_path: Path) -> None:
    """A user's error that names the alternatives."""
    with pytest.raises(InputError, match=r"nowhere: no such folder; --data takes auto, hub"):
        load(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", [f"{p}.{s}" for p in PARTS.values() for s in ("de", "en")])
def test_missing_file(folder: Path, name: str) -> None:
    """The error names it, for every one of the eight."""
    (folder / name).unlink()
    with pytest.raises(CorpusError, match=f"{name}: no such file"):
        load(str(folder))


def test_unequal_line_counts(folder: Path) -> None:
    """Both files and both counts are named."""
    with (folder / "multi30k/validation.en").open("a") as file:
        file.write("one more\n")
    with pytest.raises(CorpusError, match=r"validation\.de has 6 lines, .*validation\.en has 7"):
        load(str(folder))


def test_empty_lines(folder: Path) -> None:
    """Pairs with an empty side are left out, and the notice has their lines."""
    write_part(folder / "multi30k/test", ["a", "", "c", "d"], ["A", "B", " \u3000", "D"])
    corpus = load(str(folder))
    assert corpus.parts["captions/test"] == Pairs(("a", "d"), ("A", "D"))
    (notice,) = [n for n in corpus.notices if "empty side" in n]
    assert notice.endswith("test.de|en: 2 pairs with an empty side are left out (line 2, 3)")


def test_many_empty_lines(folder: Path) -> None:
    """Only the first five lines are listed."""
    write_part(folder / "multi30k/test", ["", *"abcdefgh"], [*"ABC", "", "", "", "", "", "I"])
    (notice,) = [n for n in load(str(folder)).notices if "empty side" in n]
    assert "6 pairs" in notice
    assert notice.endswith("(line 1, 4, 5, 6, 7, ...)")


def test_nothing_but_empty_lines(folder: Path) -> None:
    """A part of which nothing is left is refused."""
    write_part(folder / "multi30k/test", ["", "b"], ["A", ""])
    with pytest.raises(CorpusError, match="every pair has an empty side"):
        load(str(folder))


# What other programs write.


@pytest.mark.parametrize(
    "line",
    [
        "<url>http://www.ted.com/talks/lang/de/some_talk.html</url>",
        "<speaker>Jane Doe</speaker>",
        "<talkid>535</talkid>",
        "<title>Jane Doe: Etwas</title>",
        " <keywords>talks, science</keywords>",
        '<reviewer href="http://www.ted.com/profiles/1">Jane Doe</reviewer>',
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<doc docid="535" genre="lectures">',
    ],
)
def test_raw_iwslt_is_refused_with_its_first_line(folder: Path, line: str) -> None:
    """The command in the message makes a part that is accepted."""
    stem = folder / "iwslt2017/train"
    german = [f"Satz {i}." for i in range(40)]
    english = [f"Sentence {i}." for i in range(40)]
    write_part(stem, [*german[:3], line, *german[3:]], [*english[:3], line, *english[3:]])
    with pytest.raises(CorpusError) as refused:
        load(str(folder))
    message = str(refused.value)
    assert message.startswith(f"{stem}.de:4: ")
    assert "IWSLT's raw distribution" in message
    assert "lines of markup: 1 (line 4)" in message
    command = message.partition("for example with ")[2]
    subprocess.run(["bash", "-c", command], cwd=stem.parent, check=True)
    assert sorted(load(str(folder)).parts["talks/train"].german) == sorted(german)


def test_seg_markup_is_refused_with_a_command(
    folder: Path,
) -> None:
    file = folder / "multi30k/test.de"
    lines = file.read_text(encoding="utf-8").splitlines()
    marked = [f'<seg id="{n}"> {line} </seg>' for n, line in enumerate(lines, 1)]
    file.write_text("\n".join(marked) + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"test\.de:1: .*sentences inside <seg>: 6") as refused:
        load(str(folder))
    command = shlex.split(str(refused.value).partition("for example with ")[2])
    done = subprocess.run([*command, str(file)], capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == lines


def test_sentences_may_begin_with_a_less_than_sign(folder: Path) -> None:
    german = ["<3 für alle", "< 5 Minuten", "<unk> läuft"]
    write_part(folder / "multi30k/test", german, ["a", "b", "c"])
    assert load(str(folder)).parts["captions/test"].german == tuple(german)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Fish &amp; Chips", "HTML's marks for characters"),
        ("sagt &#39;ja&#39;", "HTML's marks for characters"),
        ("l\ufffduft", "U+FFFD"),
    ],
)
def test_artifacts_of_other_programs_are_noticed(folder: Path, text: str, said: str) -> None:
    write_part(folder / "multi30k/test", ["eins", text], ["one", "two"])
    corpus = load(str(folder))
    assert corpus.parts["captions/test"].german == ("eins", text)
    (notice,) = [notice for notice in corpus.notices if said in notice]
    assert f"test.de: lines with {said}: 1 (line 2)" in notice


# Leaks.


@pytest.mark.parametrize("part", ["captions/validation", "captions/test"])
@pytest.mark.parametrize("training", ["multi30k/train", "iwslt2017/train"])
def test_leaks_are_counted(folder: Path, part: str, training: str) -> None:
    """In the training data of either stage; those with another translation separately."""
    known = [(folder / f"{training}.{side}").read_text().splitlines()[:3] for side in ("de", "en")]
    write_part(folder / PARTS[part], [*known[0], "Neu."], [*known[1][:2], "Other.", "New."])
    (notice,) = [notice for notice in load(str(folder)).notices if notice.startswith(part)]
    assert notice == (
        f"{part}: 2 of 4 pairs (50.0 %) stand in the training data with the same translations, 3 "
        "with any translations; a model may know them by heart"
    )


@pytest.mark.skipif("XLT_DATA" not in os.environ, reason="XLT_DATA names no corpora")
def test_real_corpora() -> None:
    notices = load(os.environ["XLT_DATA"]).notices
    assert any("captions/validation: 0 of 1,014 pairs (0.0 %)" in notice for notice in notices)
    assert any("multi30k/train.en: lines with HTML's marks" in notice for notice in notices)


# The fingerprint.


@given(st.data())
def test_fingerprint_depends_on_every_character(data: st.DataObject) -> None:
    """Any change to any sentence of any part changes it; the source's name does not."""
    texts = st.lists(st.text(max_size=4), min_size=1, max_size=3).map(tuple)
    parts = {part: Pairs(data.draw(texts), data.draw(texts)) for part in PARTS}
    corpus = Corpus("a", "b", False, parts, ())
    assert replace(corpus, source="c", notices=("n",)).fingerprint == corpus.fingerprint
    part = data.draw(st.sampled_from(sorted(PARTS)))
    side = data.draw(st.sampled_from(["german", "english"]))
    before: tuple[str, ...] = getattr(parts[part], side)
    after = data.draw(texts.filter(lambda other: other != before))
    changed = replace(parts[part], **{side: after})
    other = replace(corpus, parts={**parts, part: changed})
    assert other.fingerprint != corpus.fingerprint


def test_fingerprint_depends_on_order() -> None:
    """Swapping, moving to the other side, or joining sentences changes it."""
    alike = [(("a", "b"), ("c",)), (("b", "a"), ("c",)), (("a",), ("b", "c")), (("ab",), ("c",))]
    prints = {
        Corpus("", "", False, {part: Pairs(*pairs) for part in PARTS}, ()).fingerprint
        for pairs in alike
    }
    assert len(prints) == 4


# The hub, and "auto".


@pytest.mark.parametrize("columns", ["plain", "translation"])
@pytest.mark.parametrize("source", ["hub", "auto"])
def test_hub(monkeypatch: pytest.MonkeyPatch, columns: str, source: str) -> None:
    """Both layouts of columns give the same pairs, and "auto" means the hub if it answers."""
    asked: list[dict[str, Any]] = []
    monkeypatch.delenv("XLT_DATA", raising=False)
    monkeypatch.setattr(datasets, "load_dataset", hub_tables(columns, asked))
    monkeypatch.setattr(hub, "_ask_hub", lambda *_: True)
    corpus = load(source)
    assert corpus.source == "hub"
    assert not corpus.synthetic
    assert corpus.parts["captions/train"] == many(60, "bentrevett/multi30k")
    assert set(corpus.parts["talks/train"].german) == set(many(60, "IWSLT/iwslt2017").german)
    assert [(a["path"], a["split"]) for a in asked] == [
        ("bentrevett/multi30k", "train"),
        ("bentrevett/multi30k", "validation"),
        ("bentrevett/multi30k", "test"),
        ("IWSLT/iwslt2017", "train"),
    ]
    assert asked[-1]["name"] == "iwslt2017-de-en"
    assert asked[-1]["revision"] == "refs/convert/parquet"


def test_xlt_data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "auto" is the folder that XLT_DATA names, before anything else; a wrong one is an error."""
    monkeypatch.setattr(hub, "_ask_hub", lambda *_: pytest.fail("the hub was asked"))
    monkeypatch.setenv("XLT_DATA", str(folder))
    assert load("auto").source == str(folder.resolve())
    monkeypatch.setenv("XLT_DATA", str(folder / "elsewhere"))
    with pytest.raises(CorpusError, match="elsewhere: no such folder"):
        load("auto")
