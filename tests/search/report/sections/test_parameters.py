"""Importances agree with those of Optuna."""

import optuna
import pytest
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import create_trial

from xlt.search.report.facts import Facts
from xlt.search.report.sections.parameters import importance
from xlt.search.suggest.distributions import distributions


def test_importances_are_those_of_optuna_for_ranks(facts: Facts) -> None:
    """Optuna gets a study whose values are the ranks."""
    space = facts.study.space
    study = optuna.create_study()
    for config in facts.ranked:
        params = space.to_trial_params(config.configuration)
        trial = create_trial(
            params=params, distributions=distributions(space), value=float(config.rank or 0)
        )
        study.add_trial(trial)
    evaluator = PedAnovaImportanceEvaluator(target_quantile=3 / len(facts.ranked))
    expected = get_param_importances(study, evaluator=evaluator)
    actual = importance(space.searched, facts.ranked, facts)
    names = {parameter.name: parameter.trial_name for parameter in space.searched}
    assert {names[name]: share for name, share in actual.items()} == pytest.approx(expected)
    assert sum(actual.values()) == pytest.approx(1)
