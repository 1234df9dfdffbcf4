"""Whether a confirmed winner is really better than the runner-up and the baseline.

Two questions, and both have to be answered with yes. Over seeds: would training it again give the
same order? Welch's interval says, which of two or three seeds is wide. Over sentences: would another
validation set of the same kind? The paired bootstrap says, for each seed on its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from xlt.search.evidence.paired_bootstrap import ByLanguage, paired_bootstrap_pvalue
from xlt.search.evidence.record import Candidate, Comparison, Confirmation, SeedPValue, ci_fields
from xlt.search.evidence.seed_statistics import CONFIDENCE, welch_difference

Against: TypeAlias = Literal["runner-up", "baseline"]
# With fewer seeds an interval is said to be a weak one.
FEW_SEEDS = 5


def opponents(found: Confirmation) -> list[tuple[Against, Candidate]]:
    """Whom the winner is compared with: the second, and the baseline if that is another.

    None that came to nothing on a seed: it has lost.
    """
    if not found.confirmed:
        return []
    others = [found.candidate(trial) for trial in found.ranking[1:]]
    through = [each for each in others if len(each.scores(found.seeds)) == len(found.seeds)]
    return [
        ("baseline" if each.baseline else "runner-up", each)
        for place, each in enumerate(through)
        if place == 0 or each.baseline
    ]


def compare(
    found: Confirmation, sentences: Mapping[tuple[int, int], ByLanguage]
) -> list[Comparison]:
    """The winner against each opponent. `sentences`: by trial and seed, as far as there are any."""
    winner = found.candidate(found.winner)
    return [_compare(found, winner, who, other, sentences) for who, other in opponents(found)]


def _compare(
    found: Confirmation,
    winner: Candidate,
    who: Against,
    other: Candidate,
    sentences: Mapping[tuple[int, int], ByLanguage],
) -> Comparison:
    over_seeds = welch_difference(other.scores(found.seeds), winner.scores(found.seeds))
    drawn = list(_sentence_tests(found, winner, other, sentences))
    beyond = [each.difference > 0 and each.p_value < 1 - CONFIDENCE for each in drawn]
    real = over_seeds.low > 0 and all(beyond)
    parts = [f"{over_seeds.verdict} over seeds"]
    if 1 < len(found.seeds) < FEW_SEEDS:
        parts[0] += f" (with {len(found.seeds)} seeds the interval is wide)"
    if drawn:
        parts.append(f"significant over sentences on {sum(beyond)} of {len(drawn)} seeds")
    return Comparison(
        against=who,
        trial=other.trial,
        difference=over_seeds.mean,
        **ci_fields(over_seeds.low, over_seeds.high),
        sentences=drawn,
        real=real,
        verdict=f"{'better' if real else 'not shown to be better'}: {'; '.join(parts)}",
    )


def _sentence_tests(
    found: Confirmation,
    winner: Candidate,
    other: Candidate,
    sentences: Mapping[tuple[int, int], ByLanguage],
) -> Iterator[SeedPValue]:
    """Seed by seed, where both runs have sentences."""
    pairs = zip(_ordered(winner, found.seeds), _ordered(other, found.seeds), strict=True)
    for seed, (mine, theirs) in zip(found.seeds, pairs, strict=True):
        both = (sentences.get((each.trial, seed), {}) for each in (winner, other))
        p = paired_bootstrap_pvalue(found.measure, *both)
        if p is not None:
            yield SeedPValue(seed=seed, difference=mine - theirs, p_value=p)


def _ordered(candidate: Candidate, seeds: Sequence[int]) -> list[float]:
    """Its scores in the order of the seeds, all of which it has come through."""
    scores = {run.seed: run.score for run in candidate.runs}
    return [score for seed in seeds if (score := scores[seed]) is not None]
