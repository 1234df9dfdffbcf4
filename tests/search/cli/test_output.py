"""What is printed to terminals, files, notebooks and programs."""

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress

from cli_program import HERE, QUICK, Program


def test_synthetic_data_are_marked_in_every_output(program: Program) -> None:
    """The banner is in every kind of output, quiet ones too, and in the export."""
    options = ("--study", "league", "--data", "synthetic", "--n-trials", "1", "--workers", "1")
    _, output, _ = program(*options, "--quiet")
    data, banner, *_, result = output.splitlines()
    assert data.startswith("data: synthetic")
    assert "these scores say nothing about real data" in banner
    assert result.startswith("FINAL_TEST_BLEU = ")
    assert "says nothing about real data" in program("export", "league", "--format", "notebook")[1]


def test_json_output(program: Program) -> None:
    """Every line is an object with its event: the data first, the score among them."""
    status, output, errors = program(*QUICK, "--n-trials", "2", "--json")
    events = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    assert "FINAL_TEST_BLEU = " in errors  # for people
    assert events[0]["event"] == "DataLoaded"
    assert [event["score"] for event in events if event["event"] == "TestScore"]


def in_a_pseudo_terminal(program: Program, *arguments: str, **environment: str) -> str:
    """Run a command in a pseudo terminal, as IPython's `!` does; its output."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(HERE / "toy_command.py"), "toy_objective.build", *arguments],
        cwd=program.folder,
        env=program.environment | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    written = b""
    with suppress(OSError):  # how Linux reports the end
        while part := os.read(ours, 65536):
            written += part
    os.close(ours)
    assert process.wait() == 0
    return written.decode()


# What ipykernel sets for commands in a cell.
NOTEBOOK = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "JPY_PARENT_PID": "7",
}


def test_notebook_cell_gets_plain_lines(program: Program) -> None:
    """A terminal gets a live display, a cell no escape codes, as it cannot redraw lines."""
    options = (*QUICK, "--n-trials", "2", "--no-final", "--study-name")
    assert "\x1b[" in in_a_pseudo_terminal(program, *options, "a", TERM="xterm-256color")
    cell = in_a_pseudo_terminal(program, *options, "b", **NOTEBOOK)
    assert "\x1b" not in cell
    assert "trial 0: " in cell
    assert "\x1b" not in in_a_pseudo_terminal(program, *options, "c", TERM="dumb")


def test_file_gets_plain_lines_despite_force_color(program: Program) -> None:
    """FORCE_COLOR, which build servers set, does not make a file a terminal."""
    program.environment |= {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm"}
    status, output, errors = program(*QUICK, "--n-trials", "1", "--no-final")
    assert (status, errors) == (0, "")
    assert "\x1b" not in output
