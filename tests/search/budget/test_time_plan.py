"""The time plan, with a clock that stands still."""

import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.budget import time_plan
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.budget.time_budget import TimeBudget, process_started_at
from xlt.search.budget.time_plan import TimePlan
from xlt.search.storage.store import RankedConfig
from xlt.studies.study import load

LEAGUE = load("league")


class Clock(TimeBudget):
    def __init__(self, seconds: float, remaining: float) -> None:
        super().__init__(seconds)
        self._remaining = remaining

    @property
    def remaining(self) -> float:
        return self._remaining


def plan(remaining: float, seconds: float = 7200, threads: int = 2) -> TimePlan:
    costs = RuntimeModel(TASKS["translation"].cost, {}, LEAGUE.budget.rungs, "cpu")
    clock, baseline = Clock(seconds, remaining), LEAGUE.space.baseline_config
    return TimePlan(clock, costs, LEAGUE.steps, threads, LEAGUE.budget.rungs[-1], baseline)


def no_proof(_: Configuration) -> float:
    return 0.0


def model(width: int) -> Configuration:
    return {**LEAGUE.space.baseline, "d_model": width, "d_ff": 4 * width}


def ranked(width: int, step: int, score: float) -> RankedConfig:
    return RankedConfig(0, model(width), step == 650, step, score, ())


@given(left=st.floats(1, 7200), width=st.sampled_from([128, 256, 512]))
def test_a_job_that_can_start_can_be_finished(left: float, width: int) -> None:
    """With the safety factor, whatever is reserved for other configurations."""
    now = plan(left)
    for begin, end in ((0, 40), (40, 100), (100, 650)):
        needs = now.runtimes.predict_run(model(width), begin, end) + now.seconds_to_finish(
            model(width), end
        )
        for reserve in (0.0, 100.0):
            if now.has_time_to_train(model(width), begin, end, reserve):
                assert time_plan.SAFETY_MARGIN * needs <= left
                assert now.runtimes.predict_run(model(width), begin, end) + reserve <= left


def test_the_target_is_the_best_that_can_be_finished() -> None:
    """If none can, the plan is truncated, and time is reserved for the best one."""
    rows = [ranked(512, 100, -3.0), ranked(256, 100, -4.0), ranked(128, 100, -5.0)]
    costs = [plan(0).seconds_to_finish(row.configuration, row.step) for row in rows]
    assert costs == sorted(costs, reverse=True)
    for row, cost in zip(rows, costs, strict=True):
        now = plan(cost + 1)
        assert now.best_finishable(rows) is row
        assert now.reserved_seconds(row, 0.0) == cost
        assert not now.truncated
    late = plan(costs[-1] - 1)
    assert late.best_finishable(rows) is None
    late.check_finishable(rows)
    assert late.must_stop(late.reserved_seconds(rows[0], 0.0))
    assert late.best_finishable(rows) is rows[0]


def test_truncation_ends_when_predictions_improve() -> None:
    """Only `check_finishable` changes the plan, in both directions."""
    row = ranked(256, 100, -4.0)
    now = plan(plan(0).seconds_to_finish(row.configuration, row.step) + 1)
    honest = now.runtimes
    now.runtimes = RuntimeModel(TASKS["translation"].cost, {}, LEAGUE.budget.rungs, "cpu")
    slow = {"stage_a": 1e4}  # one run that another process slowed down
    now.runtimes.observe("slow", model(256), 100, slow)

    now.reserved_seconds(row, 0.0)
    assert not now.truncated
    now.check_finishable([row])
    assert now.truncated

    now.runtimes = honest
    now.check_finishable([row])
    assert not now.truncated
    assert now.best_finishable([row]) is row
    assert now.reserved_seconds(row, 0.0) == now.seconds_to_finish(row.configuration, row.step)


@given(
    width=st.sampled_from([128, 256, 512]),
    step=st.sampled_from([40, 100, 650]),
    wrong=st.floats(1 / time_plan.SAFETY_MARGIN, time_plan.SAFETY_MARGIN),
)
def test_the_target_can_still_be_finished_when_the_search_must_stop(
    width: int, step: int, wrong: float
) -> None:
    """Even if its prediction has changed by the safety factor since time was reserved."""
    row = ranked(width, step, 1.0)
    needs = plan(0).seconds_to_finish(row.configuration, step) * wrong
    left = time_plan.SAFETY_MARGIN * needs + time_plan.WORKER_RESTART_SECONDS
    assert plan(left).must_stop(needs)
    assert plan(left).best_finishable([row]) is row


