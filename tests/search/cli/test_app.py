"""The program as people use it: processes, signals, output, exit statuses."""

import ast
import json
import os
import platform
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import optuna
import pytest
import toy_objective
from optuna.artifacts import get_all_artifact_meta
from optuna.trial import TrialState
from toy_objective import worth

from xlt.search.cli import app
from xlt.search.cli.options import parse_size
from xlt.search.results.export import selected
from xlt.search.results.provenance import shell_command
from xlt.search.storage.database import open_storage
from xlt.search.storage.store import Store, config_key
from xlt.search.storage.studies import list_own_studies, list_studies, load_study
from xlt.spaces.errors import InputError
from xlt.studies.study import load, to_toml

HERE = Path(toy_objective.__file__).parent
QUICK = ("--study", "league", "--data", "toy", "--workers", "1", "--seed", "7")


class Program:
    """Runs `xlt-search` on the toy objective in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "toy.log"
        self.environment = os.environ | {"TOY_LOG": str(self.log), "OMP_NUM_THREADS": "1"}

    def start(self, *arguments: str, builder: str = "build") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(HERE / "toy_command.py"), f"toy_objective.{builder}", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *arguments: str, builder: str = "build") -> tuple[int, str, str]:
        """Exit status, output, errors."""
        process = self.start(*arguments, builder=builder)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def store(self, name: str = "league") -> Store:
        return load_study(None, self.folder / "runs", name)

    def trained(self) -> list[str]:
        return self.log.read_text().splitlines()

    def wait_for(self, happened: Callable[[], bool]) -> None:
        for _ in range(600):
            if self.log.exists() and happened():
                return
            time.sleep(0.05)
        pytest.fail("the program did not get far enough")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_from_one_command_to_a_score_and_a_file(program: Program) -> None:
    """The first line names the data, a line of its own the score; export and reproduce agree."""
    status, output, errors = program(*QUICK, "--n-trials", "4")
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    begun = [line for line in lines if not line.startswith("preparation: ")]
    assert begun[0].startswith("data: toy: no data, called toy (fingerprint ")
    best = selected(program.store())
    assert f"FINAL_TEST_BLEU = {worth(best.configuration) - 1:.2f}" in lines

    file = program.folder / "runs" / "league" / "best.toml"
    record = tomllib.loads(file.read_text())
    assert record["configuration"] == best.configuration
    assert record["test"]["score"] == worth(best.configuration) - 1
    assert record["made"]["command"].endswith("--n-trials 4")
    assert (program.folder / "runs" / "league" / "study.toml").exists()

    trained = len(program.trained())
    status, output, errors = program("final", "league")
    assert (status, errors) == (0, "")
    assert "the test set stays closed" in output
    assert len(program.trained()) == trained

    status, output, errors = program("reproduce", str(file))
    assert (status, errors) == (0, "")
    assert "bit for bit the same" in output
    assert len(program.trained()) > trained

    pasted = assignments(program("export", "league", "--format", "notebook")[1])
    assert {name: tuple(group) for name, group in pasted.items()} == load("league").space.groups
    assert pasted["MODEL_HP"] | pasted["FT_HP"] == best.configuration
    assert json.loads(program("export", "league", "--format", "json")[1]) == record


# All that means something in a URL, a shell, a template, a pattern or a file's encoding.
ODD = """k?1 %20#d&e;f'g"hü{x}[y]"""


def test_any_characters_may_stand_in_any_path(program: Program) -> None:
    """Everything is written in the folder that was named, and found there again."""
    folder = program.folder / ODD
    folder.mkdir()
    runs = ("--runs", f"{ODD}/runs")
    study = folder / f"study {ODD}.toml"
    study.write_text(to_toml(load("league", ["search.n_trials=2", "confirm.seeds=0"])))
    status, output, errors = program("--study", str(study), "--data", ODD, "--workers", "1", *runs)
    assert (status, errors) == (0, "")
    assert f"data: {ODD}: no data" in output
    assert {path.name for path in program.folder.iterdir()} == {ODD, "toy.log"}
    assert (folder / "runs" / "xlt.db").stat().st_size > 0
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

    kept = open_storage(None, folder / "runs")
    assert list_own_studies(kept) == ["league", "two"]
    (trial, *_) = load_study(None, folder / "runs", "league").study.trials
    (meta, *_) = get_all_artifact_meta(trial, storage=kept)
    assert (folder / "runs" / "artifacts" / meta.artifact_id).exists()


