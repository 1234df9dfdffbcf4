"""Common seeds, and the order of candidates."""

from statistics import fmean

from confirmations import candidate
from hypothesis import given
from hypothesis import strategies as st

from xlt.search.evidence.ranking import common_seeds, rank


@given(st.lists(st.integers(0, 4), max_size=5))
def test_common_seeds(counts: list[int]) -> None:
    """As many of the first seeds as two configurations have, or as the only one has."""
    seeds = [11, 12, 13, 14]
    common = common_seeds([set(seeds[:count]) for count in counts], seeds)
    most, *others = sorted((count for count in counts if count), reverse=True) or [0]
    expected = others[0] if others else most
    assert common == seeds[:expected]


SCORES = st.one_of(st.none(), st.floats(-1e3, 1e3), st.just(5.0))


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=6))
def test_rank(samples: list[tuple[float | None, float | None]]) -> None:
    """By the number of runs with a score, then by their mean; ties keep their order."""
    candidates = [candidate(trial, sample) for trial, sample in enumerate(samples)]
    order = [row.trial for row in rank(candidates, [0, 1])]

    def sort_key(trial: int) -> tuple[int, float, int]:
        scores = [score for score in samples[trial] if score is not None]
        return len(scores), fmean(scores) if scores else 0.0, -trial

    assert order == sorted(range(len(samples)), key=sort_key, reverse=True)
    assert not rank([candidate(0, [1.0])], [0, 1])