def test_what_the_search_trained_is_tested_on_one_thread() -> None:
    """Time is reserved for that."""
    config, now = model(256), plan(1000, threads=4)
    test = now.runtimes.predict_test(config, LEAGUE.steps)
    assert now.seconds_to_finish(config, LEAGUE.steps) == pytest.approx(
        test + time_plan.SHUTDOWN_SECONDS
    )
    on_four = test / time_plan.thread_speedup(4) + time_plan.SHUTDOWN_SECONDS
    assert now.seconds_to_finish(config, LEAGUE.steps - 1) - now._seconds_to_train_alone(
        config, LEAGUE.steps - 1
    ) == (pytest.approx(on_four))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_reserve_includes_the_runs_that_the_proof_lacks(workers: int) -> None:
    """Side by side on all workers, each on the first one that is free."""
    now, row = plan(7000), ranked(256, 650, 40.0)
    now.workers = workers
    assert now.reserved_seconds(row, 0.0) == now.seconds_to_finish(row.configuration, 650)
    now.n_proof_seeds = 2
    final = now.seconds_to_finish(row.configuration, LEAGUE.steps)
    assert now.reserved_seconds(row, 0.0) == final, "the proof has trained the model"
    wide, narrow = (now.runtimes.predict_run(model(width), 0, 1100) for width in (256, 128))
    proof = {1: 2 * wide + 2 * narrow, 2: wide + narrow, 3: max(wide, 2 * narrow)}[workers]
    four = [model(256)] * 2 + [model(128)] * 2
    assert now.reserved_seconds(row, now.seconds_for_full_runs(four)) == pytest.approx(
        final + proof
    )
    assert now.reserved_seconds(row, now.seconds_for_full_runs([model(256)])) == pytest.approx(
        final + wide
    )


@given(left=st.floats(1, 7200), width=st.sampled_from([128, 256, 512]), lacks=st.integers(0, 4))
def test_a_job_that_can_start_can_be_proven(left: float, width: int, lacks: int) -> None:
    """Its runs on new seeds, the baseline's and the test fit after it."""
    now = plan(left)
    now.n_proof_seeds = 2
    missing = [model(width), LEAGUE.space.baseline_config, *[model(width)] * 2][:lacks]
    job = now.runtimes.predict_run(model(width), 40, 100)
    proof = sum(now.runtimes.predict_run(config, 0, 1100) for config in missing)
    whole = job + proof + now.seconds_to_finish(model(width), LEAGUE.steps)
    if now.has_time_to_train(model(width), 40, 100, 0.0, proof):
        assert time_plan.SAFETY_MARGIN * whole <= left
    else:
        assert time_plan.SAFETY_MARGIN * whole > left * (1 - 1e-9)


@given(
    workers=st.integers(1, 4),
    widths=st.lists(st.sampled_from([128, 256, 512]), max_size=6),
    busy=st.lists(st.floats(0, 5000), max_size=4),
)
def test_runs_begin_on_the_worker_that_is_free_first(
    workers: int, widths: list[int], busy: list[float]
) -> None:
    """By a direct simulation. Workers that are busy begin later."""
    now, busy = plan(0), busy[:workers]
    now.workers = workers
    free = [*busy, *[0.0] * (workers - len(busy))]
    for width in widths:
        worker = free.index(min(free))
        free[worker] += now.runtimes.predict_run(model(width), 0, 1100)
    assert now.seconds_for_full_runs(map(model, widths), busy) == pytest.approx(max(free))


def test_a_margin_is_left() -> None:
    assert plan(time_plan.SAFETY_MARGIN * 100 + 1).has_time_for(100)
    assert not plan(time_plan.SAFETY_MARGIN * 100 - 1).has_time_for(100)


def test_a_budget_without_time_for_a_proof() -> None:
    """The plan returns the smallest sufficient budget. A proof with more seeds needs more."""
    needed = []
    for n_seeds in (1, 2, 3):
        short = plan(500, seconds=500)
        short.n_proof_seeds = n_seeds
        short.check_full_run([model(128)], first=40)
        enough = short.check_proof()
        assert enough is not None
        assert not short.has_time_for_proof
        needed.append(enough)
        long = plan(enough + 1, seconds=enough + 1)
        long.n_proof_seeds = n_seeds
        long.check_full_run([model(128)], first=40)
        assert long.check_proof() is None
        assert long.has_time_for_proof
        assert long.leaves_time_to_search(model(128), no_proof)
    assert needed == sorted(needed)
    runs = short.runtimes.predict_run(model(128), 0, 1100)
    assert needed[1] - needed[0] >= time_plan.SAFETY_MARGIN * runs


