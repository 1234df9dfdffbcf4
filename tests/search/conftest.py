"""Fixtures of the tests that search on a toy objective in this process."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from in_process import Command


@pytest.fixture
def toy_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The file that toy objectives write a line to for each job; Optuna only warns."""
    import optuna  # slow to import, and most tests do not need it

    log = tmp_path / "toy.log"
    monkeypatch.setenv("TOY_LOG", str(log))
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield log
    optuna.logging.set_verbosity(verbosity)


@pytest.fixture
def command(toy_log: Path, tmp_path: Path) -> "Command":
    """`xlt-search` on the toy objective, in this process."""
    from in_process import Command

    return Command(tmp_path / "runs")
