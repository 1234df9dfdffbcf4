"""Suggestions are always valid, and reproducible from the seed."""

import math
from collections.abc import Iterator
from typing import Any, get_args

import optuna
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import GridSampler
from optuna.study import StudyDirection
from optuna.trial import TrialState
from toy_objective import quality

from xlt.search.suggest.distributions import distributions, enqueue_config, suggest_config
from xlt.search.suggest.samplers import SAMPLERS, make_sampler
from xlt.spaces.league import LEAGUE
from xlt.spaces.ner import NER, TUNING_METHODS
from xlt.spaces.space import Space
from xlt.studies.schema import Search

# 10,000 suggestions in total, the grid's included. Samplers that fit a model are slower.
COUNTS = {"auto": 60, "tpe": 400, "gp": 14, "random": 5000, "qmc": 2500, "cmaes": 600}
GRID = 1500


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


def suggestions(
    name: str, count: int, seed: int = 42, space: Space = LEAGUE
) -> list[dict[str, Any]]:
    """Configurations that a sampler suggests one after the other, with their scores."""
    study = optuna.create_study(direction="maximize")
    configs = []
    for number in range(count):
        study.sampler = make_sampler(name, seed, number)
        trial = study.ask(distributions(space))
        config = space.from_trial_params(trial.params)
        configs.append(config)
        study.tell(trial, quality(config) if space is LEAGUE else float(config["dropout"]))
    return configs


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_suggestion_is_valid(name: str) -> None:
    """Every configuration is in the space and satisfies its constraints."""
    for config in suggestions(name, COUNTS[name]):
        LEAGUE.check(config)


@pytest.mark.parametrize("name", SAMPLERS)
def test_minimizing_is_maximizing_the_negative(name: str) -> None:
    """Every sampler respects the study's direction: the suggestions are the same."""
    suggested: dict[StudyDirection, list[dict[str, Any]]] = {}
    for direction, sign in ((StudyDirection.MAXIMIZE, 1), (StudyDirection.MINIMIZE, -1)):
        study = optuna.create_study(direction=direction)
        for number in range(16):
            study.sampler = make_sampler(name, 42, number)
            trial = study.ask(distributions(LEAGUE))
            score = sign * quality(LEAGUE.from_trial_params(trial.params))
            trial.report(score - sign, 40)
            if number % 3 == 2:
                study.tell(trial, state=TrialState.PRUNED)
            else:
                study.tell(trial, score)
        suggested[direction] = [trial.params for trial in study.trials]

    assert suggested[StudyDirection.MINIMIZE] == suggested[StudyDirection.MAXIMIZE]


@pytest.mark.parametrize("name", SAMPLERS)
def test_conditional_parameters_appear_only_under_their_condition(name: str) -> None:
    configs = suggestions(name, COUNTS[name] // 5, space=NER)
    for config in configs:
        NER.check(config)
        assert ("lora_rank" in config) == (config["tuning_method"] == "lora")
        assert ("frozen_layer_fraction" in config) == (config["tuning_method"] == "partial")
    if COUNTS[name] > 100:
        assert {config["tuning_method"] for config in configs} == set(TUNING_METHODS)


def test_every_point_of_a_grid_is_valid() -> None:
    """Optuna's grid sampler, over the bounds of every range."""
    space = distributions(LEAGUE)
    values = {name: bounds(distribution) for name, distribution in space.items()}
    study = optuna.create_study(sampler=GridSampler(values, seed=0))
    for _ in range(GRID):
        LEAGUE.check(LEAGUE.from_trial_params(study.ask(space).params))
    assert math.prod(map(len, values.values())) >= GRID
    assert sum(COUNTS.values()) + GRID >= 10_000


def bounds(distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return [distribution.low, distribution.high]


@pytest.mark.parametrize("name", ["auto", "tpe", "random", "qmc", "cmaes"])
def test_same_seed_same_suggestions(name: str) -> None:
    """A sampler created anew for every suggestion; another seed gives others."""
    assert suggestions(name, 30) == suggestions(name, 30)
    assert suggestions(name, 30) != suggestions(name, 30, seed=43)


def test_study_files_accept_the_names_of_samplers() -> None:
    assert set(get_args(Search.model_fields["sampler"].annotation)) == set(SAMPLERS)


def test_suggest_config_equals_ask_with_distributions() -> None:
    configs = []
    for fixed in (None, distributions(LEAGUE)):
        study = optuna.create_study(sampler=make_sampler("random", 1))
        configs.append(suggest_config(LEAGUE, study.ask(fixed)))
    assert configs[0] == configs[1]


def test_baseline_comes_first_and_once() -> None:
    """However often it is enqueued, the baseline is suggested once, before anything else."""
    study = optuna.create_study(sampler=make_sampler("random", 1))
    for _ in range(2):
        enqueue_config(study, LEAGUE, LEAGUE.baseline_config)
    first, second = (
        LEAGUE.from_trial_params(study.ask(distributions(LEAGUE)).params) for _ in range(2)
    )
    assert first == dict(LEAGUE.baseline)
    assert second != first
