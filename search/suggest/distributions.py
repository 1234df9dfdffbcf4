"""Converts a space to Optuna's distributions, and checks what users enqueue.

The way back, from a trial's parameters to a configuration, is `Space.from_trial_params`.
"""

import math
from collections.abc import Collection

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial

from xlt.objectives.objective import Configuration
from xlt.spaces.errors import InvalidConfiguration, did_you_mean
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal, Parameter
from xlt.spaces.space import Space


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The distribution of every searched parameter, by its name in trials.

    Every combination of their values is a valid configuration. Pass them to
    `study.ask(fixed_distributions=...)`, so that relative samplers see all parameters together.
    """
    return {parameter.trial_name: _distribution(parameter) for parameter in space.searched}


def config_distributions(space: Space) -> dict[str, BaseDistribution]:
    """The distribution of every searched parameter, by its name in configurations.

    They contain all values of configurations, for programs that show them. Not every combination
    is a valid configuration: a multiple has the whole range of its products.
    """
    found: dict[str, BaseDistribution] = {}
    for parameter in space.searched:
        match parameter:
            case Ordinal():
                found[parameter.name] = CategoricalDistribution(parameter.values)
            case Multiple():
                found[parameter.name] = _products(space.by_name[parameter.of], parameter)
            case _:
                found[parameter.name] = _distribution(parameter)
    return found


def _products(base: Parameter, multiple: Multiple) -> IntDistribution:
    assert isinstance(base, Int | Ordinal)
    numbers = base.lattice if isinstance(base, Int) else base.values
    products = [int(number) * factor for number in numbers for factor in multiple.factors]
    low = min(products)
    step = math.gcd(*(product - low for product in products))
    return IntDistribution(low, max(products), step=step)


def trial_names(space: Space, names: Collection[str]) -> frozenset[str]:
    """The names in trials of those parameters in `names` that are searched."""
    return frozenset(
        parameter.trial_name for parameter in space.searched if parameter.name in names
    )


def suggest_config(space: Space, trial: optuna.Trial) -> Configuration:
    """Suggest a configuration for a trial that was created without `distributions`."""
    search_space = distributions(space)
    for name, distribution in search_space.items():
        match distribution:
            case IntDistribution(low=low, high=high, step=step, log=log):
                trial.suggest_int(name, low, high, step=step, log=log)
            case FloatDistribution(low=low, high=high, step=step, log=log):
                trial.suggest_float(name, low, high, step=step, log=log)
            case CategoricalDistribution(choices=choices):
                trial.suggest_categorical(name, choices)
    return space.from_trial_params({name: trial.params[name] for name in search_space})


def check_enqueued(space: Space, trial: FrozenTrial) -> None:
    """Check the values of an enqueued trial before the others are sampled.

    Optuna uses an enqueued value as it is: it only warns if one is out of range, raises during
    sampling if one has the wrong type, and ignores unknown names. A trial may have values for
    some parameters only.

    Raises:
        InvalidConfiguration: A name or a value is not in the space.
    """
    search_space = distributions(space)
    values = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
    for name in values:
        if name not in search_space:
            raise InvalidConfiguration(
                f"{name} is not a parameter of this study's trials"
                f"{did_you_mean(name, search_space)}; expected some of {', '.join(search_space)}"
            )
    for name, distribution in trial.distributions.items():
        if distribution != search_space[name]:
            raise InvalidConfiguration(
                f"{name} was added with a range of its own, {distribution}, instead of "
                f"{search_space[name]}; enqueue values without ranges"
            )
    # Valid values can be combined freely, so the baseline's can stand for the missing ones.
    space.from_trial_params({**space.to_trial_params(space.baseline_config), **values})


def enqueue_config(study: optuna.Study, space: Space, config: Configuration) -> None:
    """Enqueue a configuration as the next trial, unless a trial of it exists."""
    study.enqueue_trial(space.to_trial_params(config), skip_if_exists=True)


def _distribution(parameter: Parameter) -> BaseDistribution:
    match parameter:
        case Int():
            return IntDistribution(
                parameter.low, parameter.high, log=parameter.log, step=parameter.step
            )
        case Float():
            return FloatDistribution(
                parameter.low, parameter.high, log=parameter.log, step=parameter.step
            )
        case Categorical():
            return CategoricalDistribution(parameter.choices)
        case Ordinal():
            return IntDistribution(0, len(parameter.values) - 1)
        case Multiple():
            return IntDistribution(parameter.low, parameter.high, step=parameter.step)
        case _:
            raise TypeError(f"no distribution for {parameter!r}")
