"""One study of the toy objective, which the tests of the report share."""

from pathlib import Path

import pytest
from records import searched

from xlt.search.report.facts import Facts, read
from xlt.search.storage.store import Store


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "runs"


@pytest.fixture(scope="session")
def store(runs: Path) -> Store:
    return searched(runs, "search.n_trials=24", "search.sampler=random")


@pytest.fixture(scope="session")
def facts(store: Store) -> Facts:
    return read(store)
