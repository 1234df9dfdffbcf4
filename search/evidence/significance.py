"""Whether a confirmed winner is significantly better than the runner-up and the baseline.

Both tests have to agree; where there are no sentences, Welch's interval decides alone. Welch's
interval over seeds tests whether training again would give the same order; with two or three seeds it
is wide. The paired bootstrap over sentences tests, for each seed, whether another validation set of
the same kind would.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from xlt.search.evidence.paired_bootstrap import ByLanguage, paired_bootstrap_pvalue
from xlt.search.evidence.record import Candidate, Comparison, Confirmation, SeedPValue, ci_fields
from xlt.search.evidence.seed_statistics import CONFIDENCE, welch_difference

Against: TypeAlias = Literal["runner-up", "baseline"]
# With fewer seeds the verdict adds that the interval is wide.
FEW_SEEDS = 5


def opponents(confirmation: Confirmation) -> list[tuple[Against, Candidate]]:
    """The candidates to compare the winner with: the runner-up, and the baseline if it is another.

    A candidate whose run on a seed failed or diverged has lost already and is left out.
    """
    if not confirmation.confirmed:
        return []
    others = [confirmation.candidate(trial) for trial in confirmation.ranking[1:]]
    n_seeds = len(confirmation.seeds)
    scored = [other for other in others if len(other.scores(confirmation.seeds)) == n_seeds]
    return [
        ("baseline" if other.baseline else "runner-up", other)
        for rank, other in enumerate(scored)
        if rank == 0 or other.baseline
    ]


def compare(
    confirmation: Confirmation, sentences: Mapping[tuple[int, int], ByLanguage]
) -> list[Comparison]:
    """Compare the winner with each opponent.

    Args:
        confirmation: The runs of all candidates.
        sentences: The outputs of the runs by trial and seed, as far as they are known.
    """
    winner = confirmation.candidate(confirmation.winner)
    return [
        _compare(confirmation, winner, who, other, sentences)
        for who, other in opponents(confirmation)
    ]


def _compare(
    confirmation: Confirmation,
    winner: Candidate,
    who: Against,
    other: Candidate,
    sentences: Mapping[tuple[int, int], ByLanguage],
) -> Comparison:
    over_seeds = welch_difference(
        other.scores(confirmation.seeds), winner.scores(confirmation.seeds)
    )
    tests = list(_sentence_tests(confirmation, winner, other, sentences))
    passed = [test.difference > 0 and test.p_value < 1 - CONFIDENCE for test in tests]
    significant = over_seeds.low > 0 and all(passed)
    parts = [f"{over_seeds.verdict} over seeds"]
    if 1 < len(confirmation.seeds) < FEW_SEEDS:
        parts[0] += f" (with {len(confirmation.seeds)} seeds the interval is wide)"
    if tests:
        parts.append(f"significant over sentences on {sum(passed)} of {len(tests)} seeds")
    return Comparison(
        against=who,
        trial=other.trial,
        difference=over_seeds.mean,
        **ci_fields(over_seeds.low, over_seeds.high),
        sentences=tests,
        significant=significant,
        verdict=f"{'better' if significant else 'not shown to be better'}: {'; '.join(parts)}",
    )


def _sentence_tests(
    confirmation: Confirmation,
    winner: Candidate,
    other: Candidate,
    sentences: Mapping[tuple[int, int], ByLanguage],
) -> Iterator[SeedPValue]:
    """The paired bootstrap for every seed on which both runs have sentences."""
    scores = zip(
        _scores_in_order(winner, confirmation.seeds),
        _scores_in_order(other, confirmation.seeds),
        strict=True,
    )
    for seed, (winner_score, other_score) in zip(confirmation.seeds, scores, strict=True):
        both = (sentences.get((run.trial, seed), {}) for run in (winner, other))
        p = paired_bootstrap_pvalue(confirmation.metric, *both)
        if p is not None:
            yield SeedPValue(seed=seed, difference=winner_score - other_score, p_value=p)


def _scores_in_order(candidate: Candidate, seeds: Sequence[int]) -> list[float]:
    """The scores of a candidate in the order of the seeds, on all of which it has one."""
    scores = {run.seed: run.score for run in candidate.runs}
    return [score for seed in seeds if (score := scores[seed]) is not None]
