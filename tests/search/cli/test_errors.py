"""Mistakes of users: one line on stderr, and exit status 2."""

from pathlib import Path
from typing import Any

import pytest
import typer
from cli_program import call

from xlt.search.cli import app
from xlt.search.cli.options import parse_size
from xlt.search.results.provenance import shell_command
from xlt.spaces.errors import InputError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--n-trials", "3"), "--study is missing"),
        (("report", "../out"), "STUDY"),
        (("report", "leage"), "no study 'leage'"),
        (("--study", "leage"), 'did you mean "league"'),
        (("--study", "league", "--n-trials", "0"), "--n-trials"),
        (("--study", "league", "--cache-size", "10 apples"), "--cache-size 10 apples"),
        (("--study", "league", "--study-name", "../out"), "--study-name"),
        (("--study", "league", "--set", "search.sampler=tpee"), 'did you mean "tpe"'),
        (("--study", "league", "--trials", "3"), "--trials"),
        (("final", "league"), "no study 'league'"),
        (("show", "league", "--device", "tpu"), "--device tpu: expected auto, cpu, cuda"),
        (("dashboard", "--runs", "nope"), "no studies to show: there is no nope/search.db"),
        (("export", "league"), "no study 'league'"),
        (("export", "league", "--storage", "nosql://x"), "--storage nosql://x"),
        (("reproduce", "missing.toml"), "missing.toml: No such file"),
    ],
)
def test_mistakes_are_errors_without_a_traceback(
    arguments: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Status 2, with the place and the remedy on stderr."""
    monkeypatch.chdir(tmp_path)
    status, _, errors = call(monkeypatch, capsys, *arguments)
    assert status == 2
    assert message in errors
    assert "Traceback" not in errors
    assert not list(tmp_path.glob("**/*.db"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--study", "league", "--n-trials", "x"), "--n-trials x: expected a whole number of at"),
        (("--study", "league", "--seed", "1e3"), "--seed 1e3: expected a whole number from 0 to"),
        (("show", "league", "--workers", "0"), "--workers 0: expected a whole number of at least"),
        (("dashboard", "--port", "70000"), "--port 70000: expected a whole number from 1 to 65535"),
        (("transfer", "--seeds", "9" * 5000), "expected a whole number of at least 1, like 3"),
        (
            ("final", "x", "--confidence", "95"),
            "--confidence 95: expected a number between 0.5 and 1",
        ),
        (("final", "x", "--confidence", "nan"), "--confidence nan: expected a number between 0.5"),
        (("final", "x", "--confidence", "0.5"), "--confidence 0.5: expected a number between 0.5"),
        (("final", "x", "--most-runs", "0"), "--most-runs 0: expected a whole number from 1 to"),
        (("transfer", "--sizes", "9" * 5000), "expected counts of sentences such as"),
        (("--study", "league", "--engine", "dask"), "--engine dask: expected one of local, ray"),
        (("export", "x", "--format", "tomll"), '; did you mean "toml"?'),
        (("--study", "league", "--cache-size", f"{'9' * 400}TB"), "expected a size such as 10GB"),
        (("--study", "league", "--set", f"space.d_model={'9' * 5000}"), "beyond TOML's 64 bits"),
        (("--studi", "league"), '--studi: no such option of xlt-search; did you mean "--study"?'),
        (("--study",), "--study: needs a value; xlt-search --help lists"),
        (("export", "league", "--quiet=x"), "--quiet: takes no value"),
        (("shwo", "league"), 'shwo: no such command; did you mean "show"?; commands are list'),
        (("league",), "to search the study: xlt-search --study league"),
        (("show",), "STUDY: is missing; xlt-search show --help lists"),
        (("--study", "league", "--runs", "/proc/x"), "/proc/x/league: no folder can be made there"),
        (("show", "league", "--measure", "--runs", "/proc/x"), "/proc/x: no folder can be made"),
        (("transfer", "--runs", "/proc/x"), "no folder can be made there; choose another one"),
        (("export", "x", "--storage", "sqlite:///x.db?timeout=y"), "a number in it cannot be read"),
        (("export", "x", "--storage", "postgresql+psycopg://h:x/y"), "a number in it cannot be"),
    ],
)
def test_errors_hold_no_raw_message_of_a_library(
    arguments: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """One line: what is wrong, where, what was expected and what to do next."""
    monkeypatch.chdir(tmp_path)
    status, _, errors = call(monkeypatch, capsys, *arguments)
    assert status == 2
    assert message in errors
    assert errors.startswith("xlt-search: ")
    assert errors.count("\n") == 1
    for raw in ("Input should be", "invalid literal", "Value error", "could not convert", "Errno"):
        assert raw not in errors


def test_study_as_an_option_of_a_command_with_a_study_argument(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every such command says that the study is a plain argument."""
    program: Any = typer.main.get_command(app.app)
    commands = [
        (name, argument.metavar)
        for name, command in program.commands.items()
        for argument in command.params
        if argument.param_type_name == "argument" and argument.metavar.startswith("STUDY")
    ]
    assert {name for name, _ in commands} == {"show", "final", "export", "report"}
    for name, metavar in commands:
        status, _, errors = call(monkeypatch, capsys, name, "--study", "nowhere")
        assert status == 2
        assert errors == (
            f"xlt-search: --study: xlt-search {name} takes the study as a plain argument, not as "
            f"an option: xlt-search {name} {metavar}\n"
        )


def test_options_before_a_command_are_never_ignored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The command takes those that it has, and refuses others. The later of two counts."""
    monkeypatch.chdir(tmp_path)
    _, after, _ = call(monkeypatch, capsys, "show", "league", "--n-trials", "7", "--set", "name=x")
    _, before, _ = call(monkeypatch, capsys, "--n-trials", "7", "--set", "name=x", "show", "league")
    assert before == after
    assert "n_trials = 7" in before
    _, both, _ = call(monkeypatch, capsys, "--n-trials", "7", "show", "league", "--n-trials", "8")
    assert "n_trials = 8" in both
    for option, command in ((("--seed", "1"), "list"), (("--no-final",), "report")):
        status, _, errors = call(monkeypatch, capsys, *option, command, "x")
        assert status == 2
        assert f"{option[0]}: no such option of xlt-search {command}" in errors


def test_passwords_are_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A database that cannot be reached is named without its password."""
    monkeypatch.chdir(tmp_path)
    url = "mysql://me:secret@localhost/studies"
    status, _, errors = call(monkeypatch, capsys, "export", "league", "--storage", url)
    assert status == 2
    assert "secret" not in errors
    assert "secret" not in shell_command(["--storage", url])


@pytest.mark.parametrize(
    ("text", "size"),
    [("10GB", 10**10), ("500 MB", 5 * 10**8), ("1.5kb", 1500), ("7", 7), ("7B", 7)],
)
def test_sizes(text: str, size: int) -> None:
    """Sizes are decimal, in any case, with or without a unit."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1PB", "1e9", "1 G B"])
def test_other_sizes_are_refused(text: str) -> None:
    """Anything else names the option and an example."""
    with pytest.raises(InputError, match="--cache-size"):
        parse_size(text)
