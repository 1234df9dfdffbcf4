"""Prospects follow a known function, in the unit of its score."""

import numpy as np
import pytest
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from scipy.integrate import quad
from scipy.stats import norm

from xlt.search.suggest.encoding import SpaceEncoder
from xlt.search.suggest.kernel import CORRELATION_PRIOR
from xlt.search.suggest.outlook import MIN_PREFIXES_FOR_SCORE_UNIT, Outlook, Prospect
from xlt.search.suggest.surrogate import MIN_SCORED_CONFIGS, fit_surrogate

SPACE: dict[str, BaseDistribution] = {
    "x": FloatDistribution(0, 1),
    "y": FloatDistribution(0, 1),
    "constant": IntDistribution(3, 3),
}
# None of them is near the best one.
POINTS = np.random.default_rng(0).random((24, 2))
POINTS = POINTS[np.hypot(*(POINTS - [0.7, 0.2]).T) > 0.25]


def config(x: float, y: float) -> dict[str, float]:
    return {"x": x, "y": y, "constant": 3}


def bowl(x: float, y: float) -> float:
    """The best score is 30, at (0.7, 0.2)."""
    return 30 - 20 * (x - 0.7) ** 2 - 10 * (y - 0.2) ** 2


def outlook(scale: float = 1.0, shift: float = 0.0, rungs: tuple[int, ...] = (9,)) -> Outlook:
    """All of POINTS have scores at all rungs."""
    known = Outlook(SPACE, rungs)
    for x, y in POINTS:
        known.observe(f"{x}", config(x, y), {rung: scale * bowl(x, y) + shift for rung in rungs})
    return known


def prospect(known: Outlook, x: float, y: float) -> Prospect:
    found = known.prospect(config(x, y))
    assert found is not None
    return found


@pytest.mark.parametrize("rungs", [(9,), (1, 3, 9)])
def test_the_best_region_promises_most(rungs: tuple[int, ...]) -> None:
    known = outlook(rungs=rungs)
    best, worst = prospect(known, 0.7, 0.2), prospect(known, 0.05, 0.95)
    assert best.win_probability > 0.3
    assert worst.win_probability < 0.01
    assert best.gain > 100 * worst.gain > 0


@pytest.mark.parametrize("rungs", [(9,), (1, 3, 9)])
def test_gains_are_in_the_unit_of_the_score(rungs: tuple[int, ...]) -> None:
    """A BLEU is a hundred times a BLEU between 0 and 1, and chances do not depend on it."""
    plain = prospect(outlook(rungs=rungs), 0.6, 0.3)
    scaled = prospect(outlook(100, -7, rungs), 0.6, 0.3)
    assert scaled.gain == pytest.approx(100 * plain.gain, rel=1e-3)
    assert scaled.win_probability == pytest.approx(plain.win_probability, rel=1e-3)


def test_is_the_expected_improvement() -> None:
    """By integration over the surrogate's prediction, in points of score."""
    free = {name: dist for name, dist in SPACE.items() if name != "constant"}
    encoder = SpaceEncoder(free)
    scores = np.array([bowl(x, y) for x, y in POINTS])
    process, _ = fit_surrogate(
        encoder.encode(POINTS),
        [{9: score} for score in scores],
        encoder.column_param.tolist(),
        single_fidelity=True,
    )
    mean, deviation = (part[0] for part in process.predict(encoder.encode(np.array([[0.6, 0.3]]))))
    best = process.predict_train()[0].max()
    improvement = quad(
        lambda value: (value - best) * norm.pdf(value, mean, deviation),
        best,
        best + 20 * deviation,
    )[0]
    found = prospect(outlook(), 0.6, 0.3)
    assert found.gain == pytest.approx(improvement * np.std(scores), rel=0.05)
    assert found.win_probability == pytest.approx(norm.sf(best, mean, deviation))


def test_too_few_scores() -> None:
    """Without scores at the last rung a gain has no unit yet; chances are known."""
    known = Outlook(SPACE, (1, 9))
    for index, (x, y) in enumerate(POINTS):
        assert (known.prospect(config(0.5, 0.5)) is None) == (index < MIN_SCORED_CONFIGS)
        known.observe(str(index), config(x, y), {1: bowl(x, y)})
    for index, (x, y) in enumerate(POINTS[:MIN_PREFIXES_FOR_SCORE_UNIT]):
        found = prospect(known, 0.5, 0.5)
        assert found.gain == np.inf
        assert 0 < found.win_probability < 1
        known.observe(str(index), config(x, y), {1: bowl(x, y), 9: bowl(x, y) + 1})
    assert 0 < prospect(known, 0.5, 0.5).gain < np.inf


def test_a_plateau_says_nothing_about_gains() -> None:
    """Scores that hardly differ have no unit; from `min_spread` on they have."""
    scores = [bowl(x, y) for x, y in POINTS]
    for factor, is_known in ((1.001, False), (0.999, True)):
        known = Outlook(SPACE, (9,), min_spread=factor * np.ptp(scores))
        for index, (x, y) in enumerate(POINTS):
            known.observe(str(index), config(x, y), {9: scores[index]})
        found = prospect(known, 0.6, 0.3)
        assert np.isfinite(found.gain) == is_known
        assert found.win_probability == prospect(outlook(), 0.6, 0.3).win_probability


def test_a_diverged_configuration_is_forgotten() -> None:
    known, other = outlook(), outlook()
    other.observe("diverged", config(0.7, 0.2), {9: 50.0})
    assert prospect(other, 0.6, 0.3) != prospect(known, 0.6, 0.3)
    other.observe("diverged", config(0.7, 0.2), {})
    assert prospect(other, 0.6, 0.3) == prospect(known, 0.6, 0.3)


def test_nothing_to_search() -> None:
    known = Outlook({"constant": IntDistribution(3, 3)}, (9,))
    known.observe("only", {"constant": 3}, {9: 1.0})
    assert known.prospect({"constant": 3}) is None


def test_rungs_without_scores_leave_more_open() -> None:
    """By simulation: two configurations keep a part of their scores up to the last rung."""
    unseen = Outlook(SPACE, (1, 3, 9))
    for index, (x, y) in enumerate(POINTS):
        unseen.observe(str(index), config(x, y), {1: bowl(x, y)})
    rng = np.random.default_rng(0)
    free = {name: dist for name, dist in SPACE.items() if name != "constant"}
    encoder = SpaceEncoder(free)
    scores = [{1: bowl(x, y)} for x, y in POINTS]
    process, _ = fit_surrogate(encoder.encode(POINTS), scores, encoder.column_param.tolist())
    mean, deviation = (part[0] for part in process.predict(encoder.encode(np.array([[0.5, 0.5]]))))
    best = process.predict_train()[0].max()
    kept = CORRELATION_PRIOR**2
    lost = np.sqrt(1 - kept**2) * rng.standard_normal((2, 200_000))
    one = kept * rng.normal(mean, deviation, 200_000) + lost[0]
    other = kept * best + lost[1]
    assert prospect(unseen, 0.5, 0.5).win_probability == pytest.approx(
        np.mean(one > other), abs=0.005
    )
