"""What README and docs tell people to type: each command and each block of code is run.

`xlt-search` trains toys here, in one folder a document, in the order of the text. What a document
says to save as a file is saved. Commands of other programs are proved to name what there is.
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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import optuna
import pytest
from commands import toy

ROOT = Path(__file__).parent.parent
# The log of experiments says what was typed once, on machines and data of its time.
LOG = ROOT / "docs" / "experiments.md"
DOCUMENTS = sorted(
    {ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")} - {LOG}
)
# They serve until they are ended, and say first where.
SERVERS = ("dashboard",)
# Clusters and databases have tests of their own, see `search/test_ray.py` and `test_postgresql.py`.
ELSEWHERE = ("--engine ray", "--ray-address", "postgresql+psycopg://")
# What a document may take to have been searched before.
STUDIES = ("league", "ner-zero-shot", "ner-few-shot")
# What marks a row of the table of claims.
ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
# Characters, besides values, by which a message is recognised in the source.
SHORTEST_MESSAGE = 10
PROGRAMS = ("xlt-search", "make", "pip", "python", "optuna-dashboard")


@dataclass(frozen=True)
class Block:
    """Code in a document."""

    language: str
    text: str
    file: str | None  # that it is to be saved as
    line: int


def blocks(path: Path) -> Iterator[Block]:
    """Fenced ones, and indented ones as the shell's."""
    lines = path.read_text(encoding="utf-8").splitlines()
    place, before = 0, ""
    while place < len(lines):
        line = lines[place]
        if fence := re.fullmatch(r"```(\w*)", line):
            end = lines.index("```", place + 1)
            named = re.search(r"[Ss]ave this as `([\w./-]+)`", before)
            text = "\n".join(lines[place + 1 : end])
            yield Block(fence[1], text, named[1] if named else None, place + 1)
            place, before = end + 1, ""
            continue
        if line.startswith("    ") and not before.startswith(("-", "|", "    ")):
            end = place
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end]):
                end += 1
            text = "\n".join(each[4:] for each in lines[place:end])
            yield Block("sh", text, None, place + 1)
            place = end
            continue
        before = line or before
        place += 1


def commands(path: Path) -> Iterator[tuple[float, str]]:
    """Those of the shell's blocks and of tables' first columns, by line."""
    for block in blocks(path):
        if block.language in ("sh", "bash", "console"):
            for offset, line in enumerate(block.text.splitlines()):
                text = re.sub(r"\s+# .*", "", line).strip()
                if text.split(" ")[0] in PROGRAMS:
                    yield block.line + offset, text
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("| `xlt-search "):
            for place, text in enumerate(re.findall(r"`(xlt-search [^`]+)`", line.split(" | ")[0])):
                yield number + place / 10, text


def documented() -> list[object]:
    return [pytest.param(path, id=path.name) for path in DOCUMENTS]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which studies were searched, as documents may take for granted."""
    folder = tmp_path_factory.mktemp("begun")
    for study in STUDIES:
        typed(f"xlt-search --study {study} --n-trials 3 --workers 1", folder)
    (folder / "DIR").mkdir()
    return folder


def forget(study: str, runs: Path) -> None:
    """A document that begins a study finds none."""
    optuna.delete_study(study_name=study, storage=f"sqlite:///{runs / 'xlt.db'}")
    shutil.rmtree(runs / study)


def program(line: str) -> list[str]:
    """A command on a toy of its task."""
    ner = re.search(r"\bner\b|ner-|\btransfer\b", line)
    return [sys.executable, *(toy("build", "toy_ner") if ner else toy("build_noisy"))]


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "TOY_LOG": str(folder / "toy.log")}


def typed(line: str, folder: Path) -> None:
    """Run one command of xlt-search's; it has to succeed."""
    arguments = shlex.split(line)[1:]
    command = [*program(line), *arguments]
    if arguments and arguments[0] in SERVERS:
        with subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, text=True
        ) as served:
            assert served.stdout is not None
            assert "http://127.0.0.1" in served.stdout.readline()
            served.terminate()
        return
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("path", documented())
def test_commands(path: Path, begun: Path, tmp_path: Path) -> None:
    """In the order of the text, in one folder."""
    folder = tmp_path / "here"
    shutil.copytree(begun, folder)
    files: dict[float, Block] = {each.line: each for each in blocks(path) if each.file}
    found = dict(commands(path))
    for study in STUDIES:
        begins = [line for line in found.values() if re.search(rf"--study {study}\b", line)]
        if any("--study-name" not in line for line in begins):
            forget(study, folder / "runs")
    for line in sorted({*files, *found}):
        if line in files:
            block = files[line]
            assert block.file is not None
            (folder / block.file).write_text(block.text, encoding="utf-8")
            continue
        first = shlex.split(found[line])[0]
        if first == "xlt-search" and not any(each in found[line] for each in ELSEWHERE):
            typed(found[line], folder)
        elif first == "make":
            target = shlex.split(found[line])[1:]
            subprocess.run(
                ["make", "--dry-run", *target], cwd=ROOT, check=True, capture_output=True
            )
        elif first == "pip":
            prove_installable(shlex.split(found[line])[2:])
        elif first == "python":
            script = shlex.split(found[line])[1]
            assert (ROOT / script).is_file() or (folder / script).is_file() or script == "-m"


