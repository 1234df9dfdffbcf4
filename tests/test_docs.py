"""Tests of README and docs: every command and every block of code in them runs.

`xlt-search` trains toy objectives here. The commands of a document run in the order of the text, in
one folder. Files that the reader should save are saved. Of other programs' commands, only the names
in them are checked.
"""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import optuna
import pytest
from commands import toy

ROOT = Path(__file__).parent.parent
# The log of experiments has commands of the past, for other machines and data.
LOG = ROOT / "docs" / "experiments.md"
DOCUMENTS = sorted(
    {ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")} - {LOG}
)
# Commands that serve until they are ended. Their first line has the address.
SERVERS = ("dashboard",)
# Clusters and databases are tested in `search/test_ray.py` and `search/test_postgresql.py`, searches
# of a task of one's own in `search/test_trainer_command.py`.
TESTED_ELSEWHERE = (
    *("--engine ray", "--ray-address", "postgresql+psycopg://"),
    *("--study my_task.py", "show my_task.py"),
)
# The reader's own data, for `xlt-search init`.
REVIEWS = "text,label\n" + "good,positive\nbad,negative\n" * 10
# Studies that exist before the commands of a document run.
STUDIES = ("league", "ner-zero-shot", "ner-few-shot")
# An anchor in a row of the table of claims.
ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
# Characters of a string in the source, without values, from which it can identify a message.
SHORTEST_MESSAGE = 10
PROGRAMS = ("xlt-search", "make", "pip", "python", "optuna-dashboard")


@dataclass(frozen=True)
class Block:
    """A block of code in a document."""

    language: str
    text: str
    file: str | None  # the name under which the reader saves it
    line: int


def blocks(path: Path) -> Iterator[Block]:
    """Yield fenced blocks, and indented blocks as shell commands."""
    lines = path.read_text(encoding="utf-8").splitlines()
    index, previous = 0, ""
    while index < len(lines):
        line = lines[index]
        if fence := re.fullmatch(r"```(\w*)", line):
            end = lines.index("```", index + 1)
            saved_as = re.search(r"[Ss]ave this as `([\w./-]+)`", previous)
            text = "\n".join(lines[index + 1 : end])
            yield Block(fence[1], text, saved_as[1] if saved_as else None, index + 1)
            index, previous = end + 1, ""
            continue
        if line.startswith("    ") and not previous.startswith(("-", "|", "    ")):
            end = index
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end]):
                end += 1
            text = "\n".join(code[4:] for code in lines[index:end])
            yield Block("sh", text, None, index + 1)
            index = end
            continue
        previous = line or previous
        index += 1


def commands(path: Path) -> Iterator[tuple[float, str]]:
    """Yield the commands in shell blocks and in first columns of tables, with their lines."""
    for block in blocks(path):
        if block.language in ("sh", "bash", "console"):
            for offset, line in enumerate(block.text.splitlines()):
                text = re.sub(r"\s+# .*", "", line).strip()
                if text.split(" ")[0] in PROGRAMS:
                    yield block.line + offset, text
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("| `xlt-search "):
            texts = re.findall(r"`(xlt-search [^`]+)`", line.split(" | ")[0])
            yield from ((number + position / 10, text) for position, text in enumerate(texts))


