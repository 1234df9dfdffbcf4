"""`benchmarks/stopping.py`: the trace of a search, and what each rule makes of it."""

from pathlib import Path

import numpy as np
import pytest
import stopping
from replay_problems import CHECKPOINTS, Problem, load_pools
from stopping import RATES, RULES, Trace, results, trace

# 64 configurations with one checkpoint; the scores grow with both hyperparameters.
SQUARE = Problem(
    "square", ("x", "y"), (8, 8), np.add.outer(np.arange(8.0), np.arange(8)).reshape(-1, 1)
)


def test_a_trace_counts_trials_and_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry before each configuration, and one after the last one."""
    monkeypatch.setattr(stopping, "MOST_TRIALS", 8)
    traced = trace(SQUARE, 0)
    assert traced.cost == list(range(9))
    assert traced.best[0] == -np.inf
    assert np.all(np.diff(traced.best[1:]) >= 0)
    assert traced.worth[:5] == [[True] * len(RATES)] * 5  # too few scores for a prospect
    assert np.isfinite(traced.gap[5:]).all()


def test_rules_on_a_made_up_trace() -> None:
    """The score grows to the best of the problem in three trials; no rule ends before the first."""
    trials = 14
    made = Trace(
        best=[-np.inf, 7, 10.5, *[14.0] * (trials - 2)],
        cost=[float(count) for count in range(trials + 1)],
        worth=[[True, True, count not in (5, 7, 8)] for count in range(trials + 1)],
        gap=[np.inf] * 7 + [0.5] * (trials - 6),
    )
    found = results(SQUARE, [made, made], rate=2)
    assert tuple(found) == RULES
    ends = {"best fixed": 3, "ours": 5, "ours twice": 8, "stagnation": 13, "UCB-LCB": 7, "all": 14}
    assert {rule: count for rule, (_, count) in found.items()} == ends
    assert {rule: value for rule, (value, _) in found.items()} == pytest.approx(
        {rule: 1 - RATES[2] * count for rule, count in ends.items()}
    )


def test_a_pool_answers_with_the_nearest_new_configuration(tmp_path: Path) -> None:
    """Columns are scaled to 0..1, all but the betas logarithmically; losses are negated."""
    folder = tmp_path / "taskset"
    folder.mkdir()
    losses = [[3.0] * 8 + [1.0, 2.0], [2.0] * 9 + [float("nan")], [float("nan")] * 10]
    header = ["learning_rate", "beta1", *(f"valid_loss_{step}" for step in range(1, 11))]
    configs = [(1e-4, 0.0), (1e-2, 0.5), (1e-3, 1.0)]
    lines = [
        ",".join(map(str, [*config, *row])) for config, row in zip(configs, losses, strict=True)
    ]
    (folder / "three.csv").write_text("\n".join([",".join(header), *lines]))
    (pool,) = load_pools(tmp_path)
    np.testing.assert_allclose(pool.points, np.array([[0, 0], [1, 0.5], [0.5, 1]]))
    assert pool.curves.shape == (3, CHECKPOINTS)
    assert pool.curves[:, -1].tolist() == [-1, -2, -3]
    first = pool.nearest({"learning_rate": 0.9, "beta1": 0.6}, [])
    assert first == pytest.approx({"learning_rate": 1, "beta1": 0.5})
    second = pool.nearest({"learning_rate": 0.9, "beta1": 0.6}, [first])
    assert second == pytest.approx({"learning_rate": 0.5, "beta1": 1})
    assert pool.curve(list(second.values()))[-1] == -3
