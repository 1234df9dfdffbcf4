"""Folders of tagged sentences: what is refused, what is noticed, and with which lines."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from xlt.objectives.ner.data import corpora
from xlt.objectives.ner.data.corpora import Corpus
from xlt.objectives.sources.text_files import CorpusError
from xlt.spaces.ner import NerSettings

# Ten sentences, each with an entity of each type.
SENTENCES = "".join(f"Anna{n}\tB-PER\nKern\tI-PER\nsah\tO\nBonn{n}\tB-LOC\n\n" for n in range(10))


def write(folder: Path, **parts: str) -> Path:
    """panx/de and panx/fr. `parts`: other texts than the usual, by language and split: de_train."""
    for language in ("de", "fr"):
        for split in ("train", "validation", "test"):
            # No sentence twice, so that nothing is said about leaks.
            usual = SENTENCES.replace("Anna", f"{language}-{split}-")
            file = folder / "panx" / language / f"{split}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(parts.get(f"{language}_{split}", usual), encoding="utf-8")
    return folder


def load(folder: Path) -> Corpus:
    return corpora.load(
        str(folder),
        NerSettings(
            train={"de": 10}, selection_languages=("de",), redraw=False, validation=10, test=10
        ),
    )


def edited(change: Callable[[str], str], part: str = SENTENCES) -> str:
    return "".join(f"{change(line) if line else ''}\n" for line in part.splitlines())


def test_valid_folder_has_no_notices(tmp_path: Path) -> None:
    corpus = load(write(tmp_path))
    assert corpus.notices == ()
    assert corpus.types == ("LOC", "PER")


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        # As the original PAN-X files have them.
        (lambda line: f"de:{line}", 1, '"de:Anna0\\u0009B-PER": "de:" is no part of the word'),
        (lambda line: f'"{line}', 1, "is no part of the word"),
        (lambda line: f"▁{line}", 1, '"▁" is no part of the word'),
        (lambda line: line.replace("B-", "").replace("I-", ""), 1, "tags without B- or I-: 30"),
        (lambda line: line.replace("I-", "E-"), 2, "tags of BIOES or BILOU: 10"),
        (lambda line: line.replace("B-LOC", "U-LOC"), 4, "tags of BIOES or BILOU: 10"),
        (lambda line: line.replace("\tO", "\t0"), 3, 'tags "0": 10'),
        (lambda line: line.replace("\t", "\tNN\tx\t"), 1, "lines of 4 columns: 40"),
        (lambda line: line.replace("\t", " NN x "), 1, "lines with blanks for a tab: 40"),
        (lambda line: f"{line} ", 1, "lines with blanks or tabs after the tag: 40"),
        (lambda line: f"{line}\t", 1, "lines with blanks or tabs after the tag: 40"),
        (lambda line: "\t".join(line.split("\t")[::-1]), 1, "tags without B- or I-: 40"),
        (lambda line: line.replace("\tB-", "\tB_"), 1, "tags without B- or I-: 20"),
        (lambda line: line.replace("\tB-LOC", "\tLOC-B"), 4, "tags that are neither O nor"),
        (lambda line: line.split("\t")[0], 1, "lines without a tab: 40"),
    ],
)
@pytest.mark.parametrize("part", ["de_train", "fr_test"])
def test_unusable_file_is_refused_with_its_first_bad_line(
    tmp_path: Path, change: Callable[[str], str], line: int, said: str, part: str
) -> None:
    write(tmp_path, **{part: edited(change)})
    with pytest.raises(CorpusError) as refused:
        load(tmp_path)
    file = tmp_path / "panx" / part.replace("_", "/")
    message = str(refused.value)
    bad = change(SENTENCES.splitlines()[line - 1]).replace("\t", "\\u0009").replace('"', '\\"')
    assert message.startswith(f'{file}.tsv:{line}: "{bad}": ')
    assert said in message
    assert f"(line {line}, " in message


def test_a_refusal_names_every_kind_of_fault_with_its_lines(tmp_path: Path) -> None:
    text = SENTENCES.replace("sah\tO", "sah\t0").replace("Bonn2\tB-LOC", "Bonn2\tV\tB-LOC")
    write(tmp_path, de_validation=text)
    with pytest.raises(CorpusError) as refused:
        load(tmp_path)
    assert 'tags "0": 10 (line 3, 8, 13, 18, 23, ...)' in str(refused.value)
    assert "lines of 3 columns: 1 (line 14)" in str(refused.value)
    assert "10 of 10 sentences are unusable" in str(refused.value)


def test_sentences_with_bad_lines_are_left_out_with_a_notice(tmp_path: Path) -> None:
    write(tmp_path, de_train=SENTENCES * 4 + "token\ttag\nda\tO\n")
    corpus = load(tmp_path)
    assert len(corpus.parts["de/train"]) == 10  # as many as the study takes of 40
    (notice,) = corpus.notices
    assert notice == (
        f"{tmp_path}/panx/de/train.tsv: tags without B- or I-: 1 (line 201); their sentences are "
        'left out; line 201 is "token\\u0009tag"'
    )


def test_a_file_where_no_word_is_tagged_is_refused(tmp_path: Path) -> None:
    write(tmp_path, de_test=edited(lambda line: line.split("\t")[0] + "\tO"))
    with pytest.raises(CorpusError, match=r"test\.tsv: no entity, all words are tagged O"):
        load(tmp_path)


def test_language_prefixes_of_some_words_are_noticed(tmp_path: Path) -> None:
    write(tmp_path, de_train=SENTENCES.replace("Bonn", "de:Bonn"))
    (notice,) = load(tmp_path).notices
    assert "words with a mark before them: 10 (line 4, 9," in notice
    assert "sed 's,^de:,,'" in notice


def test_slashes_and_few_marks_are_no_language_prefix(
    tmp_path: Path,
) -> None:
    """`km/h` and `AC/DC` are words; every mark is counted separately."""
    write(tmp_path, de_train=SENTENCES.replace("Bonn", "km/h"))
    assert not load(tmp_path).notices


@pytest.mark.parametrize("mark", ["-DOCSTART-\tO\n\n", "-DOCSTART-\tO\n", "-DOCSTART- -X- O O\n\n"])
def test_marks_of_documents_are_left_out_with_a_notice(tmp_path: Path, mark: str) -> None:
    write(tmp_path, de_train=mark + SENTENCES)
    corpus = load(tmp_path)
    assert sorted(map(len, corpus.parts["de/train"].words)) == [4] * 10
    (notice,) = corpus.notices
    assert "marks of documents: 1 (line 1); they are left out" in notice


def test_a_file_without_blank_lines_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, de_train=SENTENCES.replace("\n\n", "\n") * 10)
    notices = load(tmp_path).notices
    assert any("sentences of more than 250 words: 1 (line 1)" in notice for notice in notices)


def test_invisible_words_are_noticed(tmp_path: Path) -> None:
    write(tmp_path, de_train=SENTENCES.replace("sah", "\u200b", 1))
    corpus = load(tmp_path)
    assert sum(words.count("\u200b") for words in corpus.parts["de/train"].words) == 1
    (notice,) = corpus.notices
    assert "words with nothing to see: 1 (line 3)" in notice


# Types.


def test_type_missing_in_training_is_noticed_with_its_first_line(tmp_path: Path) -> None:
    write(tmp_path, de_test=SENTENCES.replace("Bonn3\tB-LOC", "Bonn3\tB-MISC\nAm\tI-MISC"))
    (notice,) = load(tmp_path).notices
    assert notice.startswith(f'{tmp_path}/panx/de/test.tsv:19: "Bonn3\\u0009B-MISC": type MISC ')
    assert "is not in the training data of de, which have LOC, PER; its 2 words" in notice


def test_type_with_i_tags_only_is_noticed(tmp_path: Path) -> None:
    """As in IOB1, where I- begins an entity."""
    write(tmp_path, fr_test=SENTENCES.replace("Bonn3\tB-LOC", "Bonn3\tI-MISC"))
    assert any(":19: " in notice and "type MISC" in notice for notice in load(tmp_path).notices)


def test_selection_language_without_any_trained_type_is_refused(tmp_path: Path) -> None:
    long = SENTENCES.replace("-PER", "-PERSON").replace("-LOC", "-LOCATION")
    write(tmp_path, de_validation=long)
    with pytest.raises(CorpusError, match=r"validation\.tsv:4: .* type LOCATION .* use the same"):
        load(tmp_path)
    write(tmp_path, fr_validation=long)  # transferred to: its F1 will be 0, and that is said
    assert len(load(tmp_path).notices) == 2


# Names.


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("dev.tsv", "validation.tsv"),
        ("valid.txt", "validation.tsv"),
        ("de.testa", "validation.tsv"),
        ("Train.tsv", "train.tsv"),
        ("train.txt", "train.tsv"),
        ("train.tsv.gz", "train.tsv"),
        ("trian.tsv", "train.tsv"),
        ("wikiann_test.conll", "test.tsv"),
    ],
)
def test_files_with_similar_names_are_noticed(tmp_path: Path, name: str, meant: str) -> None:
    """Whether the right one is missing or not, and needed or not."""
    write(tmp_path)
    for language in ("de", "fr"):
        (tmp_path / "panx" / language / name).write_text(SENTENCES, encoding="utf-8")
    said = f'panx/fr: "{name}" is not read; call it {meant} if it is meant'
    assert any(notice.endswith(said) for notice in load(tmp_path).notices)
    (tmp_path / "panx" / "fr" / meant).unlink()
    assert any(notice.endswith(said) for notice in load(tmp_path).notices)
    (tmp_path / "panx" / "de" / meant).unlink()
    with pytest.raises(CorpusError, match=f'no such file, but "{name}": rename it to {meant}'):
        load(tmp_path)


def test_other_files_need_no_notice(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("README.md", "LICENSE", ".train.tsv.swp", "labels.txt"):
        (tmp_path / "panx" / "de" / name).write_text("", encoding="utf-8")
    assert load(tmp_path).notices == ()


def test_error_suggests_the_parent_folder(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(CorpusError, match=f"no such folder; name the folder above, {tmp_path};"):
        load(tmp_path / "panx")


# Leaks.


def leaking(language: str, leaked: int) -> str:
    """Ten sentences, some of which stand in the training file as `write` writes it."""
    known = SENTENCES.replace("Anna", f"{language}-train-").split("\n\n")[:leaked]
    new = SENTENCES.replace("Anna", "new-").split("\n\n")[leaked:10]
    return "\n\n".join([*known, *new]) + "\n\n"


def test_leaks_are_counted_for_every_language_and_split(
    tmp_path: Path,
) -> None:
    """Also for languages that are not trained on. Only used training sentences count."""
    write(
        tmp_path,
        de_test=leaking("de", 3),
        de_validation=leaking("de", 1),
        fr_test=leaking("de", 2),
        fr_validation=leaking("fr", 4),
    )
    said = "stand in the training data (10 de) with the same tags; a model may know them by heart"
    assert load(tmp_path).notices == (
        f"de/validation: 1 of 10 sentences (10.0 %) {said}",
        f"de/test: 3 of 10 sentences (30.0 %) {said}",
        f"fr/test: 2 of 10 sentences (20.0 %) {said}",
    )


def test_leaks_with_other_tags_are_counted_separately(tmp_path: Path) -> None:
    other = leaking("de", 3).replace("de-train-0\tB-PER\nKern\tI-PER", "de-train-0\tO\nKern\tO")
    write(tmp_path, de_test=other)
    (notice,) = load(tmp_path).notices
    assert "2 of 10 sentences (20.0 %) stand in" in notice
    assert "with the same tags, 3 with any tags;" in notice


def test_leaks_grow_with_the_sentences_that_are_trained_on(tmp_path: Path) -> None:
    write(tmp_path, de_test=leaking("de", 10))
    counts = []
    for size in (2, 6, 10):
        settings = NerSettings(
            train={"de": size}, selection_languages=("de",), redraw=False, validation=10, test=10
        )
        (notice, *_) = (n for n in corpora.load(str(tmp_path), settings).notices if "de/test" in n)
        counts.append(notice.split()[1])
        assert f"the training data ({size} de)" in notice
    assert counts == ["2", "6", "10"]
    # All sentences that a seed may draw count.
    settings = NerSettings(train={"de": 2}, selection_languages=("de",), validation=10, test=10)
    (notice, *_) = (n for n in corpora.load(str(tmp_path), settings).notices if "de/test" in n)
    assert notice.startswith("de/test: 10 of 10 sentences")
    assert "the training data (2 de of 10 drawn for each seed)" in notice


def test_leaked_sentences_do_not_depend_on_the_training_languages(tmp_path: Path) -> None:
    """Test sentences that any training file contains, with any tags."""
    write(tmp_path, de_test=leaking("de", 3), fr_test=leaking("fr", 2))
    found = []
    for train in ({"de": 1}, {"fr": 10}, {"de": 5, "fr": 1}):
        settings = NerSettings(
            train=train, selection_languages=tuple(train), validation=10, test=10
        )
        corpus = corpora.load(str(tmp_path), settings)
        found.append(corpus.leaked)
        for language, places in corpus.leaked.items():
            words = corpus.parts[f"{language}/test"].words
            known = {i for i, each in enumerate(words) if "-train-" in each[0]}
            assert places == known
    assert [len(each["de"]) for each in found] == [3] * 3
    assert [len(each["fr"]) for each in found] == [2] * 3


def test_unreadable_unused_training_file_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, fr_train="token tag\n")
    (notice,) = load(tmp_path).notices
    assert notice.startswith(f'{tmp_path}/panx/fr/train.tsv:1: "token tag": ')
    assert notice.endswith("nothing is trained on it, nor looked for in the tests")


@pytest.mark.skipif("XLT_DATA" not in os.environ, reason="XLT_DATA names no corpora")
def test_real_corpora_have_only_notices_of_leaks() -> None:
    """Counted again as blocks of text between blank lines."""
    settings = NerSettings(train={"de": 20_000}, selection_languages=("de",), validation=0)
    corpus = corpora.load(os.environ["XLT_DATA"], settings)

    def blocks(part: str) -> list[str]:
        text = Path(os.environ["XLT_DATA"], "panx", f"{part}.tsv").read_text(encoding="utf-8")
        return text.strip("\n").split("\n\n")

    training = set(blocks("de/train"))
    expected = {}
    for language in ("de", "fr", "it", "en"):
        for split in ("validation", "test"):
            part = f"{language}/{split}"
            if count := sum(block in training for block in blocks(part)):
                expected[part] = f"{count:,}"
    assert expected["de/test"] == "1,120"
    leaks = [notice.split() for notice in corpus.notices if "by heart" in notice]
    assert {words[0].removesuffix(":"): words[1] for words in leaks} == expected
    others = [notice for notice in corpus.notices if "by heart" not in notice]
    assert all("I- tags that continue nothing" in notice for notice in others)
