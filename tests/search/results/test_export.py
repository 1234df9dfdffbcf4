"""`best.toml` is written and read without loss, and refused if anything in it is invalid."""

import math
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from records import RECORD

from xlt.search.results import export
from xlt.search.results.export import Export
from xlt.search.results.notebook import as_notebook
from xlt.search.storage.database import open_storage
from xlt.search.storage.studies import open_store
from xlt.spaces.errors import InputError
from xlt.studies.loader import MAX_FILE_BYTES
from xlt.studies.study import load

STUDY = load("league")


@given(
    st.floats(allow_nan=False),
    st.dictionaries(st.text(min_size=1), st.floats(allow_nan=False)),
)
def test_scores_are_read_back_bit_for_bit(score: float, metrics: dict[str, float]) -> None:
    """With any floats and any names of metrics."""
    scores = {"step": 1100, "score": score, "metrics": metrics}
    before = Export.model_validate(RECORD | {"validation": [scores]})
    after = Export.model_validate(tomllib.loads(export.as_toml(before)))
    assert after == before
    assert math.copysign(1, after.validation[0].score) == math.copysign(1, score)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("seed", -1, "seed"),
        ("seed", "42", "seed"),
        ("format", 2, "format"),
        ("weights_sha256", "../x", "weights_sha256"),
        ("validation", [{"step": 1.5, "score": 1.0, "metrics": {}}], "validation.0.step"),
        ("configuration", {"d_model": [1]}, "configuration.d_model"),
        ("data", RECORD["data"] | {"path": "/etc"}, "data.path"),
        ("surprise", 1, "surprise"),
    ],
)
def test_invalid_keys_are_named(key: str, value: Any, message: str, tmp_path: Path) -> None:
    file = tmp_path / "best.toml"
    file.write_text(tomli_w.dumps(RECORD | {key: value}))
    with pytest.raises(InputError, match=re.escape(f"{file}: {message}")):
        export.read_export(file)


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ("ner-zero-shot", "F1 of de, the language it was trained and chosen on"),
        ("ner-multilingual", "mean F1 of de, fr, the languages it was trained and chosen on"),
        ("ner-full", "F1 of de, the language it was chosen on after training on de, fr, it, en"),
    ],
)
def test_languages_text(study: str, expected: str) -> None:
    """It names the languages that choose and those of training; metrics such as precision are no languages."""
    settings = dict(load(study).settings)
    if study == "ner-full":
        settings["selection_languages"] = ["de"]
    metrics = {"en_f1": 0.0, "de_f1": 74.05, "fr_f1": 61.5, "de_precision": 80.0, "de_f1_LOC": 70.0}
    text = export.languages_text("ner", {"settings": settings}, metrics)
    assert text == f"{expected} (de 74.05, en 0.00, fr 61.50)"
    assert export.languages_text("translation", {}, {"league_bleu": 30.0}) == ""


def test_errors_of_an_export_are_in_plain_words(tmp_path: Path) -> None:
    """Every mistake is named, without pydantic's own messages."""
    file = tmp_path / "best.toml"
    file.write_text(tomli_w.dumps(RECORD | {"seed": -1, "trial": "x", "surprise": 1}))
    with pytest.raises(InputError) as raised:
        export.read_export(file)
    message = str(raised.value)
    assert "seed: -1 is not a number >= 0" in message
    assert 'trial: "x" is not a whole number' in message
    assert "surprise: unknown key" in message
    assert "Input should be" not in message


def test_an_export_without_validation_scores_needs_a_test(tmp_path: Path) -> None:
    """A deadline may leave no time for validation; without either nothing could be compared."""
    file = tmp_path / "best.toml"
    file.write_text(tomli_w.dumps(RECORD | {"validation": []}))
    tested = export.read_export(file)
    assert tested.validation == []
    assert "# Test set: BLEU 29.90" in as_notebook(tested)
    file.write_text(
        tomli_w.dumps({k: v for k, v in RECORD.items() if k != "test"} | {"validation": []})
    )
    with pytest.raises(
        InputError, match=r"validation: expected at least one step with its scores, or a test"
    ):
        export.read_export(file)


@pytest.mark.parametrize("key", ["seed", "configuration", "validation", "data", "made", "study"])
def test_missing_keys_are_named(key: str, tmp_path: Path) -> None:
    """Everything that `reproduce` needs is required."""
    file = tmp_path / "best.toml"
    file.write_text(tomli_w.dumps({name: RECORD[name] for name in RECORD if name != key}))
    with pytest.raises(InputError, match=f"{key} is missing; expected an unchanged best.toml"):
        export.read_export(file)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"seed = ", b"a = " + b"[" * 5000, b"x" * (MAX_FILE_BYTES + 1)]
)
def test_a_file_that_is_no_toml_is_refused(content: bytes, tmp_path: Path) -> None:
    """With a message and no traceback."""
    file = tmp_path / "best.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(str(file))):
        export.read_export(file)


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """No temporary file is left."""
    file = tmp_path / "best.toml"
    for text in ("one", "two"):
        export.write_file(text, file)
    assert [path.name for path in tmp_path.iterdir()] == ["best.toml"]
    assert file.read_text() == "two\n"
    with pytest.raises(InputError, match="name a file that can be written"):
        export.write_file("three", tmp_path / "nowhere" / "best.toml")


def test_a_study_without_scores_has_no_export(tmp_path: Path) -> None:
    """The message suggests a larger time budget."""
    store = open_store(open_storage(None, tmp_path), "mine", STUDY, RECORD["data"])
    with pytest.raises(InputError, match=r"'mine' has no scored configuration yet.*--time-budget"):
        export.build_export(store)
