"""Suggestions of `auto` are new and valid, and learn from the trials."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState, create_trial
from scipy.integrate import quad
from scipy.stats import norm

from xlt.search.suggest import candidates, gp_sampler
from xlt.search.suggest.encoding import SpaceEncoder, row_keys
from xlt.search.suggest.gp_sampler import AcquisitionContext, MultiFidelityGPSampler, log_ei

SQUARE: dict[str, BaseDistribution] = {"x": IntDistribution(0, 9), "y": IntDistribution(0, 9)}
WIDE: dict[str, BaseDistribution] = {"x": IntDistribution(0, 9), "y": IntDistribution(0, 99)}


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


def ask(study: optuna.Study, space: dict[str, BaseDistribution], **options: Any) -> optuna.Trial:
    study.sampler = MultiFidelityGPSampler(1, len(study.trials), **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return study.ask(space)


def add_pruned(
    study: optuna.Study, x: int, y: int, scores: dict[int, float], **attributes: Any
) -> None:
    study.add_trial(
        create_trial(
            state=TrialState.PRUNED,
            params={"x": x, "y": y},
            distributions=SQUARE,
            intermediate_values=scores,
            user_attrs=attributes,
        )
    )


def add_complete(
    study: optuna.Study, space: dict[str, BaseDistribution], x: int, y: int, score: float
) -> None:
    """A complete trial. At the first rung all trials with the same x have the same score."""
    study.add_trial(
        create_trial(
            value=score,
            params={"x": x, "y": y},
            distributions=space,
            intermediate_values={1: float(x), 9: score},
        )
    )


def new_study() -> optuna.Study:
    return optuna.create_study(direction="maximize")


ANY_DISTRIBUTION = st.one_of(
    st.builds(
        lambda low, more, step: IntDistribution(low, low + more * step, step=step),
        st.integers(-5, 5), st.integers(0, 4), st.integers(1, 3),
    ),
    st.builds(lambda low, more: IntDistribution(low, low + more, log=True),
        st.integers(1, 5), st.integers(0, 50)),
    st.builds(lambda low, more: FloatDistribution(low, low * more, log=True),
        st.floats(1e-7, 1e-2), st.floats(1.5, 1e4)),
    st.builds(lambda low, more: FloatDistribution(low, low + more * 0.25, step=0.25),
        st.sampled_from([0.0, 0.5, -1.0]), st.integers(1, 8)),
    st.builds(CategoricalDistribution, st.sampled_from([("a", "b", "c"), (True, False)])),
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(ANY_DISTRIBUTION, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_suggestions_are_valid_and_new(distributions: list[BaseDistribution], chance: Any) -> None:
    """For any distributions and results of trials, until all configurations were suggested."""
    space = {f"p{index}": dist for index, dist in enumerate(distributions)}
    study, seen = new_study(), []
    size = SpaceEncoder(space).size
    for number in range(12):
        trial = ask(study, space)
        for name, dist in space.items():
            assert dist._contains(dist.to_internal_repr(trial.params[name]))
        if number < size:
            seen.append(str(sorted(trial.params.items())))
        result = chance.choice(["running", "pruned", "complete", "diverged", "failed"])
        if result in ("diverged", "failed"):
            trial.set_user_attr(result, "why")
        if result != "running":
            trial.report(chance.random(), 1)
        if result == "complete":
            study.tell(trial, chance.random())
        elif result != "running":
            state = TrialState.FAIL if result == "failed" else TrialState.PRUNED
            study.tell(trial, state=state)
    # Without earlier trials the space is unknown, and parameters are sampled independently.
    assert len(set(seen)) >= len(seen) - 1


def test_from_unit_inverts_to_unit() -> None:
    """Encoded numbers span [0, 1], on a logarithmic scale for logarithmic distributions."""
    space: dict[str, BaseDistribution] = {
        "n": IntDistribution(2, 10, step=2),
        "l": IntDistribution(1, 100, log=True),
        "f": FloatDistribution(1e-5, 1e-1, log=True),
        "s": FloatDistribution(0.0, 0.3, step=0.1),
        "c": CategoricalDistribution(["a", "b", "c"]),
    }
    encoder = SpaceEncoder(space)
    values = encoder.from_unit(np.random.default_rng(0).random((50, 5)))
    np.testing.assert_allclose(encoder.from_unit(encoder.to_unit(values)), values)
    middle = encoder.to_internal({"n": 6, "l": 10, "f": 1e-3, "s": 0.3, "c": "b"})
    np.testing.assert_allclose(
        encoder.encode(np.array([middle]))[0], [0.5, 0.5, 0.5, 1, 0, math.sqrt(0.5), 0]
    )
    assert len(set(row_keys(encoder.encode(values)))) > 40


def test_the_grid_has_every_configuration_once() -> None:
    encoder = SpaceEncoder({"x": IntDistribution(1, 5, step=2), "c": CategoricalDistribution("ab")})
    assert encoder.size == 6
    assert len(set(row_keys(encoder.encode(encoder.grid())))) == 6


def test_the_peak_of_a_small_space_is_reached() -> None:
    """One peak in a hundred points is suggested within thirty trials, from first-rung scores."""
    study = new_study()
    for _ in range(30):
        trial = ask(study, SQUARE)
        score = -((trial.params["x"] - 7) ** 2) - (trial.params["y"] - 2) ** 2
        if score == 0:
            break
        trial.report(float(score), 1)
        study.tell(trial, state=TrialState.PRUNED)
    else:
        raise AssertionError("the peak was not suggested")


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_both_directions(direction: Literal["maximize", "minimize"]) -> None:
    """Suggestions follow the slope in the study's direction, from values of complete trials."""
    study = optuna.create_study(direction=direction)
    for x in range(8):
        study.add_trial(
            create_trial(value=float(x), params={"x": x, "y": x % 3}, distributions=SQUARE)
        )
    x = ask(study, SQUARE).params["x"]
    assert x > 6 if direction == "maximize" else x == 0


