"""A `TrainerTask` as the search sees it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from xlt.objectives.cost_profile import CostProfile, Speed
from xlt.objectives.notebook_code import dictionary
from xlt.objectives.objective import Configuration, Objective
from xlt.objectives.task import Settings, TaskSpec
from xlt.objectives.trainer.task import TrainerTask

_USAGE = """\
The folder is what `Trainer.save_model` writes. Load it with `from_pretrained("final")` of the model's class, and the
tokenizer with `AutoTokenizer.from_pretrained("final")`."""


@dataclass(frozen=True)
class TrainerProtocol:
    """The constants of a `TrainerTask`: a step is this share of the training."""

    steps: int


def spec_of(task: TrainerTask, name: str, file: Path) -> TaskSpec:
    """The `TaskSpec` of a task that `file` declares, for studies that call it `name`."""
    return TaskSpec(
        name=name,
        space=task.space,
        protocol=TrainerProtocol(task.steps),
        metric=task.metric_name,
        steps=lambda settings: task.steps,
        make_objective=partial(_make_objective, task, file),
        cost=CostProfile(
            run_units=partial(_units_of_run, task),
            test_units=lambda config, step, settings: {"scoring": 1.0},
            # Anything, until something was measured.
            speed={"cpu": Speed(0.3, power=0.0), "cuda": Speed(0.03, power=0.0)},
            size=1.0,
            scale=lambda settings: 1.0,
        ),
        card_header=("library_name: transformers",),
        usage=lambda folder: _USAGE,
        notebook=partial(_notebook, file),
        min_gain=task.min_gain,
    )


def _make_objective(
    task: TrainerTask,
    file: Path,
    source: str,
    cache: Path,
    device: str,
    precision: str,
    settings: Settings,
) -> Objective:
    # Importing PyTorch takes seconds, which commands that only list studies need not wait for.
    from xlt.objectives.trainer.objective import TrainerObjective

    return TrainerObjective(task, file, source, cache, device, precision)


def _units_of_run(
    task: TrainerTask,
    config: Configuration,
    begin: int,
    end: int,
    rungs: Sequence[int],
    _: Mapping[str, Any],
) -> dict[str, float]:
    """In steps of the baseline, so that the unit of the task's cost does not matter."""
    scorings = len({step for step in (*rungs, end) if begin < step <= end})
    relative = task.cost(config) / task.cost(task.space.baseline_config)
    return {"training": relative * (end - begin), "scoring": float(scorings)}


def _notebook(file: Path, config: Configuration, settings: Settings, seed: int) -> Iterator[str]:
    yield f"from {file.stem} import TASK  # {file.name} must be in this folder"
    yield ""
    yield from dictionary("CONFIG", config)
    yield ""
    yield f"trainer = TASK.build(CONFIG, {seed})"
    yield "trainer.train()"
