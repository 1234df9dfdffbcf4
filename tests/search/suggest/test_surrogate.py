"""The Gaussian process against scikit-learn's, and against what must follow from its data."""

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
    """Means and deviations with the same kernel, at new points; of whole ones without luck."""
    source = np.random.default_rng(0)
    points, new = source.random((15, 3)), source.random((40, 3))
    scores = np.sin(5 * points.sum(axis=1))
    lengths, own, scale = np.array([0.4, 1.0, 2.5]), 0.1, 1.3
    kernel = Kernel(lengths, own, np.array([scale]), np.array([]))
    rows = Observations(np.arange(15), np.zeros(15, int), scores)
    mean, deviation = MultiFidelityGP(points, np.arange(3), rows, kernel).predict(new)
    luckless = MultiFidelityGP(points, np.arange(3), rows, kernel, single_fidelity=True)
    shape = Matern(lengths, nu=2.5) + WhiteKernel(own)
    whole = ConstantKernel(scale**2) * shape + ConstantKernel(MEAN_PRIOR_VARIANCE)
    theirs = GaussianProcessRegressor(whole, alpha=JITTER, optimizer=None).fit(points, scores)
    expected, with_luck = theirs.predict(new, return_std=True)
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(deviation, with_luck, atol=1e-6)
    mean, deviation = luckless.predict(new)
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(deviation**2 + scale**2 * own, with_luck**2, atol=1e-6)
    assert luckless.fantasize(new[:2]).single_fidelity


