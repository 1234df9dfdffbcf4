"""The tables of the comparison of strategies: as text for people, as CSV for programs."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xlt.objectives.objective import Evaluation
from xlt.search.evidence.seed_statistics import (
    Crossover,
    find_crossover,
    format_mean_std,
    welch_difference,
)
from xlt.search.results.export import write_file
from xlt.search.tables import Table, format_table
from xlt.search.wording import SYNTHETIC_WARNING

WITHOUT_LEAKS = "without leaked sentences"
# Whom one would choose between.
PAIRS = (
    ("zero-shot", "few-shot"),
    ("zero-shot", "multilingual"),
    ("few-shot", "multilingual"),
    ("multilingual", "full"),
)


@dataclass(frozen=True)
class TestedRun:
    """One run of the comparison."""

    strategy: str
    sentences: int  # trained on, all languages together
    seed: int
    test: Evaluation
    origin: str  # of the configuration, for people
    configuration: str


@dataclass(frozen=True)
class Tables:
    data: Mapping[str, Any]
    shown: tuple[Table, ...]  # what everybody wants to see
    further: tuple[Table, ...]
    crossing: Crossover
    target: str  # the language that few-shot grows in
    diverged: tuple[str, ...]  # runs that came to nothing, and why
    sentences: str  # some that went wrong
    runs: tuple[TestedRun, ...]
    leaks: str = ""  # which test sentences stand in training files; none where there are none
    unseen: tuple[Table, ...] = ()  # as `shown`, without these sentences
    crossing_unseen: Crossover | None = None


def make_tables(
    runs: Sequence[TestedRun],
    data: Mapping[str, Any],
    target: str,
    size: int,
    diverged: Sequence[str] = (),
) -> Tables:
    """`data`: as an objective describes them. `target`: few-shot's language; `size`: with how many
    sentences it is compared, or as many as there are."""
    order = list(dict.fromkeys(name for pair in PAIRS for name in pair))
    runs = sorted(runs, key=lambda run: (order.index(run.strategy), run.sentences, run.seed))
    size = min(size, max(run.sentences for run in runs if run.strategy == "few-shot"))
    compared = _at_size(runs, size)
    made = Tables(
        data=data,
        shown=_shown(runs, target, size, "on test"),
        further=(_compared(compared), _types(compared), _confusions(compared)),
        crossing=_crossover(runs, target),
        target=target,
        diverged=tuple(diverged),
        sentences=_sentences(compared),
        runs=tuple(runs),
    )
    if not data.get("leaked"):
        return made
    unseen = [replace(run, test=replace(run.test, metrics=run.test.unseen)) for run in runs]
    left = target in languages(unseen[0].test)
    return replace(
        made,
        leaks=_leaks(data),
        unseen=_shown(unseen, target, size, f"on test {WITHOUT_LEAKS}"),
        crossing_unseen=_crossover(unseen, target) if left else None,
    )


def _at_size(runs: Sequence[TestedRun], size: int) -> list[TestedRun]:
    """All strategies, few-shot with so many sentences."""
    return [run for run in runs if run.strategy != "few-shot" or run.sentences == size]


def _shown(runs: Sequence[TestedRun], target: str, size: int, where: str) -> tuple[Table, ...]:
    """What everybody wants to see; without the curve if nothing of its language is scored."""
    compared = _at_size(runs, size)
    title = f"F1 {where}, per cent, mean ± standard deviation over seeds"
    shown = (_strategies(title, compared), _differences(compared, where))
    if target not in languages(runs[0].test):
        return shown
    grown = Table(
        f"{title}, on {target}: few-shot, and zero-shot's line at "
        f"{format_mean_std(_sample(runs, 'zero-shot', target))}",
        ("sentences", "seeds", target),
        tuple(
            (f"{number:,}", str(len(sample)), format_mean_std(sample))
            for number, sample in _curve(runs, target).items()
        ),
    )
    return (*shown, grown)


def _curve(runs: Sequence[TestedRun], target: str) -> dict[int, list[float]]:
    """Few-shot's scores by sentences."""
    sizes = sorted({run.sentences for run in runs if run.strategy == "few-shot"})
    return {size: _sample(runs, "few-shot", target, size) for size in sizes}


