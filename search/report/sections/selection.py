"""What the number of configurations bought: the expected best, and what luck alone explains."""

from collections.abc import Iterator, Sequence

import numpy as np
import plotly.graph_objects as go

from xlt.search.evidence.expected_best import best_by_luck, expected_best, seed_deviation
from xlt.search.report.facts import Facts
from xlt.search.report.section import (
    BASELINE,
    BLUE,
    FAINT,
    GRID,
    INK,
    ORANGE,
    SKY,
    STUDY_SECTIONS,
    WINNER,
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
        "scores of this study on one seed. It takes configurations in random order; a sampler that "
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
    """The best score of the search beside the best of so many equal configurations."""
    candidates = facts.confirmation.candidates if facts.confirmation else []
    samples = [[run.score for run in c.runs if run.score is not None] for c in candidates]
    deviation, step = seed_deviation(samples), facts.compared_step
    start = facts.baseline.score_at(step) if facts.baseline else None
    same = facts.confirmation is not None and start and start.metric == facts.confirmation.metric
    if not deviation or start is None or not same or len(facts.compared) < 2:
        return
    count, metric = len(facts.ranked), start.metric
    lead, bound = (start.score + luck for luck in best_by_luck(count, deviation))
    best = facts.compared[0][1].score
    verdict = "more" if best > bound else "no more"
    rows = (
        ("baseline", number_text(start.score)),
        (f"best of {count} by luck, expected", number_text(lead)),
        (f"best of {count} by luck, exceeded by 5 %", number_text(bound)),
        ("best of the search", number_text(best)),
        ("standard deviation over seeds", number_text(deviation)),
    )
    yield Section(
        "luck",
        f"The best of the search has {number_text(best)} {metric}, {verdict} than luck alone explains "
        f"(up to {number_text(bound)})",
        f"The curve: scores of the best of {count} configurations that are all as good as the "
        "baseline and differ by their seeds only. The seeds' standard deviation is that of the full "
        f"runs on new seeds, {number_text(deviation)}. Marks: the search's scores at step {step:,}, on "
        "one seed.",
        (Figure(_luck_plot(facts, start.score, count, deviation, (lead, bound))),),
        (Table(f"{metric} on validation, step {step:,}", ("quantity", "score"), rows),),
        in_dashboard=True,
    )


def _luck_plot(
    facts: Facts, baseline: float, count: int, deviation: float, floor: Sequence[float]
) -> go.Figure:
    lead, bound = floor
    leads = np.linspace(-2, 5, 200)
    # The density of the maximum of n normal numbers; its height has no unit here.
    from scipy.special import ndtr

    density = np.exp(-(leads**2) / 2) * ndtr(leads) ** (count - 1)
    curve = go.Scatter(
        x=baseline + deviation * leads,
        y=density / density.max(),
        mode="lines",
        fill="tozeroy",
        fillcolor=GRID,
        line={"color": ORANGE, "width": 2},
        name=f"best of {count} by luck",
        hoverinfo="skip",
    )
    series = [
        ("configurations", [s.score for c, s in facts.compared], mark(SKY, size=8)),
        ("baseline", [baseline], BASELINE),
        ("best of the search", [facts.compared[0][1].score], WINNER),
    ]
    marks = [
        go.Scatter(
            x=scores,
            y=[-0.25] * len(scores),
            mode="markers",
            name=name,
            marker=marker,
            hovertemplate="%{x:.2f}<extra></extra>",
        )
        for name, scores, marker in series
    ]
    x = f"{facts.compared[0][1].metric} on validation at step {facts.compared_step:,}"
    plot = themed([curve, *marks], x, height=260)
    plot.update_yaxes(showticklabels=False, showgrid=False, range=[-0.5, 1.1])
    line = {"color": INK, "width": 1, "dash": "dot"}
    return plot.add_vline(x=lead, line=line).add_vline(x=bound, line=line | {"color": FAINT})