def test_a_folder_of_another_name_has_a_database_of_its_own(program: Program) -> None:
    """Whatever the names share: neither what follows `?` nor what `%` encodes is lost."""
    names = ("k?1", "k?2", "k", "k 1", "k%201")
    for name in names:
        assert not list_studies(None, program.folder / name)
        status = program(*QUICK, "--n-trials", "1", "--no-final", "--runs", name)[0]
        assert status == 0
    assert {path.name for path in program.folder.iterdir()} == {*names, "toy.log"}


def test_a_database_url_with_braces_is_taken_as_it_is(program: Program) -> None:
    options = (*QUICK, "--n-trials", "1", "--no-final", "--storage", "sqlite:///a{b}.db")
    assert program(*options)[0] == 0
    assert (program.folder / "a{b}.db").exists()


def test_a_path_that_is_not_utf_8_is_refused_in_plain_words(program: Program) -> None:
    """The database could not hold it."""
    status, _, errors = program(*QUICK, "--runs", os.fsdecode(b"b\xff"))
    assert status == 2
    assert errors.startswith(
        r"xlt-search: 'b\udcff': holds letters that are no utf-8 text; set LC_"
    )
    assert not list(program.folder.iterdir())


def test_it_begins_with_what_another_study_has_found(program: Program) -> None:
    """Right after the baseline; the study goes on without the file, too."""
    assert program(*QUICK, "--n-trials", "6")[0] == 0
    found = selected(program.store()).configuration
    best = program.folder / "runs" / "league" / "best.toml"
    assert found != load("league").space.start, "nothing is shown by that"
    again = (*QUICK, "--study-name", "again", "--no-final", "--n-trials")
    status, _, errors = program(*again, "2", "--enqueue", str(best))
    assert (status, errors) == (0, "")
    assert list(program.store("again").latest_by_config()) == [
        config_key(load("league").space.start),
        config_key(found),
    ]
    best.unlink()
    assert program(*again, "3")[0] == 0
    assert len(program.store("again").latest_by_config()) == 3


def test_a_configuration_of_another_task_is_refused(program: Program) -> None:
    assert program(*QUICK, "--n-trials", "1")[0] == 0
    best = program.folder / "runs" / "league" / "best.toml"
    status, _, errors = program("--study", "ner-zero-shot", "--enqueue", str(best))
    assert status == 2
    assert "one of translation, and the study 'ner-zero-shot' of ner" in errors


def assignments(source: str) -> dict[str, Any]:
    """The values of the assignments in Python code."""
    found = {}
    for node in ast.parse(source).body:
        assert isinstance(node, ast.Assign)
        assert isinstance(node.targets[0], ast.Name)
        found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


def test_reproduce_says_what_differs(program: Program) -> None:
    """Another score exits 3 with both values and what is not as it was; other data stop it."""
    program(*QUICK, "--n-trials", "1")
    file = program.folder / "runs" / "league" / "best.toml"
    text = file.read_text()
    score = tomllib.loads(text)["test"]["score"]
    changed = re.sub(r'torch = "[^"]+"', 'torch = "1.0"', text.replace(str(score), "99.5"))
    file.write_text(changed)
    status, output, errors = program("reproduce", str(file))
    assert status == 3
    assert f"test: score: 99.5 then, {score!r} now" in errors
    assert "torch: 1.0 then" in errors
    assert "notice: made otherwise: torch: 1.0 then" in output
    trained = len(program.trained())
    status, _, errors = program("reproduce", str(file), "--data", "elsewhere")
    assert status == 2
    assert "expected: no data, called toy" in errors
    assert "found: no data, called elsewhere" in errors
    assert len(program.trained()) == trained


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_prints_the_command_to_go_on(
    program: Program, number: signal.Signals
) -> None:
    """Ctrl-C reaches the whole process group: one message, status 130, and the command goes on."""
    options = (*QUICK, "--n-trials", "5", "--no-final", "--quiet")
    process = program.start(*options, builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 3)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.splitlines() == [
        "xlt-search: interrupted; everything finished is saved",
        f"to go on: xlt-search {' '.join(options)}",
    ]
    assert output.count("data: toy") == 1
    assert not program.store().study.get_trials(states=(TrialState.RUNNING,))
    assert program(*options)[0] == 0
    assert len(program.store().latest_by_config()) == 5
    # The edge that was being trained may have been lost.
    assert len(program.trained()) - len(set(program.trained())) <= 1