def _crossover(runs: Sequence[TestedRun], target: str) -> Crossover:
    return find_crossover(_curve(runs, target), _sample(runs, "zero-shot", target))


def _leaks(data: Mapping[str, Any]) -> str:
    counts = ", ".join(
        f"{language} {number:,} of {data['sentences'][f'{language}/test']:,}"
        for language, number in data["leaked"].items()
    )
    return (
        f"Leaked sentences, which stand in the test set and word for word in a training file of any "
        f"language: {counts}. A model that was trained on them may know them by heart. Without them, "
        "all strategies are scored on the same sentences."
    )


def write_report(made: Tables, folder: Path) -> Iterator[Path]:
    """Write everything; which files."""
    head = f"Data: {made.data['description']} (fingerprint {made.data['fingerprint'][:12]})"
    if made.data["synthetic"]:
        head += f"\n\n**{SYNTHETIC_WARNING}**"
    lost = "\n".join(["Left out, as they diverged:", "", *(f"- {run}" for run in made.diverged)])
    crossing = f"few-shot against zero-shot on {made.target}: {made.crossing}"
    parts = [head, *map(format_table, made.shown), crossing, *([lost] * bool(made.diverged))]
    if made.leaks:
        parts += [made.leaks, *map(format_table, made.unseen)]
        if made.crossing_unseen:
            line = f"few-shot against zero-shot on {made.target}, {WITHOUT_LEAKS}: {made.crossing_unseen}"
            parts.append(line)
    text = "\n\n".join([*parts, *map(format_table, made.further), made.sentences])
    yield _written(folder / "transfer.md", text)
    yield _written(folder / "scores.csv", _csv(made.data, _score_rows(made.runs)))
    yield _written(folder / "confusion.csv", _csv(made.data, _confusion_rows(made.runs)))


def _written(path: Path, text: str) -> Path:
    write_file(text, path)
    return path


def _csv(data: Mapping[str, Any], rows: Iterator[Sequence[object]]) -> str:
    """With the data and the encoder in each row, so that no figure loses them."""
    served = data["source"], data["settings"]["encoder"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["data", "encoder", *next(rows)])
    writer.writerows([*served, *row] for row in rows)
    return text.getvalue()


def _score_rows(runs: Sequence[TestedRun]) -> Iterator[Sequence[object]]:
    """Every score of every run, by language and type; "all" is over all types.

    Those that end in "_unseen" are without leaked sentences.
    """
    measures = ("precision", "recall", "f1")
    unseen = (f"{measure}_unseen" for measure in measures)
    yield "strategy", "sentences", "seed", "language", "type", *measures, *unseen
    for run in runs:
        for language in languages(runs[0].test):
            for kind in ("", *(f"_{name}" for name in _kinds(run.test, language))):
                names = [f"{language}_{measure}{kind}" for measure in measures]
                scores = [run.test.metrics[each] for each in names]
                without = [run.test.unseen.get(each, "") for each in names]
                name = kind.removeprefix("_") or "all"
                yield run.strategy, run.sentences, run.seed, language, name, *scores, *without


def _confusion_rows(runs: Sequence[TestedRun]) -> Iterator[Sequence[object]]:
    yield "strategy", "sentences", "seed", "language", "expected", "found", "words"
    for run in runs:
        for name, words in run.test.counts.items():
            language, expected, found = name.split("\t")
            yield run.strategy, run.sentences, run.seed, language, expected, found, words


def _strategies(title: str, runs: Sequence[TestedRun]) -> Table:
    tested = languages(runs[0].test)
    return Table(
        title,
        ("strategy", "sentences", "steps", "seeds", *tested),
        tuple(
            (
                strategy,
                *_circumstances([run for run in runs if run.strategy == strategy]),
                *(format_mean_std(_sample(runs, strategy, language)) for language in tested),
            )
            for strategy in _names(runs)
        ),
    )


def _circumstances(runs: Sequence[TestedRun]) -> tuple[str, str, str]:
    """Sentences trained on, steps, seeds."""
    return f"{runs[0].sentences:,}", f"{runs[0].test.step:,}", str(len(runs))


