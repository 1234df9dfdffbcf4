"""`benchmarks/replay.py`: the budget, the regret, and configurations without a training."""

import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from replay import METHODS, BudgetSpent, Search
from replay_problems import CHECKPOINTS, Problem, load_problems

# Two configurations with three checkpoints.
SMALL = Problem("small", ("x",), (2,), np.array([[1.0, 2.0, 5.0], [3.0, 3.5, 4.0]]))


def test_regret_is_paid_by_the_checkpoint() -> None:
    """The best possible score minus the best so far; constant after the end of the search."""
    search = Search(SMALL, seed=0, budget=5, first=0)
    assert list(search.train(search.curve({"x": 1}), 0, 2)) == [(1, 3.0), (2, 3.5)]
    assert list(search.train(search.curve({"x": 0}), 1, 2)) == [(2, 2.0)]
    np.testing.assert_allclose(search.regret(), [2.0, 1.5, 1.5, 1.5, 1.5])


def test_the_budget_is_not_exceeded() -> None:
    """The search stops after the last checkpoint of its budget."""
    search = Search(SMALL, seed=0, budget=2, first=0)
    with pytest.raises(BudgetSpent):
        list(search.train(search.curve({"x": 0}), 0, 3))
    assert search.best == [1.0, 2.0]


@pytest.mark.parametrize("method", ["ours", "random + promotion", "tpe + median", "auto"])
def test_each_search_stays_within_its_budget(method: str) -> None:
    """The methods that promote train only the configuration that leads at first to the end."""
    search = Search(SMALL, seed=0, budget=30, first=2)
    with suppress(BudgetSpent):
        METHODS[method](search)
    regret = search.regret()
    assert len(regret) == 30
    assert np.all(np.diff(regret) <= 0)
    assert regret[-1] == (1 if method in ("ours", "random + promotion") else 0)


def test_missing_rows_of_a_table(tmp_path: Path) -> None:
    """They get the score of the nearest row; distances are relative to a parameter's range."""
    folder = tmp_path / "nmt-tables"
    folder.mkdir()
    (folder / "few.csv").write_text("a,b,dev_bleu,gpu_hours\n1,10,5,1\n3,10,7,1\n2,40,6,1\n")
    (problem,) = load_problems(tmp_path)
    assert (problem.sizes, problem.best) == ((3, 2), 7)
    assert [problem.curve([a, b])[0] for a, b in ((0, 0), (2, 0), (1, 1), (0, 1))] == [5, 7, 6, 6]


def test_curves_have_a_fixed_length(tmp_path: Path) -> None:
    """The running maximum is cut, or repeats its last value."""
    folder = tmp_path / "nmt-curves"
    folder.mkdir()
    runs = [
        {"hyperparams": {"a": 1}, "bleu_curve": [2, 1, 3]},
        {"hyperparams": {"a": 2}, "bleu_curve": list(range(CHECKPOINTS + 3))},
    ]
    (folder / "two.json").write_text(json.dumps(runs))
    (problem,) = load_problems(tmp_path)
    assert problem.curve([0]).tolist() == [2, 2] + [3] * (CHECKPOINTS - 2)
    assert problem.best == CHECKPOINTS - 1
