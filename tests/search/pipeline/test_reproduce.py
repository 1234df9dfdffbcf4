"""An invalid export is refused before anything is trained."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import toy_objective
from records import RECORD

from xlt.search.pipeline.options import Options
from xlt.search.pipeline.reproduce import reproduce
from xlt.spaces.errors import InputError

NESTED: list[Any] = []
for _ in range(25):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"configuration": RECORD["configuration"] | {"d_model": 10**9}}, "configuration: d_model"),
        ({"configuration": {"d_model": 128}}, "configuration: nhead is missing"),
        ({"study": RECORD["study"] | {"task": "nothing"}}, "study: task"),
        (
            {"study": RECORD["study"] | {"protocol": {"beams": 64}}},
            "study: protocol.beams",
        ),
        ({"data": RECORD["data"] | {"settings": {"../x": "a"}}}, "data: --set settings.../x"),
        ({"study": RECORD["study"] | {"space": {"x": NESTED}}}, "is nested too deeply"),
        ({"data": RECORD["data"] | {"fingerprint": "other"}}, "was made on other data"),
    ],
)
def test_invalid_exports_are_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    """The study in an export is validated like any other; messages name the file and the key."""
    file = tmp_path / "best.toml"
    file.write_text(tomli_w.dumps(RECORD | changes))
    options = Options(runs=tmp_path / "runs", objective_factory=toy_objective.build)
    with pytest.raises(InputError, match=re.escape(str(file)) + ".*" + re.escape(message)):
        reproduce(file, options, lambda _: None, threading.Event())
    assert not list(tmp_path.glob("runs/*"))
