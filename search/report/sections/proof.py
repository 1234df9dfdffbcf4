"""Is the winner really better? The runs on new seeds."""

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go

from xlt.search.evidence.record import Candidate, ProofRecord, format_probability
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.report.facts import Facts
from xlt.search.report.section import (
    INK,
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
    proof = facts.proof
    if proof is None:
        return
    ranked = [proof.candidate(trial) for trial in proof.ranking]
    if not ranked:
        yield Section(
            "seeds",
            _title(proof),
            f"{_why_not(proof)}. The best of many noisy scores is usually too high. "
            "Expect a slightly lower score.",
        )
        return
    labels = [_label(proof, candidate) for candidate in ranked]
    yield Section(
        "seeds",
        _title(proof),
        "Each mark is a full run on a seed that the search did not use. The expected score uses the "
        "search's own score as well, and is shrunk towards the other configurations, because the "
        "best of several noisy means is usually too high. The proof uses the new seeds alone.",
        (Figure(_plot(proof, ranked, labels)),),
        (_runs(ranked, labels), _comparisons(proof)),
        in_dashboard=True,
    )


def _why_not(proof: ProofRecord) -> str:
    if proof.left_out:
        return f"There was no time for {len(proof.left_out)} of the runs on new seeds"
    if any(candidate.failed for candidate in proof.candidates):
        return "The runs on new seeds failed or diverged"
    return "The study has proof.seeds = 0, so nothing was trained on new seeds"


def _label(proof: ProofRecord, candidate: Candidate) -> str:
    if candidate.trial == proof.winner:
        return f"trial {candidate.trial} (winner)"
    return f"trial {candidate.trial}{' (baseline)' * candidate.baseline}"


def _title(proof: ProofRecord) -> str:
    against = proof.against("baseline")
    if proof.candidate(proof.winner).baseline:
        return "The baseline is the winner"
    if not proof.winner_scores:
        return "Not proven: the winner was not trained on new seeds"
    if against is None:
        return f"The winner's scores on new seeds: {proof.seeds_text}"
    gain = f"{against.difference:+.2f} {proof.metric} on {against.n_seeds} new seed{'s' * (against.n_seeds != 1)}"
    if against.proven:
        return f"Proven better than the baseline: {gain}"
    return f"Not proven to be better than the baseline: {gain}"


def _plot(proof: ProofRecord, ranked: Sequence[Candidate], labels: Sequence[str]) -> go.Figure:
    rows = list(zip(labels, ranked, strict=True))
    all_seeds = list(dict.fromkeys(seed for candidate in ranked for seed in candidate.scores))
    series = [
        (
            f"seed {seed}",
            [(c.scores[seed], label) for label, c in rows if seed in c.scores],
            mark(SERIES[index % 5], SYMBOLS[index % 5], 10),
        )
        for index, seed in enumerate(all_seeds)
    ]
    traces = [
        go.Scatter(
            x=[score for score, _ in points],
            y=[label for _, label in points],
            mode="markers",
            marker=marker,
            name=name,
        )
        for name, points, marker in series
    ]
    expected = [(c, label) for label, c in rows if c.expected is not None]
    if expected:
        traces.append(
            go.Scatter(
                x=[c.expected for c, _ in expected],
                y=[label for _, label in expected],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [(c.high or 0) - (c.expected or 0) for c, _ in expected],
                    "arrayminus": [(c.expected or 0) - (c.low or 0) for c, _ in expected],
                },
                mode="markers",
                marker=mark(INK, "line-ns-open", 22, line={"color": INK, "width": 3}),
                name="expected score, 90 % interval",
            )
        )
    x = f"{proof.metric} on validation"
    plot = themed(traces, x, "configuration", height=170 + 40 * len(ranked))
    return plot.update_yaxes(categoryorder="array", categoryarray=labels[::-1])


def _runs(ranked: Sequence[Candidate], labels: Sequence[str]) -> Table:
    all_seeds = list(dict.fromkeys(seed for candidate in ranked for seed in candidate.scores))
    rows = tuple(
        (
            label,
            *(number_text(c.scores[s]) if s in c.scores else "" for s in all_seeds),
            format_mean_std(list(c.scores.values())),
            ""
            if c.expected is None
            else f"{c.expected:.2f} ({c.low or 0:.2f} to {c.high or 0:.2f})",
            f"{c.search_score:.2f} at step {c.search_step:,}",
        )
        for label, c in zip(labels, ranked, strict=True)
    )
    header = (
        "configuration",
        *(f"seed {seed}" for seed in all_seeds),
        "mean ± standard deviation",
        "expected score (90 % interval)",
        "seed of the search",
    )
    return Table("Scores on validation", header, rows)


def _comparisons(proof: ProofRecord) -> Table:
    rows = tuple(
        (
            f"{comparison.against}, trial {comparison.trial}",
            str(comparison.n_seeds),
            f"{comparison.difference:+.2f}",
            "" if comparison.low is None else f"{comparison.low:+.2f} to {comparison.high:+.2f}",
            "" if comparison.probability is None else format_probability(comparison.probability),
            "< 0.001" if comparison.p_value < 0.001 else f"{comparison.p_value:.3f}",
            "proven" if comparison.proven else "not proven",
        )
        for comparison in proof.comparisons
    )
    header = (
        "winner against",
        "seeds",
        "difference",
        f"{proof.confidence:.0%} interval",
        "probability that it is better",
        "corrected p-value",
        "verdict",
    )
    return Table("Differences on the same new seeds", header, rows)
