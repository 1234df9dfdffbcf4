"""Suggestions of `auto`: new, valid, and wiser with what was told."""

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
from xlt.search.suggest.candidates import initial_design
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


def ask(study: optuna.Study, space: dict[str, BaseDistribution], **more: Any) -> optuna.Trial:
    study.sampler = MultiFidelityGPSampler(1, len(study.trials), **more)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return study.ask(space)


def told(study: optuna.Study, x: int, y: int, scores: dict[int, float], **attributes: Any) -> None:
    study.add_trial(
        create_trial(
            state=TrialState.PRUNED,
            params={"x": x, "y": y},
            distributions=SQUARE,
            intermediate_values=scores,
            user_attrs=attributes,
        )
    )


def finished(
    study: optuna.Study, space: dict[str, BaseDistribution], x: int, y: int, score: float
) -> None:
    """A complete trial; at the first rung all with one x, a structure, score alike."""
    study.add_trial(
        create_trial(
            value=score,
            params={"x": x, "y": y},
            distributions=space,
            intermediate_values={1: float(x), 9: score},
        )
    )


def some_study() -> optuna.Study:
    return optuna.create_study(direction="maximize")


one = st.one_of(
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
@given(st.lists(one, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_suggestions_are_valid_and_new(space: list[BaseDistribution], chance: Any) -> None:
    """Whatever the distributions, and whatever becomes of the trials; until all were seen."""
    known = {f"p{place}": each for place, each in enumerate(space)}
    study, seen = some_study(), []
    size = SpaceEncoder(known).size
    for number in range(12):
        trial = ask(study, known)
        for name, each in known.items():
            assert each._contains(each.to_internal_repr(trial.params[name]))
        if number < size:
            seen.append(str(sorted(trial.params.items())))
        fate = chance.choice(["running", "pruned", "complete", "diverged", "failed"])
        if fate in ("diverged", "failed"):
            trial.set_user_attr(fate, "so it was")
        if fate != "running":
            trial.report(chance.random(), 1)
        if fate == "complete":
            study.tell(trial, chance.random())
        elif fate != "running":
            state = TrialState.FAIL if fate == "failed" else TrialState.PRUNED
            study.tell(trial, state=state)
    # The first few know no space yet: drawn one parameter at a time.
    assert len(set(seen)) >= len(seen) - 1


def test_places_and_values_are_each_others_inverse() -> None:
    """And coordinates span [0, 1], logarithmically where asked for."""
    space: dict[str, BaseDistribution] = {
        "n": IntDistribution(2, 10, step=2),
        "l": IntDistribution(1, 100, log=True),
        "f": FloatDistribution(1e-5, 1e-1, log=True),
        "s": FloatDistribution(0.0, 0.3, step=0.1),
        "c": CategoricalDistribution(["a", "b", "c"]),
    }
    box = SpaceEncoder(space)
    values = box.from_unit(np.random.default_rng(0).random((50, 5)))
    np.testing.assert_allclose(box.from_unit(box.to_unit(values)), values)
    middle = box.to_internal({"n": 6, "l": 10, "f": 1e-3, "s": 0.3, "c": "b"})
    np.testing.assert_allclose(
        box.encode(np.array([middle]))[0], [0.5, 0.5, 0.5, 1, 0, math.sqrt(0.5), 0]
    )
    assert len(set(row_keys(box.encode(values)))) > 40


def test_every_configuration_of_a_lattice() -> None:
    """Each once."""
    box = SpaceEncoder({"x": IntDistribution(1, 5, step=2), "c": CategoricalDistribution("ab")})
    assert box.size == 6
    assert len(set(row_keys(box.encode(box.grid())))) == 6


def test_a_small_space_is_found_through() -> None:
    """A hundred points, one peak: found in fewer than thirty, at the first rung."""
    study = some_study()
    for _ in range(30):
        trial = ask(study, SQUARE)
        score = -((trial.params["x"] - 7) ** 2) - (trial.params["y"] - 2) ** 2
        if score == 0:
            break
        told_score = float(score)
        trial.report(told_score, 1)
        study.tell(trial, state=TrialState.PRUNED)
    else:
        raise AssertionError("the peak was not found")


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_both_directions(direction: Literal["maximize", "minimize"]) -> None:
    """The slope is followed the right way, from the values of complete trials alone."""
    study = optuna.create_study(direction=direction)
    for x in range(8):
        study.add_trial(
            create_trial(value=float(x), params={"x": x, "y": x % 3}, distributions=SQUARE)
        )
    x = ask(study, SQUARE).params["x"]
    assert x > 6 if direction == "maximize" else x == 0


def test_a_bad_corner_is_left_alone() -> None:
    """Scores rise towards a corner where trainings diverge: it is asked for less."""
    asked = {}
    for bad in (False, True):
        study = some_study()
        for x in range(0, 7, 2):
            for y in range(0, 7, 3):
                told(study, x, y, {1: float(x + y)})
        for x, y in ((9, 9), (9, 7), (8, 8), (7, 9)):
            told(study, x, y, {1: float(x + y)}, **({"diverged": 1} if bad else {}))
        params = ask(study, SQUARE).params
        asked[bad] = params["x"] + params["y"]
    assert asked[True] < asked[False]


def test_trainings_that_run_in_a_bad_corner_do_not_make_it_look_good() -> None:
    """What runs has not come through yet: the failures beside it count as before."""
    asked = {}
    for running in (False, True):
        study = some_study()
        for x in range(0, 7, 2):
            for y in range(0, 7, 3):
                told(study, x, y, {1: float(x + y)})
        for x, y in ((9, 9), (9, 7), (8, 8), (7, 9)):
            told(study, x, y, {1: float(x + y)}, diverged=1)
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
        asked[running] = params["x"] + params["y"]
    assert asked[True] <= asked[False]


def test_workers_are_sent_to_different_places() -> None:
    """Eight questions without an answer: eight configurations, not all next to each other."""
    study = some_study()
    for x in range(0, 10, 3):
        for y in range(0, 10, 3):
            told(study, x, y, {1: -float((x - 5) ** 2 + (y - 5) ** 2)})
    asked = [tuple(ask(study, SQUARE).params.values()) for _ in range(8)]
    assert len(set(asked)) == 8


def test_cheap_ones_where_cost_counts() -> None:
    """Of those that promise about the same, a cheaper one is asked for."""
    context = AcquisitionContext(
        lambda params: math.exp(4 * params["x"]),
        cost_exponent=1.0,
        shared_params=None,
        is_affordable=lambda _: True,
    )
    found = []
    for each in (context, replace(context, cost_exponent=0.0), None):
        study = some_study()
        for n in range(6):
            told(study, 3 * n % 10, 7 * n % 10, {1: float(n % 2)})
        found.append(ask(study, SQUARE, context=each).params)
    assert found[0]["x"] < found[1]["x"]
    assert found[1] == found[2]


def test_one_configuration_lies_in_one_place() -> None:
    """As it is suggested, in steps, and as somebody has written it down."""
    box = SpaceEncoder({"dropout": FloatDistribution(0, 0.3, step=0.05)})
    suggested = box.from_unit(np.array([[3.5 / 7]]))
    written = np.array([box.to_internal({"dropout": 0.15})])
    assert suggested[0, 0] != written[0, 0]
    assert box.encode(suggested).tobytes() == box.encode(written).tobytes()


def test_what_is_known_of_siblings_is_not_asked_again() -> None:
    """All of x's rank is known before y matters: another x is tried, not the best one's sibling."""
    alike = AcquisitionContext(
        lambda _: 1.0,
        cost_exponent=0.0,
        shared_params=frozenset({"x"}),
        is_affordable=lambda _: True,
    )
    study = some_study()
    for x in range(0, 10, 2):
        told(study, x, 5, {1: -float(abs(x - 4))})
    for until, new in ((3, True), (None, False)):
        params = ask(study, SQUARE, context=replace(alike, shared_until=until)).params
        assert (params["x"] % 2 == 1) == new


@pytest.mark.parametrize("known", [1, 6])
def test_what_there_is_no_time_for_is_not_asked_for(known: int) -> None:
    """At the start neither; where there is time for nothing, it is asked for all the same."""
    study = some_study()
    for n in range(known):
        told(study, 3 * n % 10, 7 * n % 10, {1: float(n)})
    some = AcquisitionContext(
        lambda _: 1.0,
        cost_exponent=1.0,
        shared_params=None,
        is_affordable=lambda params: params["x"] + params["y"] < 4,
    )
    for _ in range(3):
        params = ask(study, SQUARE, context=some).params
        assert params["x"] + params["y"] < 4
    assert ask(study, SQUARE, context=replace(some, is_affordable=lambda _: False)).params


def test_a_promoted_configuration_is_one() -> None:
    """Its later trial, with more rungs, counts; the question's answer is the same as with one."""
    answers = []
    for parts in (1, 2):
        study = some_study()
        for n in range(7):
            for reached in range(2 - parts, 2):
                scores = {1: float(n), 3: float(-n)}
                told(study, n, n, dict(list(scores.items())[: reached + 1]))
        study.sampler = MultiFidelityGPSampler(1, 5)
        answers.append(study.ask(SQUARE).params)
    assert answers[0] == answers[1]


def test_a_plateau_of_fine_tunings_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen that hardly differ, of a structure in a corner: then another structure is tried.

    It is not where the least improvement counts.
    """
    luck = np.random.default_rng(0).standard_normal(100)
    study = some_study()
    everything = [(x, 50, float(x)) for x in (0, 3, 6, 8, 9)]
    everything += [(9, y, 9 + 0.01 * luck[y]) for y in range(0, 100, 8)]
    for x, y, score in everything:
        finished(study, WIDE, x, y, score)
    context = AcquisitionContext(
        lambda _: 1.0, 0.0, frozenset({"x"}), is_affordable=lambda _: True, shared_until=5
    )
    assert ask(study, WIDE, context=context).params["x"] < 9
    monkeypatch.setattr(gp_sampler, "EI_XI", 0.0)
    assert ask(study, WIDE, context=context).params["x"] == 9


def test_it_is_looked_around_the_best_of_different_trunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen siblings lead: half of what is looked around is each the best of its structure."""
    space: dict[str, BaseDistribution] = {"x": IntDistribution(0, 9), "y": IntDistribution(0, 999)}
    study = some_study()
    scores = {(x, y): float(x) for x in (0, 3, 6) for y in (100, 500)}
    scores |= {(9, y): 9 + y / 1000 for y in range(0, 999, 80)}
    for (x, y), score in scores.items():
        finished(study, space, x, y, score)
    around: list[list[int]] = []

    def near(box: SpaceEncoder, values: Any, source: Any) -> Any:
        around.append(sorted(int(x) for x, _ in values))
        return candidates.neighbours(box, values, source)

    monkeypatch.setattr(gp_sampler, "neighbours", near)
    context = AcquisitionContext(
        lambda _: 1.0, 0.0, frozenset({"x"}), is_affordable=lambda _: True, shared_until=5
    )
    for each in (context, None):
        ask(study, space, context=each)
    with_trunks, _, without, _ = around
    assert with_trunks == [0, 3, 6, 9, 9, 9, 9, 9]
    assert without == [9] * 8


def test_first_points_are_spread() -> None:
    """Different, and as many as there are."""
    assert len({tuple(each.items()) for each in initial_design(SQUARE, 0, 5)}) == 5
    assert len(initial_design({"x": IntDistribution(0, 2)}, 0, 5)) == 3


@pytest.mark.parametrize("z", [-4.9, -1.0, 0.0, 3.0])
def test_expected_improvement(z: float) -> None:
    """Against the integral that it is."""
    exact, _ = quad(lambda n: max(0.0, z + n) * norm.pdf(n), -z, 12)
    assert math.exp(log_ei(np.array([z]))[0]) == pytest.approx(exact, rel=1e-6)


def test_expected_improvement_far_below() -> None:
    """It goes on falling, as -z**2 / 2, without a step."""
    z = np.linspace(-40, -4, 500)
    values = log_ei(z)
    assert np.all(np.diff(values) > 0)
    np.testing.assert_allclose(values, norm.logpdf(z) - 2 * np.log(-z), atol=0.2)


def test_more_objectives_are_refused() -> None:
    """By name."""
    study = optuna.create_study(directions=["maximize", "maximize"])
    study.add_trial(create_trial(values=[1, 2], params={"x": 1, "y": 1}, distributions=SQUARE))
    with pytest.raises(ValueError, match="one objective"):
        ask(study, SQUARE)


@pytest.mark.parametrize("seed", range(12))
def test_forty_noisy_scores_of_a_curve_lead_to_its_optimum_and_not_to_the_border(seed: int) -> None:
    """The luckiest score is no incumbent: next is tried where the curve itself is high."""
    line: dict[str, BaseDistribution] = {"x": FloatDistribution(0.0, 1.0)}
    chance = np.random.default_rng(seed)
    study = some_study()
    for x in chance.uniform(size=40):
        score = -((float(x) - 0.5) ** 2) + 0.1 * chance.normal()
        study.add_trial(create_trial(value=score, params={"x": float(x)}, distributions=line))

    assert 0.3 < ask(study, line).params["x"] < 0.7