def prove_installable(names: list[str]) -> None:
    """It is this package, by its name or its folder, with extras that it has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in names:
        if name.startswith("-"):
            continue
        found = re.fullmatch(r"([\w-]+|\.)(?:\[([\w,-]+)\])?", name)
        assert found is not None, name
        assert found[1] in (project["name"], ".")
        extras = set(found[2].split(",")) if found[2] else set()
        assert extras <= set(project["optional-dependencies"])


@pytest.mark.slow
@pytest.mark.parametrize("path", documented())
def test_python(path: Path, tmp_path: Path) -> None:
    """Each block as it stands, on the toy where it trains anything."""
    code = [block.text for block in blocks(path) if block.language == "python"]
    head = (
        "import functools, optuna, toy_objective\n"
        "from xlt.search.pipeline import optuna_objective, session\n"
        "options = functools.partial(session.Options, objective_factory=toy_objective.build)\n"
        "vars(optuna_objective)['Options'] = options\n"
    )
    # The module that a guide leaves to its reader.
    (tmp_path / "my_module.py").write_text("from toy_objective import build as build\n")
    for text in code:
        done = subprocess.run(
            [sys.executable, "-c", head + text],
            cwd=tmp_path,
            env=environment(tmp_path) | {"PYTHONPATH": str(ROOT / "tests" / "search")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stderr}"


@pytest.mark.parametrize("path", documented())
def test_toml(path: Path) -> None:
    for block in blocks(path):
        if block.language == "toml":
            tomllib.loads(block.text)


@pytest.mark.parametrize("path", [*documented(), pytest.param(LOG, id=LOG.name)])
def test_links(path: Path) -> None:
    """To files and headings that are there."""
    text = path.read_text(encoding="utf-8")
    for address in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", address):
            file, _, heading = address.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.exists(), address
            if heading:
                assert heading in anchors(target), address


def anchors(path: Path) -> set[str]:
    """What a link may name in a document: its headings, and the anchors in its tables."""
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in names}
    return slugs | set(ANCHOR.findall(text))


def test_each_claim_has_command_figure_machine_and_date() -> None:
    """And an anchor of its own, by which README and guides can link to it."""
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
    """A message that was reworded must not stay in the guide as it was."""
    patterns = list(messages())
    for block in blocks(ROOT / "docs" / "troubleshooting.md"):
        for line in block.text.splitlines():
            if line.startswith((" ", "ERROR: ")) or line.split(" ")[0] in PROGRAMS:
                continue  # details, pip's message, a command
            assert any(each.search(line) for each in patterns), line


def messages() -> Iterator[re.Pattern[str]]:
    """Each line of every longer string of the source, with anything where it has a value."""
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
    """Word for word, so that what was run is what people read."""
    told = {block.text for path in DOCUMENTS for block in blocks(path)}
    examples = list((ROOT / "docs" / "examples").glob("*.py"))
    assert examples
    for path in examples:
        text = path.read_text(encoding="utf-8").rstrip()
        assert text in told
        assert len(text.splitlines()) < 60


def test_the_example_prints_what_its_guide_shows() -> None:
    """The same words; numbers as far as another machine's rounding leaves them."""
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
    values = [[float(each) for each in number.findall(text)] for text in (printed, expected)]
    assert values[0] == pytest.approx(values[1], rel=0.02, abs=1e-4)


def test_no_guide_and_no_study_says_that_the_seeds_of_a_confirmation_chose_nothing() -> None:
    """They choose the winner. The log tells of other seeds, in experiments that chose nothing."""
    files = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "studies").glob("*.toml")]
    for file in files:
        if file.name != "experiments.md":
            text = " ".join(file.read_text(encoding="utf-8").replace("#", " ").split())
            assert "nothing was chosen on" not in text, file.name
            assert "not chosen on" not in text, file.name


def test_every_guide_is_linked() -> None:
    """README leads to each."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [
        path.name for path in (ROOT / "docs").glob("*.md") if f"docs/{path.name}" not in readme
    ]
    assert not missing


def test_commands_are_found() -> None:
    """Else all of the above would pass with nothing run."""
    found = [text for path in DOCUMENTS for _, text in commands(path)]
    assert sum(text.startswith("xlt-search") for text in found) > 10
