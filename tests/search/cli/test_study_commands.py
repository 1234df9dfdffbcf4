"""list, show, backup and dashboard."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from cli_program import QUICK, Program, call

from xlt.search.results.export import selected
from xlt.search.storage.studies import load_store
from xlt.studies.study import load


def test_list_and_show(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Listed studies can be shown, and what is shown can be loaded. Started ones are listed."""
    monkeypatch.chdir(tmp_path)
    _, listed, _ = call(monkeypatch, capsys, "list")
    *lines, blank, hint = listed.splitlines()
    assert (blank, hint.startswith("xlt-search show NAME")) == ("", True)
    names = [line.partition(":")[0] for line in lines]
    assert names == [
        "league",
        "ner-few-shot",
        "ner-full",
        "ner-joint",
        "ner-multilingual",
        "ner-zero-shot",
        "quick",
    ]
    for name in names:
        options = ["--n-trials", "3", "--time-budget", "30m", "--set", "search.seed=7"]
        _, shown, _ = call(monkeypatch, capsys, "show", name, *options)
        file = tmp_path / "shown.toml"
        file.write_text(shown)
        changed = ["search.seed=7", "search.n_trials=3", "budget.time_limit=30m"]
        assert load(str(file)) == load(name, changed)
        assert "# 3 configurations" in shown
        assert f"xlt-search --study {name} {' '.join(options)}; results go to" in shown
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "study.toml").touch()
    _, listed, _ = call(monkeypatch, capsys, "list", "--runs", str(tmp_path))
    started = listed[listed.index(f"started in {tmp_path}:") :].splitlines()
    assert "mine" in started[-1]
    assert "not in this database" in started[-1]


def test_list_shows_the_progress_of_started_studies(program: Program) -> None:
    """Also with `--runs` before the command's name."""
    assert program(*QUICK, "--n-trials", "2", "--runs", "elsewhere")[0] == 0
    assert (
        program(
            *QUICK, "--n-trials", "1", "--no-final", "--runs", "elsewhere", "--study-name", "b"
        )[0]
        == 0
    )
    best = selected(load_store(None, program.folder / "elsewhere", "league"))
    status, output, errors = program("--runs", "elsewhere", "list")
    assert (status, errors) == (0, "")
    assert output == program("list", "--runs", "elsewhere")[1]
    rows = {line.split("|")[1].strip(): line for line in output.splitlines() if line[:1] == "|"}
    assert "| tested" in rows["league"]
    assert "| 2 of 2" in rows["league"]
    assert f"score {best.score:.2f} on validation at step {best.step}" in rows["league"]
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", rows["league"])
    assert "| searched, not tested" in rows["b"]


def test_two_values_of_a_float_show_how_to_write_a_range(program: Program, tmp_path: Path) -> None:
    pair = ("--set", "space.learning_rate=[1e-6, 1e-4]")
    written = "space.learning_rate = {low = 1e-06, high = 0.0001}"
    _, output, _ = program(*QUICK, *pair, "--n-trials", "1", "--no-final")
    assert sum(line.startswith("notice: ") and written in line for line in output.splitlines()) == 1
    assert f"write {written}" in program("show", "league", *pair)[1]
    as_range = ("--set", written.replace(" = ", "=", 1))
    assert "notice" not in program("show", "league", *as_range)[1]
    # Two sizes are values for most people, and three values are no range.
    for others in ("space.nhead=[4, 8]", "space.dropout=[0.1, 0.2, 0.3]"):
        assert "notice" not in program("show", "league", "--set", others)[1]


def test_backup_of_a_running_search_is_complete(program: Program) -> None:
    """The copy is one file that a search can resume. A plain copy of the file is not empty."""
    process = program.start(*QUICK, "--n-trials", "40", "--no-final", builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 4)
    shutil.copy(program.folder / "runs" / "search.db", program.folder / "plain.db")
    status, output, errors = program("backup", "copy.db")
    finished = len(program.store().results_by_config())
    process.kill()
    process.communicate()
    assert (status, output, errors) == (0, "written: copy.db\n", "")
    copy = load_store(f"sqlite:///{program.folder}/copy.db", program.folder, "league")
    assert 0 < len(copy.results_by_config()) <= finished
    assert load_store(f"sqlite:///{program.folder}/plain.db", program.folder, "league")
    assert not list(program.folder.glob(".copy*"))
    options = (*QUICK, "--n-trials", "5", "--no-final", "--storage", "sqlite:///copy.db")
    assert program(*options, "--runs", "restored")[0] == 0


def test_backup_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing is overwritten, and no database is created."""
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("there.db") as database:
        database.execute("CREATE TABLE t (x)")
    Path("text.db").write_text("no database, but long enough to be one" * 100)
    Path("taken").write_text("mine")
    there = ("--storage", "sqlite:///there.db")
    uri = ("--storage", "sqlite:///file:there.db?uri=true")
    for arguments, message in (
        (("copy",), "runs/search.db: there is no such database; see --runs, --storage"),
        (("copy", "--storage", "sqlite:///no.db"), "no.db: there is no such database"),
        (("copy", "--storage", "sqlite://"), "only SQLite files can be backed up here"),
        (("copy", "--storage", "postgresql://me:secret@host/x"), "me:***@host/x: only SQLite"),
        (("copy", "--storage", "there.db"), "expected a URL such as sqlite:///"),
        (("copy", "--storage", "sqlite:///text.db"), "text.db to copy: file is not a database"),
        (("taken", *there), "taken already exists; name another file, or remove it"),
        (("there.db", *there), "there.db already exists"),
        ((".", *there), "there.db already exists"),
        (("no/copy", *uri), "no: no such folder"),
    ):
        status, _, errors = call(monkeypatch, capsys, "backup", *arguments)
        assert status == 2
        assert message in errors
    assert {path.name for path in tmp_path.iterdir()} == {"there.db", "text.db", "taken"}
    assert Path("taken").read_text() == "mine"
    assert call(monkeypatch, capsys, "backup", "k?1 %20.db", *uri)[0] == 0
    assert Path("k?1 %20.db").read_bytes()[:6] == b"SQLite"


@pytest.mark.parametrize(
    ("host", "warned"), [(None, False), ("127.0.0.2", False), ("0.0.0.0", True)]
)
def test_dashboard_for_other_machines_prints_a_warning(
    host: str | None,
    warned: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It listens only on the address that was given."""
    hosts = []
    monkeypatch.setattr("xlt.search.report.dashboard.serve", lambda *args: hosts.append(args[2]))
    options = ("--host", host) if host else ()
    status, _, errors = call(monkeypatch, capsys, "dashboard", *options)
    assert status == 0
    assert hosts == [host or "127.0.0.1"]
    assert ("anyone who can reach this address can read, change and delete" in errors) == warned
