"""The decision after the search: which configuration wins, and what proves it.

Only configurations with all runs of a proof compete. If none but the baseline has them, all compete
of which there is a complete model, or time to train it, and nothing is proven. The highest expected
score over seeds wins, unless the baseline has a higher mean score on the same new seeds.
"""

from collections.abc import Iterator
from typing import Literal

from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.evidence.diagnostics import at_bounds, within_seed_noise
from xlt.search.evidence.proof import PairedTest, paired_test
from xlt.search.evidence.record import Candidate, Comparison, ProofRecord, SeedScore
from xlt.search.evidence.seed_posterior import furthest_configs
from xlt.search.pipeline.search_loop.seed_runs import SeedRuns
from xlt.search.pipeline.session import Session
from xlt.search.results.export import final_record
from xlt.search.storage.keys import PROOF, RESULT
from xlt.search.storage.store import RankedConfig, config_key

# Level of the intervals around expected scores. The proof has its own, `proof.confidence`.
INTERVAL_CONFIDENCE = 0.9


def decide(session: Session) -> None:
    """Choose the winner of a study, and record it with its proof."""
    ranking = session.store.ranking()
    if not ranking:  # `run_final` raises the error
        return
    runs = SeedRuns(session.study, session.store)
    winner = choose_winner(session, runs)
    # Configurations that failed on a new seed stay in the record, because they could have won.
    could_win = furthest_configs(ranking, TASKS[session.study.task].prefix_params)
    rows = [row for row in ranking if row in could_win or runs.is_baseline(row) or row == winner]
    metrics = [run["metric"] for run in runs.results.values() if "metric" in run]
    left_out = runs.missing_for_proof(winner) if runs.n_proof_seeds else []
    complete = [row for row in ranking if row.complete]
    candidates = [_candidate(row, runs) for row in rows]
    result = ProofRecord(
        has_proof_runs=runs.has_proof_runs(winner),
        confidence=session.study.proof.confidence,
        winner=winner.trial,
        step=session.description.steps,
        metric=metrics[0] if metrics else TASKS[session.study.task].metric,
        ranking=[row.trial for row in _in_order(winner, runs, rows) if runs.scores(row)],
        candidates=candidates,
        comparisons=list(_comparisons(winner, runs, session.study.proof.confidence)),
        left_out=[run.name for run in left_out],
        flags=[
            *at_bounds(session.study.space, winner.configuration),
            *within_seed_noise(complete, candidates),
        ],
    )
    record = session.store.attributes.get(PROOF, {})
    if record.get(RESULT) != result.model_dump():
        session.store.study.set_user_attr(PROOF, {**record, RESULT: result.model_dump()})
    show_proof(session, result)


def show_proof(session: Session, result: ProofRecord) -> None:
    """Display the winner's proof, and warnings about it."""
    if session.study.proof.seeds:
        session.display(events.ProofFinished(str(result), result.model_dump()))
    for flag in result.flags:
        session.display(events.Notice(flag))


def choose_winner(session: Session, runs: SeedRuns) -> RankedConfig:
    """The best configuration with the runs of a proof, or the best one whose model there is time for."""
    ranking, plan, baseline = session.store.ranking(), session.plan, runs.baseline
    available = [
        row
        for row in ranking
        if plan is None
        or runs.best_run(row) is not None
        or plan.may_be_final(row)
        or final_record(session.store, row.configuration) is not None
    ]
    ranked = [row for row in runs.ranked() if row in available]
    candidates = [row for row in ranked if runs.has_proof_runs(row)]
    nothing_proven = all(map(runs.is_baseline, candidates))
    best = ((ranked or available or ranking) if nothing_proven else candidates)[0]
    against = runs.baseline_test(best, session.study.proof.confidence)
    # The search may have paused the baseline early, so that its expected score is unknown.
    if against is not None and against.test.difference < 0 and baseline:
        best = baseline
    if nothing_proven and available and available[0] is not ranking[0]:
        text = (
            f"time budget: not enough time left to train trial {ranking[0].trial}, the best, to the "
            f"end; the final model is that of trial {best.trial}"
        )
        session.display(events.Notice(text))
    return best


def _in_order(winner: RankedConfig, runs: SeedRuns, rows: list[RankedConfig]) -> list[RankedConfig]:
    """The winner, finalists by their expected score, then the others in the order of the search."""
    ordered = {row.trial: row for row in [winner, *runs.ranked(), *rows]}
    return list(ordered.values())


def _candidate(row: RankedConfig, runs: SeedRuns) -> Candidate:
    key = config_key(row.configuration)
    results = [runs.results[key, seed] for seed in runs.seeds if (key, seed) in runs.results]
    candidate = Candidate(
        trial=row.trial,
        configuration=dict(row.configuration),
        baseline=runs.is_baseline(row),
        search_step=row.step,
        search_score=row.score,
        runs=[
            SeedScore(seed=run["seed"], score=run.get("score"), reason=run.get("reason"))
            for run in results
        ],
    )
    if (
        runs.belief is None
        or row not in runs.finalists
        or not any(map(runs.scores, runs.finalists))
    ):
        return candidate
    index = runs.finalists.index(row)
    low, high = runs.belief.interval(index, INTERVAL_CONFIDENCE)
    expected = float(runs.belief.mean[index])
    return candidate.model_copy(update={"expected": expected, "low": low, "high": high})


def _comparisons(winner: RankedConfig, runs: SeedRuns, confidence: float) -> Iterator[Comparison]:
    """The winner against the baseline and the runner-up, on the seeds that both have."""
    against_baseline, baseline = runs.baseline_test(winner, confidence), runs.baseline
    if against_baseline is not None and baseline is not None:
        yield _comparison(
            "baseline", baseline, against_baseline.test, against_baseline.p_value, confidence
        )
    others = (row for row in runs.ranked() if row != winner and not runs.is_baseline(row))
    for other in others:
        test = paired_test(runs.scores(winner), runs.scores(other), confidence)
        if test is not None:
            yield _comparison("runner-up", other, test, test.p_value_if_better, confidence)
            return


def _comparison(
    role: Literal["runner-up", "baseline"],
    other: RankedConfig,
    test: PairedTest,
    p_value: float,
    confidence: float,
) -> Comparison:
    return Comparison(
        against=role,
        trial=other.trial,
        n_seeds=test.n_seeds,
        difference=test.difference,
        low=test.low,
        high=test.high,
        probability=test.probability,
        p_value=p_value,
        proven=p_value < 1 - confidence,
    )
