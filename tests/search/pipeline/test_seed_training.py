"""The seeds of a confirmation."""

from hypothesis import given
from hypothesis import strategies as st

from xlt.search.pipeline.seed_training import fresh_seeds


@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(0, 30))
def test_fresh_seeds(seed: int, few: int, more: int) -> None:
    """All are different, none is the study's own, and a longer list begins with a shorter one."""
    seeds = fresh_seeds(seed, few + more)
    assert len(set(seeds)) == few + more
    assert seed not in seeds
    assert seeds[:few] == fresh_seeds(seed, few)
    assert all(0 <= new < 2**32 for new in seeds)
