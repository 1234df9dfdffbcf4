"""The formula of `benchmarks/trunk_search.py`: what siblings share, what is paid, what is best."""

import numpy as np
import optuna
import pytest
from trunk_search import FORK, SPACE, STRUCTURE, TUNED, Search, World

from xlt.search.suggest.candidates import initial_design

BASE = initial_design(SPACE, 0, 1)[0]


def _sibling(**others: float) -> dict[str, float]:
    return {**BASE, **others}


def test_siblings_share_their_scores_until_they_part() -> None:
    world = World(3, gain=0.5)
    one, other = _sibling(learning_rate=1e-7), _sibling(learning_rate=1e-3)
    assert [world.score(one, step) for step in (40, 100)] == [
        world.score(other, step) for step in (40, 100)
    ]
    assert world.score(one, 650) > world.score(other, 650), "the highest rate spoils all"


def test_nothing_scores_better_than_the_best() -> None:
    """But for what luck may add to one fine-tuning; the best of many comes near."""
    world = World(1, gain=0.5)
    scores = [world.score(params, 650) for params in initial_design(SPACE, 1, 4000)]
    assert world.best - 1.0 < max(scores) < world.best + 4 * TUNED


def test_a_step_is_paid_once() -> None:
    """A sibling of what was trained to the end pays for what comes after the fork."""
    search = Search(World(0, gain=0.5), count=2, known=True)
    study = optuna.create_study(direction="maximize")
    for params in (BASE, _sibling(warmup=(BASE["warmup"] + 25) % 200)):
        search.params.append(params)
        search.scores.append({})
        search.trained.setdefault(tuple(params[name] for name in STRUCTURE), 0)
    paid = []
    for number in (0, 0, 0, 1, 1, 1):
        before = search.paid
        search._advance(study, number)
        paid.append(search.paid - before)
    assert paid[3:5] == [0, 0]
    assert paid[5] == pytest.approx(search._cost(BASE, FORK, 650))
    assert sum(paid[:3]) > 5 * paid[5]


def test_a_search_ends_with_one_at_the_end() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    search = Search(World(0, gain=0.5), count=8, known=True).run()
    assert len(search.params) == 8
    assert np.isfinite(search.best)
