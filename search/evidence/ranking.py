"""Which candidate is best, by its scores on new seeds."""

from collections.abc import Sequence

from xlt.search.evidence.record import Candidate


def common_seeds(seeds_done: Sequence[set[int]], seeds: Sequence[int]) -> list[int]:
    """The seeds that decide: as many of the first ones as two candidates have run on.

    Means over different seeds, or over different numbers of seeds, do not compare.

    Args:
        seeds_done: For each candidate, the seeds that it has run on.
        seeds: All seeds, in the order in which they are run.

    Returns:
        The first seeds of `seeds` that two candidates have run on, or that the only candidate with
        a run has.
    """
    started = sum(done.issuperset(seeds[:1]) for done in seeds_done)
    for count in range(len(seeds), 0, -1):
        complete = sum(done.issuperset(seeds[:count]) for done in seeds_done)
        if complete >= min(2, started) > 0:
            return list(seeds[:count])
    return []


def rank(candidates: Sequence[Candidate], seeds: list[int]) -> list[Candidate]:
    """The candidates that have run on all `seeds`, best mean first; ties keep their order.

    A candidate that diverged or failed on fewer seeds ranks before one that did on more.
    """
    complete = [c for c in candidates if seeds and len(c.runs_on(seeds)) == len(seeds)]

    def sort_key(candidate: Candidate) -> tuple[int, float]:
        mean = candidate.mean if candidate.mean is not None else 0.0
        return len(candidate.scores(seeds)), mean

    return sorted(complete, key=sort_key, reverse=True)
