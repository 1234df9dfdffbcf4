"""Is the time budget long enough: for one full run, for a proof, and for expensive configurations?"""

from collections.abc import Callable, Sequence
from itertools import islice

from xlt.objectives.objective import Configuration, Evaluation
from xlt.search import events
from xlt.search.budget.time_plan import TimePlan
from xlt.search.execution.jobs import Train
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline.session import Session
from xlt.search.storage.store import config_key
from xlt.search.suggest.proposer import Proposer
from xlt.spaces.errors import XltError
from xlt.studies.durations import format_duration

# Configurations that stand for all of the space, and the share of them that is worth a notice.
N_SAMPLED_CONFIGS, NOTABLE_SHARE = 500, 0.1
# Steps that are trained to measure the speed, and the largest share of the budget that they may take.
MEASURED_STEPS, MAX_MEASURED_SHARE = 5, 0.1


def sample_configs(proposer: Proposer) -> list[Configuration]:
    """Random configurations that stand for those that the search may try."""
    return [config for _, config in islice(proposer.random_configs(), N_SAMPLED_CONFIGS)]


def check_budget(
    session: Session, plan: TimePlan, configs: Sequence[Configuration], *, with_proof: bool
) -> None:
    """Show a notice, before the search, if the budget is too short for a proof or for one full run.

    At first the times are guessed. If the guess says that something does not fit, a few steps are
    trained to measure the speed, and the check is repeated.

    Args:
        session: The study.
        plan: The study's time plan, which is adapted to what fits.
        configs: Configurations like those that the search will try.
        with_proof: Whether the winner is to be proven.
    """
    ranking = session.store.ranking()
    can_finish = any(map(plan.may_be_final, ranking))
    first_rung = session.study.budget.rungs[0]

    def check() -> tuple[float | None, float | None]:
        """The budgets that a full run and a proof need; None for what fits."""
        needed = plan.check_full_run(configs, first_rung, can_finish_one=can_finish)
        return needed, plan.check_proof() if with_proof else None

    needed, sufficient = check()
    fits = not plan.truncated and sufficient is None
    if not fits and not session.runtimes.is_measured and plan.cheapest is not None:
        _measure_speed(session, plan, plan.cheapest)
        needed, sufficient = check()
    is_new = not any(row.complete for row in ranking)  # otherwise an earlier command has shown it
    if needed is not None and is_new:
        source = (
            f"measured on {MEASURED_STEPS} steps" if session.runtimes.is_measured else "a guess"
        )
        text = (
            f"time budget: {session.study.budget.time_limit} is too short for one full run, which "
            f"needs {format_duration(needed)} ({source}); the final run will stop before step "
            f"{plan.steps}. For a full run, set a larger --time-budget"
        )
        session.display(events.Notice(text))
    if sufficient is not None and is_new:
        text = (
            f"time budget: {session.study.budget.time_limit} is too short to prove a result on new "
            f"seeds; {format_duration(sufficient)} would be enough"
        )
        session.display(events.Notice(text))


def show_excluded(
    session: Session,
    plan: TimePlan,
    configs: Sequence[Configuration],
    proof_seconds: Callable[[Configuration], float],
) -> None:
    """Show a notice if a notable share of the space is too expensive for the budget.

    Args:
        session: The study.
        plan: Its time plan, with the speeds that the search has measured.
        configs: A sample of the space.
        proof_seconds: See `TimePlan.leaves_time_to_search`.
    """
    excluded = [
        config for config in configs if not plan.leaves_time_to_search(config, proof_seconds)
    ]
    share = len(excluded) / len(configs) if configs else 0.0
    if share >= NOTABLE_SHARE:
        text = (
            f"time budget: {share:.0%} of the configurations of the space were not tried, because "
            f"their proof takes too long for {session.study.budget.time_limit}; "
            f"{format_duration(plan.budget_for(excluded, proof_seconds))} would be enough for all"
        )
        session.display(events.Notice(text))


def _measure_speed(session: Session, plan: TimePlan, config: Configuration) -> None:
    """Train a few steps of a configuration, to know the speed of this machine and model."""
    session.display(events.Notice("time budget: training a few steps to measure the speed"))
    job = Train(
        job_id=0,
        config=config,
        seed=session.study.search.seed,
        step=min(MEASURED_STEPS, session.study.budget.rungs[0]),
        checkpoint_steps=(),
        label="measurement",
    )
    try:
        result = session.executor.run_with_timeout(job, MAX_MEASURED_SHARE * plan.budget.remaining)
    except Interrupted:
        raise
    except XltError:
        return  # it diverged or ran out of memory: its trial will say so
    if isinstance(result, Evaluation):
        session.runtimes.observe(config_key(config), config, result.step, result.seconds)