def documented() -> list[object]:
    return [pytest.param(path, id=path.name) for path in DOCUMENTS]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `STUDIES` were searched."""
    folder = tmp_path_factory.mktemp("searched")
    for study in STUDIES:
        run_command(f"xlt-search --study {study} --n-trials 3 --workers 1", folder)
    (folder / "DIR").mkdir()
    return folder


def delete_study(study: str, runs: Path) -> None:
    for database in ("search.db", "dashboard.db"):
        optuna.delete_study(study_name=study, storage=f"sqlite:///{runs / database}")
    shutil.rmtree(runs / study)


def program(line: str) -> list[str]:
    """The program that runs a command on the toy objective of its task."""
    ner = re.search(r"\bner\b|ner-|\btransfer\b", line)
    return [sys.executable, *(toy("build", "toy_ner") if ner else toy("build_noisy"))]


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "TOY_LOG": str(folder / "toy.log")}


def run_command(line: str, folder: Path) -> None:
    """Run a command of xlt-search, which has to succeed."""
    arguments = shlex.split(line)[1:]
    command = [*program(line), *arguments]
    if arguments and arguments[0] in SERVERS:
        with subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            assert "http://127.0.0.1" in server.stdout.readline()
            server.terminate()
        return
    result = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("path", documented())
def test_commands(path: Path, searched: Path, tmp_path: Path) -> None:
    """All commands of a document succeed in the order of the text, in one folder."""
    folder = tmp_path / "here"
    shutil.copytree(searched, folder)
    (folder / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    files: dict[float, Block] = {block.line: block for block in blocks(path) if block.file}
    by_line = dict(commands(path))
    for study in STUDIES:
        starts = [text for text in by_line.values() if re.search(rf"--study {study}\b", text)]
        if any("--study-name" not in text for text in starts):
            delete_study(study, folder / "runs")  # the document starts it
    for line in sorted({*files, *by_line}):
        if line in files:
            block = files[line]
            assert block.file is not None
            (folder / block.file).write_text(block.text, encoding="utf-8")
            continue
        text = by_line[line]
        name, *arguments = shlex.split(text)
        if name == "xlt-search" and not any(part in text for part in TESTED_ELSEWHERE):
            run_command(text, folder)
        elif name == "make":
            command = ["make", "--dry-run", *arguments]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        elif name == "pip":
            check_installable(arguments[1:])
        elif name == "python":
            script = arguments[0]
            assert (ROOT / script).is_file() or (folder / script).is_file() or script == "-m"


def check_installable(names: list[str]) -> None:
    """Check that the arguments of `pip install` are this package, with extras that it has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in names:
        if name.startswith("-"):
            continue
        match = re.fullmatch(r"([\w-]+|\.)(?:\[([\w,-]+)\])?", name)
        assert match is not None, name
        assert match[1] in (project["name"], ".")
        extras = set(match[2].split(",")) if match[2] else set()
        assert extras <= set(project["optional-dependencies"])


@pytest.mark.slow
@pytest.mark.parametrize("path", documented())
def test_python(path: Path, tmp_path: Path) -> None:
    """Every block of Python runs, with the toy objective where it trains."""
    code = [block.text for block in blocks(path) if block.language == "python"]
    head = (
        "import functools, optuna, toy_objective\n"
        "from xlt.search.pipeline import optuna_objective, options\n"
        "toy_options = functools.partial(options.Options, objective_factory=toy_objective.build)\n"
        "vars(optuna_objective)['Options'] = vars(options)['Options'] = toy_options\n"
    )
    # The module of the reader in the guide on objectives.
    (tmp_path / "my_module.py").write_text("from toy_objective import build as build\n")
    for text in code:
        result = subprocess.run(
            [sys.executable, "-c", head + text],
            cwd=tmp_path,
            env=environment(tmp_path) | {"PYTHONPATH": str(ROOT / "tests" / "search")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, f"{text}\n{result.stderr}"


@pytest.mark.parametrize("path", documented())
def test_toml(path: Path) -> None:
    for block in blocks(path):
        if block.language == "toml":
            tomllib.loads(block.text)


@pytest.mark.parametrize("path", [*documented(), pytest.param(LOG, id=LOG.name)])
def test_links(path: Path) -> None:
    """Links lead to files and headings that exist."""
    text = path.read_text(encoding="utf-8")
    for address in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", address):
            file, _, heading = address.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.exists(), address
            if heading:
                assert heading in anchors(target), address


def anchors(path: Path) -> set[str]:
    """The headings of a document, and the anchors in its tables, as links name them."""
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in names}
    return slugs | set(ANCHOR.findall(text))


def test_each_claim_has_command_figure_machine_and_date() -> None:
    """It also has its own anchor, so that README and guides can link to it."""
    text = LOG.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith('| <a id="claim-')]
    assert rows
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 5, row
        assert all(cells), row
        assert re.search(r"\d{4}-\d\d-\d\d", cells[4]), row
    names = ANCHOR.findall(text)
    assert len(names) == len(set(names))


def test_the_citation_names_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert f"version: {project['version']}" in lines
    assert f"license: {project['license']}" in lines


def test_messages_in_the_troubleshooting_guide_are_those_of_the_code() -> None:
    """The guide quotes the current wording of every message."""
    patterns = list(messages())
    for block in blocks(ROOT / "docs" / "troubleshooting.md"):
        for line in block.text.splitlines():
            if line.startswith((" ", "ERROR: ")) or line.split(" ")[0] in PROGRAMS:
                continue  # details, pip's message, a command
            assert any(pattern.search(line) for pattern in patterns), line


