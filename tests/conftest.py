"""What holds for all tests: one thread, and no deadlines on a machine that may be busy; a server."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Before anything imports PyTorch, which reads it then. More threads than cores slow everything.
os.environ["OMP_NUM_THREADS"] = "1"
# Before anything imports MLflow.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import pytest
from hypothesis import settings
from postgresql_server import Server

if TYPE_CHECKING:
    from cli_program import Program

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running PostgreSQL server; who stops it starts it again."""
    folder = Path(tempfile.mkdtemp(prefix="xlt-postgresql-"))  # pytest's are closed to others
    try:
        folder.chmod(0o755)
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def program(tmp_path: Path) -> "Program":
    """`xlt-search` on the toy objective, in a folder of its own."""
    from cli_program import Program  # imports Optuna, which most tests do not need

    return Program(tmp_path)
