"""Whether a result can be believed: seeds, the search's optimism, what differences are worth."""

from collections.abc import Iterator

import plotly.graph_objects as go

from xlt.search.evidence.record import Candidate, Confirmation
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.report.drawing import FAINT, INK, ORANGE, SERIES, SYMBOLS, figure, mark, number
from xlt.search.report.facts import Facts
from xlt.search.report.parts import Part, Picture
from xlt.search.tables import Table


def trust(facts: Facts) -> Iterator[Part]:
    """Nothing until it was decided who won."""
    found = facts.confirmation
    if found is None:
        return
    if not found.confirmed:
        yield Part(
            "seeds",
            "The winner was not confirmed: it leads by one run on the seed it was chosen on",
            f"{_why_not(found)}. The best of many noisy scores is too good to be true: take its score for less.",
        )
        return
    yield _seeds(facts, found)


def _why_not(found: Confirmation) -> str:
    if found.left_out:
        return f"There was no time for {len(found.left_out)} of the runs on new seeds"
    if not found.seeds:
        return "No runs on new seeds were asked for"
    lost = len(found.seeds) - len(found.candidate(found.winner).scores(found.seeds))
    return f"{lost} of its {len(found.seeds)} runs on new seeds came to nothing"


def _seeds(facts: Facts, found: Confirmation) -> Part:
    shown = [found.candidate(trial) for trial in found.ranking]
    labels = [_name(found, each) for each in shown]
    traces = []
    for place, seed in enumerate(found.seeds):
        points = [
            (label, run.score)
            for label, each in zip(labels, shown, strict=True)
            for run in each.runs_on([seed])
            if run.score is not None
        ]
        marker = mark(SERIES[place % 5], SYMBOLS[place % 5], 10)
        traces.append(
            go.Scatter(
                x=[score for _, score in points],
                y=[label for label, _ in points],
                mode="markers",
                marker=marker,
                name=f"seed {seed}",
            )
        )
    means = [
        (label, each.mean)
        for label, each in zip(labels, shown, strict=True)
        if each.mean is not None
    ]
    traces.append(
        go.Scatter(
            x=[mean for _, mean in means],
            y=[label for label, _ in means],
            mode="markers",
            marker=mark(INK, "line-ns-open", 22, line={"color": INK, "width": 3}),
            name="mean",
        )
    )
    own = [
        (label, each.search_score)
        for label, each in zip(labels, shown, strict=True)
        if each.search_step == found.step
    ]
    if own:
        traces.append(
            go.Scatter(
                x=[score for _, score in own],
                y=[label for label, _ in own],
                mode="markers",
                marker=mark(ORANGE, "diamond-open", 12, line={"color": ORANGE, "width": 2}),
                name="the search's own",
            )
        )
    x = f"{found.measure} on validation"
    drawn = figure(traces, x, "configuration", height=170 + 40 * len(shown))
    drawn.update_yaxes(categoryorder="array", categoryarray=labels[::-1])
    drawn.update_xaxes(linecolor=FAINT)
    return Part(
        "seeds",
        _verdict(found),
        "Each mark is one training to the end on a seed that the search did not use. These seeds chose "
        "the winner among the configurations shown, so its mean is slightly too high. Two or three "
        "seeds tell luck from merit only roughly.",
        (Picture(drawn),),
        (_runs(found, shown, labels), _comparisons(found)),
    )


def _name(found: Confirmation, each: Candidate) -> str:
    role = "winner" if each.trial == found.winner else "baseline" if each.baseline else ""
    return f"trial {each.trial}{f' ({role})' * bool(role)}"


def _verdict(found: Confirmation) -> str:
    against = {each.against: each for each in found.comparisons}
    baseline = against.get("baseline")
    winner = found.candidate(found.winner)
    if winner.baseline:
        return (
            f"Nothing that was found is better than the baseline on {len(found.seeds)} fresh seeds"
        )
    if baseline is None:
        return f"Confirmed on {len(found.seeds)} fresh seeds: {format_mean_std(winner.scores(found.seeds))}"
    better = "is really better" if baseline.significant else "is not shown to be better"
    title = f"The winner {better} than the baseline: {baseline.difference:+.2f} {found.measure}"
    rival = against.get("runner-up")
    if rival is not None:
        title += f"; its lead over the second, {rival.difference:+.2f}, "
        title += "is real" if rival.significant else "may be luck"
    return title


def _runs(found: Confirmation, shown: list[Candidate], labels: list[str]) -> Table:
    rows = []
    for label, each in zip(labels, shown, strict=True):
        scores = {run.seed: run for run in each.runs}
        cells = [
            number(run.score) if (run := scores.get(seed)) and run.score is not None else "none"
            for seed in found.seeds
        ]
        rows.append(
            (
                label,
                *cells,
                format_mean_std(each.scores(found.seeds)) if each.mean is not None else "",
                f"{each.search_score:.2f} at step {each.search_step:,}",
                "" if each.optimism is None else f"{each.optimism:+.2f}",
            )
        )
    header = (
        "configuration",
        *(f"seed {seed}" for seed in found.seeds),
        "mean ± deviation",
        "search's own",
        "less the mean",
    )
    return Table(f"{found.measure} on validation, step {found.step:,}", header, tuple(rows))


def _comparisons(found: Confirmation) -> Table:
    rows = tuple(
        (
            f"{each.against}, trial {each.trial}",
            f"{each.difference:+.2f}",
            "" if each.low is None else f"{each.low:+.2f} to {each.high:+.2f}",
            ", ".join(f"p = {seed.p_value:.3f}" for seed in each.sentences),
            each.verdict,
        )
        for each in found.comparisons
    )
    header = ("winner against", "difference", "interval over seeds", "over sentences", "verdict")
    return Table("Differences", header, rows)