def test_a_budget_without_time_for_one_run() -> None:
    """The plan is truncated, and returns the smallest sufficient budget."""
    now = plan(68, seconds=80)
    needed = now.check_full_run([model(512), model(128)], first=40)
    assert needed is not None
    assert now.truncated
    enough = needed - now.budget.elapsed
    assert plan(enough + 1).check_full_run([model(512), model(128)], first=40) is None
    # The search gets a share, the best configuration the rest.
    assert now.best_finishable([ranked(512, 40, -3.0)]) is not None
    assert now.has_time_to_train(
        model(128), 0, 40, now.reserved_seconds(ranked(128, 40, -3.0), 0.0)
    )
    assert not now.has_time_to_train(
        model(512), 0, 40, now.reserved_seconds(ranked(128, 40, -3.0), 0.0)
    )
    # Unless a configuration with a score can still be finished.
    assert now.check_full_run([model(128)], first=40, can_finish_one=True) is None
    # Until there is a score, the search may use all the time.
    late = plan(50, seconds=80)
    late.check_full_run([model(128)], first=40)
    assert late.truncated
    assert late.has_time_to_train(model(128), 0, 40, 0.0)
    assert not late.has_time_to_train(model(128), 0, 40, late.reserved_seconds(None, 0.0))


def test_running_jobs_stop_in_time() -> None:
    reserve = 100.0
    assert not plan(
        time_plan.SAFETY_MARGIN * reserve + time_plan.WORKER_RESTART_SECONDS + 1
    ).must_stop(reserve)
    assert plan(time_plan.SAFETY_MARGIN * reserve + time_plan.WORKER_RESTART_SECONDS - 1).must_stop(
        reserve
    )
    assert not plan(50).must_stop(0.0), "there is no score yet, which comes first"


def test_elapsed_time_continues_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """A jump of the wall clock does not count."""
    first = TimeBudget(100, elapsed_before=30)
    assert 30 <= first.elapsed < 100
    before = first.elapsed
    monkeypatch.setattr("time.time", lambda: 1e12)
    assert first.elapsed - before < 5


def test_the_budget_of_a_call_and_of_a_command() -> None:
    """A call in a notebook has the whole budget; a command's budget includes its imports."""
    assert TimeBudget(1000).elapsed < 1

    command = TimeBudget(1000, started_at=process_started_at())
    age = time.time() - psutil.Process().create_time()
    assert command.elapsed == pytest.approx(min(age, 60), abs=0.5)


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_proof_and_final_leave_time_for_others(n_seeds: int) -> None:
    """What would take most of the budget is not tried, unless no configuration is much cheaper."""
    wide, narrow = model(512), model(128)
    costs = plan(0)
    runs = costs.runtimes.predict_run(wide, 0, 1100) + costs.runtimes.predict_run(
        LEAGUE.space.baseline_config, 0, 1100
    )
    enough = n_seeds * runs + costs.seconds_after_proof(wide)
    enough /= time_plan.MAX_AFTER_SEARCH_SHARE

    def lacking(config: Configuration) -> float:
        return costs.seconds_for_full_runs([config, LEAGUE.space.baseline_config] * n_seeds)

    def wide_is_tried(seconds: float, cheapest: Configuration) -> bool:
        now = plan(seconds, seconds=seconds)
        now.cheapest, now.n_proof_seeds = cheapest, n_seeds
        assert now.leaves_time_to_search(cheapest, lacking)
        assert now.has_time_to_train(wide, 0, 40, 0.0), "it can be finished all the same"
        return now.leaves_time_to_search(wide, lacking)

    assert wide_is_tried(enough + 1, narrow)
    assert not wide_is_tried(enough - 1, narrow)
    assert wide_is_tried(enough - 1, wide)


def test_a_truncated_plan_tries_configurations_that_get_far_enough() -> None:
    """In the final's share of the budget, less the longest possible test."""
    now = plan(120, seconds=120)
    now.check_full_run([model(128), model(192), model(512)], first=40)
    assert now.truncated
    widths = [128, 192, 256, 320, 384, 448, 512]
    reached = [now.reachable_fraction(model(width)) for width in widths]
    assert reached == sorted(reached, reverse=True)
    assert 0.4 < reached[0] < 1, "not one full run fits"
    assert [now.leaves_time_to_search(model(width), no_proof) for width in widths] == [
        True,
        True,
    ] + [False] * 5
    # In half the time of a median run the cheapest one reaches its end; more would not count.
    half = plan(400, seconds=400)
    assert half.check_full_run([model(128), model(384), model(512)], first=40) is None
    assert half.truncated
    assert half.reachable_fraction(model(128)) == 1
    assert [half.leaves_time_to_search(model(width), no_proof) for width in (256, 320, 512)] == [
        True,
        True,
        False,
    ]
    # With hardly time for the test none gets anywhere, and all may start.
    less = plan(15, seconds=15)
    less.check_full_run([model(128), model(512)], first=40)
    assert less.reachable_fraction(model(128)) == 0
    assert less.leaves_time_to_search(model(512), no_proof)
