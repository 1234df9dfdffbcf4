"""Tasks that users' files declare."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_task

from xlt.objectives.tasks import TASKS
from xlt.objectives.trainer.spec import spec_of
from xlt.spaces.errors import InputError
from xlt.studies import study as studies

FILE = Path(tiny_task.__file__)


def test_a_path_names_a_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FILE, tmp_path / "mine.py")
    monkeypatch.chdir(tmp_path)
    task = TASKS["mine.py"]
    assert (task.name, task.metric, task.steps({})) == ("mine.py", "accuracy", 20)
    assert "mine.py" in TASKS
    assert "mine.py" not in list(TASKS)
    assert "unknown" not in TASKS


def test_a_file_is_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is the file's; every key can be set."""
    shutil.copy(FILE, tmp_path / "My_Task.py")
    monkeypatch.chdir(tmp_path)
    study = studies.load("My_Task.py", ["budget.rungs=[5, 20]", "space.batch_size=4"])
    assert (study.name, study.task, study.steps) == ("my_task", "My_Task.py", 20)
    assert list(study.budget.rungs) == [5, 20]
    assert study.space.by_name["batch_size"].fixed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "task: mine.py: there is no such file"),
        ("", "declares 0 tasks; expected one"),
        (
            "from tiny_task import TASK\nfrom dataclasses import replace\nB = replace(TASK)",
            "2 tasks",
        ),
    ],
)
def test_files_without_a_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "mine.py").write_text(text)
    with pytest.raises(InputError, match=message):
        studies.load("mine.py")


def test_a_file_may_define_dataclasses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They look their module up, and other names for the same task are no second task."""
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "from tiny_task import TASK\n\n@dataclass\nclass Collator:\n    size: int\n\nALIAS = TASK\n"
    )
    (tmp_path / "mine.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert TASKS["mine.py"].metric == "accuracy"


def test_an_error_in_the_file_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZeroDivisionError):
        studies.load("broken.py")


def test_the_unit_of_the_cost_does_not_matter() -> None:
    """Costs are those of the baseline's steps."""

    def units(unit: float) -> object:
        task = replace(tiny_task.TASK, cost=lambda config: unit / config["batch_size"])
        return spec_of(task, "mine.py", FILE).cost.run_units({"batch_size": 8}, 5, 20, [10, 20], {})

    assert units(1.0) == units(1e6) == {"training": 7.5, "scoring": 2.0}
