"""The Gaussian process against scikit-learn's, and its properties on made-up scores."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from xlt.search.suggest.kernel import (
    JITTER,
    MEAN_PRIOR_VARIANCE,
    Array,
    BranchRung,
    Kernel,
    Observations,
    _NegLogMarginal,
    fit_map,
    matern52,
)
from xlt.search.suggest.observations import normal_scores
from xlt.search.suggest.surrogate import (
    MultiFidelityGP,
    PrefixColumns,
    _branch_rung,
    fit_surrogate,
)


def test_one_rung_is_scikit_learns_process() -> None:
    """Means and deviations at new points; noise-free ones with `single_fidelity`."""
    rng = np.random.default_rng(0)
    points, new = rng.random((15, 3)), rng.random((40, 3))
    scores = np.sin(5 * points.sum(axis=1))
    lengths, nugget, scale = np.array([0.4, 1.0, 2.5]), 0.1, 1.3
    kernel = Kernel(lengths, nugget, np.array([scale]), np.array([]))
    observations = Observations(np.arange(15), np.zeros(15, int), scores)
    mean, deviation = MultiFidelityGP(points, np.arange(3), observations, kernel).predict(new)
    noise_free = MultiFidelityGP(points, np.arange(3), observations, kernel, single_fidelity=True)
    matern = Matern(lengths, nu=2.5) + WhiteKernel(nugget)
    sklearn_kernel = ConstantKernel(scale**2) * matern + ConstantKernel(MEAN_PRIOR_VARIANCE)
    regressor = GaussianProcessRegressor(sklearn_kernel, alpha=JITTER, optimizer=None).fit(
        points, scores
    )
    expected, noisy = regressor.predict(new, return_std=True)
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(deviation, noisy, atol=1e-6)
    mean, deviation = noise_free.predict(new)
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(deviation**2 + scale**2 * nugget, noisy**2, atol=1e-6)
    assert noise_free.fantasize(new[:2]).single_fidelity


def test_single_fidelity_scores_are_standardised() -> None:
    """An outlier leaves the others close together. Otherwise only ranks count."""
    points = np.linspace(0, 1, 8)[:, None]
    values = np.array([-100.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    standardised, _ = fit_surrogate(
        points, [{9: float(value)} for value in values], single_fidelity=True
    )
    assert np.std(standardised.observations.score) == pytest.approx(1)
    assert np.ptp(standardised.observations.score[1:]) < 0.2
    ranked, _ = fit_surrogate(points, [{9: float(value)} for value in values])
    np.testing.assert_allclose(ranked.observations.score, normal_scores(values))


def _two_rungs(count: int, seed: int = 0) -> tuple[np.ndarray, Observations]:
    rng = np.random.default_rng(seed)
    points = rng.random((count, 2))
    at = np.concatenate([np.arange(count), np.arange(count // 2)])
    rung = np.repeat([0, 1], [count, count // 2])
    return points, Observations(at, rung, rng.standard_normal(len(at)))


def test_gradient() -> None:
    """Against finite differences."""
    points, scores = _two_rungs(8)
    neg_log_likelihood = _NegLogMarginal(points, np.arange(2), scores)
    theta = np.array([-0.3, 0.4, -1.0, 0.2, -0.2, 0.7])
    gradient = approx_fprime(theta, lambda theta: neg_log_likelihood(theta)[0], 1e-6)
    np.testing.assert_allclose(neg_log_likelihood(theta)[1], gradient, atol=1e-4)


def test_columns_of_a_category_share_a_length_scale() -> None:
    points, scores = _two_rungs(10)
    wide = np.column_stack([points, points[:, 0] > 0.5])
    assert fit_map(wide, np.array([0, 1, 1]), scores).lengths.shape == (2,)


def test_a_misleading_rung_gets_less_weight() -> None:
    """Its correlation is lower, and so is the expected gap between its best and worst."""
    correlations, gaps = {}, {}
    for sign in (1, -1):
        rng = np.random.default_rng(1)
        points, first = rng.random((24, 3)), rng.standard_normal(24)
        seen = [{1: float(score)} for score in first]
        for index in range(12):
            seen[index][9] = sign * float(first[index]) + 0.1 * rng.standard_normal()
        process, _ = fit_surrogate(points, seen)
        mean, _ = process.predict_train()
        paused = first[12:]
        gaps[sign] = mean[12 + np.argmax(paused)] - mean[12 + np.argmin(paused)]
        correlations[sign] = process.kernel.correlations[0]
    assert correlations[1] > 0.85
    assert correlations[-1] < 0.6
    assert gaps[-1] < gaps[1] / 2


def test_scores_at_the_last_rung_are_reproduced() -> None:
    """With smaller deviations than those of new configurations."""
    points, _ = _two_rungs(10)
    seen = [{1: float(index), 9: float(index)} for index in range(10)]
    process, _ = fit_surrogate(points, seen)
    mean, deviation = process.predict_train()
    np.testing.assert_allclose(mean, normal_scores(np.arange(10.0)), atol=0.01)
    assert process.predict(points + 0.1)[1].min() > 5 * deviation.max()


def test_fantasize_keeps_means_and_shrinks_deviations() -> None:
    points, _ = _two_rungs(10)
    process, _ = fit_surrogate(points, [{1: float(sum(point))} for point in points])
    running, elsewhere = np.array([[0.5, 0.9]]), np.array([[0.5, 0.88], [0.1, 0.2]])
    before, after = process.predict(elsewhere), process.fantasize(running).predict(elsewhere)
    np.testing.assert_allclose(before[0], after[0], atol=1e-3)
    assert after[1][0] < before[1][0]


def test_the_number_of_configurations_is_limited() -> None:
    """The best stay, and the trend is still learned."""
    points = np.random.default_rng(2).random((3000, 2))
    quality = points.sum(axis=1)
    process, chosen = fit_surrogate(points, [{1: float(each)} for each in quality])
    assert len(chosen) <= 200
    assert int(np.argmax(quality)) in chosen
    low, high = process.predict(np.array([[0.2, 0.2], [0.8, 0.8]]))[0]
    assert low < high


def test_no_score_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was scored"):
        fit_surrogate(np.zeros((2, 1)), [{}, {}])


# Two prefixes (first column) with two and three siblings (second column).
SIBLINGS = np.array([[0.2, 0.1], [0.2, 0.7], [0.9, 0.1], [0.9, 0.5], [0.9, 0.8]])
PREFIX = np.array([0])


def _tree(branch_rung: int) -> tuple[Kernel, Observations]:
    """Scores at three rungs, those that siblings share once, and a kernel that branches at one."""
    lengths, scales, correlations = np.array([0.5, 0.8]), np.array([0.7, 1.0, 1.3]), [0.6, 0.9]
    kernel = Kernel(lengths, 0.1, scales, np.array(correlations), branch_rung, prefix_nugget=0.3)
    rows = [
        (at, rung) for rung in range(3) for at in range(5) if rung > branch_rung or at in (0, 2)
    ]
    at, rung = np.array(rows).T
    return kernel, Observations(at, rung, np.random.default_rng(3).standard_normal(len(at)))


def _recursive_covariance(kernel: Kernel, points: Array) -> Array:
    """The covariance of all scores at all rungs, (rungs, n, rungs, n), rung by rung.

    At each rung, f is its value at the previous rung times their correlation, plus an innovation:
    of prefixes up to the branch, of configurations after it.
    """
    assert kernel.branch is not None
    count, rungs = len(points), len(kernel.scales)
    scaled = points / kernel.lengths
    same = points[:, None, 0] == points[None, :, 0]
    prefix_cov = matern52(scaled * [1, 0], scaled * [1, 0]) + kernel.prefix_nugget * same
    config_cov = matern52(scaled, scaled) + kernel.nugget * np.eye(count)
    covariance = np.zeros((rungs, count, rungs, count))
    for rung in range(rungs):
        new = prefix_cov if rung <= kernel.branch else config_cov
        if rung == 0:
            covariance[0, :, 0] = new
            continue
        correlation = kernel.correlations[rung - 1]
        for earlier in range(rung):
            covariance[rung, :, earlier] = correlation * covariance[rung - 1, :, earlier]
            covariance[earlier, :, rung] = covariance[rung, :, earlier].T
        covariance[rung, :, rung] = (
            correlation**2 * covariance[rung - 1, :, rung - 1] + (1 - correlation**2) * new
        )
    scales = kernel.scales
    return covariance * scales[:, None, None, None] * scales[None, None, :, None]


@pytest.mark.parametrize("branch_rung", [0, 1, 2])
def test_shared_prefix_predictions(branch_rung: int) -> None:
    """Predictions equal those from a covariance that is computed rung by rung."""
    kernel, scores = _tree(branch_rung)
    new = np.array([[0.2, 0.4], [0.5, 0.5]])  # a sibling, and one with another prefix
    prior_cov = _recursive_covariance(kernel, np.vstack([SIBLINGS, new]))
    at, rung = scores.row, scores.rung
    observed_cov = prior_cov[rung[:, None], at[:, None], rung, at]
    observed_cov = (
        observed_cov + MEAN_PRIOR_VARIANCE * (rung[:, None] == rung) + JITTER * np.eye(len(at))
    )
    configs = np.arange(7)
    cross = prior_cov[2, configs[:, None], rung, at] + MEAN_PRIOR_VARIANCE * (rung == 2)
    prior = prior_cov[2, configs, 2, configs] + MEAN_PRIOR_VARIANCE
    mean = cross @ np.linalg.solve(observed_cov, scores.score)
    variance = prior - np.sum(cross * np.linalg.solve(observed_cov, cross.T).T, axis=1)
    process = MultiFidelityGP(SIBLINGS, np.arange(2), scores, kernel, prefix_columns=PREFIX)
    for predicted, rows in (
        (process.predict_train(), slice(5)),
        (process.predict(new), slice(5, 7)),
    ):
        np.testing.assert_allclose(predicted[0], mean[rows], atol=1e-6)
        np.testing.assert_allclose(predicted[1] ** 2, variance[rows], atol=1e-6)


@pytest.mark.parametrize(
    ("branch_rung", "between"), [(0, False), (1, False), (1, True), (2, False)]
)
def test_gradient_with_a_shared_prefix(branch_rung: int, between: bool) -> None:
    """Against finite differences; the prefix ends at a rung, or between two."""
    _, scores = _tree(branch_rung)
    if between:
        scores = Observations(
            *(column[scores.rung != branch_rung] for column in vars(scores).values())
        )
    neg_log_likelihood = _NegLogMarginal(
        SIBLINGS, np.arange(2), scores, BranchRung(branch_rung, PREFIX, between)
    )
    theta = np.array([-0.3, 0.4, -1.0, -1.6, 0.2, -0.2, 0.3, 0.7, -0.4])
    gradient = approx_fprime(theta, lambda theta: neg_log_likelihood(theta)[0], 1e-6)
    np.testing.assert_allclose(neg_log_likelihood(theta)[1], gradient, atol=1e-4)


def _with_siblings(effect: float) -> tuple[MultiFidelityGP, Array]:
    """Eight prefixes and four siblings of the best one; also new configurations."""
    rng = np.random.default_rng(5)
    prefixes = np.linspace(0, 1, 8)
    quality = normal_scores(rng.permutation(8.0 * np.arange(8)))
    best = prefixes[np.argmax(quality)]
    points = [[prefix, 0.5] for prefix in prefixes]
    points += [[best, tuning] for tuning in (0.1, 0.4, 0.7, 0.9)]
    seen = [{1: float(score)} for score in quality] + [{1: float(quality.max())} for _ in range(4)]
    for (prefix, tuning), scores in zip(points, seen, strict=True):
        if prefix == best or scores[1] > 0:
            scores[9] = scores[1] + effect * tuning
    process, _ = fit_surrogate(np.array(points), seen, prefix=PrefixColumns(5, PREFIX))
    return process, np.array([[best, 0.25], [best, 0.8], [best + 0.07, 0.25]])


def test_how_much_siblings_differ_is_learned() -> None:
    """If they do not differ, a new sibling has a small deviation, and a new prefix has not."""
    nothing, new = _with_siblings(0.0)
    _, deviation = nothing.predict(new)
    assert deviation[:2].max() < deviation[2] / 3
    much, _ = _with_siblings(3.0)
    mean, _ = much.predict(new)
    assert mean[1] > mean[0]
    assert much.kernel.correlations[-1] < nothing.kernel.correlations[-1]


def test_prefixes_and_siblings_have_separate_nuggets() -> None:
    """Prefixes differ without a trend and siblings hardly do: only the prefix nugget is large."""
    rng = np.random.default_rng(2)
    quality = rng.standard_normal(10)
    points = np.array([[index / 10, tuning] for index in range(10) for tuning in (0.2, 0.5, 0.8)])
    seen = [{1: float(score), 9: float(score + 1e-3 * t)} for score in quality for t in (0, 1, 2)]
    process, _ = fit_surrogate(points, seen, prefix=PrefixColumns(5, PREFIX))
    kernel = process.kernel
    assert kernel.prefix_nugget > 3 * kernel.nugget


def test_scores_within_the_prefix_count_once() -> None:
    """Siblings have the same prediction, and a new sibling has a small deviation."""
    points = np.array([[0.1, 0.2], [0.1, 0.9], [0.1, 0.5], [0.8, 0.2], [0.5, 0.3]])
    seen = [{1: 1.0}, {1: 1.0}, {1: 1.0}, {1: 2.0}, {1: 3.0}]
    process, chosen = fit_surrogate(points, seen, prefix=PrefixColumns(5, PREFIX))
    assert len(chosen) == 5
    np.testing.assert_allclose(process.observations.score, normal_scores(np.array([1.0, 2.0, 3.0])))
    mean, _ = process.predict_train()
    np.testing.assert_allclose(mean[:3], mean[0])
    _, deviation = process.predict(np.array([[0.1, 0.7], [0.3, 0.7]]))
    assert deviation[0] < deviation[1] / 5


def test_siblings_that_hardly_differ_do_not_fill_the_scale() -> None:
    """Prefixes keep their ranks among each other, and siblings lie between in their order."""
    rng = np.random.default_rng(0)
    tunings = rng.random(12)
    points = np.array([[0.1, 0.5], [0.4, 0.5], [0.9, 0.5], *([0.7, tuning] for tuning in tunings)])
    values = np.array([10.0, 20.0, 21.0, *(21.9 + 0.1 * np.arange(11)[::-1] / 10), 0.0])
    seen = [
        {1: float(point[0]), 9: float(value)} for point, value in zip(points, values, strict=True)
    ]
    process, chosen = fit_surrogate(points, seen, prefix=PrefixColumns(5, PREFIX))
    assert len(chosen) == len(points)
    last = process.observations.rung == process.observations.rung.max()
    ranks = process.observations.score[last]
    assert np.all(np.diff(ranks[np.argsort(values)]) > 0)
    # Four prefixes, and the lowest sibling.
    expected = normal_scores(np.arange(5.0))
    np.testing.assert_allclose(ranks[[14, 0, 1, 2, 3]], expected)
    assert np.ptp(ranks[3:14]) < 0.1


@pytest.mark.parametrize(
    ("steps", "ends", "rung", "between"),
    [
        ([40, 100, 650], 600, 2, True),
        ([40, 100, 650], 100, 1, False),
        ([40, 100, 650], 20, 0, True),
        ([40, 100], 600, 1, False),
        ([1100], 600, 0, True),
    ],
)
def test_branch_rung(steps: list[int], ends: int, rung: int, between: bool) -> None:
    branch = _branch_rung(steps, PrefixColumns(ends, PREFIX))
    assert (branch.rung, branch.between) == (rung, between)
    rungs = branch.kernel_rung(np.arange(len(steps)))
    assert rungs.tolist() == [index + (between and index >= rung) for index in range(len(steps))]


@pytest.mark.parametrize("columns", [[], [0, 1]])
def test_all_are_siblings_or_none(columns: list[int]) -> None:
    """The prefix depends on no parameter, or on all of them."""
    points = np.random.default_rng(0).random((6, 2))
    seen = [{1: 0.0, 9: float(index)} for index in range(5)] + [{1: 0.0}]
    process, chosen = fit_surrogate(
        points, seen, prefix=PrefixColumns(5, np.array(columns, dtype=int))
    )
    assert len(chosen) == 6
    assert np.sum(process.observations.rung == 0) == (6 if columns else 1)
    mean, deviation = process.predict_train()
    np.testing.assert_allclose(mean[:5], normal_scores(np.arange(5.0)), atol=0.01)
    assert deviation[5] > 5 * deviation[:5].max()


@pytest.mark.parametrize("branch_rung", [0, 1, 2])
def test_a_prefix_of_all_parameters_changes_nothing(branch_rung: int) -> None:
    """Predictions equal those without a shared prefix."""
    kernel, scores = _tree(branch_rung)
    points, columns = np.random.default_rng(7).random((5, 2)), np.array([0, 1])
    process = MultiFidelityGP(
        points,
        columns,
        scores,
        replace(kernel, prefix_nugget=kernel.nugget),
        prefix_columns=columns,
    )
    plain = MultiFidelityGP(points, columns, scores, replace(kernel, branch=None))
    new = np.random.default_rng(8).random((4, 2))
    np.testing.assert_allclose(process.predict(new), plain.predict(new))
    np.testing.assert_allclose(process.predict_train(), plain.predict_train())


def test_single_fidelity_ignores_the_prefix() -> None:
    points = np.random.default_rng(0).random((6, 2))
    seen = [{9: float(index)} for index in range(6)]
    one, _ = fit_surrogate(points, seen, single_fidelity=True, prefix=PrefixColumns(5, PREFIX))
    other, _ = fit_surrogate(points, seen, single_fidelity=True)
    np.testing.assert_array_equal(one.predict(points + 0.1), other.predict(points + 0.1))


def test_fantasize_shrinks_deviations_of_siblings() -> None:
    """More than those of configurations that are as near but have another prefix."""
    points = np.array([[0.1, 0.2], [0.4, 0.5], [0.8, 0.9]])
    process, _ = fit_surrogate(
        points, [{1: 1.0, 9: 1.0}, {1: 2.0}, {1: 3.0, 9: 3.0}], prefix=PrefixColumns(5, PREFIX)
    )
    new = np.array([[0.6, 0.1], [0.6, 0.9], [0.65, 0.9]])
    before, after = process.predict(new)[1], process.fantasize(new[:1]).predict(new)[1]
    shrunk = 1 - after / before
    assert shrunk[0] > shrunk[1] > shrunk[2] > 0


def test_shared_scores_count_once_towards_the_limit() -> None:
    rng = np.random.default_rng(4)
    best = [[1.0, tuning] for tuning in rng.random(100)]
    points = np.vstack([best, rng.random((90, 2))])
    seen = [{1: float(point[0])} for point in points]
    process, chosen = fit_surrogate(points, seen, prefix=PrefixColumns(5, PREFIX))
    assert len(chosen) == 190
    assert len(process.observations.score) == 91


@pytest.mark.parametrize("size", [10, 60])
def test_an_indefinite_covariance_is_repaired(size: int) -> None:
    """Rounding can make the covariance of nearly equal configurations indefinite."""
    points = np.linspace(0, 1, size)[:, None]
    kernel = Kernel(np.array([1e6]), 0.0, np.array([1e7]), np.array([]))
    scores = Observations(np.arange(size), np.zeros(size, dtype=int), np.linspace(-1, 1, size))

    means, deviations = MultiFidelityGP(points, np.array([0]), scores, kernel).predict(points)

    assert np.all(np.isfinite(means))
    assert np.all(np.isfinite(deviations))


def test_a_failed_fit_returns_the_prior_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A factorisation that fails in spite of the jitter does not raise."""

    def fails(*_: object, **__: object) -> Array:
        raise np.linalg.LinAlgError("not positive definite")

    points = np.linspace(0, 1, 8)[:, None]
    scores = Observations(np.arange(8), np.zeros(8, dtype=int), np.linspace(-1, 1, 8))
    monkeypatch.setattr("xlt.search.suggest.kernel.cholesky", fails)

    kernel = fit_map(points, np.array([0]), scores)

    # The priors' medians.
    assert kernel.lengths == pytest.approx([1.0])
    assert kernel.nugget == pytest.approx(0.1)
    assert kernel.scales == pytest.approx([1.0])