def test_a_region_of_failures_is_avoided() -> None:
    """Scores rise towards a corner, but trainings diverge there: suggestions stay away from it."""
    suggested = {}
    for bad in (False, True):
        study = new_study()
        for x in range(0, 7, 2):
            for y in range(0, 7, 3):
                add_pruned(study, x, y, {1: float(x + y)})
        for x, y in ((9, 9), (9, 7), (8, 8), (7, 9)):
            add_pruned(study, x, y, {1: float(x + y)}, **({"diverged": 1} if bad else {}))
        params = ask(study, SQUARE).params
        suggested[bad] = params["x"] + params["y"]
    assert suggested[True] < suggested[False]


def test_running_trials_do_not_count_as_successes() -> None:
    """Failures count as much when trials run near them."""
    suggested = {}
    for running in (False, True):
        study = new_study()
        for x in range(0, 7, 2):
            for y in range(0, 7, 3):
                add_pruned(study, x, y, {1: float(x + y)})
        for x, y in ((9, 9), (9, 7), (8, 8), (7, 9)):
            add_pruned(study, x, y, {1: float(x + y)}, diverged=1)
        if running:
            for x, y in ((8, 7), (7, 8)):
                study.add_trial(
                    create_trial(
                        state=TrialState.RUNNING,
                        params={"x": x, "y": y},
                        distributions=SQUARE,
                    )
                )
        params = ask(study, SQUARE).params
        suggested[running] = params["x"] + params["y"]
    assert suggested[True] <= suggested[False]


def test_running_trials_get_different_configurations() -> None:
    """Eight suggestions without a result in between are eight configurations."""
    study = new_study()
    for x in range(0, 10, 3):
        for y in range(0, 10, 3):
            add_pruned(study, x, y, {1: -float((x - 5) ** 2 + (y - 5) ** 2)})
    suggested = [tuple(ask(study, SQUARE).params.values()) for _ in range(8)]
    assert len(set(suggested)) == 8


