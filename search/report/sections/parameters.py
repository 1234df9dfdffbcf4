"""Which parameters matter: importances and slices.

Scores at different rungs cannot be compared. Importances need only an order: the configuration that
was trained further is better, and among equals the one with the higher score. Slices show the scores
at one step.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import optuna
import plotly.graph_objects as go
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import create_trial

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.evidence.diagnostics import at_bounds
from xlt.search.report.facts import ConfigSummary, Facts
from xlt.search.report.section import (
    BLUE,
    FAINT,
    LOG_AXIS,
    STUDY_SECTIONS,
    Figure,
    Section,
    bars,
    config_marks,
    mark,
    number_text,
    themed,
    value_text,
)
from xlt.search.suggest.distributions import distributions
from xlt.search.tables import Table
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal, Parameter

# With fewer configurations, importances say nothing (assumed).
MIN_CONFIGS = 10
# Rows of the table of slices for a parameter with an axis of numbers.
BINS = 5
# Values of a parameter that are shown beside each other, instead of an axis of numbers.
MAX_TICKS = 8


def affected_configs(facts: Facts, name: str, step: int | None = None) -> list[ConfigSummary]:
    """Ranked configurations whose score at a step, by default the last one, depends on a parameter.

    They have it, and the step is beyond the stages in which it has no effect.
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
        if name in config.configuration
        and config.score_at(step or config.scores[-1].step)
        and (step or config.scores[-1].step) > after
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
            skipped.append(f"{names} ({len(configs)})")
            continue
        shares = importance(parameters, configs, facts)
        if len(shares) < 2:
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
        title = f"Largest importance: {'; of the other parameters: '.join(leading)}"
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
            configs = affected_configs(facts, parameter.name)
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
    """Scores of the configurations by the value of a parameter, over its whole range."""
    if len(facts.ranked) < 2:
        return
    figures, rows = [], list[tuple[str, ...]]()
    flags = at_bounds(facts.study.space, facts.winner.configuration) if facts.winner else []
    at_bound = [flag.partition(" ")[0] for flag in flags]
    step = facts.compared_step
    for parameter in facts.study.space.searched:
        scored = affected_configs(facts, parameter.name, step)
        if len(scored) > 1:
            title = f"{parameter.name}{': the winner is at a bound' * (parameter.name in at_bound)}"
            figures.append(Figure(_slice(facts, parameter, scored), title))
        rows += _slice_rows(facts, parameter, scored)
    title = "No value of the winner is at a bound of its range"
    if at_bound:
        title = f"At a bound, where a wider range may be better: {', '.join(at_bound)}"
    metric = facts.compared[0][1].metric
    header = ("parameter", "values", "tried", "scored", f"best {metric}", f"median {metric}")
    yield Section(
        "slices",
        title,
        f"A mark is a configuration with its {metric} on validation at step {step:,}, on one seed. "
        "Ticks at the bottom: configurations that were stopped before this step. Star: the winner. "
        "Open diamond: the baseline. An axis shows the whole range of the study.",
        figures,
        (Table(f"{metric} by value, step {step:,}", header, tuple(rows)),),
    )


def _slice(facts: Facts, parameter: Parameter, scored: Sequence[ConfigSummary]) -> go.Figure:
    scores = {config.trial: score.score for config, score in facts.compared}
    values = [scores[config.trial] for config in scored]
    below = min(values) - 0.12 * ((max(values) - min(values)) or 1.0)
    points = [
        (config, axis_value(parameter, config.configuration), scores.get(config.trial, below))
        for config in facts.configs
        if parameter.name in config.configuration
    ]
    stopped = [x for config, x, _ in points if config not in scored]
    ticks_below = go.Scatter(
        x=stopped,
        y=[below] * len(stopped),
        mode="markers",
        marker=mark(FAINT, "line-ns-open", 9),
        hoverinfo="skip",
    )
    traces = [ticks_below, *config_marks(facts, [row for row in points if row[0] in scored])]
    metric = facts.compared[0][1].metric
    plot = themed(traces, axis_title(parameter), metric, height=260, legend=False)
    ticks = axis_ticks(parameter)
    if ticks:
        ends = {"type": "category", "categoryorder": "array", "categoryarray": ticks}
        return plot.update_xaxes(ends, range=[-0.5, len(ticks) - 0.5])
    low, high = (math.log10(end) if is_log(parameter) else end for end in axis_ends(parameter))
    margin = 0.08 * (high - low)
    plot.update_xaxes(range=[low - margin, high + margin])
    return plot.update_xaxes(LOG_AXIS) if is_log(parameter) else plot


def _slice_rows(
    facts: Facts, parameter: Parameter, scored: Sequence[ConfigSummary]
) -> Iterator[tuple[str, ...]]:
    """Table rows: values, configurations with them, how many are scored, best and median score."""
    scores = {config.trial: score.score for config, score in facts.compared}
    tried = [config for config in facts.configs if parameter.name in config.configuration]
    groups: dict[str, list[ConfigSummary]] = {text: [] for text in axis_ticks(parameter)}
    edges: list[float] = []
    if not groups:
        space = np.geomspace if is_log(parameter) else np.linspace
        edges = space(*axis_ends(parameter), BINS + 1).tolist()
        groups = {f"{value_text(a)} to {value_text(b)}": [] for a, b in pairwise(edges)}
    bins = list(groups.values())
    for config in tried:
        value = axis_value(parameter, config.configuration)
        inside = bins[int(np.digitize(value, edges[1:-1]))] if edges else groups[value]
        inside.append(config)
    for text, inside in groups.items():
        inner = [scores[config.trial] for config in inside if config in scored]
        ends = (number_text(max(inner)), number_text(median(inner))) if inner else ("", "")
        yield parameter.name, text, str(len(inside)), str(len(inner)), *ends


def is_log(parameter: Parameter) -> bool:
    return isinstance(parameter, Float | Int) and parameter.log


def axis_title(parameter: Parameter) -> str:
    """The name, with what it is a multiple of."""
    return (
        f"{parameter.name} / {parameter.of}" if isinstance(parameter, Multiple) else parameter.name
    )


def axis_ticks(parameter: Parameter) -> list[str]:
    """All values of a parameter with few; empty for a parameter with an axis of numbers."""
    match parameter:
        case Multiple():
            return list(map(str, parameter.factors))
        case Int(lattice=values, count=count) if count <= MAX_TICKS:
            return list(map(str, values))
        case Float(low=low, step=step, count=count) if step and count and count <= MAX_TICKS:
            return [value_text(low + index * step) for index in range(count)]
        case Ordinal(values=values) | Categorical(choices=values):
            return list(map(value_text, values))
        case _:
            return []


def axis_ends(parameter: Parameter) -> tuple[float, float]:
    """The bounds of a parameter with an axis of numbers."""
    assert isinstance(parameter, Int | Float)
    return parameter.low, parameter.high


def axis_value(parameter: Parameter, config: Configuration) -> Any:
    """The value on the parameter's axis: one of `axis_ticks`, or a number."""
    value = parameter.to_trial(config[parameter.name], config)
    if isinstance(parameter, Multiple):
        return str(value)
    return value_text(config[parameter.name]) if axis_ticks(parameter) else value
