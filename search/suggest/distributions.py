"""From a space to Optuna's distributions.

The way back, from a trial's parameters to a configuration, is `Space.from_parameters`.
"""

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
    """What to ask Optuna for: one distribution a searched parameter, by its name in trials.

    Given whole to `study.ask(fixed_distributions=...)`, so that relative samplers see all
    parameters together. Every point of their product is a valid configuration.
    """
    return {parameter.trial_name: _distribution(parameter) for parameter in space.searched}


def trial_names(space: Space, names: Collection[str]) -> frozenset[str]:
    """What these parameters are called in trials, as far as they are searched."""
    return frozenset(each.trial_name for each in space.searched if each.name in names)


def suggest_config(space: Space, trial: optuna.Trial) -> Configuration:
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


def check_enqueued(space: Space, trial: FrozenTrial) -> None:
    """Check the values that an enqueued trial brings along, before anything is sampled for it.

    Optuna takes an enqueued value as it is: one that is out of range only warns, one of the wrong
    type raises in the middle of the sampling, and an unknown name is ignored. A trial that brings
    values for some parameters only is fine: the others are sampled.

    Raises:
        InvalidConfiguration: A name or a value is not the space's. Says which, and what is expected.
    """
    known = distributions(space)
    values = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
    for name in values:
        if name not in known:
            raise InvalidConfiguration(
                f"{name} is no parameter of this study's trials{did_you_mean(name, known)}; "
                f"they have {', '.join(known)}"
            )
    for name, distribution in trial.distributions.items():
        if distribution != known[name]:
            raise InvalidConfiguration(
                f"{name} was added with a range of its own, {distribution}, instead of "
                f"{known[name]}; enqueue values without ranges"
            )
    # Every combination of valid values is a valid configuration: any valid ones complete these.
    space.from_parameters({**space.to_parameters(space.default_config), **values})


def enqueue_config(study: optuna.Study, space: Space, config: Configuration) -> None:
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
        case Categorical():
            return CategoricalDistribution(parameter.choices)
        case Ordinal():
            return IntDistribution(0, len(parameter.values) - 1)
        case Multiple():
            return IntDistribution(parameter.low, parameter.high, step=parameter.step)
        case _:
            raise TypeError(f"no distribution for {parameter!r}")