def test_cheap_configurations_are_preferred() -> None:
    """Among configurations with similar expected improvement, if cost counts."""
    context = AcquisitionContext(
        lambda params: math.exp(4 * params["x"]),
        cost_exponent=1.0,
        shared_params=None,
        may_suggest=lambda _: True,
    )
    suggested = []
    for option in (context, replace(context, cost_exponent=0.0), None):
        study = new_study()
        for n in range(6):
            add_pruned(study, 3 * n % 10, 7 * n % 10, {1: float(n % 2)})
        suggested.append(ask(study, SQUARE, context=option).params)
    assert suggested[0]["x"] < suggested[1]["x"]
    assert suggested[1] == suggested[2]


def test_equal_configurations_are_encoded_equally() -> None:
    """A value computed from steps, and the same value as a user writes it."""
    encoder = SpaceEncoder({"dropout": FloatDistribution(0, 0.3, step=0.05)})
    suggested = encoder.from_unit(np.array([[3.5 / 7]]))
    written = np.array([encoder.to_internal({"dropout": 0.15})])
    assert suggested[0, 0] != written[0, 0]
    assert encoder.encode(suggested).tobytes() == encoder.encode(written).tobytes()


def test_a_new_prefix_is_preferred_to_siblings_of_known_rank() -> None:
    """Until the prefix ends, siblings have the same score: another x is suggested."""
    context = AcquisitionContext(
        lambda _: 1.0,
        cost_exponent=0.0,
        shared_params=frozenset({"x"}),
        may_suggest=lambda _: True,
    )
    study = new_study()
    for x in range(0, 10, 2):
        add_pruned(study, x, 5, {1: -float(abs(x - 4))})
    for until, new in ((3, True), (None, False)):
        params = ask(study, SQUARE, context=replace(context, shared_until=until)).params
        assert (params["x"] % 2 == 1) == new


@pytest.mark.parametrize("n_trials", [1, 6])
def test_unaffordable_configurations_are_not_suggested(n_trials: int) -> None:
    """Neither at the start nor later. If none is affordable, one is suggested all the same."""
    study = new_study()
    for n in range(n_trials):
        add_pruned(study, 3 * n % 10, 7 * n % 10, {1: float(n)})
    context = AcquisitionContext(
        lambda _: 1.0,
        cost_exponent=1.0,
        shared_params=None,
        may_suggest=lambda params: params["x"] + params["y"] < 4,
    )
    for _ in range(3):
        params = ask(study, SQUARE, context=context).params
        assert params["x"] + params["y"] < 4
    assert ask(study, SQUARE, context=replace(context, may_suggest=lambda _: False)).params


def test_the_furthest_trial_of_a_configuration_counts() -> None:
    """A promoted configuration with two trials gives the same suggestion as with the later one."""
    answers = []
    for parts in (1, 2):
        study = new_study()
        for n in range(7):
            for reached in range(2 - parts, 2):
                scores = {1: float(n), 3: float(-n)}
                add_pruned(study, n, n, dict(list(scores.items())[: reached + 1]))
        study.sampler = MultiFidelityGPSampler(1, 5)
        answers.append(study.ask(SQUARE).params)
    assert answers[0] == answers[1]


def test_a_plateau_of_siblings_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a dozen siblings that hardly differ, another prefix is suggested.

    Not if every improvement counts, however small.
    """
    luck = np.random.default_rng(0).standard_normal(100)
    study = new_study()
    trials = [(x, 50, float(x)) for x in (0, 3, 6, 8, 9)]
    trials += [(9, y, 9 + 0.01 * luck[y]) for y in range(0, 100, 8)]
    for x, y, score in trials:
        add_complete(study, WIDE, x, y, score)
    context = AcquisitionContext(
        lambda _: 1.0, 0.0, frozenset({"x"}), may_suggest=lambda _: True, shared_until=5
    )
    assert ask(study, WIDE, context=context).params["x"] < 9
    monkeypatch.setattr(gp_sampler, "EI_XI", 0.0)
    assert ask(study, WIDE, context=context).params["x"] == 9


def test_neighbours_are_those_of_different_prefixes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen siblings lead, but half of the local starts are the best of their prefixes."""
    space: dict[str, BaseDistribution] = {"x": IntDistribution(0, 9), "y": IntDistribution(0, 999)}
    study = new_study()
    scores = {(x, y): float(x) for x in (0, 3, 6) for y in (100, 500)}
    scores |= {(9, y): 9 + y / 1000 for y in range(0, 999, 80)}
    for (x, y), score in scores.items():
        add_complete(study, space, x, y, score)
    starts: list[list[int]] = []

    def record_starts(encoder: SpaceEncoder, rows: Any, rng: Any) -> Any:
        starts.append(sorted(int(x) for x, _ in rows))
        return candidates.neighbours(encoder, rows, rng)

    monkeypatch.setattr(gp_sampler, "neighbours", record_starts)
    context = AcquisitionContext(
        lambda _: 1.0, 0.0, frozenset({"x"}), may_suggest=lambda _: True, shared_until=5
    )
    for option in (context, None):
        ask(study, space, context=option)
    with_prefixes, _, without, _ = starts
    assert with_prefixes == [0, 3, 6, 9, 9, 9, 9, 9]
    assert without == [9] * 8


