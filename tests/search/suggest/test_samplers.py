"""Suggestions: always valid, and the same again from the same seed."""

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
from toy_objective import worth

from xlt.search.suggest.distributions import distributions, enqueue_config, suggest_config
from xlt.search.suggest.samplers import SAMPLERS, make_sampler
from xlt.spaces.league import LEAGUE
from xlt.spaces.ner import NER, TUNING_METHODS
from xlt.spaces.space import Space
from xlt.studies.schema import Search

# 10,000 with the grid's; samplers that look back take their time for each.
COUNTS = {"auto": 60, "tpe": 400, "gp": 14, "random": 5000, "qmc": 2500, "cmaes": 600}
GRID = 1500


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


def asked(name: str, count: int, seed: int = 42, space: Space = LEAGUE) -> list[dict[str, Any]]:
    """Configurations that a sampler suggests one by one, each told its worth."""
    study = optuna.create_study(direction="maximize")
    configs = []
    for number in range(count):
        study.sampler = make_sampler(name, seed, number)
        trial = study.ask(distributions(space))
        config = space.from_parameters(trial.params)
        configs.append(config)
        study.tell(trial, worth(config) if space is LEAGUE else float(config["dropout"]))
    return configs


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_suggestion_is_valid(name: str) -> None:
    """Whatever the sampler, every configuration lies in the space and keeps its rules."""
    for config in asked(name, COUNTS[name]):
        LEAGUE.check(config)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_loss_to_minimize_is_searched_like_its_negative_to_maximize(name: str) -> None:
    """Every sampler reads the study's direction: the suggestions are the same in both."""
    seen: dict[StudyDirection, list[dict[str, Any]]] = {}
    for direction, sign in ((StudyDirection.MAXIMIZE, 1), (StudyDirection.MINIMIZE, -1)):
        study = optuna.create_study(direction=direction)
        for number in range(16):
            study.sampler = make_sampler(name, 42, number)
            trial = study.ask(distributions(LEAGUE))
            score = sign * worth(LEAGUE.from_parameters(trial.params))
            trial.report(score - sign, 40)
            if number % 3 == 2:
                study.tell(trial, state=TrialState.PRUNED)
            else:
                study.tell(trial, score)
        seen[direction] = [trial.params for trial in study.trials]

    assert seen[StudyDirection.MINIMIZE] == seen[StudyDirection.MAXIMIZE]


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_suggestion_has_what_belongs_to_it(name: str) -> None:
    """Parameters that hang on another one: there where they mean something, and nowhere else."""
    seen = asked(name, COUNTS[name] // 5, space=NER)
    for config in seen:
        NER.check(config)
        assert ("lora_rank" in config) == (config["tuning_method"] == "lora")
        assert ("frozen_layer_fraction" in config) == (config["tuning_method"] == "partial")
    if COUNTS[name] > 100:
        assert {config["tuning_method"] for config in seen} == set(TUNING_METHODS)


def test_every_point_of_a_grid_is_valid() -> None:
    """The same holds for Optuna's grid, here over the ends of every range."""
    known = distributions(LEAGUE)
    values = {name: ends(distribution) for name, distribution in known.items()}
    study = optuna.create_study(sampler=GridSampler(values, seed=0))
    for _ in range(GRID):
        LEAGUE.check(LEAGUE.from_parameters(study.ask(known).params))
    assert math.prod(map(len, values.values())) >= GRID
    assert sum(COUNTS.values()) + GRID >= 10_000


def ends(distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return [distribution.low, distribution.high]


@pytest.mark.parametrize("name", ["auto", "tpe", "random", "qmc", "cmaes"])
def test_same_seed_same_suggestions(name: str) -> None:
    """A sampler built anew for each question repeats itself, and differs under another seed."""
    assert asked(name, 30) == asked(name, 30)
    assert asked(name, 30) != asked(name, 30, seed=43)


def test_studies_and_samplers_know_the_same_names() -> None:
    """What a study's file may name is what there is."""
    assert set(get_args(Search.model_fields["sampler"].annotation)) == set(SAMPLERS)


def test_suggest_is_ask_in_another_form() -> None:
    """A trial made without distributions is suggested the same parameters."""
    configs = []
    for fixed in (None, distributions(LEAGUE)):
        study = optuna.create_study(sampler=make_sampler("random", 1))
        configs.append(suggest_config(LEAGUE, study.ask(fixed)))
    assert configs[0] == configs[1]


def test_baseline_comes_first_and_once() -> None:
    """However often it is enqueued, the baseline is asked for once, before anything else."""
    study = optuna.create_study(sampler=make_sampler("random", 1))
    for _ in range(2):
        enqueue_config(study, LEAGUE, LEAGUE.default_config)
    first, second = (
        LEAGUE.from_parameters(study.ask(distributions(LEAGUE)).params) for _ in range(2)
    )
    assert first == dict(LEAGUE.baseline)
    assert second != first
