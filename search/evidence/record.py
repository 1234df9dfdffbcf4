"""The result of a confirmation, as the study's database and `best.toml` keep it, and as text."""

import math
from collections.abc import Iterator
from statistics import fmean, stdev
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import ErrorDetails

from xlt.objectives.objective import Value
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.spaces.limits import show

# The expected value, by the first word of pydantic's error type.
_EXPECTED = {
    "bool": "true or false",
    "dict": "a table",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "a table",
    "string": "a text like the ones that xlt-search writes",
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


class SeedRun(Strict):
    """A full training of one configuration on one new seed.

    Attributes:
        seed: The seed.
        score: The score on validation; None if the run diverged or failed.
        reason: Why there is no score.
    """

    seed: int = Field(ge=0, lt=2**32)
    score: float | None = None
    reason: str | None = None


class Candidate(Strict):
    """A configuration that may win, with statistics over the seeds of the confirmation.

    Attributes:
        trial: The number of its trial.
        configuration: The values of all parameters.
        baseline: Whether it is the baseline of the space.
        search_step: The last step at which the search scored it.
        search_score: The score there, on the seed of the study.
        runs: The runs on new seeds; empty without confirmation.
        mean: The mean score of the runs.
        deviation: Their standard deviation; None for a single seed.
        optimism: `search_score` minus `mean`; None if they are different measures.
    """

    trial: int = Field(ge=0)
    configuration: dict[str, Value]
    baseline: bool
    search_step: int = Field(ge=1)
    search_score: float
    runs: list[SeedRun]
    mean: float | None = None
    deviation: float | None = None
    optimism: float | None = None

    def runs_on(self, seeds: list[int]) -> list[SeedRun]:
        """The runs on these seeds, as far as there are any."""
        return [run for run in self.runs if run.seed in seeds]

    def scores(self, seeds: list[int]) -> list[float]:
        """The scores of the runs on these seeds that neither diverged nor failed."""
        return [run.score for run in self.runs_on(seeds) if run.score is not None]

    def with_statistics(self, seeds: list[int], *, same_metric: bool) -> "Candidate":
        """A copy with mean, deviation and optimism over `seeds`.

        Args:
            seeds: The seeds of the confirmation.
            same_metric: Whether the search's score is of the same metric as the runs'.
        """
        scores = self.scores(seeds)
        mean = fmean(scores) if scores else None
        return self.model_copy(
            update={
                "mean": mean,
                "deviation": stdev(scores) if len(scores) > 1 else None,
                "optimism": self.search_score - mean if same_metric and mean is not None else None,
            }
        )


class SeedPValue(Strict):
    """The difference between two runs on one seed, with the p-value of the paired bootstrap."""

    seed: int
    difference: float
    p_value: float


class Comparison(Strict):
    """The difference between the winner and another candidate, and whether it is significant.

    Attributes:
        against: The role of the other candidate.
        trial: The number of its trial.
        difference: The difference between the mean scores.
        low: Lower end of Welch's interval over seeds; None for a single seed.
        high: Upper end of the interval.
        sentences: Tests over sentences for each seed; empty where there are no sentences.
        significant: Whether all tests show the winner to be better.
        verdict: The reasons as a text.
    """

    against: Literal["runner-up", "baseline"]
    trial: int
    difference: float
    low: float | None = None
    high: float | None = None
    sentences: list[SeedPValue]
    significant: bool
    verdict: str

    def __str__(self) -> str:
        interval = "" if self.low is None else f" ({self.low:+.2f} to {self.high:+.2f})"
        return (
            f"against the {self.against}, trial {self.trial}: "
            f"{self.difference:+.2f}{interval}: {self.verdict}"
        )


class Confirmation(Strict):
    """The winner of a study and the evidence for it.

    Attributes:
        top: How many of the search's best configurations were to be confirmed.
        confirmed: False if the winner was chosen by the search's own score only.
        winner: The number of its trial.
        step: The step of a full training.
        metric: The name of the metric.
        seeds: The seeds on which all ranked candidates have runs.
        ranking: Trial numbers from best to worst, without candidates that were left out.
        candidates: In the order of the search's scores. Those confirmed before and the baseline come
            after the best ones, unless they are among them.
        comparisons: The winner against the runner-up and the baseline.
        left_out: Descriptions of the runs for which there was no time.
        flags: Warnings about the result.
    """

    top: int = Field(ge=1)
    confirmed: bool
    winner: int = Field(ge=0)
    step: int = Field(ge=1)
    metric: str
    seeds: list[int]
    ranking: list[int]
    candidates: list[Candidate]
    comparisons: list[Comparison]
    left_out: list[str]
    flags: list[str]

    def candidate(self, trial: int) -> Candidate:
        """The candidate with this trial number."""
        return next(candidate for candidate in self.candidates if candidate.trial == trial)

    @property
    def seeds_text(self) -> str:
        """The number of seeds, and of the configurations that were compared on them."""
        seeds = f"{len(self.seeds)} new seed{'s' * (len(self.seeds) != 1)}"
        if len(self.ranking) < 2:
            return seeds
        return f"{seeds}, on which it was chosen from {len(self.ranking)} configurations"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        winner = self.candidate(self.winner)
        if not self.confirmed:
            yield f"not confirmed: trial {winner.trial} has the best score of the search, on one seed"
        for trial in self.ranking:
            candidate = self.candidate(trial)
            scores = candidate.scores(self.seeds)
            figures = [format_mean_std(scores)] if candidate.mean is not None else []
            if len(scores) < len(self.seeds):
                failed = len(self.seeds) - len(scores)
                figures.append(f"{failed} of {len(self.seeds)} runs failed or diverged")
            role = " (baseline)" * candidate.baseline
            yield f"confirmed: trial {trial}{role}: {', '.join(figures)}"
        if self.confirmed:
            yield self._optimism(winner)
        yield from map(str, self.comparisons)
        if self.left_out:
            more = len(self.left_out) - 2
            runs = ", ".join(self.left_out[:2]) + (f" and {more} more runs" if more > 0 else "")
            yield f"time budget: not enough time for {runs}"

    def _optimism(self, winner: Candidate) -> str:
        is_full = winner.search_step == self.step
        step = "" if is_full else f" at step {winner.search_step} of {self.step}"
        text = f"score in the search{step}: {winner.search_score:.2f}"
        if winner.optimism is None:
            return f"{text}, of another metric"
        text += f", {winner.optimism:+.2f} compared with the mean on the new seeds"
        return text if is_full else f"{text}, in part because it was trained further for these"


def ci_fields(low: float, high: float) -> dict[str, float]:
    """A confidence interval as fields of a `Comparison`; none if it is unknown (NaN)."""
    return {} if math.isnan(low) else {"low": low, "high": high}


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
    return f"{key}: {show(error['input'])} is not {expected}"
