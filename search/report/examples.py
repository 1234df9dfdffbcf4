"""What a model wrote: forgetting, translations beside their references, entities marked."""

import re
from collections.abc import Iterator, Mapping
from statistics import fmean

import plotly.graph_objects as go

from xlt.search.report.drawing import FAINT, RED, SKY, figure, mark, number
from xlt.search.report.facts import Example, Facts
from xlt.search.report.human_ratings import QUESTIONS
from xlt.search.report.parts import Part, Picture, Piece, Sample
from xlt.search.tables import Table

# What a league run's metrics call its score before Stage B, and after it.
BEFORE, AFTER = "league_bleu_after_a", "league_bleu"
# Stands for an output without a word.
NOTHING = "(nothing)"
# Runs whose forgetting is shown.
MOST = 20
MARKED = (
    "Entities are marked with their type; a wavy underline marks one that the other line lacks."
)
# As NER's examples write an entity; a star where the other line has it not.
_ENTITY = re.compile(r"\[(\*?)([^\[\]]+) ([A-Z]+)\]")


def examples(facts: Facts) -> Iterator[Part]:
    """Nothing without a winner."""
    if facts.winner is None:
        return
    yield from _forgetting(facts)
    yield from _handed_over(facts)
    yield from _samples(facts)


def _forgetting(facts: Facts) -> Iterator[Part]:
    """Captions are learned first and scored; talks are learned after them."""
    found = [
        (f"trial {each.trial}", metrics)
        for each in facts.ranked
        if each.last and (metrics := _both(each.last.metrics))
    ][:MOST]
    ends = [] if facts.final is None else facts.final["validation"][-1:]
    found = [("the final", final) for end in ends if (final := _both(end["metrics"]))] + found
    if not found:
        return
    names = [name for name, _ in found]
    lines: list[float | None] = [end for _, pair in found for end in (*pair, None)]
    rungs: list[str | None] = [end for name in names for end in (name, name, None)]
    traces = [
        go.Scatter(
            x=lines,
            y=rungs,
            mode="lines",
            line={"color": FAINT, "width": 2},
            showlegend=False,
            hoverinfo="skip",
        ),
        *(
            go.Scatter(
                x=[pair[end] for _, pair in found],
                y=names,
                mode="markers",
                name=what,
                marker=marker,
            )
            for end, (what, marker) in enumerate(
                (
                    ("after Stage A", mark(SKY, "circle", 12)),
                    ("after Stage B", mark(RED, "square", 12)),
                )
            )
        ),
    ]
    drawn = figure(traces, "BLEU on captions, validation", "run", height=150 + 28 * len(found))
    drawn.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    change = found[0][1][1] - found[0][1][0]
    title = (
        f"Learning talks cost {found[0][0]} {-change:.2f} BLEU on captions"
        if change < 0
        else f"Learning talks brought {found[0][0]} {change:.2f} BLEU on captions"
    )
    rows = tuple(
        (name, number(before), number(after), f"{after - before:+.2f}")
        for name, (before, after) in found
    )
    yield Part(
        "forgetting",
        title,
        "Stage A learns captions, Stage B talks, and the league scores captions alone. Runs that came to "
        "the end of Stage B.",
        (Picture(drawn),),
        (Table("BLEU on captions", ("run", "after A", "after B", "change"), rows),),
    )


def _both(metrics: Mapping[str, float]) -> tuple[float, float] | None:
    """After Stage A and after Stage B; none where they are of other numbers of beams."""
    return (metrics[BEFORE], metrics[AFTER]) if "forgetting" in metrics else None


def _handed_over(facts: Facts) -> Iterator[Part]:
    """What the final's model made of test sentences: of NER, some that it got wrong."""
    found: list[Example] = [] if facts.final is None else facts.final.get("examples", [])
    if not found:
        return
    assert facts.final is not None
    note = f"By the model that is handed over, at step {facts.final['test']['step']:,}."
    if facts.study.task == "ner":
        title = f"Test sentences that the final model gets wrong: {len(found)} of them"
        note += f" {MARKED}"
    else:
        alike = sum(each["hypothesis"] == each["reference"] for each in found)
        title = f"{alike} of {len(found)} test sentences shown are the reference, word for word"
    samples = [_sample(each, None, "final") for each in found]
    yield Part("handed-over", title, note, samples=samples)


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
        note += f" {MARKED}"
    else:
        title = f"{alike} of {count} translations shown are the reference, word for word"
    yield Part("samples", title, note, tables=list(_rated(facts)), samples=samples)


def _rated(facts: Facts) -> Iterator[Table]:
    """What people said in the dashboard, if anybody did."""
    if not facts.ratings:
        return
    rows = [
        (
            f"trial {trial}",
            str(len(answers)),
            *(f"{fmean(each):.0%}" for each in zip(*answers, strict=True)),
        )
        for trial, answers in sorted(facts.ratings.items())
    ]
    header = ("rated", "answers", *QUESTIONS)
    yield Table("What people say of the translations, from 0 % to 100 %", header, tuple(rows))


def _sample(mine: Example, theirs: Example | None, who: str = "winner") -> Sample:
    lines = []
    if not _ENTITY.search(mine["reference"]) and mine["source"] != mine["reference"]:
        lines.append(("source", pieces(mine["source"])))
    lines.append(("expected", pieces(mine["reference"])))
    if theirs is not None:
        lines.append(("baseline", pieces(theirs["hypothesis"] or NOTHING)))
    lines.append((who, pieces(mine["hypothesis"] or NOTHING)))
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
