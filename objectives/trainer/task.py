"""What a user's file declares: a fine-tuning around a `transformers.Trainer`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from xlt.spaces.space import Space

if TYPE_CHECKING:
    from transformers import Trainer

# Scores a model on a data set; returns metrics by their names, with or without the prefix.
Evaluate: TypeAlias = Callable[["Trainer", Any, str], Mapping[str, float]]


def _evaluate(trainer: "Trainer", data: Any, prefix: str) -> Mapping[str, float]:
    return trainer.evaluate(data, metric_key_prefix=prefix)


@dataclass(frozen=True)
class TrainerTask:
    """A fine-tuning to tune. A study's `task` is the path of the file that has one.

    A step is a fixed share of the training, whatever its number of epochs, batch size and optimizer
    steps: of 1,000 steps, rung 300 is after 30 % of them.

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
        cost: How long a full training takes, compared with others, in any unit: by default all take
            the same time.
        min_gain: The least gain, in points of the score, that is worth a full training of the
            baseline.
        steps: The steps of a full training. It can pause only at a whole step.
    """

    space: Space
    build: Callable[[Mapping[str, Any], int], "Trainer"]
    metric: str
    test_data: Callable[[], Any]
    maximize: bool = True
    percent: bool = False
    evaluate: Evaluate = _evaluate
    cost: Callable[[Mapping[str, Any]], float] = lambda config: 1.0
    min_gain: float = 0.1
    steps: int = 1000

    @property
    def metric_name(self) -> str:
        """How the score is printed."""
        return self.metric if self.maximize else f"-{self.metric}"

    @property
    def factor(self) -> float:
        """A score is the metric times this."""
        return (100.0 if self.percent else 1.0) * (1.0 if self.maximize else -1.0)
