"""What of a configuration mattered: importances, slices, parallel coordinates, the map.

Scores at different rungs do not compare, so all of these go by a configuration's place: who came
further leads, and of those that came as far, who scored more.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import optuna
import plotly.graph_objects as go
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from xlt.objectives.tasks import TASKS
from xlt.search.evidence.diagnostics import at_bounds
from xlt.search.report.drawing import (
    BASELINE,
    BLUE,
    FAINT,
    GRID,
    INK,
    LOGARITHMIC,
    OUTSIDE,
    RED,
    SCALE,
    SKY,
    WINNER,
    figure,
    mark,
    number,
)
from xlt.search.report.facts import Facts, Tried
from xlt.search.report.parts import MOST, Part, Picture
from xlt.search.suggest.distributions import distributions
from xlt.search.tables import Table
from xlt.spaces.parameter import Float, Parameter

# With fewer configurations nothing is said of what mattered.
FEWEST = 10
# So many values of a parameter are told one by one, more in so many intervals.
SINGLY, BINS = 12, 5
# Structures in the map.
ROWS = 20


def parameters(facts: Facts) -> Iterator[Part]:
    """Nothing until two configurations were scored."""
    if len(facts.ranked) < 2:
        return
    yield _importances(facts)
    yield _slices(facts)
    yield _coordinates(facts)
    structure = _structure(facts)
    if structure:
        yield from _map(facts, structure)


def _structure(facts: Facts) -> Sequence[str]:
    """Parameters that alone matter until a first stage's end; none where all always do."""
    return next(iter(TASKS[facts.study.task].shared_prefixes.values()), ())


def _judged(facts: Facts, name: str) -> list[Tried]:
    """Those whose place tells of a parameter: its own stage was reached, and it belongs to them."""
    after = 0
    for stage, names in TASKS[facts.study.task].shared_prefixes.items():
        if name not in names:
            after = max(after, facts.stages[stage])
    return [
        each for each in facts.ranked if name in each.configuration and each.path[-1].step > after
    ]


def _groups(facts: Facts) -> Iterator[tuple[list[Parameter], list[Tried]]]:
    """Searched parameters that the same configurations tell of, with those."""
    found: dict[tuple[int, ...], tuple[list[Parameter], list[Tried]]] = {}
    conditional = {only.name for only in facts.study.space.conditions}
    for parameter in facts.study.space.searched:
        judged = _judged(facts, parameter.name)
        if parameter.name in conditional:
            continue
        group = found.setdefault(tuple(each.trial for each in judged), ([], judged))
        group[0].append(parameter)
    yield from found.values()


def importance(
    group: Sequence[Parameter], judged: Sequence[Tried], facts: Facts
) -> dict[str, float]:
    """PED-ANOVA's (Watanabe et al., 2023): what sets the best tenth apart, as shares of 1.

    By parameter. Of whole configurations, those that do not vary have none.
    """
    space = facts.study.space
    known = distributions(space)
    names = [
        parameter.trial_name for parameter in group if not known[parameter.trial_name].single()
    ]
    study = optuna.create_study(direction="minimize")
    for place, each in enumerate(judged):
        sampled = space.to_parameters(each.configuration)
        study.add_trial(
            optuna.trial.create_trial(
                params={name: sampled[name] for name in names},
                distributions={name: known[name] for name in names},
                value=float(place),
            )
        )
    if not names:
        return {}
    evaluator = PedAnovaImportanceEvaluator(target_quantile=max(0.1, 3 / len(judged)))
    found = get_param_importances(study, evaluator=evaluator)
    by_trial_name = {parameter.trial_name: parameter.name for parameter in group}
    return {by_trial_name[name]: share for name, share in found.items()}


def _importances(facts: Facts) -> Part:
    pictures, tables, leading, silent = [], [], [], []
    for group, judged in _groups(facts):
        names = ", ".join(parameter.name for parameter in group)
        if len(judged) < FEWEST:
            silent.append(f"{names} ({len(judged)} configurations tell of them)")
            continue
        shares = importance(group, judged, facts)
        if not shares:
            continue
        leading.append(max(shares, key=lambda name: shares[name]))
        ordered = sorted(shares.items(), key=lambda item: item[1])
        bars = go.Bar(
            x=[share for _, share in ordered],
            y=[name for name, _ in ordered],
            orientation="h",
            marker={"color": BLUE},
            text=[f"{share:.0%}" for _, share in ordered],
            **OUTSIDE,
        )
        x = "share"
        drawn = figure([bars], x, "", height=90 + 28 * len(ordered), legend=False)
        drawn.update_xaxes(tickformat=".0%", range=[0, 1.25 * max(shares.values())])
        drawn.update_yaxes(title_text="parameter")
        pictures.append(Picture(drawn, f"Told by {len(judged)} configurations"))
        rows = tuple((name, f"{share:.1%}") for name, share in reversed(ordered))
        what = f"PED-ANOVA importance, {len(judged)} configurations"
        tables.append(Table(what, ("parameter", "share"), rows))
    if leading:
        title = f"What set the best apart most: {' and, among the rest, '.join(leading)}"
    else:
        title = f"Too few configurations to say what mattered (it takes {FEWEST})"
    note = (
        "PED-ANOVA compares where the best tenth (three at least) lie with where all do. A search looks "
        "where it expects much, so that this is a hint, and no proof."
    )
    if silent:
        note += f" Too few to tell: {'; '.join(silent)}."
    return Part("importance", title, note, pictures, tables)