def test_killed_it_goes_on_where_it_was(program: Program, tmp_path: Path) -> None:
    """After SIGKILL the same command ends with the study that an unbroken one gives."""
    options = (*QUICK, "--n-trials", "6", "--no-final")
    process = program.start(*options, builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 7)
    process.kill()
    process.communicate()
    assert len(program.store().latest_by_config()) < 6
    assert program(*options)[0] == 0
    store = program.store()
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))
    assert len(store.latest_by_config()) == 6
    whole = Program(tmp_path / "whole")
    whole.folder.mkdir()
    assert whole(*options)[0] == 0
    assert story(store) == story(whole.store())


def story(store: Store) -> list[tuple[str, str, dict[int, float]]]:
    return [
        (config_key(trial.user_attrs["configuration"]), trial.state.name, trial.intermediate_values)
        for trial in store.study.trials
        if trial.state != TrialState.FAIL
    ]


def test_a_study_deleted_under_a_running_search_leaves_no_traceback(program: Program) -> None:
    process = program.start(*QUICK, "--n-trials", "40", builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 2)
    store = program.store()
    optuna.delete_study(study_name="league", storage=store.study._storage)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("xlt-search: the study 'league' is no longer in this database")
    assert len(errors.splitlines()) == 1


def test_a_running_search_is_backed_up_whole(program: Program) -> None:
    """The copy is one file that can be searched on; a plain copy of the file is not empty."""
    process = program.start(*QUICK, "--n-trials", "40", "--no-final", builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 4)
    shutil.copy(program.folder / "runs" / "xlt.db", program.folder / "plain.db")
    status, output, errors = program("backup", "copy.db")
    finished = len(program.store().latest_by_config())
    process.kill()
    process.communicate()
    assert (status, output, errors) == (0, "written: copy.db\n", "")
    copy = load_study(f"sqlite:///{program.folder}/copy.db", program.folder, "league")
    assert 0 < len(copy.latest_by_config()) <= finished
    assert load_study(f"sqlite:///{program.folder}/plain.db", program.folder, "league")
    assert not list(program.folder.glob(".copy*"))
    options = (*QUICK, "--n-trials", "5", "--no-final", "--storage", "sqlite:///copy.db")
    assert program(*options, "--runs", "restored")[0] == 0


def test_a_backup_is_refused_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing is overwritten, and no database is made by it."""
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("there.db") as database:
        database.execute("CREATE TABLE t (x)")
    Path("text.db").write_text("no database, but long enough to be one" * 100)
    Path("taken").write_text("mine")
    there = ("--storage", "sqlite:///there.db")
    uri = ("--storage", "sqlite:///file:there.db?uri=true")
    for arguments, message in (
        (("copy",), "runs/xlt.db: there is no such database; see --runs, --storage"),
        (("copy", "--storage", "sqlite:///no.db"), "no.db: there is no such database"),
        (("copy", "--storage", "sqlite://"), "only SQLite files can be backed up here"),
        (("copy", "--storage", "postgresql://me:secret@host/x"), "me:***@host/x: only SQLite's"),
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


def test_orphaned_worker_ends_with_its_parent(program: Program) -> None:
    """A worker whose parent was killed does not live on."""
    process = program.start(*QUICK, "--n-trials", "40", builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 1)
    process.kill()
    process.communicate()
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a worker outlived its parent")


def test_synthetic_scores_are_never_taken_for_real(program: Program) -> None:
    """The banner stands in every kind of output, however quiet, and in the export."""
    options = ("--study", "league", "--data", "synthetic", "--n-trials", "1", "--workers", "1")
    _, output, _ = program(*options, "--quiet")
    data, banner, result = output.splitlines()
    assert data.startswith("data: synthetic")
    assert "these scores say nothing about real data" in banner
    assert result.startswith("FINAL_TEST_BLEU = ")
    assert "says nothing about real data" in program("export", "league", "--format", "notebook")[1]


def test_json_lines_are_json(program: Program) -> None:
    """Every line is an object that names its event, the data's first, the score among them."""
    status, output, errors = program(*QUICK, "--n-trials", "2", "--json")
    events = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    assert "FINAL_TEST_BLEU = " in errors  # for people
    assert events[0]["event"] == "DataLoaded"
    assert [event["score"] for event in events if event["event"] == "TestScore"]


ASCII = {
    "LC_ALL": "POSIX",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
}