def messages() -> Iterator[re.Pattern[str]]:
    """Yield the lines of all longer strings in the source, with wildcards for values."""
    for folder in ("search", "objectives", "spaces", "studies"):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            inner = {
                id(part)
                for node in nodes
                if isinstance(node, ast.JoinedStr)
                for part in node.values
            }
            for node in nodes:
                if id(node) in inner:
                    continue
                parts = node.values if isinstance(node, ast.JoinedStr) else [node]
                text = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "\0" for part in parts
                )
                for line in text.split("\n"):
                    if len(line.replace("\0", "").strip()) >= SHORTEST_MESSAGE:
                        yield re.compile(".*".join(map(re.escape, line.strip().split("\0"))))


def test_examples_are_those_of_the_guides() -> None:
    """The guides show the tested files word for word."""
    shown = {block.text for path in DOCUMENTS for block in blocks(path)}
    examples = list((ROOT / "docs" / "examples").glob("*.py"))
    assert examples
    for path in examples:
        text = path.read_text(encoding="utf-8").rstrip()
        assert text in shown
        assert len(text.splitlines()) < 60


def test_the_example_prints_what_its_guide_shows() -> None:
    """The words are equal, and the numbers are close: other machines round differently."""
    guide = (ROOT / "docs" / "own-objective.md").read_text(encoding="utf-8")
    shown = re.search(r"^    baseline: .*\n    best: .*$", guide, re.MULTILINE)
    assert shown
    example = ROOT / "docs" / "examples" / "quadratic.py"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(example)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)

    number = re.compile(r"-?\d[\d.]*")
    printed, expected = ran.stdout.strip(), textwrap.dedent(shown[0])
    assert number.sub("N", printed) == number.sub("N", expected)
    values = [[float(value) for value in number.findall(text)] for text in (printed, expected)]
    assert values[0] == pytest.approx(values[1], rel=0.02, abs=1e-4)


def test_no_guide_and_no_study_says_that_the_new_seeds_chose_nothing() -> None:
    """They choose the winner. The log also has seeds that chose nothing."""
    files = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "studies").glob("*.toml")]
    for file in files:
        if file.name != "experiments.md":
            text = " ".join(file.read_text(encoding="utf-8").replace("#", " ").split())
            assert "nothing was chosen on" not in text, file.name
            assert "not chosen on" not in text, file.name


def test_every_guide_is_linked() -> None:
    """The README has a link to every guide."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [
        path.name for path in (ROOT / "docs").glob("*.md") if f"docs/{path.name}" not in readme
    ]
    assert not missing


def test_commands_are_found() -> None:
    """Otherwise the tests above would pass without running anything."""
    texts = [text for path in DOCUMENTS for _, text in commands(path)]
    assert sum(text.startswith("xlt-search") for text in texts) > 10


def test_the_korean_readme_has_the_same_commands_figures_and_links() -> None:
    """Output, commands, claims and every number in digits; words may stand for other numbers."""
    english, korean = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md")
    )
    for pattern in (r"(?ms)^```\n.*?^```", r"(?m)^    .+", r"\(docs/experiments.md#[\w-]+\)"):
        assert re.findall(pattern, korean) == re.findall(pattern, english), pattern
    commands = r"(?m)^\| (`xlt-search [^`]+`) \|"
    assert re.findall(commands, korean) == re.findall(commands, english)
    links = re.compile(r"\]\((?!#)([^)\s]+)\)")
    # The guides in Korean come first.
    assert set(links.findall(english)) - set(links.findall(korean)) == {"README.ko.md"}
    digits = re.compile(r"\d[\d,.]*\d|\d")
    missing = Counter(digits.findall(english)) - Counter(digits.findall(korean))
    assert not missing


def test_the_repository_has_one_address() -> None:
    """It is set in `pyproject.toml`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project["urls"]["Repository"].removeprefix("https://github.com/")
    files = [ROOT / "README.md", ROOT / "README.ko.md", ROOT / "CITATION.cff"]
    for file in (*files, *(ROOT / "notebooks").glob("*.ipynb")):
        found = re.findall(r"github(?:\.com)?/([\w-]+/xlt-search)", file.read_text("utf-8"))
        assert set(found) == {address}, f"{file.name}: expected {address}, as in pyproject.toml"
