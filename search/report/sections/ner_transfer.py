"""The comparison of the NER strategies, from the files that `xlt-search transfer` writes."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import plotly.graph_objects as go

from xlt.objectives.tasks import TASKS
from xlt.search.evidence.proof import holm, paired_test
from xlt.search.evidence.seed_statistics import CONFIDENCE, find_crossover, format_mean_std
from xlt.search.report.facts import Facts
from xlt.search.report.section import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PAGE_SECTIONS,
    Figure,
    Section,
    heatmap,
    mark,
    themed,
)
from xlt.search.tables import Table
from xlt.spaces.errors import InputError
from xlt.studies import study as studies
from xlt.studies.study import LEARNING_CURVE_STUDIES, TRANSFER

ZERO_SHOT = "zero-shot"
# Of the learning curves.
COLORS = (BLUE, GREEN)
# The "type" of the scores over all types of entities.
ALL = "all"


@dataclass(frozen=True)
class _Scores:
    """Test scores. F1 is by seed. Shots are 0 for strategies without a learning curve."""

    f1: Mapping[tuple[str, int, str, str], Mapping[int, float]]  # strategy, shots, language, type
    words: Mapping[tuple[str, str, str], int]  # strategy, expected type, predicted type
    sentences: Mapping[tuple[str, int], int]  # trained on, by strategy and shots
    target: str  # the language of the learning curves
    size: int  # its sentences in the comparison of the strategies
    unseen: "_Scores | None" = None  # without leaked sentences, where there are any

    @property
    def strategies(self) -> list[str]:
        return list(dict.fromkeys(strategy for strategy, *_ in self.f1))

    @property
    def languages(self) -> list[str]:
        return list(dict.fromkeys(language for _, _, language, _ in self.f1))

    def compared_shots(self, strategy: str) -> int:
        """The shots of a strategy in the comparison."""
        shots = {number for name, number, *_ in self.f1 if name == strategy}
        return self.size if self.size in shots else max(shots)

    def by_seed(self, strategy: str, language: str, entity_type: str = ALL) -> Mapping[int, float]:
        return self.f1.get((strategy, self.compared_shots(strategy), language, entity_type), {})

    def sample(self, strategy: str, language: str, entity_type: str = ALL) -> list[float]:
        return list(self.by_seed(strategy, language, entity_type).values())

    def mean(self, strategy: str, language: str, entity_type: str = ALL) -> float | None:
        sample = self.sample(strategy, language, entity_type)
        return fmean(sample) if sample else None


@PAGE_SECTIONS(20)
def ner_transfer(compared: Sequence[Facts], runs: Path) -> Iterator[Section]:
    """The comparison of the strategies, if a study of the page has strategies."""
    if any(TASKS[facts.study.task].has_strategies for facts in compared):
        yield from transfer_sections(runs)


def transfer_sections(runs: Path) -> Iterator[Section]:
    """The comparison in a folder of runs, if `xlt-search transfer` was run there.

    Raises:
        InputError: Its files were changed.
    """
    folder = runs / TRANSFER
    if not (folder / "scores.csv").exists():
        return
    scores = _read(folder)
    yield _matrix(scores)
    yield from _learning_curves(scores)
    yield _types(scores)
    yield _confusion(scores)


def _read(folder: Path) -> _Scores:
    f1: dict[tuple[str, int, str, str], dict[int, float]] = defaultdict(dict)
    unseen: dict[tuple[str, int, str, str], dict[int, float]] = defaultdict(dict)
    words: dict[tuple[str, str, str], int] = defaultdict(int)
    sentences: dict[tuple[str, int], int] = {}
    train = studies.load(LEARNING_CURVE_STUDIES[0]).settings["train"]
    target = next(iter(train))
    path = folder / "scores.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                run = row["strategy"], int(row["shots"])
                group = *run, row["language"], row["type"]
                sentences[run] = int(row["sentences"])
                seed = int(row["seed"])
                f1[group][seed] = float(row["f1"])
                if score := row.get("f1_unseen"):
                    unseen[group][seed] = float(score)
        path = folder / "confusion.csv"
        scores = _Scores(f1, words, sentences, target, train[target])
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if int(row["shots"]) == scores.compared_shots(row["strategy"]):
                    words[row["strategy"], row["expected"], row["found"]] += int(row["words"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: cannot be read ({type(error).__name__}: {error}); "
            "xlt-search transfer writes it again"
        ) from error
    # Where no sentence leaked, this column repeats the scores.
    rest = replace(scores, f1=unseen, words={}) if unseen not in ({}, f1) else None
    return replace(scores, unseen=rest)


def _matrix(scores: _Scores) -> Section:
    names, languages = scores.strategies, scores.languages
    tables = [_matrix_table(scores, "Test F1, mean ± standard deviation over seeds")]
    if scores.unseen:
        title = "Test F1 without the test sentences that are also in a training file"
        tables.append(_matrix_table(scores.unseen, title))
    values = [[scores.mean(name, language) for language in languages] for name in names]
    return Section(
        "transfer",
        _best_strategy(scores),
        "F1 on the test set in per cent, mean over seeds. Zero-shot was trained on German only.",
        (Figure(heatmap(names, languages, values, "test language", "strategy")),),
        tables,
    )


def _best_strategy(scores: _Scores) -> str:
    """The best strategy on the target; or, if its lead is not significant, the best two."""
    target = scores.target
    samples = {name: scores.sample(name, target) for name in scores.strategies}
    best, *others = sorted(samples, key=lambda name: fmean(samples[name]), reverse=True)
    texts = [f"{name} {format_mean_std(samples[name])}" for name in (best, *others[:1])]
    if not others:
        return f"F1 on {target}: {texts[0]}"
    leader = scores.by_seed(best, target)
    tests = [paired_test(leader, scores.by_seed(name, target), CONFIDENCE) for name in others]
    p_values = holm([test.p_value_if_better if test else 1.0 for test in tests])
    if max(p_values) < 1 - CONFIDENCE:
        return f"Best on {target}: {' F1, before '.join(texts)}"
    reason = "one seed each" if len(leader) < 2 else "within the seeds' spread"
    return f"No strategy is significantly best on {target}: {', '.join(texts)} F1 ({reason})"


def _matrix_table(scores: _Scores, title: str) -> Table:
    rows = tuple(
        (
            name,
            f"{scores.sentences[name, scores.compared_shots(name)]:,}",
            *(format_mean_std(scores.sample(name, language)) for language in scores.languages),
        )
        for name in scores.strategies
    )
    return Table(title, ("strategy", "sentences", *scores.languages), rows)


def _learning_curves(scores: _Scores) -> Iterator[Section]:
    """The curve of each strategy that was trained on several numbers of sentences."""
    target, line = scores.target, scores.sample(ZERO_SHOT, scores.target)
    curves: dict[str, dict[int, list[float]]] = defaultdict(dict)
    for (strategy, shots, language, kind), f1 in sorted(scores.f1.items()):
        if shots and (language, kind) == (target, ALL):
            curves[strategy][shots] = list(f1.values())
    sizes = sorted({size for curve in curves.values() for size in curve})
    if len(sizes) < 2 or not line:
        return
    plot = themed(
        [
            *(
                _curve(name, curve, color)
                for (name, curve), color in zip(curves.items(), COLORS, strict=False)
            ),
            go.Scatter(
                x=[sizes[0], sizes[-1]],
                y=[fmean(line)] * 2,
                mode="lines",
                line={"color": ORANGE, "width": 2, "dash": "dash"},
                name="zero-shot",
            ),
        ],
        f"{target} sentences (log scale)",
        f"F1 on {target}, test",
    )
    plot.update_xaxes(type="log", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes])
    crossovers = {name: find_crossover(curve, line) for name, curve in curves.items()}
    for crossover in crossovers.values():
        if sizes[0] <= crossover.at <= sizes[-1]:
            plot.add_vline(x=crossover.at, line={"color": INK, "width": 1, "dash": "dot"})
    rows = tuple(
        (
            f"{size:,}",
            *(format_mean_std(curve[size]) if size in curve else "" for curve in curves.values()),
        )
        for size in sizes
    )
    yield Section(
        "learning-curves",
        "; ".join(f"{name} against zero-shot on {target}: {at}" for name, at in crossovers.items()),
        f"F1 by the number of {target} training sentences: few-shot has only these, joint has "
        "those of other languages as well. Bars show the range over seeds. The dashed line is zero-shot, which was trained "
        f"without any {target} sentence. Dotted lines: where a curve crosses it.",
        (Figure(plot),),
        (Table("F1 by training sentences", ("sentences", *curves), rows),),
    )


def _curve(name: str, curve: Mapping[int, Sequence[float]], color: str) -> go.Scatter:
    half_ranges = [(max(sample) - min(sample)) / 2 for sample in curve.values()]
    return go.Scatter(
        x=list(curve),
        y=[fmean(sample) for sample in curve.values()],
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker=mark(color, size=9),
        error_y={"type": "data", "array": half_ranges, "color": color},
        name=name,
    )


def _types(scores: _Scores) -> Section:
    names, languages = scores.strategies, scores.languages
    types = [kind for kind in dict.fromkeys(kind for *_, kind in scores.f1) if kind != ALL]
    figures, rows = [], []
    for language in languages:
        values = [[scores.mean(name, language, kind) for kind in types] for name in names]
        figures.append(Figure(heatmap(names, types, values, "type", "strategy"), language))
        for name in names:
            samples = (scores.sample(name, language, kind) for kind in types)
            rows.append((name, language, *(format_mean_std(f1) if f1 else "" for f1 in samples)))
    means = {
        kind: fmean(
            f1
            for name in names
            for language in languages
            for f1 in scores.sample(name, language, kind) or [0.0]
        )
        for kind in types
    }
    hardest = min(means, key=lambda kind: means[kind])
    return Section(
        "types",
        f"Lowest mean F1 over strategies and languages: {hardest}",
        "F1 on the test set by type of entity, in per cent, mean over seeds.",
        figures,
        (Table("Test F1 by type", ("strategy", "language", *types), tuple(rows)),),
    )


def _confusion(scores: _Scores) -> Section:
    kinds = {kind for _, *pair in scores.words for kind in pair}
    types = sorted(kinds, key=lambda kind: (kind != "O", kind))
    figures, rows, errors = [], [], []
    for name in scores.strategies:
        values = []
        for expected in types:
            counts = [scores.words.get((name, expected, predicted), 0) for predicted in types]
            shares = [100 * count / max(1, sum(counts)) for count in counts]
            values.append(shares)
            rows.append((name, expected, *(f"{share:.1f}" for share in shares)))
            pairs = zip(shares, types, strict=True)
            errors += [(share, name, expected, kind) for share, kind in pairs if kind != expected]
        plot = heatmap(types, types, values, "predicted", "expected")
        figures.append(Figure(plot, name))
    share, name, expected, predicted = max(
        errors, key=lambda error: error[0], default=(0.0, "", "", "")
    )
    return Section(
        "confusion",
        f"Most frequent confusion: {name} predicts {predicted} for {share:.0f} % of {expected}",
        "Rows: the expected type. Cells: the share of its words with each predicted type, in per "
        "cent, on the test set, over all languages and seeds. O means no entity.",
        figures,
        (Table("Words by type", ("strategy", "expected", *types), tuple(rows)),),
    )
