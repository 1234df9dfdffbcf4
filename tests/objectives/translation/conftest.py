"""A league on a small corpus, under a shortened protocol."""

from pathlib import Path

import pytest
from samples import SHORT, write_corpus

from xlt.objectives.translation.league import League


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def league(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> League:
    return League(str(corpus), tmp_path_factory.mktemp("cache"), "cpu", SHORT)
