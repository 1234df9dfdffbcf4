"""A space and a score of one's own, searched with the pieces of xlt-search in plain Optuna."""

import math

import optuna

from xlt.objectives.objective import Configuration
from xlt.search.suggest.distributions import distributions, enqueue_config
from xlt.search.suggest.samplers import make_sampler
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


def score(config: Configuration) -> float:
    """Stands for a training and its score: 0 is the most, for 256, 8 and 1e-3."""
    width = math.log2(float(config["d_model"]) / 256)
    heads = math.log2(float(config["nhead"]) / 8)
    rate = math.log10(float(config["learning_rate"]) / 1e-3)
    return -(width**2) - heads**2 - rate**2


def search(questions: int) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    enqueue_config(study, SPACE, SPACE.baseline_config)  # the baseline comes first
    for number in range(questions):
        study.sampler = make_sampler("auto", SEED, number)  # one for each question
        trial = study.ask(distributions(SPACE))
        config = SPACE.from_trial_params(trial.params)
        trial.set_user_attr("configuration", dict(config))
        study.tell(trial, score(config))
    return study


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    found = search(25)
    print(f"baseline: {found.trials[0].value:.4f}")
    config = found.best_trial.user_attrs["configuration"]
    values = " ".join(f"{name}={value:.3g}" for name, value in config.items())
    print(f"best: {found.best_value:.4f} with {values}")
