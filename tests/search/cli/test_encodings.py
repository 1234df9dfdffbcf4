"""Paths, URLs and terminals with special characters or other encodings."""

import os

import optuna
from cli_program import QUICK, Program
from optuna.artifacts import get_all_artifact_meta

from xlt.search.storage.database import open_dashboard_storage, open_storage
from xlt.search.storage.studies import list_own_studies, list_studies
from xlt.studies.resolved import to_toml
from xlt.studies.study import load

# Characters with a meaning in URLs, shells, templates, patterns or encodings.
ODD = """k?1 %20#d&e;f'g"hü{x}[y]"""


def test_paths_with_special_characters(program: Program) -> None:
    """Everything is written to the named folder, and read from there."""
    folder = program.folder / ODD
    folder.mkdir()
    runs = ("--runs", f"{ODD}/runs")
    study = folder / f"study {ODD}.toml"
    study.write_text(to_toml(load("league", ["search.n_trials=2", "proof.seeds=0"])))
    status, output, errors = program("--study", str(study), "--data", ODD, "--workers", "1", *runs)
    assert (status, errors) == (0, "")
    assert f"data: {ODD}: no data" in output
    assert {path.name for path in program.folder.iterdir()} == {ODD, "toy.log"}
    assert (folder / "runs" / "dashboard.db").stat().st_size > 0
    for word, option in (("report", "html"), ("export", "toml")):
        out = f"{ODD}/{ODD}.{option}"
        status, output, errors = program(word, "league", "--out", out, *runs)
        assert (status, errors) == (0, "")
        assert out in output
    best = f"{ODD}/{ODD}.toml"
    assert program("reproduce", best, *runs)[0] == 0
    again = ("--study-name", "two", "--no-final", "--enqueue", best, "--n-trials", "2")
    assert program(*QUICK, *again, *runs)[0] == 0
    assert program("final", "league", "--data", ODD, *runs)[0] == 0

    assert list_own_studies(open_storage(None, folder / "runs")) == ["league", "two"]
    shown = open_dashboard_storage(folder / "runs")
    (trial, *_) = optuna.load_study(study_name="league", storage=shown).trials
    (meta, *_) = get_all_artifact_meta(trial, storage=shown)
    assert (folder / "runs" / "artifacts" / meta.artifact_id).exists()


def test_similar_folder_names_have_separate_databases(program: Program) -> None:
    """Neither what follows `?` nor what `%` encodes is lost."""
    names = ("k?1", "k?2", "k", "k 1", "k%201")
    for name in names:
        assert not list_studies(None, program.folder / name)
        status = program(*QUICK, "--n-trials", "1", "--no-final", "--runs", name)[0]
        assert status == 0
    assert {path.name for path in program.folder.iterdir()} == {*names, "toy.log"}


def test_database_url_with_braces(program: Program) -> None:
    options = (*QUICK, "--n-trials", "1", "--no-final", "--storage", "sqlite:///a{b}.db")
    assert program(*options)[0] == 0
    assert (program.folder / "a{b}.db").exists()


def test_path_that_is_not_utf8_is_an_error(program: Program) -> None:
    """A database cannot hold it."""
    status, _, errors = program(*QUICK, "--runs", os.fsdecode(b"b\xff"))
    assert status == 2
    assert errors.startswith(r"xlt-search: 'b\udcff': is not valid utf-8 text; set LC_")
    assert not list(program.folder.iterdir())


ASCII = {
    "LC_ALL": "POSIX",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
}


def test_ascii_output_raises_no_encoding_error(program: Program) -> None:
    """Neither for our own signs nor for a user's, on stdout and stderr. Files stay UTF-8."""
    program.environment |= ASCII
    (program.folder / "mine.toml").write_text(
        'name = "mine"\ndescription = "größer \u2192 \u00b1"\ntask = "translation"\n'
        "[budget]\nrungs = [40, 1100]\n[proof]\nseeds = 3\n",
        encoding="utf-8",
    )
    options = ("--study", "mine.toml", "--data", "toy", "--workers", "1", "--n-trials", "6")
    status, output, errors = program(*options)
    assert (status, errors) == (0, "")
    assert "+/-" in output  # the proof's deviations
    assert "FINAL_TEST_BLEU" in output
    folder = program.folder / "runs" / "mine"
    assert "größer \u2192 \u00b1" in (folder / "study.toml").read_text("utf-8")
    assert "\u00b1" in (folder / "report.html").read_text("utf-8")
    assert program("show", "mine.toml")[1].count("gr\\xf6\\xdfer \\u2192 +/-") == 1


def test_arguments_that_are_not_utf8_are_errors(program: Program) -> None:
    """Such as file names of other systems, whose bytes Python holds as surrogates."""
    program.environment |= {"PYTHONIOENCODING": "utf-8"}
    for arguments in (("show", "\udcff"), ("list", "--runs", "\udcff"), ("report", "\udcff")):
        status, _, errors = program(*arguments)
        assert status == 2
        assert "is not valid utf-8 text; set LC_ALL=C.UTF-8" in errors
