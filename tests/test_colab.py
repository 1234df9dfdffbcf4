"""The requirements agree with what Colab's runtime has installed."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FREEZE = ROOT / "tests/colab/pip-freeze.gpu.txt"
# Packages that may be loaded before the cell that installs xlt-search runs, or take long to replace.
KEPT = {"torch", "transformers", "tokenizers", "numpy", "safetensors", "scipy", "pydantic"}
# Packages that are replaced. datasets 4 reads a table whose columns mix numbers and words otherwise.
REPLACED = {"datasets"}


def installed() -> dict[str, str]:
    """The version of each package of the runtime, without those that come from elsewhere."""
    lines = FREEZE.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line)
    return {canonicalize_name(name): version for name, version in pairs}


def test_an_installation_keeps_the_runtimes_packages() -> None:
    """It adds what the runtime lacks, and replaces nothing but `REPLACED`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime, missing = installed(), set()
    for requirement in map(Requirement, project["dependencies"]):
        name = canonicalize_name(requirement.name)
        if name not in runtime:
            missing.add(name)
            continue
        if name in REPLACED:
            continue
        assert requirement.specifier.contains(runtime[name], prereleases=True), (
            f"{requirement}: the runtime has {runtime[name]}, which would be replaced"
        )
    assert not KEPT & (missing | REPLACED)
    assert "optuna" in missing
