"""Which parameters matter: importances and slices.

Scores at different rungs cannot be compared. These sections use ranks instead: the configuration
that was trained further is better, and among equals the one with the higher score.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import optuna
import plotly.graph_objects as go
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import create_trial

from xlt.objectives.tasks import TASKS
from xlt.search.evidence.diagnostics import at_bounds
from xlt.search.report.facts import ConfigSummary, Facts
from xlt.search.report.section import (
    BASELINE,
    BLUE,
    LOG_AXIS,
    SKY,
    STUDY_SECTIONS,
    WINNER,
    Figure,
    Section,
    bars,
    mark,
    themed,
    value_text,
)
from xlt.search.suggest.distributions import distributions
from xlt.search.tables import Table
from xlt.spaces.parameter import Float, Parameter

# With fewer configurations, importances say nothing (assumed).
MIN_CONFIGS = 10
# The table of slices has a row for each value of a parameter, or for each bin of many values.
MAX_VALUES, BINS = 12, 5


def _affected_configs(facts: Facts, name: str) -> list[ConfigSummary]:
    """Ranked configurations whose rank may depend on a parameter.

    They have it, and they were trained beyond the stages in which it has no effect.
    """
    unaffected = (
        facts.stages[stage]
        for stage, names in TASKS[facts.study.task].shared_params.items()
        if name not in names
    )
    after = max(unaffected, default=0)
    return [
        config
        for config in facts.ranked
        if name in config.configuration and config.scores[-1].step > after
    ]


@STUDY_SECTIONS(40)
def importances(facts: Facts) -> Iterator[Section]:
    """PED-ANOVA importances of the searched parameters."""
    if len(facts.ranked) < 2:
        return
    figures, tables, leading, skipped = [], [], [], []
    for parameters, configs in _groups(facts):
        if len(configs) < MIN_CONFIGS:
            names = ", ".join(parameter.name for parameter in parameters)
            skipped.append(f"{names} ({len(configs)} configurations)")
            continue
        shares = importance(parameters, configs, facts)
        if not shares:
            continue
        leading.append(next(iter(shares)))
        labels = [f"{share:.1%}" for share in shares.values()]
        title = f"{len(configs)} configurations"
        figures.append(Figure(bars(shares, labels, "importance", "parameter", BLUE), title))
        rows = tuple(zip(shares, labels, strict=True))
        title = f"PED-ANOVA importance, {title}"
        tables.append(Table(title, ("parameter", "importance"), rows))
    title = f"Too few configurations for importances (at least {MIN_CONFIGS})"
    if leading:
        title = f"Most important: {'; of the other parameters: '.join(leading)}"
    note = (
        "PED-ANOVA compares the best tenth of the configurations (at least three) to all of "
        "them. The search samples more where it expects good scores: this is a hint, not a proof."
    )
    if skipped:
        note += f" Too few configurations: {'; '.join(skipped)}."
    yield Section("importance", title, note, figures, tables, in_dashboard=True)


def _groups(facts: Facts) -> Iterator[tuple[list[Parameter], list[ConfigSummary]]]:
    """Searched parameters, grouped by the configurations that they affect.

    Conditional parameters are left out.
    """
    groups: dict[tuple[int, ...], tuple[list[Parameter], list[ConfigSummary]]] = {}
    conditional = {condition.name for condition in facts.study.space.conditions}
    for parameter in facts.study.space.searched:
        if parameter.name not in conditional:
            configs = _affected_configs(facts, parameter.name)
            trials = tuple(config.trial for config in configs)
            groups.setdefault(trials, ([], configs))[0].append(parameter)
    yield from groups.values()


def importance(
    parameters: Sequence[Parameter], configs: Sequence[ConfigSummary], facts: Facts
) -> dict[str, float]:
    """PED-ANOVA importances (Watanabe et al., 2023), as Optuna computes them.

    Args:
        parameters: Those of one value have no importance.
        configs: Configurations from best to worst, at least ten.
        facts: Their study.

    Returns:
        By parameter, from the most important one: its share of 1.
    """
    space = facts.study.space
    by_name = distributions(space)
    names = {p.trial_name: p.name for p in parameters if not by_name[p.trial_name].single()}
    if not names:
        return {}
    study = optuna.create_study(direction="minimize")
    for rank, config in enumerate(configs):
        sampled = space.to_trial_params(config.configuration)
        study.add_trial(
            create_trial(
                params={name: sampled[name] for name in names},
                distributions={name: by_name[name] for name in names},
                value=float(rank),
            )
        )
    evaluator = PedAnovaImportanceEvaluator(target_quantile=max(0.1, 3 / len(configs)))
    # Optuna's own plot of them copies all trials once a parameter, which takes seconds.
    shares = get_param_importances(study, evaluator=evaluator)
    return {names[name]: share for name, share in shares.items()}


@STUDY_SECTIONS(50)
def slices(facts: Facts) -> Iterator[Section]:
    """Ranks of the configurations by the value of a parameter."""
    if len(facts.ranked) < 2:
        return
    figures, rows = [], list[tuple[str, ...]]()
    flags = at_bounds(facts.study.space, facts.winner.configuration) if facts.winner else []
    at_bound = [flag.partition(" ")[0] for flag in flags]
    for parameter in facts.study.space.searched:
        if configs := _affected_configs(facts, parameter.name):
            title = f"{parameter.name}{': the winner is at a bound' * (parameter.name in at_bound)}"
            figures.append(Figure(_slice(facts, parameter, configs), title))
            rows += _slice_rows(parameter, configs)
    title = "No value of the winner is at a bound of its range"
    if at_bound:
        title = f"At a bound, where a wider range may be better: {', '.join(at_bound)}"
    header = ("parameter", "values", "configurations", "best rank", "median rank")
    yield Section(
        "slices",
        title,
        "A mark is a configuration with its rank. Rank 1 is the best and at the top. Star: the "
        "winner. Open diamond: the baseline. A parameter of a later stage shows only "
        "configurations that reached that stage.",
        figures,
        (Table("Ranks by value", header, tuple(rows)),),
    )


def _slice(facts: Facts, parameter: Parameter, configs: Sequence[ConfigSummary]) -> go.Figure:
    series = [("configurations", configs, mark(SKY, size=7, opacity=0.8))]
    for name, special, marker in (
        ("winner", facts.winner, WINNER),
        ("baseline", facts.baseline, BASELINE),
    ):
        if special is not None and special in configs:
            series.append((name, [special], marker))
    traces = [
        go.Scatter(
            x=[axis_value(parameter, config) for config in shown],
            y=[config.rank for config in shown],
            mode="markers",
            name=name,
            marker=marker,
            text=[f"trial {config.trial}" for config in shown],
            hovertemplate="%{text}: %{x}, rank %{y}<extra></extra>",
        )
        for name, shown, marker in series
    ]
    plot = themed(traces, parameter.name, "rank", height=240, legend=False)
    last = len(facts.ranked)
    plot.update_yaxes(range=[1.05 * last + 1, -0.08 * last], tickvals=[1, last // 2, last])
    if is_categorical(parameter):
        plot.update_xaxes(type="category")
    return plot.update_xaxes(LOG_AXIS) if is_log(parameter) else plot


def _slice_rows(
    parameter: Parameter, configs: Sequence[ConfigSummary]
) -> Iterator[tuple[str, ...]]:
    """Table rows: values, number of configurations, their best and median rank."""
    values = np.array([axis_value(parameter, config) for config in configs])
    ranks = np.array([config.rank for config in configs])
    unique = np.unique(values)
    if len(unique) <= MAX_VALUES or is_categorical(parameter):
        bins = [(value_text(value.item()), values == value) for value in unique]
    else:
        edges = np.quantile(values, np.linspace(0, 1, BINS + 1))
        bins = [
            (
                f"{value_text(low.item())} to {value_text(high.item())}",
                (values >= low) & ((values <= high) if high == edges[-1] else (values < high)),
            )
            for low, high in pairwise(edges)
        ]
    for text, inside in bins:
        if count := inside.sum():
            inner = np.sort(ranks[inside])
            yield parameter.name, text, str(count), str(inner[0]), str(inner[count // 2])


def is_categorical(parameter: Parameter) -> bool:
    return parameter.kind in ("str", "bool")


def is_log(parameter: Parameter) -> bool:
    return isinstance(parameter, Float) and parameter.log


def axis_value(parameter: Parameter, config: ConfigSummary) -> Any:
    value = config.configuration[parameter.name]
    return str(value) if is_categorical(parameter) else value