def _slices(facts: Facts) -> Part:
    pictures, rows = [], []
    bounded = at_bounds(facts.study.space, facts.winner.configuration) if facts.winner else []
    flagged = [flag.partition(" ")[0] for flag in bounded]
    for parameter in facts.study.space.searched:
        judged = _judged(facts, parameter.name)
        if not judged:
            continue
        title = parameter.name
        if parameter.name in flagged:
            title += ": the winner is at a bound"
        pictures.append(Picture(_slice(facts, parameter, judged), title))
        rows += list(_told(parameter, judged))
    if flagged:
        title = f"At a bound, where a wider range may be better: {', '.join(flagged)}"
    else:
        title = "The winner lies inside all ranges"
    note = (
        "One mark is a configuration by its place, 1 being the best; higher is better. Star: the winner. "
        "Open diamond: the baseline. A parameter of a later stage is told by those that reached it."
    )
    header = ("parameter", "values", "configurations", "best place", "middle place")
    table = Table("Places by value", header, tuple(rows))
    return Part("slices", title, note, pictures, (table,))


def _slice(facts: Facts, parameter: Parameter, judged: Sequence[Tried]) -> go.Figure:
    named = {"winner": facts.winner, "baseline": facts.baseline}
    marks = {"winner": WINNER, "baseline": BASELINE}

    def points(some: Sequence[Tried], name: str, marker: Mapping[str, Any]) -> go.Scatter:
        return go.Scatter(
            x=[_shown(parameter, each) for each in some],
            y=[each.place for each in some],
            mode="markers",
            name=name,
            marker=marker,
            text=[f"trial {each.trial}" for each in some],
            hovertemplate="%{text}: %{x}, place %{y}<extra></extra>",
        )

    traces = [points(judged, "configurations", mark(SKY, size=7, opacity=0.8))]
    for name, each in named.items():
        if each in judged and each is not None:
            traces.append(points([each], name, marks[name]))
    drawn = figure(traces, parameter.name, "place", height=240, legend=False)
    most = len(facts.ranked)
    drawn.update_yaxes(range=[1.05 * most + 1, -0.08 * most], tickvals=[1, most // 2, most])
    if isinstance(parameter, Float) and parameter.log:
        drawn.update_xaxes(**LOGARITHMIC)
    elif parameter.kind in ("str", "bool"):
        drawn.update_xaxes(type="category")
    return drawn


def _shown(parameter: Parameter, each: Tried) -> Any:
    value = each.configuration[parameter.name]
    return str(value) if parameter.kind in ("str", "bool") else value


def _told(parameter: Parameter, judged: Sequence[Tried]) -> Iterator[tuple[str, ...]]:
    """Rows: which values, how many configurations had them, their best and middle place."""
    given = np.array([_shown(parameter, each) for each in judged])
    places = np.array([each.place for each in judged])
    values = np.unique(given)
    if len(values) <= SINGLY or parameter.kind in ("str", "bool"):
        cells = [(_text(value.item()), given == value) for value in values]
    else:
        ends = np.quantile(given, np.linspace(0, 1, BINS + 1))
        cells = [
            (
                f"{_text(low.item())} to {_text(high.item())}",
                (given >= low) & ((given <= high) if high == ends[-1] else (given < high)),
            )
            for low, high in pairwise(ends)
        ]
    for text, inside in cells:
        some = np.sort(places[inside])
        if len(some):
            yield parameter.name, text, str(len(some)), str(some[0]), str(some[len(some) // 2])


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value)


def _coordinates(facts: Facts) -> Part:
    searched = [
        p
        for p in facts.study.space.searched
        if all(p.name in t.configuration for t in facts.ranked)
    ]
    # The best are drawn last, over the others.
    ordered = facts.ranked[::-1]
    most = len(ordered)
    dimensions = [_dimension(parameter, ordered) for parameter in searched]
    places = [each.place or 0 for each in ordered]
    dimensions.append({"label": "place", "values": places, "range": [most, 1]})
    lines = go.Parcoords(
        line={
            "color": places,
            "colorscale": [[0, RED], [0.1, BLUE], [0.4, FAINT], [1, GRID]],
            "cmin": 1,
            "cmax": most,
        },
        dimensions=dimensions,
        labelangle=-20,
        labelfont={"color": INK},
        tickfont={"color": INK},
        rangefont={"color": FAINT},
    )
    drawn = figure([lines], "", "", height=440, legend=False)
    drawn.update_layout(margin={"l": 70, "r": 20, "t": 90, "b": 24})
    winner = facts.ranked[0]
    title = f"Whole configurations, from place 1 (trial {winner.trial}) to place {most}"
    note = (
        "One line is one configuration, from axis to axis; the better, the stronger its colour. With a "
        "mouse, drag along an axis to keep a range. The table has the same in numbers."
    )
    names = [parameter.name for parameter in facts.study.space.parameters]
    rows = tuple(
        (
            str(each.place),
            str(each.trial),
            f"{each.path[-1].step:,}",
            each.path[-1].measure,
            number(each.path[-1].score),
            *(_text(each.configuration.get(name, "")) for name in names),
        )
        for each in facts.ranked[:MOST]
    )
    what = "Configurations, best first"
    if most > MOST:
        what += f" ({MOST} of {most}; trials.csv has all)"
    table = Table(what, ("place", "trial", "step", "measure", "score", *names), rows)
    least = 78 * (len(dimensions) + 1)
    return Part("coordinates", title, note, (Picture(drawn, least=least),), (table,))


def _dimension(parameter: Parameter, ordered: Sequence[Tried]) -> dict[str, Any]:
    values = [_shown(parameter, each) for each in ordered]
    if parameter.kind in ("str", "bool"):
        known = sorted(set(values))
        at = {value: place for place, value in enumerate(known)}
        return {
            "label": parameter.name,
            "values": [at[value] for value in values],
            "tickvals": list(range(len(known))),
            "ticktext": known,
        }
    if isinstance(parameter, Float) and parameter.log:
        logs = [math.log10(value) for value in values]
        ticks = range(math.floor(min(logs)), math.ceil(max(logs)) + 1)
        return {
            "label": parameter.name,
            "values": logs,
            "range": [min(ticks), max(ticks)],
            "tickvals": list(ticks),
            "ticktext": [f"1e{tick}" for tick in ticks],
        }
    return {"label": parameter.name, "values": values}


def _map(facts: Facts, structure: Sequence[str]) -> Iterator[Part]:
    """Structures against fine-tunings: which of the first had many of the second, and what of it."""
    along = next(
        (
            parameter
            for parameter in facts.study.space.searched
            if parameter.name not in structure and isinstance(parameter, Float)
        ),
        None,
    )
    if along is None:
        return
    rows: dict[tuple[str, ...], list[Tried]] = {}
    for each in facts.ranked:
        name = tuple(_text(each.configuration[part]) for part in structure)
        rows.setdefault(name, []).append(each)
    kept = dict(list(rows.items())[:ROWS])
    tuned = {
        name: [each for each in tried if each.path[-1].step > next(iter(facts.stages.values()))]
        for name, tried in kept.items()
    }
    labels = {name: " / ".join(name) for name in kept}
    untold = [
        (name, each) for name, tried in kept.items() for each in tried if each not in tuned[name]
    ]
    told = [(name, each) for name, tried in tuned.items() for each in tried]

    def points(some: Sequence[tuple[tuple[str, ...], Tried]], **more: Any) -> go.Scatter:
        return go.Scatter(
            x=[each.configuration[along.name] for _, each in some],
            y=[labels[name] for name, _ in some],
            text=[f"trial {each.trial}: {number(each.path[-1].score)}" for _, each in some],
            hovertemplate="%{text}<extra></extra>",
            mode="markers",
            **more,
        )

    scores = [each.path[-1].score for _, each in told]
    marker = mark(BLUE, size=14, line={"color": INK, "width": 1})
    if told:
        bar = {"title": {"text": facts.measure}, "thickness": 12, "outlinewidth": 0}
        marker |= {"color": scores, "colorscale": SCALE, "showscale": True, "colorbar": bar}
    traces = [
        points(untold, name="not fine-tuned", marker=mark(FAINT, "circle-open")),
        points(told, name="fine-tuned", marker=marker),
    ]
    height = 160 + 26 * len(kept)
    drawn = figure(traces, along.name, " / ".join(structure), height=height)
    drawn.update_yaxes(categoryorder="array", categoryarray=list(labels.values())[::-1])
    if along.log:
        drawn.update_xaxes(**LOGARITHMIC)
    counts = {name: len(tried) for name, tried in tuned.items()}
    most = max(counts, key=lambda name: counts[name])
    title = (
        f"{len(rows)} structures, {sum(map(bool, counts.values()))} of them fine-tuned; most often "
        f"{labels[most]}, {counts[most]} time{'s' * (counts[most] != 1)}"
        if told
        else f"{len(rows)} structures, none of them fine-tuned yet"
    )
    note = (
        f"One row is a structure ({' / '.join(structure)}), best ones first; one mark a configuration with "
        f"it, placed by its {along.name}. Open circles were never fine-tuned, as others promised more."
    )
    header = (*structure, "configurations", "fine-tuned", f"best {facts.measure}")
    cells = tuple(
        (
            *name,
            str(len(kept[name])),
            str(len(tuned[name])),
            number(max(each.path[-1].score for each in tuned[name])) if tuned[name] else "",
        )
        for name in kept
    )
    what = "Structures, best first" + (f" ({ROWS} of {len(rows)})" if len(rows) > ROWS else "")
    picture = Picture(drawn, least=560)
    yield Part("map", title, note, (picture,), (Table(what, header, cells),))
