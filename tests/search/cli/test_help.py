"""Help, versions and shell completion, and that they are quick."""

import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from cli_program import call

from xlt.search.cli import app


def test_guide_names_existing_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without arguments a guide is printed. Its commands exist."""
    status, output, errors = call(monkeypatch, capsys)
    assert (status, errors) == (0, "")
    lines = re.findall(r"^  (xlt-search .*?)(?:  |$)", output, re.MULTILINE)
    assert len(lines) >= 5
    names = {command.name or "" for command in app.app.registered_commands} | {"list"}
    names |= {
        command.callback.__name__ for command in app.app.registered_commands if command.callback
    }
    for line in lines:
        first = line.split()[1]
        assert first.startswith("--") or first in names


@pytest.mark.parametrize(
    "arguments", [(), ("--help",), ("list",), ("show", "--help"), ("--version",)]
)
def test_help_and_list_import_neither_optuna_nor_scipy(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    """Importing them takes a second. No study was started here."""
    code = (
        f"import sys; sys.argv = ['xlt-search', *{arguments!r}]\n"
        "from xlt.search.cli.app import main\n"
        "try: main()\n"
        "finally: assert not {'torch', 'optuna', 'scipy', 'plotly'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr


def test_show_imports_neither_torch_nor_scipy() -> None:
    code = (
        "import sys; sys.argv = ['xlt-search', 'show', 'league']\n"
        "from xlt.search.cli.app import main\n"
        "main()\n"
        "assert not {'torch', 'scipy', 'plotly'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "results go to runs/league" in done.stdout


def test_shell_completion_of_study_names(tmp_path: Path) -> None:
    """Shipped studies, and those that were started here."""
    begun = tmp_path / "runs" / "mine"
    begun.mkdir(parents=True)
    (begun / "study.toml").touch()
    shipped = {"ner-few-shot", "ner-full"}
    for text, expected in (("xlt-search report m", {"mine"}), ("xlt-search show ner-f", shipped)):
        words = os.environ | {
            "_XLT_SEARCH_COMPLETE": "complete_bash",
            "COMP_WORDS": text,
            "COMP_CWORD": "2",
        }
        code = "import sys; sys.argv = ['xlt-search']; from xlt.search.cli.app import app; app(prog_name='xlt-search')"
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=words,
            capture_output=True,
            text=True,
            check=False,
        )
        assert set(done.stdout.split()) == expected


def test_help_needs_no_torch() -> None:
    """`--help` is quick."""
    code = (
        "import sys; sys.argv = ['xlt-search', '--help']\n"
        "from xlt.search.cli.app import main\n"
        "try: main()\n"
        "finally: assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--n-trials" in done.stdout


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, output, _ = call(monkeypatch, capsys, "--version")
    assert status == 0
    for name in ("xlt-search", "torch", "transformers", "optuna"):
        assert f"{name} {version(name)}" in output.splitlines()
    assert f"Python {platform.python_version()}" in output.splitlines()
    assert platform.machine() in output


@pytest.mark.parametrize("command", [(), ("show",), ("dashboard",)])
def test_short_h_is_help(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, capsys, *command, "-h") == call(
        monkeypatch, capsys, *command, "--help"
    )
