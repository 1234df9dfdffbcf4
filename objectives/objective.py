"""The contract between search and training.

Search never sees a tensor; training never sees a trial. Between them pass a configuration
(a mapping of names to plain values), a seed, a step, and an `Evaluation`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

Value: TypeAlias = bool | int | float | str
Configuration: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True)
class Progress:
    """Where a run is and how fast it is."""

    stage: str  # a stage's name, or "decode" while a model is scored
    step: int  # steps done, counted through all stages; of "decode", sentences
    target: int  # the step where the job ends; 0 while it waits
    speed: float  # tokens a second, padding not counted; of "decode", sentences a second


# Called often during training. It raises `Paused` to stop the run.
Heartbeat: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True)
class Example:
    """One sentence, for people to look at."""

    source: str
    reference: str
    hypothesis: str
    language: str = ""  # if the evaluation has sentences of several


@dataclass(frozen=True)
class Evaluation:
    """The scores of a run at one step."""

    step: int
    score: float  # what the search maximises; comparable with scores at the same step only
    metrics: Mapping[str, float]
    examples: tuple[Example, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)  # by part, since step 0
    tokens: Mapping[str, int] = field(default_factory=dict)  # trained on, by stage, since step 0
    notes: Mapping[str, str] = field(default_factory=dict)  # e.g. sacrebleu's signature
    metric: str = "score"  # what the score is, for people
    counts: Mapping[str, int] = field(default_factory=dict)  # of the test only, for tables
    # Of the test only: metrics without the sentences that training data contain. Languages with
    # no other sentences are missing.
    unseen: Mapping[str, float] = field(default_factory=dict)
    # Earlier steps that are always scored, such as a stage's end, and the scores there.
    earlier_scores: tuple[tuple[int, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        examples = tuple(Example(**example) for example in record["examples"])
        before = tuple((step, score) for step, score in record.get("earlier_scores", ()))
        return cls(**{**record, "examples": examples, "earlier_scores": before})


class Diverged(Exception):
    """Training diverged: the loss is not finite, or exploded.

    Neither a user's mistake nor a bug: the configuration is recorded as pruned, with this reason.
    """

    def __init__(self, step: int, reason: str, values: Mapping[str, float]) -> None:
        super().__init__(step, reason, values)
        self.step = step
        self.reason = reason
        self.values = dict(values)

    def __str__(self) -> str:
        values = ", ".join(f"{name} {value:.6g}" for name, value in self.values.items())
        return f"diverged at step {self.step}: {self.reason} ({values})"


class Paused(Exception):
    """Raised by a heartbeat to stop a job. The state at `step` is kept."""

    def __init__(self, step: int = 0) -> None:
        super().__init__(step)
        self.step = step


@dataclass(frozen=True)
class TestTime:
    """How many seconds a test would take, estimated from a few validation sentences."""

    __test__ = False  # not a class of tests for pytest

    expected: float  # seconds that a test takes with the present weights
    upper_bound: float  # the most that it can take, with the present weights or later ones
    validation: tuple[float, ...] = ()  # scores on these sentences by several metrics

    def dominates(self, other: "TestTime") -> bool:
        """Whether every validation metric is higher than the other's; one alone is unreliable."""
        pairs = list(zip(self.validation, other.validation, strict=True))
        return bool(pairs) and all(ours > theirs for ours, theirs in pairs)


class Run(Protocol):
    """One configuration trained with one seed."""

    @property
    def step(self) -> int: ...

    def train_to(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        """Train to `step` and score on validation data.

        If `heartbeat` raises, the run stands at the end of a step and can be saved there.

        Raises:
            Diverged: Training diverged; the run is useless afterwards.
        """

    def save(self, path: Path) -> None:
        """Write all that `restore` needs to resume bit for bit into the folder `path`."""

    def restore(self, path: Path) -> None: ...

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        """Score on the test split. Finals and comparisons call it; a search never does."""

    def time_test(self, heartbeat: Heartbeat) -> TestTime:
        """Estimate how long `test` would take, from a few validation sentences."""

    def export(self, path: Path) -> str:
        """Write the model into the folder `path`, as Hugging Face libraries load it.

        Returns:
            The SHA-256 of its weights.
        """


class Objective(Protocol):
    """One task, on one set of data, under one set of fixed constants (the task's protocol)."""

    @property
    def steps(self) -> int:
        """The length of the full run, over all stages.

        A step is the task's unit: in translation an optimizer step, in NER 32 sentences, which are one
        or more optimizer steps.
        """

    @property
    def stages(self) -> Mapping[str, int]:
        """The last step of each stage, in order.

        Runs can share their first steps (the shared prefix), but only up to the end of a stage.
        """

    @property
    def identity(self) -> Mapping[str, Any]:
        """What all its runs share: task, fixed settings, data fingerprint, training code.

        Plain JSON; checkpoints of another identity are never read.
        """

    @property
    def data(self) -> Mapping[str, Any]:
        """Plain JSON: `source`, `fingerprint`, `description`, `synthetic` (bool), `notices`.

        `source` and, for tasks that have them, `settings` say what "auto" was resolved to: an
        objective that is built with them has the same data.
        """

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        """The parameters that have influenced training up to and including `step`.

        Configurations with equal values for them share the checkpoint at this step. If all
        parameters act from the start, it is `config`.
        """

    def run(self, config: Configuration, seed: int) -> Run: ...
