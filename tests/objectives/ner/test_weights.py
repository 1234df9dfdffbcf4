"""The running average of weights."""

import pytest
import torch
from transfers import config

from xlt.objectives.ner.transfer import Transfer
from xlt.objectives.ner.weights import WeightAverage


def test_the_average_is_a_running_mean(small: Transfer) -> None:
    """Against the formula: the mean of all weights at first, later an exponential average."""
    run = small.run(config("head"), 7)
    average = WeightAverage(run.model, 4)
    name = next(iter(average.mean))
    values = [float(i * i) for i in range(1, 9)]
    expected = values[0]
    for update, value in enumerate(values, 1):
        with torch.no_grad():
            run.model.get_parameter(name).fill_(value)
        average.add(update)
        expected += (value - expected) / min(update, 4)
        if update <= 4:
            assert expected == pytest.approx(sum(values[:update]) / update)
    assert average.mean[name].flatten()[0] == pytest.approx(expected)
