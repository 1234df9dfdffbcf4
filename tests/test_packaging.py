"""The wheel must hold what the checkout holds."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("objectives", "search", "spaces", "studies")


def test_every_package_folder_is_listed() -> None:
    """A folder left off the list imports from a checkout but not from the wheel."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = set(config["tool"]["setuptools"]["packages"])
    mapped = config["tool"]["setuptools"]["package-dir"]

    found = {
        "xlt." + ".".join(init.parent.relative_to(ROOT).parts)
        for folder in FOLDERS
        for init in (ROOT / folder).rglob("__init__.py")
    }

    assert listed == found
    assert mapped == {name: name.removeprefix("xlt.").replace(".", "/") for name in found}


@pytest.mark.parametrize(
    "extra", ["offline", "ray", "postgresql", "tensorboard", "mlflow", "wandb"]
)
def test_what_is_missing_is_said_as_declared(extra: str) -> None:
    """Messages name the packages of an extra themselves: that works in any installation."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (requirement,) = config["project"]["optional-dependencies"][extra]
    code = [file.read_text() for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]

    assert any(f"pip install '{requirement}'" in text for text in code)


def test_make_names_the_pythons_it_takes_when_its_own_is_too_old(tmp_path: Path) -> None:
    """Before anything is installed; it has the package's own floor, whatever that is."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    floor = config["project"]["requires-python"].removeprefix(">=")
    major, minor = map(int, floor.split("."))
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "old-python"
    # Python itself, that says that it is older.
    older = f"import sys; sys.version_info = ({major}, {minor - 1}, 13); exec(sys.argv[2])"
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{older}' \"$@\"\n")
    python.chmod(0o755)
    for given, why in ((python, f"is Python {major}.{minor - 1}.13"), ("nopython", "no such")):
        done = subprocess.run(
            ["make", "install", f"PYTHON={given}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert why in done.stderr
        assert f"needs {floor} or later" in done.stderr.replace("Python 3", "3")
        assert f"make install PYTHON=python{floor}" in done.stderr
        assert not (tmp_path / ".venv").exists()


def test_every_folder_with_code_is_a_package() -> None:
    folders = {file.parent for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")}

    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_type_checkers_see_every_folder() -> None:
    """`.typing/xlt/` must link each folder, or mypy and pyright lose it."""
    links = {link.name: link.resolve() for link in (ROOT / ".typing" / "xlt").iterdir()}

    assert links == {folder: ROOT / folder for folder in FOLDERS}


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="xlt-search")

    assert command.value == "xlt.search.cli.app:main"


def test_help_does_not_import_torch() -> None:
    """`xlt-search --help` must answer at once."""
    code = "import sys, xlt.search.cli.app; print('torch' in sys.modules)"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_checkout(tmp_path: Path) -> None:
    """All but what Python caches; built from a copy, since setuptools leaves a `build` behind."""
    checkout = tmp_path / "checkout"
    for folder in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, checkout / folder, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, checkout)
    expected = {
        f"xlt/{file.relative_to(checkout).as_posix()}"
        for folder in FOLDERS
        for file in (checkout / folder).rglob("*")
        if file.is_file()
    }

    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, checkout], check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("xlt/")}
    assert held == expected
