"""Importances agree with those of Optuna; slices show whole ranges."""

import optuna
import pytest
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import create_trial

from report.tables import rows_of
from xlt.search.report.facts import Facts
from xlt.search.report.sections.parameters import importance, slices
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


def test_slices_show_whole_ranges_and_one_measure(facts: Facts) -> None:
    """Every declared value is on its axis, and the scores are those of one step."""
    (section,) = slices(facts)
    assert section.figures
    plots = {figure.title.partition(":")[0]: figure.plot for figure in section.figures}
    assert plots["nhead"].layout.xaxis.categoryarray == ("2", "4", "8", "16")
    low, high = plots["learning_rate"].layout.xaxis.range
    assert low < -7 < -3 < high
    scores = {
        score.score for config in facts.configs if (score := config.score_at(facts.compared_step))
    }
    for plot in plots.values():
        shown = {y for trace in plot.data if trace.name for y in trace.y}
        assert len(shown) > 1
        assert shown <= scores


def test_an_axis_of_numbers_puts_each_configuration_in_one_bin(facts: Facts) -> None:
    (section,) = slices(facts)
    rows = rows_of([section], "slices", "BLEU by")
    counts = [int(row["tried"]) for row in rows if row["parameter"] == "learning_rate"]
    assert sum(counts) == len(facts.configs)
