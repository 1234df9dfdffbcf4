"""The distributions that programs show, against the configurations of the shipped spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution

from xlt.search.suggest.distributions import config_distributions, distributions
from xlt.spaces.space import Space
from xlt.studies.loader import shipped
from xlt.studies.study import load

SPACES = {name: load(name).space for name in shipped()}


@pytest.mark.parametrize("space", SPACES.values(), ids=list(SPACES))
@given(data=st.data())
def test_they_contain_every_value(space: Space, data: st.DataObject) -> None:
    """The ends of what trials sample become configurations whose values are all in range."""
    ends = {
        name: data.draw(
            st.sampled_from(
                distribution.choices
                if isinstance(distribution, CategoricalDistribution)
                else [distribution.low, distribution.high]  # type: ignore[attr-defined]
            )
        )
        for name, distribution in distributions(space).items()
    }
    config = space.from_trial_params(ends)
    shown = config_distributions(space)
    assert len(shown) == len(ends)
    for name, distribution in shown.items():
        if name in config:
            assert distribution._contains(distribution.to_internal_repr(config[name]))
