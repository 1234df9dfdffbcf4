"""The winner of a study and its proof, as the study's database and `best.toml` keep it, and as text."""

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import ErrorDetails

from xlt.objectives.objective import Value
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.spaces.limits import format_value

# The expected value, by the first word of pydantic's error type.
_EXPECTED = {
    "bool": "true or false",
    "dict": "a table",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "a table",
    "string": "a string",
    "tuple": "a list",
}
# Operator of pydantic's errors about limits, and the name of the limit in the error's context.
_LIMITS = {
    "greater_than": (">", "gt"),
    "greater_than_equal": (">=", "ge"),
    "less_than": ("<", "lt"),
    "less_than_equal": ("<=", "le"),
}
# Characters of a key in a message. Valid keys are far shorter.
_MAX_KEY_LENGTH = 100


class Strict(BaseModel):
    """A record that accepts no unknown keys and converts no types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SeedScore(Strict):
    """A full run of one configuration on one new seed.

    Attributes:
        seed: The seed.
        score: The score on validation; None if the run diverged or failed.
        reason: Why there is no score.
    """

    seed: int = Field(ge=0, lt=2**32)
    score: float | None = None
    reason: str | None = None


class Candidate(Strict):
    """A configuration in a `ProofRecord`: it could have won, or is the baseline.

    Attributes:
        trial: Its number.
        configuration: The values of all parameters.
        baseline: Whether it is the baseline of the space.
        search_step: The last step at which the search scored it.
        search_score: The score there, on the seed of the study.
        runs: The runs on new seeds.
        expected: Its expected score over seeds, from all its scores, shrunk towards those of the
            others; None if nothing was trained on new seeds.
        low: Lower end of the 90 % interval of the expected score.
        high: Upper end.
    """

    trial: int = Field(ge=0)
    configuration: dict[str, Value]
    baseline: bool
    search_step: int = Field(ge=1)
    search_score: float
    runs: list[SeedScore]
    expected: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def scores(self) -> dict[int, float]:
        """The scores of the runs that neither diverged nor failed, by seed."""
        return {run.seed: run.score for run in self.runs if run.score is not None}

    @property
    def failed(self) -> bool:
        """Whether a run on a new seed diverged or failed."""
        return len(self.scores) < len(self.runs)


class Comparison(Strict):
    """The difference between the winner and another candidate on the seeds of both.

    Attributes:
        against: The role of the other candidate.
        trial: Its number.
        n_seeds: The number of seeds that both were trained on.
        difference: The mean difference between their scores.
        low: Lower end of its confidence interval; None for a single seed.
        high: Upper end of the interval.
        probability: The probability that the winner is better; None for a single seed.
        p_value: Two-sided p-value. Against the baseline it is corrected for the choice among several
            configurations and for repeated tests. Against the runner-up it is not corrected.
        proven: Whether `p_value` is below 1 - `confidence`.
    """

    against: Literal["runner-up", "baseline"]
    trial: int
    n_seeds: int
    difference: float
    low: float | None = None
    high: float | None = None
    probability: float | None = None
    p_value: float
    proven: bool

    def __str__(self) -> str:
        text = f"against the {self.against}, trial {self.trial}: {self.difference:+.2f}"
        if self.low is None or self.high is None or self.probability is None:
            return f"{text} on one new seed: not proven"
        text += f" ({self.low:+.2f} to {self.high:+.2f}) on {self.n_seeds} new seeds"
        text += f", better with probability {format_probability(self.probability)}"
        if self.against == "runner-up":
            return text
        verdict = "proven" if self.proven else "not proven"
        return f"{text}: {verdict} ({format_p_value(self.p_value)})"


class ProofRecord(Strict):
    """The winner of a study and the evidence for it.

    Attributes:
        has_proof_runs: Whether the winner was trained on all the new seeds that a proof needs. If not,
            it has the best expected score without them.
        confidence: The confidence level of intervals and proof.
        winner: The number of the configuration.
        step: The step of a full run.
        metric: The name of the metric.
        ranking: The numbers of all candidates with a score on a new seed, best first.
        candidates: The configurations that could have won, the baseline and the winner, in the order
            of the search's scores.
        comparisons: The winner against the baseline and the runner-up.
        left_out: Descriptions of the runs that the proof lacks.
        flags: Warnings about the result.
    """

    has_proof_runs: bool
    confidence: float
    winner: int = Field(ge=0)
    step: int = Field(ge=1)
    metric: str
    ranking: list[int]
    candidates: list[Candidate]
    comparisons: list[Comparison]
    left_out: list[str]
    flags: list[str]

    def candidate(self, trial: int) -> Candidate:
        """The candidate with this number."""
        return next(candidate for candidate in self.candidates if candidate.trial == trial)

    def against(self, role: Literal["runner-up", "baseline"]) -> Comparison | None:
        """The comparison of the winner with the baseline or the runner-up, if there is one."""
        return next((c for c in self.comparisons if c.against == role), None)

    @property
    def winner_scores(self) -> list[float]:
        """The winner's scores on new seeds."""
        return list(self.candidate(self.winner).scores.values())

    @property
    def seeds_text(self) -> str:
        """The winner's mean score on new seeds, and how many these are."""
        return _on_new_seeds(self.winner_scores)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if not self.has_proof_runs:
            yield f"not proven: trial {self.winner} has no proof; it has the best expected score so far"
        for trial in self.ranking:
            candidate = self.candidate(trial)
            role = " (baseline)" * candidate.baseline
            yield f"trial {trial}{role}: {_on_new_seeds(list(candidate.scores.values()))}"
        for candidate in self.candidates:
            if candidate.failed:
                yield f"trial {candidate.trial}: a run on a new seed failed or diverged"
        yield from map(str, self.comparisons)
        if self.left_out:
            more = len(self.left_out) - 2
            runs = ", ".join(self.left_out[:2]) + (
                f" and {more} more run{'s' * (more > 1)}" if more > 0 else ""
            )
            yield f"no time was left for these runs: {runs}"


def _on_new_seeds(scores: Sequence[float]) -> str:
    return f"{format_mean_std(scores)} on {len(scores)} new seed{'s' * (len(scores) != 1)}"


def format_probability(probability: float) -> str:
    """A probability as text, never rounded to 1."""
    return "over 0.999" if probability > 0.999 else f"{probability:.3f}"


def format_p_value(p_value: float) -> str:
    """A corrected p-value as text, never rounded to 0."""
    return "corrected p < 0.001" if p_value < 0.001 else f"corrected p = {p_value:.3f}"


def describe_error(error: ErrorDetails) -> str:
    """Describe a validation error of pydantic in an export: the key, and what was expected."""
    key, kind = ".".join(map(str, error["loc"])), error["type"]
    if len(key) > _MAX_KEY_LENGTH:
        key = f"{key[:_MAX_KEY_LENGTH]}..."
    if kind == "missing":
        return f"{key} is missing"
    if kind == "extra_forbidden":
        return f"{key}: unknown key"
    if kind == "no_scores":  # raised by the `Export` itself
        return f"{key}: {error['msg']}"
    if kind == "literal_error":
        expected = str(error["ctx"]["expected"])
    elif kind in _LIMITS:
        operator, name = _LIMITS[kind]
        expected = f"a number {operator} {error['ctx'][name]}"
    else:
        expected = _EXPECTED.get(kind.split("_")[0], "what xlt-search writes there")
    return f"{key}: {format_value(error['input'])} is not {expected}"
