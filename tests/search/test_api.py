"""The public API is what `xlt.search` lists."""

import subprocess
import sys

import xlt.search


def test_every_listed_name_can_be_imported() -> None:
    """So can nothing else."""
    for name in xlt.search.__all__:
        assert callable(getattr(xlt.search, name))
    assert not hasattr(xlt.search, "no_such_name")


def test_the_api_alone_imports_no_heavy_library() -> None:
    """A command that only lists studies need not wait for Optuna or PyTorch."""
    code = "import sys, xlt.search; print(*sorted({'optuna', 'torch'} & sys.modules.keys()))"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not output.stdout.strip()
