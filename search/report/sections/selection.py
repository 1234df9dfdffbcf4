"""What the number of configurations bought: the expected best, and what luck alone explains."""

from collections.abc import Iterator, Sequence
from statistics import fmean

import numpy as np
import plotly.graph_objects as go

from xlt.search.evidence.expected_best import best_by_luck, expected_best, seed_deviation
from xlt.search.report.facts import Facts
from xlt.search.report.section import (
    BLUE,
    GRID,
    ORANGE,
    SKY,
    STUDY_SECTIONS,
    Figure,
    Section,
    mark,
    number_text,
    themed,
)
from xlt.search.tables import Table


@STUDY_SECTIONS(22)
def expected(facts: Facts) -> Iterator[Section]:
    """The expected best score by the number of configurations."""
    scored = facts.compared
    if len(scored) < 2:
        return
    total, metric, step = len(facts.configs), scored[0][1].metric, facts.compared_step
    scores = [score.score for _, score in scored]
    # A configuration that was stopped before this step was worse than others at an earlier one.
    scores += [min(scores)] * (total - len(scores))
    counts = sorted({1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, max(1, total // 2), total})
    counts = [count for count in counts if count <= total]
    bests = {count: expected_best(scores, count) for count in range(1, total + 1)}
    half, (mean, _), (whole, _) = max(1, total // 2), bests[max(1, total // 2)], bests[total]
    rows = tuple(
        (
            str(count),
            f"{count * facts.minutes / total:.1f}",
            number_text(bests[count][0]),
            number_text(bests[count][1]),
        )
        for count in counts
    )
    header = ("configurations", "minutes", f"expected best {metric}", "standard deviation")
    yield Section(
        "expected",
        f"Expected best {metric} at step {step:,}: {number_text(mean)} with {half} configurations, "
        f"{number_text(whole)} with {total}",
        "The expected validation score of Dodge et al. (2019), and one standard deviation, from the "
        "scores of this study on one seed. It assumes that configurations are tried in random order; a sampler that "
        "learns may need fewer. Configurations that were stopped before this step count as the worst "
        "score there.",
        (Figure(_expected_plot(facts, bests)),),
        (Table(f"Expected best {metric} at step {step:,}", header, rows),),
        in_dashboard=True,
    )


def _expected_plot(facts: Facts, bests: dict[int, tuple[float, float]]) -> go.Figure:
    scores = [score.score for _, score in facts.compared]
    counts, total = list(bests), len(bests)
    # No best score is outside of the scores.
    low = [max(min(scores), mean - spread) for mean, spread in bests.values()]
    high = [min(max(scores), mean + spread) for mean, spread in bests.values()]
    band = go.Scatter(
        x=[*counts, *counts[::-1]],
        y=[*high, *low[::-1]],
        fill="toself",
        fillcolor=GRID,
        mode="none",
        name="± standard deviation",
        hoverinfo="skip",
    )
    line = go.Scatter(
        x=counts,
        y=[mean for mean, _ in bests.values()],
        mode="lines",
        line={"color": BLUE, "width": 3},
        name="expected best",
        hovertemplate="%{x} configurations: %{y:.2f}<extra></extra>",
    )
    each = f"{60 * facts.minutes / total:.2g} s each"
    y = f"{facts.compared[0][1].metric} at step {facts.compared_step:,}"
    return themed([band, line], f"configurations ({each})", y, height=320)


@STUDY_SECTIONS(24)
def luck(facts: Facts) -> Iterator[Section]:
    """The best score of the search beside the best of as many equal configurations."""
    proof = facts.proof
    if proof is None or len(facts.compared) < 2:
        return
    metric, step, count = facts.compared[0][1].metric, facts.compared_step, len(facts.compared)
    deviation = seed_deviation([list(c.scores.values()) for c in proof.candidates])
    if not deviation or metric != proof.metric:
        return
    scores = [score.score for _, score in facts.compared]
    lead, bound = (fmean(scores) + gain for gain in best_by_luck(count, deviation))
    verdict = "is more than luck" if scores[0] > bound else "may be luck"
    quantities = {
        f"mean of {count} configurations": fmean(scores),
        "best by luck, expected": lead,
        "best by luck, exceeded in 5 % of searches": bound,
        "best of the search": scores[0],
        "standard deviation over seeds": deviation,
    }
    rows = tuple((name, number_text(value)) for name, value in quantities.items())
    yield Section(
        "luck",
        f"The lead of the best of {count} {verdict}: {number_text(scores[0])} {metric}, where the best "
        f"of {count} equal configurations has {number_text(lead)} by luck",
        f"The curve: the best of {count} configurations that are all equally good, so that their "
        f"scores differ by the seed alone. It exceeds {number_text(bound)} in 5 % of such searches. The standard deviation over seeds, "
        f"{number_text(deviation)}, is that of the full runs on new seeds. Marks: the scores of the "
        f"search at step {step:,}. Configurations that were stopped before this step have no mark.",
        (Figure(_luck_plot(facts, scores, deviation)),),
        (Table(f"{metric} on validation, step {step:,}", ("quantity", "score"), rows),),
        in_dashboard=True,
    )


def _luck_plot(facts: Facts, scores: Sequence[float], deviation: float) -> go.Figure:
    # Imported here because it takes half a second, and few commands need it.
    from scipy.special import ndtr

    leads = np.linspace(-2, 5, 200)
    # The density of the maximum of normal numbers; its height has no unit here.
    density = np.exp(-(leads**2) / 2) * ndtr(leads) ** (len(scores) - 1)
    curve = go.Scatter(
        x=fmean(scores) + deviation * leads,
        y=density / density.max(),
        mode="lines",
        fill="tozeroy",
        fillcolor=GRID,
        line={"color": ORANGE, "width": 2},
        name="best by luck alone",
        hoverinfo="skip",
    )
    marks = [
        go.Scatter(
            x=shown,
            y=[-0.25] * len(shown),
            mode="markers",
            name=name,
            marker=marker,
            hovertemplate="%{x:.2f}<extra></extra>",
        )
        for name, shown, marker in (
            ("configurations", scores, mark(SKY, size=8)),
            ("best of the search", scores[:1], mark(BLUE, "diamond", 12)),
        )
    ]
    x = f"{facts.compared[0][1].metric} at step {facts.compared_step:,}"
    plot = themed([curve, *marks], x, height=260)
    return plot.update_yaxes(showticklabels=False, showgrid=False, range=[-0.5, 1.1])
