"""What a model wrote: forgetting, translations beside their references, entities marked."""

import re
from collections.abc import Iterator

import plotly.graph_objects as go

from xlt.search.report.drawing import BASELINE, FAINT, SKY, WINNER, figure, mark, number
from xlt.search.report.facts import Example, Facts, Tried
from xlt.search.report.parts import Part, Picture, Piece, Sample
from xlt.search.tables import Table

# What a league run's metrics call its score before Stage B, and after it.
BEFORE, AFTER = "league_bleu_after_a", "league_bleu"
# As NER's examples write an entity; a star where the other line has it not.
_ENTITY = re.compile(r"\[(\*?)([^\[\]]+) ([A-Z]+)\]")


def examples(facts: Facts) -> Iterator[Part]:
    """Nothing without a winner."""
    if facts.winner is None:
        return
    yield from _forgetting(facts)
    yield from _samples(facts)


def _forgetting(facts: Facts) -> Iterator[Part]:
    """Captions are learned first and scored; talks are learned after them."""
    found = [(each, metrics) for each in facts.tried if (metrics := _tuned(each))]
    if not found:
        return

    def points(some: list[tuple[Tried, tuple[float, float]]], **more: object) -> go.Scatter:
        return go.Scatter(
            x=[before for _, (before, _) in some],
            y=[after for _, (_, after) in some],
            text=[f"trial {each.trial}" for each, _ in some],
            hovertemplate="%{text}: %{x:.2f} to %{y:.2f}<extra></extra>",
            mode="markers",
            **more,
        )

    ends = [value for _, pair in found for value in pair]
    low, high = min(ends), max(ends)
    traces = [
        go.Scatter(
            x=[low, high],
            y=[low, high],
            mode="lines",
            line={"color": FAINT, "dash": "dash"},
            name="nothing forgotten",
            hoverinfo="skip",
        ),
        points(found, name="configurations", marker=mark(SKY, size=9)),
    ]
    for name, each, marker in (
        ("baseline", facts.baseline, BASELINE),
        ("winner", facts.winner, WINNER),
    ):
        its = [pair for pair in found if pair[0] is each]
        if its:
            traces.append(points(its, name=name, marker=marker))
    drawn = figure(traces, "BLEU on captions after Stage A", "after Stage B")
    final = _final(facts)
    rows = [
        (f"trial {each.trial}", number(before), number(after), f"{after - before:+.2f}")
        for each, (before, after) in sorted(found, key=lambda pair: -pair[1][1])
    ]
    told = final or next((pair for each, pair in found if each is facts.winner), None)
    if final:
        before, after = final
        rows.insert(0, ("the final", number(before), number(after), f"{after - before:+.2f}"))
    title = "What Stage B, on talks, did to the captions of Stage A"
    if told:
        change = told[1] - told[0]
        title = (
            f"Learning talks cost the winner {-change:.2f} BLEU on captions"
            if change < 0
            else f"Learning talks brought the winner {change:.2f} BLEU on captions"
        )
    yield Part(
        "forgetting",
        title,
        "Below the dashed line more was forgotten than learned. The league scores captions alone.",
        (Picture(drawn),),
        (Table("BLEU on captions", ("run", "after A", "after B", "change"), tuple(rows)),),
    )


def _tuned(each: Tried) -> tuple[float, float] | None:
    metrics = {} if each.last is None or each.lost else each.last.metrics
    return (metrics[BEFORE], metrics[AFTER]) if BEFORE in metrics else None


def _final(facts: Facts) -> tuple[float, float] | None:
    if facts.final is None:
        return None
    metrics = facts.final["validation"][-1]["metrics"]
    return (metrics[BEFORE], metrics[AFTER]) if BEFORE in metrics else None


def _samples(facts: Facts) -> Iterator[Part]:
    assert facts.winner is not None
    theirs: dict[str, Example] = {}
    if facts.baseline is not None and facts.baseline is not facts.winner:
        theirs = {each["source"]: each for each in facts.baseline.examples}
    if not facts.winner.examples:
        return
    at = facts.winner.path[-1].step
    samples = [_sample(each, theirs.get(each["source"])) for each in facts.winner.examples]
    alike = sum(each["hypothesis"] == each["reference"] for each in facts.winner.examples)
    count = len(facts.winner.examples)
    note = f"Validation sentences, the same for all configurations; the winner's at step {at:,}."
    if theirs and facts.baseline is not None and facts.baseline.path:
        note += f" The baseline's are those of step {facts.baseline.path[-1].step:,}."
    if facts.study.task == "ner":
        title = f"{alike} of {count} sentences shown have all entities right"
        note += " Marked are entities with their type; a wavy line: the other line has it not."
    else:
        title = f"{alike} of {count} translations shown are the reference, word for word"
    yield Part("samples", title, note, samples=samples)


def _sample(mine: Example, theirs: Example | None) -> Sample:
    lines = []
    if not _ENTITY.search(mine["reference"]) and mine["source"] != mine["reference"]:
        lines.append(("source", pieces(mine["source"])))
    lines.append(("expected", pieces(mine["reference"])))
    if theirs is not None:
        lines.append(("baseline", pieces(theirs["hypothesis"])))
    lines.append(("winner", pieces(mine["hypothesis"])))
    return Sample(lines)


def pieces(text: str) -> list[Piece]:
    """A sentence cut at its entities, if it has any."""
    found, end = [], 0
    for entity in _ENTITY.finditer(text):
        found.append(Piece(text[end : entity.start()]))
        found.append(Piece(entity[2], entity[3], wrong=bool(entity[1])))
        end = entity.end()
    found.append(Piece(text[end:]))
    return [piece for piece in found if piece.text]