def test_preparation_is_shown_and_counts_against_the_budget(program: Program) -> None:
    """From the first second on; a budget that ends in it ends the command, in plain words."""
    begun = time.monotonic()
    status, output, errors = program(*QUICK, "--time-budget", "20s", builder="build_prepared")
    assert time.monotonic() - begun < 60  # the toy takes two minutes to make
    assert status == 1
    lines = output.splitlines()
    assert lines[0] == "preparation: starting the first worker"
    assert any(line.startswith("preparation: making the toy step 0 of 1200") for line in lines)
    assert errors.startswith("xlt-search: 20s ended while the data and the model were prepared")
    assert "xlt-search show STUDY --measure" in errors
    assert "Traceback" not in errors


def test_an_ascii_output_never_ends_a_run(program: Program) -> None:
    """Not at our own signs, nor at a user's letters, in output and errors; files stay UTF-8."""
    program.environment |= ASCII
    (program.folder / "mine.toml").write_text(
        'name = "mine"\ndescription = "größer \u2192 \u00b1"\ntask = "translation"\n'
        "[budget]\nrungs = [40, 1100]\n[confirm]\nseeds = 3\n",
        encoding="utf-8",
    )
    options = ("--study", "mine.toml", "--data", "toy", "--workers", "1", "--n-trials", "6")
    status, output, errors = program(*options)
    assert (status, errors) == (0, "")
    assert "+/-" in output  # the confirmation's deviations
    assert "FINAL_TEST_BLEU" in output
    folder = program.folder / "runs" / "mine"
    assert "größer \u2192 \u00b1" in (folder / "study.toml").read_text("utf-8")
    assert "\u00b1" in (folder / "report.html").read_text("utf-8")
    assert program("show", "mine.toml")[1].count("gr\\xf6\\xdfer \\u2192 +/-") == 1


def test_a_text_that_is_no_utf8_never_ends_a_command_by_traceback(program: Program) -> None:
    """As file names of other systems are; Python holds their bytes as surrogates."""
    program.environment |= {"PYTHONIOENCODING": "utf-8"}
    for arguments in (("show", "\udcff"), ("list", "--runs", "\udcff"), ("report", "\udcff")):
        status, _, errors = program(*arguments)
        assert status == 2
        assert "holds letters that are no utf-8 text; set LC_ALL=C.UTF-8" in errors


def in_a_pseudo_terminal(program: Program, *arguments: str, **environment: str) -> str:
    """What a command writes to a terminal, as IPython's `!` gives it one."""
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
    with suppress(OSError):  # which Linux has for an end
        while found := os.read(ours, 65536):
            written += found
    os.close(ours)
    assert process.wait() == 0
    return written.decode()


# What ipykernel gives to what runs in a cell.
NOTEBOOK = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "JPY_PARENT_PID": "7",
}


def test_a_notebook_cell_gets_plain_lines(program: Program) -> None:
    """A terminal a display that is drawn over; a cell, which cannot draw over it, none of its codes."""
    options = (*QUICK, "--n-trials", "2", "--no-final", "--study-name")
    assert "\x1b[" in in_a_pseudo_terminal(program, *options, "a", TERM="xterm-256color")
    cell = in_a_pseudo_terminal(program, *options, "b", **NOTEBOOK)
    assert "\x1b" not in cell
    assert "trial 0: " in cell
    assert "\x1b" not in in_a_pseudo_terminal(program, *options, "c", TERM="dumb")


