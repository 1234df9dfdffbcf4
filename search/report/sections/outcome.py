"""The outcome of a study on the first screen, and of several studies side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import plotly.graph_objects as go

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.evidence.record import format_probability
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.report.facts import ConfigSummary, Facts
from xlt.search.report.section import (
    PAGE_SECTIONS,
    SERIES,
    SYMBOLS,
    Figure,
    Section,
    mark,
    number_text,
    themed,
    value_text,
)
from xlt.search.results.export import languages_text
from xlt.search.tables import Table
from xlt.studies.durations import format_duration


class Stat(NamedTuple):
    """A number as the page shows it, and what it measures."""

    text: str
    note: str


class ParameterRow(NamedTuple):
    """A parameter's value in the baseline and in the winner."""

    name: str
    baseline: str
    winner: str
    changed: bool


@dataclass(frozen=True)
class Outcome:
    """What the first screen shows about a study."""

    name: str
    description: str
    headline: str
    baseline: Stat
    winner: Stat
    difference: Stat
    test: Stat | None
    synthetic: bool
    parameters: tuple[ParameterRow, ...]
    details: tuple[tuple[str, str], ...]  # label and text
    notices: tuple[str, ...]  # about the data
    flags: tuple[str, ...]


def outcome(facts: Facts) -> Outcome:
    """Build the first screen of a study, which may have no score yet."""
    baseline, winner, difference = _baseline_winner_difference(facts)
    return Outcome(
        name=facts.name,
        description=facts.study.description,
        headline=_headline(facts, difference),
        baseline=baseline,
        winner=winner,
        difference=difference,
        test=_test(facts),
        synthetic=facts.data["synthetic"],
        parameters=tuple(_parameters(facts)),
        details=tuple(_detail_rows(facts)),
        notices=tuple(facts.data.get("notices", ())),
        flags=tuple(facts.flags),
    )


def _baseline_winner_difference(facts: Facts) -> tuple[Stat, Stat, Stat]:
    """Compare on new seeds, or, without confirmation, at the last rung that both have reached."""
    if facts.winner is None:
        nothing = Stat("none", "not scored yet")
        return nothing, nothing, nothing
    confirmation = facts.confirmation
    winner, baseline = facts.candidate(facts.winner), facts.candidate(facts.baseline)
    if confirmation is None or winner is None or baseline is None:
        return _on_search_seed(facts.winner, facts.baseline)
    if not (winner.scores and baseline.scores):
        return _on_search_seed(facts.winner, facts.baseline)
    note = f"{confirmation.metric} on validation, mean ± standard deviation over "
    after = Stat(
        format_mean_std(list(winner.scores.values())),
        f"trial {facts.winner.trial}: {note}{len(winner.scores)} new seeds",
    )
    before = Stat(
        format_mean_std(list(baseline.scores.values())), f"{note}{len(baseline.scores)} new seeds"
    )
    comparison = confirmation.against("baseline")
    if winner == baseline or comparison is None:
        return before, after, Stat("none", "no configuration is better than the baseline")
    if comparison.probability is None:
        evidence = "one new seed: not proven"
    else:
        evidence = (
            f"{confirmation.confidence:.0%} interval {comparison.low:+.2f} to {comparison.high:+.2f}; "
            f"better with probability {format_probability(comparison.probability)}: "
            f"{'proven' if comparison.proven else 'not proven'}"
        )
    return before, after, Stat(f"{comparison.difference:+.2f}", evidence)


def _on_search_seed(
    winner: ConfigSummary, baseline: ConfigSummary | None
) -> tuple[Stat, Stat, Stat]:
    common = [score for score in winner.scores if baseline and baseline.score_at(score.step)]
    if not common or baseline is None:
        last = winner.scores[-1]
        return (
            Stat("none", "the baseline has no score"),
            Stat(
                number_text(last.score),
                f"{last.metric} on validation at step {last.step:,}, one seed",
            ),
            Stat("none", "no baseline"),
        )
    score = common[-1]
    other = baseline.score_at(score.step)
    assert other is not None
    note = f"{score.metric} on validation at step {score.step:,}, on the seed of the search"
    return (
        Stat(number_text(other.score), note),
        Stat(number_text(score.score), f"trial {winner.trial}: {note}"),
        Stat(f"{score.score - other.score:+.2f}", "one seed, also used to select: may be luck"),
    )


def _headline(facts: Facts, difference: Stat) -> str:
    if facts.winner is None:
        return "No configuration has a score yet"
    final = facts.final
    if final is None:
        count = len(facts.configs)
        return f"Trial {facts.winner.trial} is the best of {count} configurations; no final run yet"
    chosen = facts.study.settings.get("selection_languages")
    metric = facts.metric + (f" in {', '.join(chosen)}" if chosen else "")
    score = f"{number_text(final['test']['score'])} {metric} on the test set"
    if facts.confirmation is None or not facts.confirmation.confirmed:
        return f"{score}; not proven"
    if facts.winner is facts.baseline:
        return f"{score}; no configuration is better than the baseline"
    return f"{score}; {difference.text} against the baseline on new seeds"


def _test(facts: Facts) -> Stat | None:
    if facts.final is None:
        return None
    test = facts.final["test"]
    metrics = test["metrics"]
    count = facts.test_accesses
    notes = [
        f"{facts.metric} on the test set at step {test['step']:,} of {facts.study.steps:,}",
        f"test set opened {'once' if count == 1 else f'{count} times'}",
        *(
            f"{label} {metrics[name]:.2f}"
            for name, label in (("sacrebleu", "sacreBLEU"), ("chrf", "chrF"))
            if name in metrics
        ),
        languages_text(facts.study.task, {"settings": facts.study.settings}, metrics),
    ]
    return Stat(number_text(test["score"]), ", ".join(filter(None, notes)))


