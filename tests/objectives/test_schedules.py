"""Schedules and decay groups against `transformers`' own."""

import pytest
import torch
from samples import TINY, bart
from transformers import (
    Trainer,
    get_cosine_schedule_with_warmup,
    get_inverse_sqrt_schedule,
    get_linear_schedule_with_warmup,
)

from xlt.objectives.schedules import SCHEDULES, lr_factor
from xlt.objectives.training import decay_groups
from xlt.objectives.translation.model import Translator


@pytest.mark.parametrize(("steps", "warmup"), [(600, 100), (500, 0), (500, 1), (60, 60), (7, 3)])
@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_schedules_are_those_of_transformers(name: str, steps: int, warmup: int) -> None:
    """The factor at every step is that of the scheduler of the same name."""
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = {
        "linear": lambda: get_linear_schedule_with_warmup(optimiser, warmup, steps),
        "cosine": lambda: get_cosine_schedule_with_warmup(optimiser, warmup, steps),
        "inverse_sqrt": lambda: get_inverse_sqrt_schedule(optimiser, warmup),
    }[name]()
    for step in range(steps):
        expected = reference.get_last_lr()[0]
        assert lr_factor(name, step, warmup, steps) == pytest.approx(expected, rel=1e-12, abs=1e-15)
        optimiser.step()
        reference.step()


def test_unknown_schedule() -> None:
    """Also during the warm-up, where the name does not matter yet."""
    with pytest.raises(KeyError, match="triangle"):
        lr_factor("triangle", 0, 10, 100)


def test_decay_groups_are_the_trainers() -> None:
    """The same names decay, and every parameter is in one group."""
    model = Translator(TINY, 0)
    reference = bart(model)
    # The method looks at nothing but the model; a Trainer wants data and folders to be made.
    decayed = set(Trainer.get_decay_parameter_names(None, reference))  # type: ignore[arg-type]
    named = [name for name, _ in reference.named_parameters()]  # tied ones once
    expected = {name.removeprefix("model.") for name in named if name in decayed}
    decaying, rest = decay_groups(model, 0.07)
    names = {parameter: name for name, parameter in model.named_parameters()}
    assert {names[p] for p in decaying["params"]} == expected
    together = [*decaying["params"], *rest["params"]]
    assert sorted(names[p] for p in together) == sorted(names.values())
    assert (decaying["weight_decay"], rest["weight_decay"]) == (0.07, 0.0)
