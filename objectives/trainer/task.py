"""A fine-tuning that a user's file describes, as a task."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from xlt.objectives.cost_profile import CostProfile
from xlt.objectives.notebook_code import dictionary
from xlt.objectives.objective import Configuration, Objective
from xlt.objectives.task import Settings, TaskSpec
from xlt.spaces.space import Space

if TYPE_CHECKING:
    from transformers import Trainer

# Scores a model on a data set; returns metrics by their names, with or without the prefix.
Evaluate: TypeAlias = Callable[["Trainer", Any, str], Mapping[str, float]]

_USAGE = """\
The folder is what `Trainer.save_model` writes. Load it with `from_pretrained("final")` of the model's class, and the
tokenizer with `AutoTokenizer.from_pretrained("final")`."""


def _evaluate(trainer: "Trainer", data: Any, prefix: str) -> Mapping[str, float]:
    return trainer.evaluate(data, metric_key_prefix=prefix)


@dataclass(frozen=True)
class TrainerProtocol:
    """The constants of a `TrainerTask`: a step is this share of the training."""

    steps: int


@dataclass(frozen=True)
class TrainerTask:
    """A fine-tuning to tune. A study's `task` is the path of the file that has one.

    Rungs and scores are counted in hundredths of the training, whatever its number of epochs,
    batch size and optimiser steps: a configuration with rung 30 is scored after 30 % of them.

    Attributes:
        space: What is tuned, with the baseline.
        build: Returns a new `Trainer` for a configuration and a seed, with `seed` as the seed of
            its arguments. Its evaluation set is the validation set, which chooses.
        metric: The metric that decides, such as "accuracy": a key of what `evaluate` returns,
            without its prefix.
        test_data: Returns the test set, which nothing but the final scores reads.
        maximize: Whether a higher metric is better. The score of a loss is its negative.
        percent: Whether the metric is a share, from 0 to 1. Its score has points from 0 to 100.
        evaluate: How a model is scored; `Trainer.evaluate` unless given.
        steps: The steps of the full training, as rungs count them.
    """

    space: Space
    build: Callable[[Configuration, int], "Trainer"]
    metric: str
    test_data: Callable[[], Any]
    maximize: bool = True
    percent: bool = False
    evaluate: Evaluate = _evaluate
    steps: int = 100

    @property
    def metric_name(self) -> str:
        """How the score is printed."""
        return self.metric if self.maximize else f"-{self.metric}"

    @property
    def factor(self) -> float:
        """A score is the metric times this."""
        return (100.0 if self.percent else 1.0) * (1.0 if self.maximize else -1.0)

    def spec(self, name: str, file: Path) -> TaskSpec:
        """The task, for studies that call it `name`; `file` declares it."""
        return TaskSpec(
            name=name,
            space=self.space,
            protocol=TrainerProtocol(self.steps),
            metric=self.metric_name,
            steps=lambda settings: self.steps,
            make_objective=_ObjectiveMaker(self, file),
            cost=CostProfile(
                run_units=_units_of_run,
                test_units=lambda config, step, settings: {"scoring": 1.0},
                # Anything, until something was measured.
                seconds_per_unit={"cpu": 3.0, "cuda": 0.3},
                size=1.0,
                power=0.0,
                scale=lambda settings: 1.0,
            ),
            card_header=("library_name: transformers",),
            usage=lambda folder: _USAGE,
            notebook=_notebook,
        )


@dataclass(frozen=True)
class _ObjectiveMaker:
    task: TrainerTask
    file: Path

    def __call__(
        self, source: str, cache: Path, device: str, precision: str, settings: Settings
    ) -> Objective:
        # Importing PyTorch takes seconds, which commands that only list studies need not wait for.
        from xlt.objectives.trainer.objective import TrainerObjective

        return TrainerObjective(self.task, self.file, source, cache, device, precision)


def _units_of_run(
    config: Configuration, begin: int, end: int, rungs: Sequence[int], _: Mapping[str, Any]
) -> dict[str, float]:
    scorings = len({step for step in (*rungs, end) if begin < step <= end})
    return {"training": float(end - begin), "scoring": float(scorings)}


def _notebook(config: Configuration, settings: Settings, seed: int) -> Iterator[str]:
    yield from dictionary("CONFIG", config)
