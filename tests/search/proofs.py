"""Records of proofs with given scores, for tests of the evidence."""

from collections.abc import Sequence
from statistics import fmean

from xlt.search.evidence.record import Candidate, ProofRecord, SeedScore
from xlt.studies.study import load

CONFIG = dict(load("league").space.baseline)


def candidate(trial: int, scores: Sequence[float | None], *, baseline: bool = False) -> Candidate:
    """A candidate with these scores on the seeds 0, 1, ...; None: the run failed."""
    runs = [
        SeedScore(seed=seed, score=score, reason="lost" if score is None else None)
        for seed, score in enumerate(scores)
    ]
    return Candidate(
        trial=trial,
        configuration={**CONFIG, "warmup_steps": trial},
        baseline=baseline,
        search_step=1100,
        search_score=31.0,
        runs=runs,
    )


def proof(*candidates: Candidate) -> ProofRecord:
    """The proof of candidates that have run on the same seeds."""
    scored = [row for row in candidates if row.scores]
    ranked = sorted(scored, key=lambda row: -fmean(row.scores.values()))
    return ProofRecord(
        has_proof_runs=True,
        confidence=0.95,
        winner=ranked[0].trial,
        step=1100,
        metric="BLEU",
        ranking=[row.trial for row in ranked],
        candidates=list(candidates),
        comparisons=[],
        left_out=[],
        flags=[],
    )
