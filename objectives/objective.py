"""The contract between search and training.

Search never sees a tensor; training never sees a trial. What passes between them is a
configuration (a mapping of names to plain values), a seed, a step, and an `Evaluation`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

Value: TypeAlias = bool | int | float | str
Configuration: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True)
class Progress:
    """A sign of life from a run: where it is and how fast it goes."""

    stage: str  # a stage's name, or "decode" while a model is scored
    step: int  # optimiser steps done, counted through all stages; of "decode", sentences
    target: int  # where that will end
    speed: float  # tokens a second, padding not counted; of "decode", sentences a second


Heartbeat: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True)
class Example:
    """One sentence, for people to look at."""

    source: str
    reference: str
    hypothesis: str
    language: str = ""  # where an evaluation has sentences of several


@dataclass(frozen=True)
class Sentences:
    """A validation set as it was scored, sentence by sentence: two of equal length."""

    references: tuple[str, ...]
    hypotheses: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """What a run is worth at one step."""

    step: int
    score: float  # what the search maximises; compared with others at the same step alone
    metrics: Mapping[str, float]
    examples: tuple[Example, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)  # by part, since step 0
    tokens: Mapping[str, int] = field(default_factory=dict)  # trained on, by stage, since step 0
    notes: Mapping[str, str] = field(default_factory=dict)  # e.g. sacrebleu's signature
    measure: str = "score"  # what the score is, for people
    counts: Mapping[str, int] = field(default_factory=dict)  # of the test alone, for tables
    # Of the test alone: metrics without the sentences that stand in training data; those of a
    # language of which nothing is left are not there.
    unseen: Mapping[str, float] = field(default_factory=dict)
    # Steps on the way that are scored whoever asks, such as a stage's end, and the scores there.
    before: tuple[tuple[int, float], ...] = ()
    # By language, at the full run's end alone: what `measure` makes the score of, the mean of the
    # languages'. For tests that draw sentences anew; too large for a study's record.
    sentences: Mapping[str, Sentences] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        examples = tuple(Example(**example) for example in record["examples"])
        sentences = {
            language: Sentences(tuple(each["references"]), tuple(each["hypotheses"]))
            for language, each in record.get("sentences", {}).items()
        }
        before = tuple((step, score) for step, score in record.get("before", ()))
        return cls(**{**record, "examples": examples, "sentences": sentences, "before": before})


class Diverged(Exception):
    """Training left the numbers: the loss is not finite, or exploded.

    Not a user's mistake and not a bug: the configuration is recorded as pruned, with this reason.
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
    """Raised by a heartbeat to end what goes on; what was trained until `step` is kept."""

    def __init__(self, step: int = 0) -> None:
        super().__init__(step)
        self.step = step


@dataclass(frozen=True)
class Rehearsed:
    """Seconds that a test would take: as a run stands, and at the most after some more steps.

    `worth`: what came of it on validation, by each measure that there is; more is better.
    """

    seconds: float
    most: float
    worth: tuple[float, ...] = ()

    def beats(self, other: "Rehearsed") -> bool:
        """By every measure: a rehearsal is of few sentences, and one measure may err."""
        pairs = list(zip(self.worth, other.worth, strict=True))
        return bool(pairs) and all(ours > theirs for ours, theirs in pairs)


class Run(Protocol):
    """One configuration trained with one seed."""

    @property
    def step(self) -> int: ...

    def advance(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        """Train on to `step` and score on validation. Raises `Diverged`.

        Where `heartbeat` raises, the run stands at the end of a step, and can be saved there.
        """
        ...

    def save(self, path: Path) -> None:
        """Write everything that `restore` needs to go on bit for bit, into the folder `path`."""
        ...

    def restore(self, path: Path) -> None: ...

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        """Score on the test split. No search calls it: a final does, and a comparison."""
        ...

    def rehearse(self, heartbeat: Heartbeat) -> Rehearsed:
        """How long `test` would take, from a few validation sentences."""
        ...

    def export(self, path: Path) -> str:
        """Write the model as others load it into the folder `path`; SHA-256 of its weights."""
        ...


class Objective(Protocol):
    """One task, on one set of data, under one protocol."""

    @property
    def steps(self) -> int:
        """The length of the full run in optimiser steps, all stages counted through."""
        ...

    @property
    def stages(self) -> Mapping[str, int]:
        """Each stage's last step, in order. Configurations may part company only there."""
        ...

    @property
    def identity(self) -> Mapping[str, Any]:
        """What all its runs share: task, fixed settings, data fingerprint, training code.

        Plain JSON; checkpoints of another identity are never read.
        """
        ...

    @property
    def data(self) -> Mapping[str, Any]:
        """Plain JSON: `source`, `fingerprint`, `description`, `synthetic` (bool), `notices`.

        `source` and, where there are such, `settings` name what "auto" has come to: an objective
        built with them has the same data.
        """
        ...

    def lineage(self, config: Configuration, step: int) -> Configuration:
        """The part of the configuration that has mattered up to and including `step`."""
        ...

    def run(self, config: Configuration, seed: int) -> Run: ...
