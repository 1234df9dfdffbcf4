"""What a confirmation has found, as the study's database and `best.toml` keep it; in words, too."""

import math
from collections.abc import Iterator
from statistics import fmean, stdev
from typing import Literal

from pydantic import Field

from xlt.objectives.objective import Value
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.evidence.strict import Strict


class SeedRun(Strict):
    """One configuration at full length, on one fresh seed."""

    seed: int = Field(ge=0, lt=2**32)
    score: float | None = None  # on validation; none of what diverged or failed
    reason: str | None = None  # why there is none


class Candidate(Strict):
    """A configuration that may win. Its figures are over the seeds that decide."""

    trial: int = Field(ge=0)
    configuration: dict[str, Value]
    baseline: bool
    search_step: int = Field(ge=1)  # where the search scored it last
    search_score: float  # there, on the study's own seed
    runs: list[SeedRun]  # empty where confirmation was left out
    mean: float | None = None
    deviation: float | None = None  # standard deviation; of a single seed there is none
    optimism: float | None = None  # search_score less mean; none where they are other measures

    def runs_on(self, seeds: list[int]) -> list[SeedRun]:
        """Its runs on these seeds, as far as there are any."""
        return [run for run in self.runs if run.seed in seeds]

    def scores(self, seeds: list[int]) -> list[float]:
        """Of those of them that came through."""
        return [run.score for run in self.runs_on(seeds) if run.score is not None]

    def with_statistics(self, seeds: list[int], *, same_metric: bool) -> "Candidate":
        """With its figures over `seeds`. `alike`: whether the search's score is the same measure."""
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
    """Two runs on one seed, and how often sentences drawn anew would tell them apart by chance."""

    seed: int
    difference: float
    p_value: float


class Comparison(Strict):
    """By how much the winner is better than another, and whether that is more than chance."""

    against: Literal["runner-up", "baseline"]
    trial: int
    difference: float  # of the means
    low: float | None = None  # Welch's interval over seeds; none of a single seed
    high: float | None = None
    sentences: list[SeedPValue]  # paired bootstrap; empty where runs have no sentences to draw
    real: bool
    verdict: str

    def __str__(self) -> str:
        interval = "" if self.low is None else f" ({self.low:+.2f} to {self.high:+.2f})"
        return (
            f"against the {self.against}, trial {self.trial}: "
            f"{self.difference:+.2f}{interval}: {self.verdict}"
        )


class Confirmation(Strict):
    """Which configuration won, on what evidence, and what of it was left out."""

    top: int = Field(ge=1)  # how many of the search's best were to be tried
    confirmed: bool  # False: the winner is so by the search's own score alone
    winner: int = Field(ge=0)  # its trial
    step: int = Field(ge=1)  # the full length
    measure: str
    seeds: list[int]  # those that decide: all candidates in the ranking have run on them
    ranking: list[int]  # trials, from best to worst; without those that were left out
    candidates: list[Candidate]  # in the search's own order, the baseline last
    comparisons: list[Comparison]
    left_out: list[str]  # runs that were asked for, and for which there was no time
    flags: list[str]  # what to look at twice

    def candidate(self, trial: int) -> Candidate:
        return next(each for each in self.candidates if each.trial == trial)

    @property
    def seeds_text(self) -> str:
        """What the seeds are, and whether the winner was chosen on them."""
        seeds = f"{len(self.seeds)} new seed{'s' * (len(self.seeds) != 1)}"
        if len(self.ranking) < 2:
            return seeds
        return f"{seeds}, which chose it among {len(self.ranking)} configurations"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        winner = self.candidate(self.winner)
        if not self.confirmed:
            yield f"not confirmed: trial {winner.trial} has the best score of the search, on one seed"
        for trial in self.ranking:
            each = self.candidate(trial)
            lost = len(self.seeds) - len(each.scores(self.seeds))
            figures = [format_mean_std(each.scores(self.seeds))] if each.mean is not None else []
            figures += [f"{lost} of {len(self.seeds)} runs have no score"] if lost else []
            yield f"confirmed: trial {trial}{' (baseline)' * each.baseline}: {', '.join(figures)}"
        if self.confirmed:
            yield self._optimism(winner)
        yield from map(str, self.comparisons)
        if self.left_out:
            some = ", ".join(self.left_out[:2])
            more = len(self.left_out) - 2
            yield f"time budget: not enough time for {some}" + (
                f" and {more} more runs" if more > 0 else ""
            )

    def _optimism(self, winner: Candidate) -> str:
        is_full = winner.search_step == self.step
        step = "" if is_full else f" at step {winner.search_step} of {self.step}"
        text = f"score in the search{step}: {winner.search_score:.2f}"
        if winner.optimism is None:
            return f"{text}, of another metric"
        text += f", {winner.optimism:+.2f} compared with the mean on the new seeds"
        return text if is_full else f"{text}, in part because of the steps between"


def ci_fields(low: float, high: float) -> dict[str, float]:
    """As a comparison's fields; none of it where it is unknown (NaN)."""
    return {} if math.isnan(low) else {"low": low, "high": high}