def test_scores_of_whole_trainings_count_as_they_are() -> None:
    """One far below the rest leaves the others close together; on the way, ranks tell."""
    points = np.linspace(0, 1, 8)[:, None]
    values = np.array([-100.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    alone, _ = fit_surrogate(points, [{9: float(value)} for value in values], single_fidelity=True)
    assert np.std(alone.observations.score) == pytest.approx(1)
    assert np.ptp(alone.observations.score[1:]) < 0.2
    paused, _ = fit_surrogate(points, [{9: float(value)} for value in values])
    np.testing.assert_allclose(paused.observations.score, normal_scores(values))


def _two_rungs(count: int, seed: int = 0) -> tuple[np.ndarray, Observations]:
    source = np.random.default_rng(seed)
    points = source.random((count, 2))
    at = np.concatenate([np.arange(count), np.arange(count // 2)])
    rung = np.repeat([0, 1], [count, count // 2])
    return points, Observations(at, rung, source.standard_normal(len(at)))


def test_gradient_is_that_of_the_density() -> None:
    """Against finite differences."""
    points, scores = _two_rungs(8)
    density = _NegLogMarginal(points, np.arange(2), scores)
    place = np.array([-0.3, 0.4, -1.0, 0.2, -0.2, 0.7])
    slope = approx_fprime(place, lambda at: density(at)[0], 1e-6)
    np.testing.assert_allclose(density(place)[1], slope, atol=1e-4)


def test_columns_of_a_category_share_a_length() -> None:
    """Three columns, two parameters."""
    points, scores = _two_rungs(10)
    wide = np.column_stack([points, points[:, 0] > 0.5])
    assert fit_map(wide, np.array([0, 1, 1]), scores).lengths.shape == (2,)


def test_a_rung_that_misleads_is_trusted_less() -> None:
    """How far apart the first rung's best and worst are expected to end: less where it erred."""
    trusted, gaps = {}, {}
    for sign in (1, -1):
        source = np.random.default_rng(1)
        points, first = source.random((24, 3)), source.standard_normal(24)
        seen = [{1: float(score)} for score in first]
        for place in range(12):
            seen[place][9] = sign * float(first[place]) + 0.1 * source.standard_normal()
        process, _ = fit_surrogate(points, seen)
        mean, _ = process.predict_train()
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
    process, _ = fit_surrogate(points, seen)
    mean, deviation = process.predict_train()
    np.testing.assert_allclose(mean, normal_scores(np.arange(10.0)), atol=0.01)
    assert process.predict(points + 0.1)[1].min() > 5 * deviation.max()


def test_believing_leaves_means_and_narrows_around_what_runs() -> None:
    """The kriging believer."""
    points, _ = _two_rungs(10)
    process, _ = fit_surrogate(points, [{1: float(sum(point))} for point in points])
    running, elsewhere = np.array([[0.5, 0.9]]), np.array([[0.5, 0.88], [0.1, 0.2]])
    before, after = process.predict(elsewhere), process.fantasize(running).predict(elsewhere)
    np.testing.assert_allclose(before[0], after[0], atol=1e-3)
    assert after[1][0] < before[1][0]


def test_many_configurations_are_thinned() -> None:
    """The best stay, the cost is bounded, the shape is still learned."""
    points = np.random.default_rng(2).random((3000, 2))
    worth = points.sum(axis=1)
    process, chosen = fit_surrogate(points, [{1: float(each)} for each in worth])
    assert len(chosen) <= 200
    assert int(np.argmax(worth)) in chosen
    low, high = process.predict(np.array([[0.2, 0.2], [0.8, 0.8]]))[0]
    assert low < high


def test_nothing_scored() -> None:
    """Is said."""
    with pytest.raises(ValueError, match="nothing was scored"):
        fit_surrogate(np.zeros((2, 1)), [{}, {}])


# Configurations of two structures, one column, with two and three fine-tunings, the other column.
SIBLINGS = np.array([[0.2, 0.1], [0.2, 0.7], [0.9, 0.1], [0.9, 0.5], [0.9, 0.8]])
TRUNK = np.array([0])


def _tree(fork: int) -> tuple[Kernel, Observations]:
    """All scores at three rungs, what siblings share once, in a kernel that parts at a rung."""
    lengths, scales, correlations = np.array([0.5, 0.8]), np.array([0.7, 1.0, 1.3]), [0.6, 0.9]
    kernel = Kernel(lengths, 0.3, scales, np.array(correlations), fork, nugget_after=0.1)
    rows = [(at, rung) for rung in range(3) for at in range(5) if rung > fork or at in (0, 2)]
    at, rung = np.array(rows).T
    return kernel, Observations(at, rung, np.random.default_rng(3).standard_normal(len(at)))


def _step_by_step(kernel: Kernel, points: Array) -> Array:
    """The covariance of all scores at all rungs, (rungs, n, rungs, n), from the process itself.

    At each rung f is what it was at the one before, times their correlation, and what is new: of
    structures until the fork, of configurations after it.
    """
    assert kernel.branch is not None
    count, rungs = len(points), len(kernel.scales)
    scaled = points / kernel.lengths
    structure, each = scaled * [1, 0], scaled
    same = points[:, None, 0] == points[None, :, 0]
    parts = matern52(structure, structure) + kernel.nugget * same
    alone = matern52(each, each) + kernel.nugget_after * np.eye(count)
    covariance = np.zeros((rungs, count, rungs, count))
    for rung in range(rungs):
        new = parts if rung <= kernel.branch else alone
        if rung == 0:
            covariance[0, :, 0] = new
            continue
        kept = kernel.correlations[rung - 1]
        for earlier in range(rung):
            covariance[rung, :, earlier] = kept * covariance[rung - 1, :, earlier]
            covariance[earlier, :, rung] = covariance[rung, :, earlier].T
        covariance[rung, :, rung] = (
            kept**2 * covariance[rung - 1, :, rung - 1] + (1 - kept**2) * new
        )
    scales = kernel.scales
    return covariance * scales[:, None, None, None] * scales[None, None, :, None]


@pytest.mark.parametrize("fork", [0, 1, 2])
def test_siblings_are_one_until_they_part(fork: int) -> None:
    """Predictions are those of a process that is followed from rung to rung."""
    kernel, scores = _tree(fork)
    new = np.array([[0.2, 0.4], [0.5, 0.5]])  # a sibling, and one of another structure
    everything = _step_by_step(kernel, np.vstack([SIBLINGS, new]))
    # Their means are as unsure as the last rung's is.
    at, rung = scores.configuration, scores.rung
    known = everything[rung[:, None], at[:, None], rung, at]
    known = known + MEAN_PRIOR_VARIANCE * (rung[:, None] == rung) + JITTER * np.eye(len(at))
    wanted = np.array([0, 1, 2, 3, 4, 5, 6])
    cross = everything[2, wanted[:, None], rung, at] + MEAN_PRIOR_VARIANCE * (rung == 2)
    prior = everything[2, wanted, 2, wanted] + MEAN_PRIOR_VARIANCE
    mean = cross @ np.linalg.solve(known, scores.score)
    variance = prior - np.sum(cross * np.linalg.solve(known, cross.T).T, axis=1)
    process = MultiFidelityGP(SIBLINGS, np.arange(2), scores, kernel, prefix_columns=TRUNK)
    for found, there in ((process.predict_train(), slice(5)), (process.predict(new), slice(5, 7))):
        np.testing.assert_allclose(found[0], mean[there], atol=1e-6)
        np.testing.assert_allclose(found[1] ** 2, variance[there], atol=1e-6)


@pytest.mark.parametrize(("fork", "own"), [(0, False), (1, False), (1, True), (2, False)])
def test_gradient_where_siblings_part(fork: int, own: bool) -> None:
    """Against finite differences; with a fork at a rung, and between two."""
    _, scores = _tree(fork)
    if own:
        scores = Observations(*(each[scores.rung != fork] for each in vars(scores).values()))
    density = _NegLogMarginal(SIBLINGS, np.arange(2), scores, BranchRung(fork, TRUNK, own))
    place = np.array([-0.3, 0.4, -1.0, -1.6, 0.2, -0.2, 0.3, 0.7, -0.4])
    slope = approx_fprime(place, lambda at: density(at)[0], 1e-6)
    np.testing.assert_allclose(density(place)[1], slope, atol=1e-4)


def _fine_tuned(effect: float) -> tuple[MultiFidelityGP, Array]:
    """Eight structures, one column, and four fine-tunings of the best; new ones to ask about."""
    source = np.random.default_rng(5)
    structures = np.linspace(0, 1, 8)
    worth = normal_scores(source.permutation(8.0 * np.arange(8)))
    best = structures[np.argmax(worth)]
    points = [[each, 0.5] for each in structures] + [[best, each] for each in (0.1, 0.4, 0.7, 0.9)]
    seen = [{1: float(each)} for each in worth] + [{1: float(worth.max())} for _ in range(4)]
    for (structure, tuning), scores in zip(points, seen, strict=True):
        if structure == best or scores[1] > 0:
            scores[9] = scores[1] + effect * tuning
    process, _ = fit_surrogate(np.array(points), seen, prefix=PrefixColumns(5, TRUNK))
    return process, np.array([[best, 0.25], [best, 0.8], [best + 0.07, 0.25]])


def test_what_fine_tuning_changes_is_learned() -> None:
    """Where it changes nothing a new sibling is known; a new structure is not."""
    nothing, new = _fine_tuned(0.0)
    _, deviation = nothing.predict(new)
    assert deviation[:2].max() < deviation[2] / 3
    much, _ = _fine_tuned(3.0)
    mean, _ = much.predict(new)
    assert mean[1] > mean[0]
    assert much.kernel.correlations[-1] < nothing.kernel.correlations[-1]


def test_structures_and_fine_tunings_have_luck_of_their_own() -> None:
    """Where structures differ without any order and fine-tunings do not, a sibling is known well."""
    source = np.random.default_rng(2)
    worth = source.standard_normal(10)
    points = np.array([[place / 10, tuning] for place in range(10) for tuning in (0.2, 0.5, 0.8)])
    seen = [{1: float(each), 9: float(each + 1e-3 * t)} for each in worth for t in (0, 1, 2)]
    process, _ = fit_surrogate(points, seen, prefix=PrefixColumns(5, TRUNK))
    kernel = process.kernel
    assert kernel.nugget > 3 * kernel.nugget_after


def test_siblings_that_have_not_parted_are_one() -> None:
    """Their scores count once, among the others' as well, and tell all of each other."""
    points = np.array([[0.1, 0.2], [0.1, 0.9], [0.1, 0.5], [0.8, 0.2], [0.5, 0.3]])
    seen = [{1: 1.0}, {1: 1.0}, {1: 1.0}, {1: 2.0}, {1: 3.0}]
    process, chosen = fit_surrogate(points, seen, prefix=PrefixColumns(5, TRUNK))
    assert len(chosen) == 5
    np.testing.assert_allclose(process.observations.score, normal_scores(np.array([1.0, 2.0, 3.0])))
    mean, _ = process.predict_train()
    np.testing.assert_allclose(mean[:3], mean[0])
    _, deviation = process.predict(np.array([[0.1, 0.7], [0.3, 0.7]]))
    assert deviation[0] < deviation[1] / 5


def test_siblings_that_hardly_differ_do_not_fill_the_scale() -> None:
    """Structures keep the ranks that they have among each other, in the scores' order."""
    source = np.random.default_rng(0)
    tunings = source.random(12)
    points = np.array([[0.1, 0.5], [0.4, 0.5], [0.9, 0.5], *([0.7, each] for each in tunings)])
    values = np.array([10.0, 20.0, 21.0, *(21.9 + 0.1 * np.arange(11)[::-1] / 10), 0.0])
    seen = [
        {1: float(point[0]), 9: float(value)} for point, value in zip(points, values, strict=True)
    ]
    process, chosen = fit_surrogate(points, seen, prefix=PrefixColumns(5, TRUNK))
    assert len(chosen) == len(points)
    last = process.observations.rung == process.observations.rung.max()
    found = process.observations.score[last]
    assert np.all(np.diff(found[np.argsort(values)]) > 0)
    # Four structures, and what lies lowest.
    expected = normal_scores(np.arange(5.0))
    np.testing.assert_allclose(found[[14, 0, 1, 2, 3]], expected)
    assert np.ptp(found[3:14]) < 0.1


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
def test_where_a_trunk_ends_among_rungs(
    steps: list[int], ends: int, rung: int, between: bool
) -> None:
    fork = _branch_rung(steps, PrefixColumns(ends, TRUNK))
    assert (fork.rung, fork.between) == (rung, between)
    rungs = fork.kernel_rung(np.arange(len(steps)))
    assert rungs.tolist() == [each + (between and each >= rung) for each in range(len(steps))]


@pytest.mark.parametrize("columns", [[], [0, 1]])
def test_one_structure_or_nothing_but_structure(columns: list[int]) -> None:
    """Without a free structure all are siblings; without any other parameter nobody has one."""
    points = np.random.default_rng(0).random((6, 2))
    seen = [{1: 0.0, 9: float(place)} for place in range(5)] + [{1: 0.0}]
    process, chosen = fit_surrogate(
        points, seen, prefix=PrefixColumns(5, np.array(columns, dtype=int))
    )
    assert len(chosen) == 6
    assert np.sum(process.observations.rung == 0) == (6 if columns else 1)
    mean, deviation = process.predict_train()
    np.testing.assert_allclose(mean[:5], normal_scores(np.arange(5.0)), atol=0.01)
    assert deviation[5] > 5 * deviation[:5].max()


@pytest.mark.parametrize("fork", [0, 1, 2])
def test_where_nothing_parts_there_is_no_tree(fork: int) -> None:
    """If structure is all that there is, a process on trunks says what one without them says."""
    kernel, scores = _tree(fork)
    points, everything = np.random.default_rng(7).random((5, 2)), np.array([0, 1])
    process = MultiFidelityGP(
        points,
        everything,
        scores,
        replace(kernel, nugget_after=kernel.nugget),
        prefix_columns=everything,
    )
    plain = MultiFidelityGP(points, everything, scores, replace(kernel, branch=None))
    new = np.random.default_rng(8).random((4, 2))
    np.testing.assert_allclose(process.predict(new), plain.predict(new))
    np.testing.assert_allclose(process.predict_train(), plain.predict_train())


def test_whole_trainings_have_no_trunk() -> None:
    points = np.random.default_rng(0).random((6, 2))
    seen = [{9: float(place)} for place in range(6)]
    one, _ = fit_surrogate(points, seen, single_fidelity=True, prefix=PrefixColumns(5, TRUNK))
    other, _ = fit_surrogate(points, seen, single_fidelity=True)
    np.testing.assert_array_equal(one.predict(points + 0.1), other.predict(points + 0.1))


def test_a_running_sibling_is_believed_by_its_siblings() -> None:
    """What is expected of it at the last rung tells of their trunk."""
    points = np.array([[0.1, 0.2], [0.4, 0.5], [0.8, 0.9]])
    process, _ = fit_surrogate(
        points, [{1: 1.0, 9: 1.0}, {1: 2.0}, {1: 3.0, 9: 3.0}], prefix=PrefixColumns(5, TRUNK)
    )
    new = np.array([[0.6, 0.1], [0.6, 0.9], [0.65, 0.9]])
    before, after = process.predict(new)[1], process.fantasize(new[:1]).predict(new)[1]
    shrunk = 1 - after / before
    assert shrunk[0] > shrunk[1] > shrunk[2] > 0


def test_siblings_leave_the_limits_to_others() -> None:
    """Copies of a structure's scores count as one of as many as the process can rest on."""
    source = np.random.default_rng(4)
    best = [[1.0, each] for each in source.random(100)]
    points = np.vstack([best, source.random((90, 2))])
    seen = [{1: float(point[0])} for point in points]
    process, chosen = fit_surrogate(points, seen, prefix=PrefixColumns(5, TRUNK))
    assert len(chosen) == 190
    assert len(process.observations.score) == 91


@pytest.mark.parametrize("size", [10, 60])
def test_scores_that_cannot_be_told_apart_do_not_end_a_study(size: int) -> None:
    """A covariance that rounding has made indefinite is predicted with all the same."""
    points = np.linspace(0, 1, size)[:, None]
    kernel = Kernel(np.array([1e6]), 0.0, np.array([1e7]), np.array([]))
    scores = Observations(np.arange(size), np.zeros(size, dtype=int), np.linspace(-1, 1, size))

    means, deviations = MultiFidelityGP(points, np.array([0]), scores, kernel).predict(points)

    assert np.all(np.isfinite(means))
    assert np.all(np.isfinite(deviations))


def test_where_no_kernel_can_be_fitted_the_prior_one_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A factorisation that fails in spite of all that is added ends the fit, not the study."""

    def fails(*_: object, **__: object) -> Array:
        raise np.linalg.LinAlgError("not positive definite")

    points = np.linspace(0, 1, 8)[:, None]
    scores = Observations(np.arange(8), np.zeros(8, dtype=int), np.linspace(-1, 1, 8))
    monkeypatch.setattr("xlt.search.suggest.kernel.cholesky", fails)

    kernel = fit_map(points, np.array([0]), scores)

    # The priors' medians, written out.
    assert kernel.lengths == pytest.approx([1.0])
    assert kernel.nugget == pytest.approx(0.1)
    assert kernel.scales == pytest.approx([1.0])
