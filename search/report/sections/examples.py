"""Outputs of the models: forgetting, and test and validation sentences with marked entities."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

import plotly.graph_objects as go

from xlt.objectives.tasks import TASKS
from xlt.search.report.facts import Example, Facts
from xlt.search.report.human_ratings import QUESTIONS
from xlt.search.report.section import (
    FAINT,
    RED,
    SKY,
    STUDY_SECTIONS,
    AnnotatedExample,
    Figure,
    Section,
    Span,
    mark,
    number_text,
    themed,
)
from xlt.search.tables import Table

# Metrics of a league run: its score before Stage B, and after it.
BEFORE, AFTER = "league_bleu_after_a", "league_bleu"
# Runs in the figure of forgetting.
MAX_RUNS = 20
# Configurations whose outputs are shown: a step with fewer is used only if no step has so many.
MIN_COMPARED, MAX_COMPARED = 4, 5
MARKS = "Entities show their type. A wavy underline marks an entity that the other line lacks."
# An entity in the examples of NER. A star means that the other line lacks it.
_ENTITY = re.compile(r"\[(\*?)([^\[\]]+) ([A-Z]+)\]")


@STUDY_SECTIONS(90)
def forgetting(facts: Facts) -> Iterator[Section]:
    """BLEU on captions before and after Stage B, which trains on talks."""
    if facts.winner is None:
        return
    runs = [
        (f"trial {config.trial}", ends)
        for config in facts.ranked
        if config.last_score and (ends := _before_after(config.last_score.metrics))
    ][:MAX_RUNS]
    if facts.final is not None and (
        ends := _before_after(facts.final["validation"][-1]["metrics"])
    ):
        runs.insert(0, ("final run", ends))
    if not runs:
        return
    name, (before, after) = runs[0]
    rows = tuple(
        (name, number_text(before), number_text(after), f"{after - before:+.2f}")
        for name, (before, after) in runs
    )
    yield Section(
        "forgetting",
        f"BLEU on captions: {after - before:+.2f} while {name} learned talks in Stage B",
        "Stage A learns captions and Stage B learns talks. The league scores captions only. Shown "
        "are runs that completed Stage B.",
        (Figure(_forgetting_plot(runs)),),
        (Table("BLEU on captions", ("run", "after Stage A", "after Stage B", "change"), rows),),
        in_dashboard=True,
    )


def _before_after(metrics: Mapping[str, float]) -> tuple[float, float] | None:
    """BLEU after Stage A and after Stage B; None if they were decoded with different beams."""
    return (metrics[BEFORE], metrics[AFTER]) if "forgetting" in metrics else None


def _forgetting_plot(runs: list[tuple[str, tuple[float, float]]]) -> go.Figure:
    names = [name for name, _ in runs]
    lines = go.Scatter(
        x=[score for _, ends in runs for score in (*ends, None)],
        y=[label for name in names for label in (name, name, None)],
        mode="lines",
        line={"color": FAINT, "width": 2},
        showlegend=False,
        hoverinfo="skip",
    )
    marks = [
        go.Scatter(x=scores, y=names, mode="markers", name=name, marker=marker)
        for scores, name, marker in zip(
            zip(*(ends for _, ends in runs), strict=True),
            ("after Stage A", "after Stage B"),
            (mark(SKY, "circle", 12), mark(RED, "square", 12)),
            strict=True,
        )
    ]
    height = 150 + 28 * len(runs)
    plot = themed([lines, *marks], "BLEU on captions, validation", "run", height=height)
    return plot.update_yaxes(categoryorder="array", categoryarray=names[::-1])


@STUDY_SECTIONS(4)
def tagged_samples(facts: Facts) -> Iterator[Section]:
    """Errors of the final model in marking entities."""
    if TASKS[facts.study.task].examples == "tags":
        yield from final_samples(facts)


@STUDY_SECTIONS(100)
def translated_samples(facts: Facts) -> Iterator[Section]:
    """Translations of the final model."""
    if TASKS[facts.study.task].examples == "texts":
        yield from final_samples(facts)


def final_samples(facts: Facts) -> Iterator[Section]:
    """Outputs of the final model; for NER, some of its errors."""
    final = facts.final or {}
    examples: list[Example] = final.get("examples", [])
    if facts.winner is None or not examples:
        return
    note = f"Outputs of the exported model, at step {final['test']['step']:,}."
    title = f"{_exact(examples)} test translations shown equal the reference"
    if TASKS[facts.study.task].examples == "tags":
        title = f"Test sentences with errors of the final model: {len(examples)}"
        note += f" {MARKS}"
    samples = [_sample(example, {"final": example}) for example in examples]
    yield Section("test-sentences", title, note, samples=samples)


@STUDY_SECTIONS(110)
def validation_samples(facts: Facts) -> Iterator[Section]:
    """Outputs of several configurations on validation sentences, all at the same step."""
    configs = [config for config in facts.ranked if config.examples_by_step]
    configs.sort(key=lambda config: (config is not facts.winner, config is not facts.baseline))
    counts = Counter(step for config in configs for step in config.examples_by_step)
    if not counts:
        return
    step = max(counts, key=lambda step: (min(counts[step], MIN_COMPARED), step))
    shown: dict[str, dict[str, Example]] = {}
    for config in configs:
        if len(shown) < MAX_COMPARED and (outputs := config.examples_by_step.get(step)):
            roles = {"winner": facts.winner, "baseline": facts.baseline}
            role = next((role for role, special in roles.items() if config is special), "")
            shown[role or f"trial {config.trial}"] = {
                example["source"]: example for example in outputs
            }
    leader, first = next(iter(shown.items()))
    examples = list(first.values())
    leader = f"the {leader}" if leader in ("winner", "baseline") else leader
    note = (
        f"Validation sentences. All outputs are from step {step:,}, so that they can be compared."
    )
    title = f"{_exact(examples)} validation translations of {leader} equal the reference"
    if TASKS[facts.study.task].examples == "tags":
        title = f"{_exact(examples)} validation sentences of {leader} have correct entities only"
        note += (
            " Entities show their type. A wavy underline marks an entity that the expected line lacks; "
            f"in the expected line, one that {leader} lacks."
        )
    samples = [
        _sample(example, {name: outputs.get(source) for name, outputs in shown.items()})
        for source, example in first.items()
    ]
    yield Section(
        "validation-sentences", title, note, tables=list(_ratings(facts)), samples=samples
    )


def _exact(examples: Sequence[Example]) -> str:
    exact = sum(example["hypothesis"] == example["reference"] for example in examples)
    return f"{exact} of {len(examples)}"


def _ratings(facts: Facts) -> Iterator[Table]:
    if not facts.ratings:
        return
    rows = [
        (
            f"trial {trial}",
            str(len(answers)),
            *(f"{fmean(values):.0%}" for values in zip(*answers, strict=True)),
        )
        for trial, answers in sorted(facts.ratings.items())
    ]
    title = "Ratings of the translations by people, from 0 % to 100 %"
    yield Table(title, ("rated", "answers", *QUESTIONS), tuple(rows))


def _sample(example: Example, outputs: Mapping[str, Example | None]) -> AnnotatedExample:
    texts = {"source": example["source"], "expected": example["reference"]}
    if _ENTITY.search(example["reference"]) or example["source"] == example["reference"]:
        del texts["source"]
    for name, output in outputs.items():
        if output is not None:
            texts[name] = output["hypothesis"] or "(nothing)"
    return AnnotatedExample([(name, spans(text)) for name, text in texts.items()])


def spans(text: str) -> list[Span]:
    """Split a sentence at its marked entities."""
    parts, end = [], 0
    for entity in _ENTITY.finditer(text):
        parts.append(Span(text[end : entity.start()]))
        parts.append(Span(entity[2], entity[3], wrong=bool(entity[1])))
        end = entity.end()
    parts.append(Span(text[end:]))
    return [span for span in parts if span.text]
