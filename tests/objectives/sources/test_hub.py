"""The hub: time limits, offline mode, and errors."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import datasets
import pytest
from samples import hub_tables, many

from xlt.objectives.sources import hub
from xlt.objectives.sources.text_files import CorpusError
from xlt.objectives.translation.corpora import PARTS, load
from xlt.objectives.translation.embedded import corpus as embedded


@pytest.mark.parametrize("answers", [True, False])
def test_libraries_are_offline_only_if_the_hub_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    """Then no request is sent. Afterwards the flags are restored."""
    from huggingface_hub import constants

    flags: list[tuple[bool, bool]] = []
    plain = hub_tables("plain", [])

    def read() -> tuple[bool, bool]:
        return datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE

    def load_dataset(path: str, **options: Any) -> datasets.Dataset:
        flags.append(read())
        return plain(path, **options)

    before = read()
    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    monkeypatch.setattr(hub, "_ask_hub", lambda *_: answers)
    assert load("hub").source == "hub"  # Without an answer, from the cache.
    assert flags == [before if answers else (True, True)] * len(PARTS)
    assert read() == before


def test_auto_without_a_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After a time limit the embedded corpus is used, with a notice."""
    monkeypatch.delenv("XLT_DATA", raising=False)
    monkeypatch.setattr(hub, "HUB_SECONDS", 0.3)
    monkeypatch.setattr(hub, "_ask_hub", lambda *_: time.sleep(30))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    monkeypatch.setattr(embedded, "generate", lambda **_: {part: many(40) for part in PARTS})
    begun = time.perf_counter()
    corpus = load("auto")
    assert time.perf_counter() - begun < 5
    assert corpus.synthetic
    assert corpus.source == "synthetic"
    assert corpus.notices[0].startswith("The hub did not answer within 5 seconds")
    assert corpus.notices[0].endswith("The embedded corpus serves instead.")


def test_hub_without_a_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Source "hub" raises an error that names alternatives, and uses no other corpus."""

    def unreachable(*_: list[str]) -> bool:
        raise OSError("no route")

    monkeypatch.setattr(hub, "_ask_hub", unreachable)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    with pytest.raises(CorpusError, match=r"cannot be read from its cache .* --data synthetic"):
        load("hub")


def test_hub_that_answers_without_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error differs from that of a hub that does not answer."""

    def broken(path: str, **options: Any) -> datasets.Dataset:
        raise ValueError("moved")

    monkeypatch.setattr(datasets, "load_dataset", broken)
    monkeypatch.setattr(hub, "_ask_hub", lambda *_: True)
    with pytest.raises(CorpusError, match=r"answered, but .* cannot be loaded .*ValueError"):
        load("hub")


def test_unknown_name_on_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error differs from that of a network that is down."""
    monkeypatch.setattr(hub, "_ask_hub", lambda *_: False)

    def load() -> None:
        raise OSError("not cached")

    with pytest.raises(CorpusError, match=r"shows no xlm-roberta-bas .*another encoder"):
        hub.from_hub([], load, models=["xlm-roberta-bas"])


@pytest.mark.slow
def test_a_hub_that_accepts_and_never_answers(tmp_path: Path) -> None:
    """With nothing replaced: a process given such a hub gives up after some 5 seconds."""
    program = (
        "import json, time\n"
        "from xlt.objectives.sources.text_files import CorpusError\n"
        "from xlt.objectives.translation import corpora\n"
        "import datasets\n"
        "begun = time.perf_counter()\n"
        "try:\n"
        "    corpora.load('hub')\n"
        "except CorpusError as error:\n"
        "    print(json.dumps([time.perf_counter() - begun, str(error)]))\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        environment = {
            **os.environ,
            "HF_ENDPOINT": f"http://127.0.0.1:{server.getsockname()[1]}",
            "HF_HOME": str(tmp_path),
        }
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
            timeout=120,
        )
    seconds, message = json.loads(done.stdout.splitlines()[-1])
    assert 4 < seconds < 15
    assert "did not answer within 5 seconds" in message
