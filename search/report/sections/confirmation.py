"""Is the winner really better? The runs on new seeds."""

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go

from xlt.search.evidence.record import Candidate, Confirmation
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.report.facts import Facts
from xlt.search.report.section import (
    INK,
    ORANGE,
    SERIES,
    STUDY_SECTIONS,
    SYMBOLS,
    Figure,
    Section,
    mark,
    number_text,
    themed,
)
from xlt.search.tables import Table


@STUDY_SECTIONS(10)
def seeds(facts: Facts) -> Iterator[Section]:
    """The scores on new seeds, and the comparisons with baseline and runner-up."""
    confirmation = facts.confirmation
    if confirmation is None:
        return
    if not confirmation.confirmed:
        yield Section(
            "seeds",
            "The winner was not confirmed: it leads on one seed, which also selected it",
            f"{_why_not(confirmation)}. The best of many noisy scores is usually too high. "
            "Expect a little less.",
        )
        return
    ranked = [confirmation.candidate(trial) for trial in confirmation.ranking]
    labels = [_label(confirmation, candidate) for candidate in ranked]
    yield Section(
        "seeds",
        _title(confirmation),
        "A mark is a full run on a seed that the search did not use. These runs also selected the "
        "winner among the configurations shown, so its mean is slightly too high. Two or three "
        "seeds separate luck from quality only roughly.",
        (Figure(_plot(confirmation, ranked, labels)),),
        (_runs(confirmation, ranked, labels), _comparisons(confirmation)),
        in_dashboard=True,
    )


def _why_not(confirmation: Confirmation) -> str:
    if confirmation.left_out:
        return f"There was no time for {len(confirmation.left_out)} of the runs on new seeds"
    if not confirmation.seeds:
        return "The study asks for no runs on new seeds"
    count = len(confirmation.seeds)
    failed = count - len(confirmation.candidate(confirmation.winner).scores(confirmation.seeds))
    return f"{failed} of its {count} runs on new seeds diverged or failed"


def _label(confirmation: Confirmation, candidate: Candidate) -> str:
    if candidate.trial == confirmation.winner:
        return f"trial {candidate.trial} (winner)"
    return f"trial {candidate.trial}{' (baseline)' * candidate.baseline}"


def _title(confirmation: Confirmation) -> str:
    comparisons = {comparison.against: comparison for comparison in confirmation.comparisons}
    baseline, runner_up = comparisons.get("baseline"), comparisons.get("runner-up")
    winner, count = confirmation.candidate(confirmation.winner), len(confirmation.seeds)
    if winner.baseline:
        return f"No configuration is better than the baseline on {count} new seeds"
    if baseline is None:
        return (
            f"Confirmed on {count} new seeds: {format_mean_std(winner.scores(confirmation.seeds))}"
        )
    better = "significantly" if baseline.significant else "not significantly"
    title = f"The winner is {better} better than the baseline: "
    title += f"{baseline.difference:+.2f} {confirmation.metric}"
    if runner_up is not None:
        title += f"; its lead over the runner-up, {runner_up.difference:+.2f}, "
        title += "is significant" if runner_up.significant else "may be luck"
    return title


def _plot(
    confirmation: Confirmation, ranked: Sequence[Candidate], labels: Sequence[str]
) -> go.Figure:
    rows = list(zip(labels, ranked, strict=True))
    series = [
        (
            f"seed {seed}",
            [(run.score, label) for label, candidate in rows for run in candidate.runs_on([seed])],
            mark(SERIES[index % 5], SYMBOLS[index % 5], 10),
        )
        for index, seed in enumerate(confirmation.seeds)
    ]
    means = [(candidate.mean, label) for label, candidate in rows]
    series.append(("mean", means, mark(INK, "line-ns-open", 22, line={"color": INK, "width": 3})))
    own: list[tuple[float | None, str]] = [
        (candidate.search_score, label)
        for label, candidate in rows
        if candidate.search_step == confirmation.step
    ]
    diamond = mark(ORANGE, "diamond-open", 12, line={"color": ORANGE, "width": 2})
    series.append(("seed of the search", own, diamond))
    traces = [
        go.Scatter(
            x=[score for score, _ in points if score is not None],
            y=[label for score, label in points if score is not None],
            mode="markers",
            marker=marker,
            name=name,
        )
        for name, points, marker in series
        if points
    ]
    x = f"{confirmation.metric} on validation"
    plot = themed(traces, x, "configuration", height=170 + 40 * len(ranked))
    return plot.update_yaxes(categoryorder="array", categoryarray=labels[::-1])


def _runs(confirmation: Confirmation, ranked: Sequence[Candidate], labels: Sequence[str]) -> Table:
    rows = []
    for label, candidate in zip(labels, ranked, strict=True):
        scores = {run.seed: run.score for run in candidate.runs if run.score is not None}
        rows.append(
            (
                label,
                *(number_text(scores[s]) if s in scores else "none" for s in confirmation.seeds),
                ""
                if candidate.mean is None
                else format_mean_std(candidate.scores(confirmation.seeds)),
                f"{candidate.search_score:.2f} at step {candidate.search_step:,}",
                "" if candidate.optimism is None else f"{candidate.optimism:+.2f}",
            )
        )
    header = (
        "configuration",
        *(f"seed {seed}" for seed in confirmation.seeds),
        "mean ± standard deviation",
        "seed of the search",
        "optimism (search minus mean)",
    )
    title = f"{confirmation.metric} on validation, step {confirmation.step:,}"
    return Table(title, header, tuple(rows))


def _comparisons(confirmation: Confirmation) -> Table:
    rows = tuple(
        (
            f"{comparison.against}, trial {comparison.trial}",
            f"{comparison.difference:+.2f}",
            "" if comparison.low is None else f"{comparison.low:+.2f} to {comparison.high:+.2f}",
            ", ".join(f"p = {seed.p_value:.3f}" for seed in comparison.sentences),
            comparison.verdict,
        )
        for comparison in confirmation.comparisons
    )
    header = (
        "winner against",
        "difference",
        "95 % interval (seeds)",
        "paired bootstrap (sentences)",
        "verdict",
    )
    return Table("Differences", header, rows)