def test_a_file_gets_plain_lines_whatever_is_forced(program: Program) -> None:
    """FORCE_COLOR, which build servers set, makes no terminal of a file."""
    program.environment |= {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm"}
    status, output, errors = program(*QUICK, "--n-trials", "1", "--no-final")
    assert (status, errors) == (0, "")
    assert "\x1b" not in output


def test_alone_it_tells_what_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commands that are there, with options that they have."""
    status, output, errors = call(monkeypatch, capsys)
    assert (status, errors) == (0, "")
    told = re.findall(r"^  (xlt-search .*?)(?:  |$)", output, re.MULTILINE)
    assert len(told) >= 5
    names = {command.name or "" for command in app.app.registered_commands} | {"list"}
    names |= {
        command.callback.__name__ for command in app.app.registered_commands if command.callback
    }
    for line in told:
        first = line.split()[1]
        assert first.startswith("--") or first in names


@pytest.mark.parametrize(
    "arguments", [(), ("--help",), ("list",), ("show", "--help"), ("--version",)]
)
def test_what_only_tells_imports_little(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Neither Optuna nor SciPy: it takes a second to import them. No study was begun here."""
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


def test_show_needs_no_statistics() -> None:
    code = (
        "import sys; sys.argv = ['xlt-search', 'show', 'league']\n"
        "from xlt.search.cli.app import main\n"
        "main()\n"
        "assert not {'torch', 'scipy', 'plotly'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "results go to runs/league" in done.stdout


def test_shells_complete_names(tmp_path: Path) -> None:
    """Studies at hand, and those that were begun here."""
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
    """`--help` answers at once."""
    code = (
        "import sys; sys.argv = ['xlt-search', '--help']\n"
        "from xlt.search.cli.app import main\n"
        "try: main()\n"
        "finally: assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--n-trials" in done.stdout


def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """`xlt-search` in this process: for whatever ends before a worker starts."""
    monkeypatch.setattr(sys, "argv", ["xlt-search", *arguments])
    status = 0
    try:
        app.main()
    except SystemExit as end:
        status = int(end.code or 0)
    output, errors = capsys.readouterr()
    return status, output, errors


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
        (("dashboard", "--runs", "nope"), "no studies to show: there is no nope/xlt.db"),
        (("export", "league"), "no study 'league'"),
        (("export", "league", "--storage", "nosql://x"), "--storage nosql://x"),
        (("reproduce", "missing.toml"), "missing.toml: No such file"),
    ],
)
def test_mistakes_are_told_without_a_traceback(
    arguments: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Status 2, and the place and the remedy on the error stream."""
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
        (("transfer", "--sizes", "9" * 5000), "expected counts of sentences such as"),
        (("--study", "league", "--engine", "dask"), "--engine dask: expected one of local, ray"),
        (("export", "x", "--format", "tomll"), '; did you mean "toml"?'),
        (("--study", "league", "--cache-size", f"{'9' * 400}TB"), "expected a size such as 10GB"),
        (("--study", "league", "--set", f"space.d_model={'9' * 5000}"), "beyond TOML's 64 bits"),
        (("--studi", "league"), '--studi: no such option of xlt-search; did you mean "--study"?'),
        (("--study",), "--study: needs a value; xlt-search --help shows"),
        (("export", "league", "--quiet=x"), "--quiet: takes no value"),
        (("shwo", "league"), 'shwo: no such command; did you mean "show"?; commands are list'),
        (("league",), "to search the study: xlt-search --study league"),
        (("show",), "STUDY: is missing; xlt-search show --help shows"),
        (("--study", "league", "--runs", "/proc/x"), "/proc/x/league: no folder can be made there"),
        (("show", "league", "--measure", "--runs", "/proc/x"), "/proc/x: no folder can be made"),
        (("transfer", "--runs", "/proc/x"), "no folder can be made there; choose another one"),
        (("export", "x", "--storage", "sqlite:///x.db?timeout=y"), "a number in it cannot be read"),
        (("export", "x", "--storage", "postgresql+psycopg://h:x/y"), "a number in it cannot be"),
    ],
)
def test_no_raw_message_of_a_library_reaches_a_user(
    arguments: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """One line: what, where, what was expected and what to do next."""
    monkeypatch.chdir(tmp_path)
    status, _, errors = call(monkeypatch, capsys, *arguments)
    assert status == 2
    assert message in errors
    assert errors.startswith("xlt-search: ")
    assert errors.count("\n") == 1
    for raw in ("Input should be", "invalid literal", "Value error", "could not convert", "Errno"):
        assert raw not in errors


def test_list_and_show(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What is listed can be shown, and what is shown is a study again; begun ones are named."""
    monkeypatch.chdir(tmp_path)
    _, listed, _ = call(monkeypatch, capsys, "list")
    *lines, blank, hint = listed.splitlines()
    assert (blank, hint.startswith("xlt-search show NAME")) == ("", True)
    names = [line.partition(":")[0] for line in lines]
    assert names == ["league", "ner-few-shot", "ner-full", "ner-multilingual", "ner-zero-shot"]
    for name in names:
        said = ["--set", "search.seed=7", "--n-trials", "3", "--time-budget", "30m"]
        _, shown, _ = call(monkeypatch, capsys, "show", name, *said)
        file = tmp_path / "shown.toml"
        file.write_text(shown)
        changed = ["search.seed=7", "search.n_trials=3", "budget.time=30m"]
        assert load(str(file)) == load(name, changed)
        assert "# 3 configurations" in shown
        assert f"xlt-search --study {name} {' '.join(said)}; results go to" in shown
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "study.toml").touch()
    _, listed, _ = call(monkeypatch, capsys, "list", "--runs", str(tmp_path))
    begun = listed[listed.index(f"begun in {tmp_path}:") :].splitlines()
    assert "mine" in begun[-1]
    assert "not in this database" in begun[-1]


def test_list_tells_state_count_best_score_and_date_of_what_was_begun(program: Program) -> None:
    """Also where `--runs` stands before the command's name, which then hears it."""
    assert program(*QUICK, "--n-trials", "2", "--runs", "elsewhere")[0] == 0
    assert (
        program(
            *QUICK, "--n-trials", "1", "--no-final", "--runs", "elsewhere", "--study-name", "b"
        )[0]
        == 0
    )
    best = selected(load_study(None, program.folder / "elsewhere", "league"))
    status, output, errors = program("--runs", "elsewhere", "list")
    assert (status, errors) == (0, "")
    assert output == program("list", "--runs", "elsewhere")[1]
    rows = {line.split("|")[1].strip(): line for line in output.splitlines() if line[:1] == "|"}
    assert "| tested" in rows["league"]
    assert "| 2 of 2" in rows["league"]
    assert f"score {best.score:.2f} on validation at step {best.step}" in rows["league"]
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", rows["league"])
    assert "| searched, not tested" in rows["b"]


def test_an_option_before_a_command_is_heard_or_refused_never_ignored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """By one rule for all: whichever the command has reaches it, and the later one counts."""
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
        assert f"{option[0]}: {command} has no such option" in errors


def test_a_study_that_was_begun_is_found_by_its_name(program: Program) -> None:
    """As `make league` begins `demo`: searching goes on with it, and it can be shown."""
    assert program(*QUICK, "--n-trials", "1", "--study-name", "demo", "--no-final")[0] == 0
    status, output, errors = program(
        "--study", "demo", "--n-trials", "3", "--workers", "1", "--no-final"
    )
    assert (status, errors.splitlines()) == (
        0,
        ["demo: begun before; its definition is read from runs/demo/study.toml"],
    )
    assert "study demo: 1 of 3 configurations finished" in output
    assert len(program.store("demo").latest_by_config()) == 3
    status, output, _ = program("show", "demo")
    assert status == 0
    assert output.startswith("# demo: begun before; its definition is read from runs/demo/study")
    assert "results go to runs/demo" in output


def test_two_values_of_a_float_get_a_notice_that_says_how_to_write_a_range(
    program: Program, tmp_path: Path
) -> None:
    pair = ("--set", "space.learning_rate=[1e-6, 1e-4]")
    written = "space.learning_rate = {low = 1e-06, high = 0.0001}"
    _, output, _ = program(*QUICK, *pair, "--n-trials", "1", "--no-final")
    assert sum(line.startswith("notice: ") and written in line for line in output.splitlines()) == 1
    assert f"write {written}" in program("show", "league", *pair)[1]
    as_range = ("--set", written.replace(" = ", "=", 1))
    assert "notice" not in program("show", "league", *as_range)[1]
    # Sizes are values for most people, and three values are no range for anybody.
    for others in ("space.nhead=[4, 8]", "space.dropout=[0.1, 0.2, 0.3]"):
        assert "notice" not in program("show", "league", "--set", others)[1]


def test_version_prints_what_a_bug_report_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, output, _ = call(monkeypatch, capsys, "--version")
    assert status == 0
    for name in ("xlt-search", "torch", "transformers", "optuna"):
        assert f"{name} {version(name)}" in output.splitlines()
    assert f"Python {platform.python_version()}" in output.splitlines()
    assert platform.machine() in output


@pytest.mark.parametrize("command", [(), ("show",), ("dashboard",)])
def test_a_short_h_is_help(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, capsys, *command, "-h") == call(
        monkeypatch, capsys, *command, "--help"
    )


@pytest.mark.parametrize(
    ("host", "warned"), [(None, False), ("127.0.0.2", False), ("0.0.0.0", True)]
)
def test_a_dashboard_for_others_says_that_they_can_change_studies(
    host: str | None,
    warned: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only an address that was asked for is listened on."""
    served = []
    monkeypatch.setattr("xlt.search.report.dashboard.serve", lambda *given: served.append(given))
    given = ("--host", host) if host else ()
    status, _, errors = call(monkeypatch, capsys, "dashboard", *given)
    assert status == 0
    assert [each[2] for each in served] == [host or "127.0.0.1"]
    assert ("anyone who can reach this address can read, change and delete" in errors) == warned


def test_passwords_are_not_repeated(
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
