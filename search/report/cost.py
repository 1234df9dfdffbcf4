"""What a search cost, and what was saved."""

from collections.abc import Iterator

import plotly.graph_objects as go

from xlt.objectives.tasks import TASKS
from xlt.search.report.drawing import BLUE, FAINT, ORANGE, OUTSIDE, SKY, figure
from xlt.search.report.facts import Facts
from xlt.search.report.parts import Part, Picture
from xlt.search.tables import Table
from xlt.studies.durations import format_duration

# Leaves room beside bars for what is written there.
WIDER = 1.4


def cost(facts: Facts) -> Iterator[Part]:
    """Nothing until something was trained."""
    if facts.asked:
        yield _steps(facts)


def _steps(facts: Facts) -> Part:
    whole = len(facts.tried) * facts.study.steps
    bars = {
        "full runs": (whole, FAINT),
        "asked for": (facts.asked, SKY),
        "trained": (facts.trained, BLUE),
    }
    trace = go.Bar(
        x=[steps for steps, _ in bars.values()],
        y=list(bars),
        orientation="h",
        marker={"color": [color for _, color in bars.values()]},
        text=[f"{steps:,}" for steps, _ in bars.values()],
        **OUTSIDE,
    )
    drawn = figure([trace], "steps", "", height=220, legend=False)
    drawn.update_xaxes(range=[0, WIDER * whole])
    drawn.update_yaxes(autorange="reversed", title_text="way")
    share = facts.trained / whole
    title = (
        f"{len(facts.tried)} configurations took {share:.0%} of the steps that full runs would have"
    )
    if facts.study.budget.seconds is not None and facts.spent is not None:
        kept = "kept" if facts.spent <= facts.study.budget.seconds else "not kept"
        used, given = format_duration(facts.spent), format_duration(facts.study.budget.seconds)
        title += f"; deadline {kept}: {used} of {given}"
    parts = _parts(facts)
    pie = go.Bar(
        x=[seconds / 60 for seconds in parts.values()],
        y=list(parts),
        orientation="h",
        marker={"color": ORANGE},
        text=[format_duration(seconds) for seconds in parts.values()],
        **OUTSIDE,
    )
    times = figure([pie], "minutes of one core", "", height=90 + 34 * len(parts), legend=False)
    times.update_xaxes(range=[0, WIDER * max(parts.values(), default=60.0) / 60])
    times.update_yaxes(autorange="reversed", title_text="part")
    note = (
        "Full runs: all of them trained to the end. Asked for: every configuration up to where it came. "
        "Trained: what of that was left to do, as configurations share their first stage."
    )
    lost = sum(each.lost for each in facts.tried)
    if lost:
        note += (
            f" {lost} configurations diverged or failed; what they took is not among the seconds."
        )
    rows = [(name, f"{steps:,}", f"{steps / whole:.0%}") for name, (steps, _) in bars.items()]
    spent = [(name, format_duration(seconds)) for name, seconds in parts.items()]
    spent.append(("searching, by the clock", format_duration(60 * facts.minutes)))
    return Part(
        "cost",
        title,
        note,
        (Picture(drawn, "Steps"), Picture(times, "Time by part, of the search")),
        (
            Table("Steps", ("way", "steps", "share"), tuple(rows)),
            Table("Time by part, of the search", ("part", "time"), tuple(spent)),
        ),
    )


def _parts(facts: Facts) -> dict[str, float]:
    """Seconds by part; of what configurations share, those of the one that went furthest."""
    alike = next(iter(TASKS[facts.study.task].shared_prefixes.items()), None)
    shared = f"stage_{alike[0].lower()}" if alike else ""
    total: dict[str, float] = {}
    longest: dict[tuple[object, ...], float] = {}
    for each in facts.tried:
        for part, seconds in each.seconds.items():
            if alike and part == shared:
                path = tuple(each.configuration.get(name) for name in alike[1])
                longest[path] = max(longest.get(path, 0.0), seconds)
            else:
                total[part] = total.get(part, 0.0) + seconds
    if longest:
        total = {shared: sum(longest.values()), **total}
    return {part.replace("_", " "): seconds for part, seconds in total.items() if seconds}
