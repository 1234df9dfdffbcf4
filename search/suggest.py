"""From a space to Optuna's distributions.

The way back, from a trial's parameters to a configuration, is `Space.from_parameters`. It also
refuses what lies outside the space, which only an enqueued trial can: Optuna takes an enqueued
value as it is and merely warns.
"""

from collections.abc import Collection

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from xlt.objectives.objective import Configuration
from xlt.spaces.parameter import Choice, Float, Int, Multiple, Ordered, Parameter
from xlt.spaces.space import Space


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """What to ask Optuna for: one distribution a searched parameter, by its name in trials.

    Given whole to `study.ask(fixed_distributions=...)`, so that relative samplers see all
    parameters together. Every point of their product is a valid configuration.
    """
    return {parameter.trial_name: _distribution(parameter) for parameter in space.searched}


def trial_names(space: Space, names: Collection[str]) -> frozenset[str]:
    """What these parameters are called in trials, as far as they are searched."""
    return frozenset(each.trial_name for each in space.searched if each.name in names)


def suggest(space: Space, trial: optuna.Trial) -> Configuration:
    """A configuration for a trial that was not asked for with `distributions`."""
    known = distributions(space)
    for name, distribution in known.items():
        match distribution:
            case IntDistribution(low=low, high=high, step=step, log=log):
                trial.suggest_int(name, low, high, step=step, log=log)
            case FloatDistribution(low=low, high=high, step=step, log=log):
                trial.suggest_float(name, low, high, step=step, log=log)
            case CategoricalDistribution(choices=choices):
                trial.suggest_categorical(name, choices)
    return space.from_parameters({name: trial.params[name] for name in known})


def enqueue(study: optuna.Study, space: Space, config: Configuration) -> None:
    """Have a configuration tried next; nothing happens if it has been asked for before."""
    study.enqueue_trial(space.to_parameters(config), skip_if_exists=True)


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
        case Choice():
            return CategoricalDistribution(parameter.choices)
        case Ordered():
            return IntDistribution(0, len(parameter.values) - 1)
        case Multiple():
            return IntDistribution(parameter.low, parameter.high, step=parameter.step)
        case _:
            raise TypeError(f"no distribution for {parameter!r}")
