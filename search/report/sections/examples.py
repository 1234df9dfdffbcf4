"""Outputs of the models: test and validation sentences with marked entities."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from xlt.objectives.tasks import TASKS
from xlt.search.report.facts import Example, Facts
from xlt.search.report.human_ratings import QUESTIONS
from xlt.search.report.section import (
    STUDY_SECTIONS,
    AnnotatedExample,
    Section,
    Span,
)
from xlt.search.tables import Table

# Configurations whose outputs are shown: a step with fewer is used only if no step has so many.
MIN_COMPARED, MAX_COMPARED = 4, 5
MARKS = "Entities show their type. A wavy underline marks an entity that the other line lacks."
# An entity in the examples of NER. A star means that the other line lacks it.
_ENTITY = re.compile(r"\[(\*?)([^\[\]]+) ([A-Z]+)\]")


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