def _compared(runs: Sequence[TestedRun]) -> Table:
    first = [next(run for run in runs if run.strategy == name) for name in _names(runs)]
    return Table(
        "What was compared",
        ("strategy", "chosen on", "configuration", "which is"),
        tuple(
            (run.strategy, run.test.notes.get("selected_on", ""), run.configuration, run.origin)
            for run in first
        ),
    )


def _differences(runs: Sequence[TestedRun], where: str) -> Table:
    rows = []
    for first, second in PAIRS:
        for language in languages(runs[0].test):
            found = welch_difference(
                _sample(runs, first, language), _sample(runs, second, language)
            )
            known = not math.isnan(found.low)
            interval = f"{found.low:+.2f} to {found.high:+.2f}" if known else ""
            pair = f"{first} -> {second}"
            rows.append((pair, language, f"{found.mean:+.2f}", interval, found.verdict))
    return Table(
        f"Differences of the means {where}, with Welch's 95 % interval over seeds",
        ("strategies", "language", "F1", "interval", "verdict"),
        tuple(rows),
    )


def _types(runs: Sequence[TestedRun]) -> Table:
    rows = []
    for strategy in _names(runs):
        for language in languages(runs[0].test):
            for kind in _common(runs, language):
                scores = (
                    format_mean_std(_sample(runs, strategy, language, measure=f"{measure}_{kind}"))
                    for measure in ("precision", "recall", "f1")
                )
                rows.append((strategy, language, kind, *scores))
    return Table(
        "By type of entity, on test",
        ("strategy", "language", "type", "precision", "recall", "F1"),
        tuple(rows),
    )


def _confusions(runs: Sequence[TestedRun]) -> Table:
    """Of the words of a type, what share was given which; all seeds together."""
    kinds = sorted(
        {name.split("\t")[1] for run in runs for name in run.test.counts},
        key=lambda kind: (kind != "O", kind),
    )
    rows = []
    for strategy in _names(runs):
        for language in languages(runs[0].test):
            for expected in kinds:
                words = [
                    sum(
                        run.test.counts.get(f"{language}\t{expected}\t{found}", 0)
                        for run in runs
                        if run.strategy == strategy
                    )
                    for found in kinds
                ]
                shares = (f"{100 * n / sum(words):.1f}" if sum(words) else "" for n in words)
                rows.append((strategy, language, expected, *shares))
    return Table(
        "Words of each type (rows) by the type found (columns), per cent, on test",
        ("strategy", "language", "expected", *(f"found {kind}" for kind in kinds)),
        tuple(rows),
    )


def _sentences(runs: Sequence[TestedRun]) -> str:
    """As the first seed had them."""
    lines = ["Sentences of the test set that went wrong; a star marks what the other line has not."]
    for strategy in _names(runs):
        lines += ["", strategy]
        first = next(run for run in runs if run.strategy == strategy)
        for example in first.test.examples:
            lines += [
                "",
                f"    {example.language} expected: {example.reference}",
                f"    {example.language} found:    {example.hypothesis}",
            ]
    return "\n".join(lines)


def _sample(
    runs: Sequence[TestedRun],
    strategy: str,
    language: str,
    sentences: int | None = None,
    measure: str = "f1",
) -> list[float]:
    """A score a seed."""
    return [
        run.test.metrics[f"{language}_{measure}"]
        for run in runs
        if run.strategy == strategy and sentences in (None, run.sentences)
    ]


def _names(runs: Sequence[TestedRun]) -> list[str]:
    return list(dict.fromkeys(run.strategy for run in runs))


def languages(test: Evaluation) -> list[str]:
    """Those that were tested."""
    return [name.removesuffix("_f1") for name in test.metrics if name.endswith("_f1")]


def _common(runs: Sequence[TestedRun], language: str) -> list[str]:
    """Types that all runs know; one that only some were trained on is not in the test."""
    known = [_kinds(run.test, language) for run in runs]
    return [kind for kind in known[0] if all(kind in each for each in known)]


def _kinds(test: Evaluation, language: str) -> list[str]:
    prefix = f"{language}_f1_"
    return [name.removeprefix(prefix) for name in test.metrics if name.startswith(prefix)]
