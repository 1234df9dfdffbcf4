"""A space and a score of your own, searched in plain Optuna with the sampler of xlt-search."""

import math
from collections.abc import Mapping
from typing import Any

import optuna

from xlt.search import distributions, enqueue_config, make_sampler
from xlt.spaces.constraint import Divides
from xlt.spaces.parameter import Float, Int, Ordinal
from xlt.spaces.space import Space

SPACE = Space(
    "quadratic",
    (
        Int("d_model", 64, 512, step=64, reason="Wider models do not fit into memory."),
        Ordinal("nhead", (2, 4, 8), reason="All of them divide every width."),
        Float("learning_rate", 1e-5, 1e-1, log=True, reason="Beyond, training diverges."),
    ),
    constraints=(Divides("nhead", "d_model"),),
    baseline={"d_model": 64, "nhead": 2, "learning_rate": 1e-2},
)
SEED = 42


def score(config: Mapping[str, Any]) -> float:
    """Replaces a training and its score. The maximum is 0, at 256, 8 and 1e-3."""
    width = math.log2(config["d_model"] / 256)
    heads = math.log2(config["nhead"] / 8)
    rate = math.log10(config["learning_rate"] / 1e-3)
    return -(width**2) - heads**2 - rate**2


def search(n_trials: int) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    enqueue_config(study, SPACE, SPACE.baseline_config)  # the baseline comes first
    for index in range(n_trials):
        study.sampler = make_sampler("auto", SEED, index)  # a new one for each suggestion
        trial = study.ask(distributions(SPACE))
        config = SPACE.from_trial_params(trial.params)
        trial.set_user_attr("configuration", dict(config))
        study.tell(trial, score(config))
    return study


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = search(25)
    print(f"baseline: {study.trials[0].value:.4f}")
    best = study.best_trial.user_attrs["configuration"]
    values = " ".join(f"{name}={value:.3g}" for name, value in best.items())
    print(f"best: {study.best_value:.4f} with {values}")