def _parameters(facts: Facts) -> Iterator[ParameterRow]:
    baseline: Configuration = facts.study.space.baseline_config
    winner: Configuration = facts.winner.configuration if facts.winner else {}
    for parameter in facts.study.space.parameters:
        name = parameter.name
        if name in baseline or name in winner:
            left, right = (value_text(config.get(name, "none")) for config in (baseline, winner))
            yield ParameterRow(name, left, right, bool(winner) and left != right)


def _detail_rows(facts: Facts) -> Iterator[tuple[str, str]]:
    full = max(1, len(facts.configs) * facts.study.steps)
    budget, search = facts.study.budget, facts.study.search
    yield "search", f"{len(facts.configs)} configurations in {format_duration(60 * facts.minutes)}"
    share = f"{facts.trained_steps / full:.0%}"
    yield "steps trained", f"{facts.trained_steps:,}: {share} of what full runs take"
    if deadline := deadline_text(facts):
        yield "time budget", deadline
    yield "data", f"{facts.data['description']} (fingerprint {facts.data['fingerprint'][:12]})"
    yield from _environment(facts.data, facts.provenance)
    rungs = ", ".join(f"{step:,}" for step in budget.rungs)
    yield "full run", f"{facts.study.steps:,} steps, scored at {rungs}"
    yield "method", f"sampler {search.sampler}, pruner {search.pruner}"
    yield "seed", str(search.seed)


def deadline_text(facts: Facts) -> str:
    """Whether the study kept its time budget; empty where it has none."""
    limit = facts.study.budget.seconds
    if limit is None or facts.seconds_spent is None:
        return ""
    kept = "kept" if facts.seconds_spent <= limit else "exceeded"
    return f"{kept}: {format_duration(facts.seconds_spent)} of {format_duration(limit)}"


def _environment(
    data: Mapping[str, Any], provenance: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    encoder = data.get("settings", {}).get("encoder")
    if encoder:
        yield "encoder", encoder
    if provenance:
        versions = ", ".join(
            f"{name} {provenance['versions'][name]}"
            for name in ("xlt-search", "torch", "transformers", "optuna")
            if name in provenance["versions"]
        )
        yield "created", f"{provenance['when']} on {provenance['device']}; {versions}"
        if provenance.get("command"):
            yield "command", provenance["command"]


@PAGE_SECTIONS(10)
def studies_side_by_side(compared: Sequence[Facts], _: Path) -> Iterator[Section]:
    """Several studies side by side."""
    if len(compared) < 2:
        return
    rows = tuple(_study_row(facts, outcome(facts)) for facts in compared)
    header = (
        "study",
        "description",
        "configurations",
        "search time",
        "steps trained",
        "baseline",
        "winner",
        "difference",
        "test",
        "metric",
        "data",
    )
    title = f"{len(compared)} studies side by side; not all of their scores can be compared"
    scores = [float(facts.final["test"]["score"]) for facts in compared if facts.final is not None]
    conditions = {
        (facts.data["fingerprint"], _languages(facts), facts.metric) for facts in compared
    }
    if len(conditions) == 1 and len(scores) == len(compared):
        best = compared[scores.index(max(scores))]
        score = f"{number_text(max(scores))} {best.metric}"
        title = f"{best.name} has the best score on the test set, {score}"
    yield Section(
        "studies",
        title,
        "Best score so far at the last rung of each study, over its search time. Scores can be "
        "compared only between studies with the same data and languages.",
        (Figure(_best_so_far(compared), min_width=320),),
        (Table("Studies", header, rows),),
    )


def _languages(facts: Facts) -> frozenset[str]:
    """Languages over which scores are averaged; empty for a task of one language."""
    return frozenset(facts.study.settings.get("selection_languages", ()))


def _study_row(facts: Facts, result: Outcome) -> tuple[str, ...]:
    test = ""
    if result.test is not None and facts.final is not None:
        scores = TASKS[facts.study.task].by_language(facts.final["test"]["metrics"])
        languages = ", ".join(f"{language} {score:.2f}" for language, score in scores.items())
        test = result.test.text + (f" ({languages})" if languages else "")
    return (
        facts.name,
        facts.study.description,
        str(len(facts.configs)),
        format_duration(60 * facts.minutes),
        f"{facts.trained_steps:,}",
        result.baseline.text,
        result.winner.text,
        result.difference.text,
        test,
        facts.metric,
        facts.data["description"],
    )


def _best_so_far(compared: Sequence[Facts]) -> go.Figure:
    traces = []
    for index, facts in enumerate(compared):
        last_step = max((point.score.step for point in facts.points), default=0)
        points = [point for point in facts.points if point.score.step == last_step]
        name = facts.name
        if points:
            name += f", {points[0].score.metric} at step {last_step:,}"
        color = SERIES[index % 5]
        traces.append(
            go.Scatter(
                x=[point.minutes for point in points],
                y=list(accumulate((point.score.score for point in points), max)),
                mode="lines+markers",
                line={"color": color, "shape": "hv"},
                marker=mark(color, SYMBOLS[index % 5]),
                name=name,
            )
        )
    height = 340 + 24 * len(compared)
    return themed(traces, "search time (minutes)", "best score so far", height=height)
