"""The tables of the strategies' comparison. They are computed from the tested runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xlt.objectives.objective import Evaluation
from xlt.search.evidence.proof import holm, paired_test
from xlt.search.evidence.seed_statistics import (
    CONFIDENCE,
    Crossover,
    find_crossover,
    format_mean_std,
)
from xlt.search.tables import Table

MEASURES = ("precision", "recall", "f1")
WITHOUT_LEAKS = "without leaked sentences"
# Strategies between which one would choose; a difference is second minus first.
PAIRS = (
    ("zero-shot", "few-shot"),
    ("zero-shot", "joint"),
    ("few-shot", "joint"),
    ("zero-shot", "multilingual"),
    ("few-shot", "multilingual"),
    ("multilingual", "full"),
)


@dataclass(frozen=True)
class TestedRun:
    """A trained and tested run."""

    strategy: str
    sentences: int  # trained on, in all languages
    shots: int  # those in the language of the strategy's learning curve; 0 without one
    seed: int
    test: Evaluation
    origin: str  # of the configuration, in words
    configuration: str


@dataclass(frozen=True)
class TransferTables:
    """All results of the comparison."""

    data: Mapping[str, Any]
    main: tuple[Table, ...]  # scores, differences, learning curve
    details: tuple[Table, ...]  # configurations, entity types, confusions
    crossovers: Mapping[str, Crossover]  # by strategy with a learning curve
    target: str  # the language of the learning curves
    diverged: tuple[str, ...]  # runs without a score, in words
    examples: str  # test sentences with mistakes
    runs: tuple[TestedRun, ...]
    leak_notice: str = ""  # empty if no test sentence is in a training file
    unseen: tuple[Table, ...] = ()  # `main` without these sentences
    crossovers_unseen: Mapping[str, Crossover] = field(default_factory=dict)


def make_tables(
    runs: Sequence[TestedRun],
    data: Mapping[str, Any],
    target: str,
    size: int,
    diverged: Sequence[str] = (),
) -> TransferTables:
    """Compute all tables.

    Args:
        runs: All runs that were tested.
        data: The data, as an objective describes them.
        target: The language of the learning curves.
        size: Sentences of this language with which strategies with a curve are compared with the
            others. If the corpus has fewer, all of them.
        diverged: Runs without a score, in words.
    """
    order = list(dict.fromkeys(name for pair in PAIRS for name in pair))
    runs = sorted(runs, key=lambda run: (order.index(run.strategy), run.shots, run.seed))
    size = min(size, max(run.shots for run in runs))
    compared = _at_size(runs, size)
    tables = TransferTables(
        data=data,
        main=_main_tables(runs, target, size, "on test"),
        details=(
            _configuration_table(compared),
            _type_table(compared),
            _confusion_table(compared),
        ),
        crossovers=_crossovers(runs, target),
        target=target,
        diverged=tuple(diverged),
        examples=_examples(compared),
        runs=tuple(runs),
    )
    if not data.get("leaked"):
        return tables
    unseen = [replace(run, test=replace(run.test, metrics=run.test.unseen)) for run in runs]
    is_scored = target in languages(unseen[0].test)
    return replace(
        tables,
        leak_notice=_leak_notice(data),
        unseen=_main_tables(unseen, target, size, f"on test {WITHOUT_LEAKS}"),
        crossovers_unseen=_crossovers(unseen, target) if is_scored else {},
    )


def languages(test: Evaluation) -> list[str]:
    """The languages that were tested."""
    return [name.removesuffix("_f1") for name in test.metrics if name.endswith("_f1")]


def entity_types(test: Evaluation, language: str) -> list[str]:
    """The entity types that were scored in a language."""
    prefix = f"{language}_f1_"
    return [name.removeprefix(prefix) for name in test.metrics if name.startswith(prefix)]


def _at_size(runs: Sequence[TestedRun], size: int) -> list[TestedRun]:
    """The runs of all strategies; of those with a learning curve, the ones at `size`."""
    return [run for run in runs if run.shots in (0, size)]


def _main_tables(
    runs: Sequence[TestedRun], target: str, size: int, split: str
) -> tuple[Table, ...]:
    """Scores and differences; and the learning curves, if their language is scored."""
    compared = _at_size(runs, size)
    title = f"F1 {split} in per cent, mean ± standard deviation over seeds"
    tables = (_strategy_table(title, compared), _difference_table(compared, split))
    if target not in languages(runs[0].test):
        return tables
    zero_shot = format_mean_std(_sample(runs, "zero-shot", target))
    curves = _learning_curves(runs, target)
    sizes = sorted({size for curve in curves.values() for size in curve})
    curve = Table(
        f"{title}, in {target}: by training sentences in {target}; zero-shot has {zero_shot}",
        ("sentences", *curves),
        tuple(
            (
                f"{size:,}",
                *(
                    format_mean_std(curve[size]) if size in curve else ""
                    for curve in curves.values()
                ),
            )
            for size in sizes
        ),
    )
    return (*tables, curve)


def _learning_curves(runs: Sequence[TestedRun], target: str) -> dict[str, dict[int, list[float]]]:
    """The scores in a language, one per seed, by strategy and training sentences in it."""
    curves: dict[str, dict[int, list[float]]] = {}
    for strategy, own in _by_strategy([run for run in runs if run.shots]).items():
        sizes = sorted({run.shots for run in own})
        curves[strategy] = {size: _sample(own, strategy, target, size) for size in sizes}
    return curves


def _crossovers(runs: Sequence[TestedRun], target: str) -> dict[str, Crossover]:
    line = _sample(runs, "zero-shot", target)
    curves = _learning_curves(runs, target)
    return {strategy: find_crossover(curve, line) for strategy, curve in curves.items()}


def _leak_notice(data: Mapping[str, Any]) -> str:
    counts = ", ".join(
        f"{language} {number:,} of {data['sentences'][f'{language}/test']:,}"
        for language, number in data["leaked"].items()
    )
    return (
        f"Leaked test sentences, which are also in a training file of any language: {counts}. A "
        "model that was trained on them may have memorised them. Without them, all strategies are "
        "scored on the same sentences."
    )


def _strategy_table(title: str, runs: Sequence[TestedRun]) -> Table:
    tested = languages(runs[0].test)
    rows = []
    for strategy, own in _by_strategy(runs).items():
        scores = [format_mean_std(_sample(own, strategy, language)) for language in tested]
        steps = f"{own[0].test.step:,}"
        rows.append((strategy, f"{own[0].sentences:,}", steps, str(len(own)), *scores))
    return Table(title, ("strategy", "sentences", "steps", "seeds", *tested), tuple(rows))


def _difference_table(runs: Sequence[TestedRun], split: str) -> Table:
    """Paired tests over the seeds of both strategies; p-values are corrected for all rows."""
    names, tests = [], []
    for first, second in PAIRS:
        for language in languages(runs[0].test):
            before, after = (_by_seed(runs, name, language) for name in (first, second))
            if test := paired_test(after, before, CONFIDENCE):
                names.append((f"{first} -> {second}", language))
                tests.append(test)
    rows = []
    for name, test, p_value in zip(
        names, tests, holm([test.p_value for test in tests]), strict=True
    ):
        interval, verdict = "", "unknown"
        if test.low is not None:
            interval = f"{test.low:+.2f} to {test.high:+.2f}"
            verdict = "significant" if p_value < 1 - CONFIDENCE else "not significant"
        rows.append((*name, f"{test.difference:+.2f}", interval, f"{p_value:.3f}", verdict))
    return Table(
        f"Differences {split} on the same seeds, with their {CONFIDENCE:.0%} interval",
        ("strategies", "language", "F1", "interval", "corrected p-value", "verdict"),
        tuple(rows),
    )


def _configuration_table(runs: Sequence[TestedRun]) -> Table:
    return Table(
        "Configurations",
        ("strategy", "selected on", "configuration", "origin"),
        tuple(
            (strategy, run.test.notes.get("selected_on", ""), run.configuration, run.origin)
            for strategy, (run, *_) in _by_strategy(runs).items()
        ),
    )


def _type_table(runs: Sequence[TestedRun]) -> Table:
    rows = []
    for strategy in _by_strategy(runs):
        for language in languages(runs[0].test):
            # A type that only some strategies were trained on is not in the test set.
            scored = [entity_types(run.test, language) for run in runs]
            for kind in (kind for kind in scored[0] if all(kind in types for types in scored)):
                scores = (
                    format_mean_std(_sample(runs, strategy, language, measure=f"{measure}_{kind}"))
                    for measure in MEASURES
                )
                rows.append((strategy, language, kind, *scores))
    return Table(
        "Scores by entity type, on test",
        ("strategy", "language", "type", "precision", "recall", "F1"),
        tuple(rows),
    )


def _confusion_table(runs: Sequence[TestedRun]) -> Table:
    """For each expected type, the shares of its words by predicted type, over all seeds."""
    kinds = sorted(
        {key.split("\t")[1] for run in runs for key in run.test.counts},
        key=lambda kind: (kind != "O", kind),
    )
    rows = []
    for strategy, own in _by_strategy(runs).items():
        for language in languages(runs[0].test):
            for expected in kinds:
                words = [
                    sum(run.test.counts.get(f"{language}\t{expected}\t{kind}", 0) for run in own)
                    for kind in kinds
                ]
                shares = (f"{100 * n / sum(words):.1f}" if sum(words) else "" for n in words)
                rows.append((strategy, language, expected, *shares))
    return Table(
        "Confusion matrix: words by expected type (rows) and predicted type (columns) in per cent "
        "of the row, on test",
        ("strategy", "language", "expected", *(f"predicted {kind}" for kind in kinds)),
        tuple(rows),
    )


def _examples(runs: Sequence[TestedRun]) -> str:
    """Test sentences with mistakes, of each strategy's first seed."""
    lines = ["Test sentences with mistakes. A star marks what differs between the two lines."]
    for strategy, (run, *_) in _by_strategy(runs).items():
        lines += ["", strategy]
        for example in run.test.examples:
            lines += [
                "",
                f"    {example.language} expected:  {example.reference}",
                f"    {example.language} predicted: {example.hypothesis}",
            ]
    return "\n".join(lines)


def _by_strategy(runs: Sequence[TestedRun]) -> dict[str, list[TestedRun]]:
    """Group runs by strategy, both in their order."""
    return {
        strategy: [run for run in runs if run.strategy == strategy]
        for strategy in dict.fromkeys(run.strategy for run in runs)
    }


def _by_seed(runs: Sequence[TestedRun], strategy: str, language: str) -> dict[int, float]:
    """A strategy's F1 in a language, by seed."""
    own = (run for run in runs if run.strategy == strategy)
    return {run.seed: run.test.metrics[f"{language}_f1"] for run in own}


def _sample(
    runs: Sequence[TestedRun],
    strategy: str,
    language: str,
    shots: int | None = None,
    measure: str = "f1",
) -> list[float]:
    """A strategy's scores in a language, one per seed, perhaps at one point of its curve only."""
    return [
        run.test.metrics[f"{language}_{measure}"]
        for run in runs
        if run.strategy == strategy and shots in (None, run.shots)
    ]