def test_a_trained_prefix_is_tried_with_values_from_the_whole_range() -> None:
    """Not only with neighbours of the values that it was trained with."""
    space: dict[str, BaseDistribution] = {
        "x": IntDistribution(0, 10**6),
        "y": IntDistribution(0, 999),
    }
    trained = range(0, 10**6, 10**5)
    study = new_study()
    for x in trained:
        add_complete(study, space, x, 950, -float(abs(x - 5 * 10**5)))
    context = AcquisitionContext(
        lambda params: 1.0 if params["x"] in trained else 100.0,
        cost_exponent=1.0,
        shared_params=frozenset({"x"}),
        shared_until=5,
    )
    params = ask(study, space, context=context).params
    assert params["x"] in trained
    assert params["y"] < 500


@pytest.mark.parametrize("z", [-4.9, -1.0, 0.0, 3.0])
def test_expected_improvement(z: float) -> None:
    """Against numeric integration."""
    exact, _ = quad(lambda n: max(0.0, z + n) * norm.pdf(n), -z, 12)
    assert math.exp(log_ei(np.array([z]))[0]) == pytest.approx(exact, rel=1e-6)


def test_expected_improvement_far_below() -> None:
    """It keeps falling as -z**2 / 2, without a step."""
    z = np.linspace(-40, -4, 500)
    values = log_ei(z)
    assert np.all(np.diff(values) > 0)
    np.testing.assert_allclose(values, norm.logpdf(z) - 2 * np.log(-z), atol=0.2)


def test_several_objectives_are_refused() -> None:
    study = optuna.create_study(directions=["maximize", "maximize"])
    study.add_trial(create_trial(values=[1, 2], params={"x": 1, "y": 1}, distributions=SQUARE))
    with pytest.raises(ValueError, match="one objective"):
        ask(study, SQUARE)


@pytest.mark.parametrize("seed", range(12))
def test_noise_does_not_lead_to_the_border(seed: int) -> None:
    """After forty noisy scores of a curve, the suggestion is near the curve's maximum."""
    line: dict[str, BaseDistribution] = {"x": FloatDistribution(0.0, 1.0)}
    chance = np.random.default_rng(seed)
    study = new_study()
    for x in chance.uniform(size=40):
        score = -((float(x) - 0.5) ** 2) + 0.1 * chance.normal()
        study.add_trial(create_trial(value=score, params={"x": float(x)}, distributions=line))

    assert 0.3 < ask(study, line).params["x"] < 0.7


def test_an_affordable_configuration_is_found_among_many_others() -> None:
    """Also if hundreds of better candidates are not affordable."""
    space: dict[str, BaseDistribution] = {
        "x": IntDistribution(0, 99),
        "y": IntDistribution(0, 99),
    }
    study = new_study()
    for n in range(8):
        x, y = 13 * n % 100, 37 * n % 100
        add_complete(study, space, x, y, float(x + y))
    context = AcquisitionContext(
        cost_exponent=1.0, may_suggest=lambda params: params["x"] + params["y"] < 30
    )
    for _ in range(3):
        params = ask(study, space, context=context).params
        assert params["x"] + params["y"] < 30
