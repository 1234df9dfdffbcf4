"""The arithmetic of `benchmarks/replay.py`: what a search pays, what it missed, nearest rows."""

import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from replay import METHODS, Search, Spent
from replay_problems import CHECKPOINTS, Problem, found

# Two configurations, three checkpoints each.
SMALL = Problem("small", ("x",), (2,), np.array([[1.0, 2.0, 5.0], [3.0, 3.5, 4.0]]))


def test_regret_is_paid_by_the_checkpoint() -> None:
    """The best score there is minus the best seen so far; held once the search has ended."""
    search = Search(SMALL, seed=0, budget=5, first=0)
    assert list(search.train(search.curve({"x": 1}), 0, 2)) == [(1, 3.0), (2, 3.5)]
    assert list(search.train(search.curve({"x": 0}), 1, 2)) == [(2, 2.0)]
    np.testing.assert_allclose(search.regret(), [2.0, 1.5, 1.5, 1.5, 1.5])


def test_no_more_is_paid_than_there_is() -> None:
    """The budget's last checkpoint is the last."""
    search = Search(SMALL, seed=0, budget=2, first=0)
    with pytest.raises(Spent):
        list(search.train(search.curve({"x": 0}), 0, 3))
    assert search.best == [1.0, 2.0]


@pytest.mark.parametrize("method", ["ours", "random + promotion", "tpe + median", "auto"])
def test_each_search_stays_within_its_budget(method: str) -> None:
    """And has one of two trained to the end: those that promote, the one ahead at first."""
    search = Search(SMALL, seed=0, budget=30, first=2)
    with suppress(Spent):
        METHODS[method](search)
    regret = search.regret()
    assert len(regret) == 30
    assert np.all(np.diff(regret) <= 0)
    assert regret[-1] == (1 if method in ("ours", "random + promotion") else 0)


def test_a_table_lacks_some(tmp_path: Path) -> None:
    """The nearest row that there is, with steps of each parameter over its range."""
    folder = tmp_path / "nmt-tables"
    folder.mkdir()
    (folder / "few.csv").write_text("a,b,dev_bleu,gpu_hours\n1,10,5,1\n3,10,7,1\n2,40,6,1\n")
    (problem,) = found(tmp_path)
    assert (problem.sizes, problem.best) == ((3, 2), 7)
    assert [problem.curve([a, b])[0] for a, b in ((0, 0), (2, 0), (1, 1), (0, 1))] == [5, 7, 6, 6]


def test_a_curve_is_cut_or_held(tmp_path: Path) -> None:
    """Its running maximum, over as many checkpoints as all have."""
    folder = tmp_path / "nmt-curves"
    folder.mkdir()
    runs = [
        {"hyperparams": {"a": 1}, "bleu_curve": [2, 1, 3]},
        {"hyperparams": {"a": 2}, "bleu_curve": list(range(CHECKPOINTS + 3))},
    ]
    (folder / "two.json").write_text(json.dumps(runs))
    (problem,) = found(tmp_path)
    assert problem.curve([0]).tolist() == [2, 2] + [3] * (CHECKPOINTS - 2)
    assert problem.best == CHECKPOINTS - 1
