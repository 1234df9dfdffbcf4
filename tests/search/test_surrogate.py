"""The Gaussian process against scikit-learn's, and against what must follow from its data."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from xlt.search.surrogate import (
    JITTER,
    MEAN_VARIANCE,
    Kernel,
    Scores,
    Surrogate,
    _Density,
    fit,
    learned,
    normal_scores,
)


def test_one_rung_is_scikit_learns_process() -> None:
    """Means and deviations with the same kernel, at new points; of whole ones without luck."""
    source = np.random.default_rng(0)
    points, new = source.random((15, 3)), source.random((40, 3))
    scores = np.sin(5 * points.sum(axis=1))
    lengths, own, scale = np.array([0.4, 1.0, 2.5]), 0.1, 1.3
    kernel = Kernel(lengths, own, np.array([scale]), np.array([]))
    rows = Scores(np.arange(15), np.zeros(15, int), scores)
    mean, deviation = Surrogate(points, np.arange(3), rows, kernel).predict(new)
    luckless = Surrogate(points, np.arange(3), rows, kernel, whole=True)
    shape = Matern(lengths, nu=2.5) + WhiteKernel(own)
    whole = ConstantKernel(scale**2) * shape + ConstantKernel(MEAN_VARIANCE)
    theirs = GaussianProcessRegressor(whole, alpha=JITTER, optimizer=None).fit(points, scores)
    expected, with_luck = theirs.predict(new, return_std=True)
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(deviation, with_luck, atol=1e-6)
    mean, deviation = luckless.predict(new)
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(deviation**2 + scale**2 * own, with_luck**2, atol=1e-6)
    assert luckless.believing(new[:2]).whole


def test_scores_of_whole_trainings_count_as_they_are() -> None:
    """One far below the rest leaves the others close together; on the way, ranks tell."""
    points = np.linspace(0, 1, 8)[:, None]
    values = np.array([-100.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    alone, _ = learned(points, [{9: float(value)} for value in values], whole=True)
    assert np.std(alone.scores.score) == pytest.approx(1)
    assert np.ptp(alone.scores.score[1:]) < 0.2
    paused, _ = learned(points, [{9: float(value)} for value in values])
    np.testing.assert_allclose(paused.scores.score, normal_scores(values))


def _two_rungs(count: int, seed: int = 0) -> tuple[np.ndarray, Scores]:
    source = np.random.default_rng(seed)
    points = source.random((count, 2))
    at = np.concatenate([np.arange(count), np.arange(count // 2)])
    rung = np.repeat([0, 1], [count, count // 2])
    return points, Scores(at, rung, source.standard_normal(len(at)))


def test_gradient_is_that_of_the_density() -> None:
    """Against finite differences."""
    points, scores = _two_rungs(8)
    density = _Density(points, np.arange(2), scores, 2, 2)
    place = np.array([-0.3, 0.4, -1.0, 0.2, -0.2, 0.7])
    slope = approx_fprime(place, lambda at: density(at)[0], 1e-6)
    np.testing.assert_allclose(density(place)[1], slope, atol=1e-4)


def test_columns_of_a_category_share_a_length() -> None:
    """Three columns, two parameters."""
    points, scores = _two_rungs(10)
    wide = np.column_stack([points, points[:, 0] > 0.5])
    assert fit(wide, np.array([0, 1, 1]), scores).lengths.shape == (2,)


def test_a_rung_that_misleads_is_trusted_less() -> None:
    """How far apart the first rung's best and worst are expected to end: less where it erred."""
    trusted, gaps = {}, {}
    for sign in (1, -1):
        source = np.random.default_rng(1)
        points, first = source.random((24, 3)), source.standard_normal(24)
        seen = [{1: float(score)} for score in first]
        for place in range(12):
            seen[place][9] = sign * float(first[place]) + 0.1 * source.standard_normal()
        process, _ = learned(points, seen)
        mean, _ = process.predict_seen()
        paused = first[12:]
        gaps[sign] = mean[12 + np.argmax(paused)] - mean[12 + np.argmin(paused)]
        trusted[sign] = process.kernel.correlations[0]
    assert trusted[1] > 0.85
    assert trusted[-1] < 0.6
    assert gaps[-1] < gaps[1] / 2


def test_what_ended_is_known() -> None:
    """The last rung's own scores come back; what was never seen is less certain."""
    points, _ = _two_rungs(10)
    seen = [{1: float(place), 9: float(place)} for place in range(10)]
    process, _ = learned(points, seen)
    mean, deviation = process.predict_seen()
    np.testing.assert_allclose(mean, normal_scores(np.arange(10.0)), atol=0.01)
    assert process.predict(points + 0.1)[1].min() > 5 * deviation.max()


def test_believing_leaves_means_and_narrows_around_what_runs() -> None:
    """The kriging believer."""
    points, _ = _two_rungs(10)
    process, _ = learned(points, [{1: float(sum(point))} for point in points])
    running, elsewhere = np.array([[0.5, 0.9]]), np.array([[0.5, 0.88], [0.1, 0.2]])
    before, after = process.predict(elsewhere), process.believing(running).predict(elsewhere)
    np.testing.assert_allclose(before[0], after[0], atol=1e-3)
    assert after[1][0] < before[1][0]


def test_many_configurations_are_thinned() -> None:
    """The best stay, the cost is bounded, the shape is still learned."""
    points = np.random.default_rng(2).random((3000, 2))
    worth = points.sum(axis=1)
    process, chosen = learned(points, [{1: float(each)} for each in worth])
    assert len(chosen) <= 200
    assert int(np.argmax(worth)) in chosen
    low, high = process.predict(np.array([[0.2, 0.2], [0.8, 0.8]]))[0]
    assert low < high


def test_nothing_scored() -> None:
    """Is said."""
    with pytest.raises(ValueError, match="nothing was scored"):
        learned(np.zeros((2, 1)), [{}, {}])
