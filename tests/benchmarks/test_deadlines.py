"""Searches under a deadline on a simulated clock."""

from pathlib import Path

import deadlines
import optuna
import pytest


def test_the_formula_has_the_traits_of_the_league() -> None:
    baseline = {"d_model": 128, "nhead": 4, "num_layers": 2, "d_ff": 512, "dropout": 0.3}
    best = {"d_model": 512, "nhead": 8, "num_layers": 2, "d_ff": 2048, "dropout": 0.0}
    assert deadlines.bleu({**best, "learning_rate": 1e-9}) == pytest.approx(67, abs=0.01)
    assert deadlines.bleu({**best, "learning_rate": 1e-4}) < 12
    assert deadlines.bleu({**baseline, "learning_rate": 1e-9}) < 13


@pytest.mark.parametrize("seed", [2, 5])
def test_a_slow_machine_is_noticed_before_its_time_is_spent(seed: int, tmp_path: Path) -> None:
    """Trainings take 1.6 times as long as predicted at first.

    What was begun before the first measurement has turned out to be too expensive. And most of the
    space is too expensive: that must not crowd out configurations for which there is time.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    score, proven = deadlines.search(tmp_path, seed, minutes=20, slowdown=1.6)
    assert proven
    assert score > 15  # the best one of those that fit has 23.5, the baseline 2
