"""The comparison of NER's four strategies, from the files that it has left."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import plotly.graph_objects as go

from xlt.search.evidence.seed_statistics import find_crossover, format_mean_std
from xlt.search.report.drawing import BLUE, INK, ORANGE, SCALE, figure, mark
from xlt.search.report.parts import Part, Picture
from xlt.search.tables import Table
from xlt.spaces.errors import InputError
from xlt.studies import study as studies
from xlt.studies.study import LEARNING_CURVE_STUDY, STRATEGIES, TRANSFER

CURVE, LINE = STRATEGIES[LEARNING_CURVE_STUDY], "zero-shot"


@dataclass(frozen=True)
class _Scores:
    """Test scores, a score a seed."""

    f1: Mapping[tuple[str, int, str, str], list[float]]  # strategy, sentences, language, type
    words: Mapping[tuple[str, str, str], int]  # strategy, expected, found
    target: str  # the language that few-shot grows in
    size: int  # sentences of it that few-shot is compared with
    unseen: "_Scores | None" = None  # without leaked sentences, where there are such

    @property
    def strategies(self) -> list[str]:
        return list(dict.fromkeys(strategy for strategy, *_ in self.f1))

    @property
    def languages(self) -> list[str]:
        return list(dict.fromkeys(language for _, _, language, _ in self.f1))

    def compared(self, strategy: str) -> int:
        """With how many sentences it is compared."""
        sizes = sorted({size for each, size, *_ in self.f1 if each == strategy})
        return self.size if strategy == CURVE and self.size in sizes else sizes[-1]

    def sample(self, strategy: str, language: str, kind: str = "all") -> list[float]:
        return self.f1.get((strategy, self.compared(strategy), language, kind), [])


def strategies(runs: Path) -> Iterator[Part]:
    """Nothing where `xlt-search transfer` has not been run. Raises `InputError` for altered files."""
    folder = runs / TRANSFER
    if not (folder / "scores.csv").exists():
        return
    found = _read(folder)
    yield _matrix(found)
    yield from _curve(found)
    yield _types(found)
    yield _confusion(found)


def _read(folder: Path) -> _Scores:
    f1, unseen = defaultdict(list), defaultdict(list)
    words: dict[tuple[str, str, str], int] = defaultdict(int)
    where = folder / "scores.csv"
    train = studies.load(LEARNING_CURVE_STUDY).settings["train"]
    target = next(iter(train))
    try:
        with where.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = row["strategy"], int(row["sentences"]), row["language"], row["type"]
                f1[key].append(float(row["f1"]))
                if without := row.get("f1_unseen"):
                    unseen[key].append(float(without))
        where = folder / "confusion.csv"
        sizes = {strategy: size for strategy, size, *_ in sorted(f1)}
        sizes[CURVE] = (
            train[target] if (CURVE, train[target], target, "all") in f1 else sizes[CURVE]
        )
        with where.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if int(row["sentences"]) == sizes[row["strategy"]]:
                    words[row["strategy"], row["expected"], row["found"]] += int(row["words"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{where}: not as it was written ({type(error).__name__}: {error}); "
            "xlt-search transfer writes it again"
        ) from error
    # All of them are given where nothing has leaked, and are the same.
    left = _Scores(unseen, {}, target, train[target]) if unseen not in ({}, f1) else None
    return _Scores(f1, words, target, train[target], left)


def _heat(
    rows: Sequence[str], columns: Sequence[str], values: list[list[float | None]], x: str, y: str
) -> go.Figure:
    """Numbers in cells, whose colour only helps."""
    known = [value for row in values for value in row if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    middle = (low + high) / 2
    trace = go.Heatmap(
        x=list(columns), y=list(rows), z=values, colorscale=SCALE, showscale=False, xgap=2, ygap=2
    )
    drawn = figure([trace], x, y, height=110 + 44 * len(rows), legend=False)
    drawn.update_xaxes(type="category", side="top", showgrid=False)
    drawn.update_yaxes(type="category", autorange="reversed", showgrid=False)
    for row, cells in zip(rows, values, strict=True):
        for column, value in zip(columns, cells, strict=True):
            if value is not None:
                # The scale is dark at its low end, whatever the page is.
                color = "#ffffff" if value <= middle else "#000000"
                drawn.add_annotation(
                    x=column, y=row, text=f"{value:.1f}", showarrow=False, font={"color": color}
                )
    return drawn


def _mean(sample: Sequence[float]) -> float | None:
    return fmean(sample) if sample else None


def _matrix(found: _Scores) -> Part:
    names, languages = found.strategies, found.languages
    tables = [_matrix_table(found, "F1 on test, mean ± standard deviation over seeds")]
    if found.unseen:
        title = "F1 on test without the sentences that stand in a training file"
        tables.append(_matrix_table(found.unseen, title))
    values = [[_mean(found.sample(name, each)) for each in languages] for name in names]
    drawn = _heat(names, languages, values, "tested on", "trained as")
    best = max(names, key=lambda name: fmean(found.sample(name, found.target)))
    title = (
        f"On {found.target}, {best} is best: {format_mean_std(found.sample(best, found.target))} F1"
    )
    return Part(
        "transfer",
        title,
        "F1 on the test set, per cent, mean over seeds. What was trained on which language is in the "
        "strategy's name; zero-shot has seen German alone.",
        (Picture(drawn),),
        tuple(tables),
    )


def _matrix_table(found: _Scores, title: str) -> Table:
    rows = tuple(
        (
            name,
            f"{found.compared(name):,}",
            *(format_mean_std(found.sample(name, each)) for each in found.languages),
        )
        for name in found.strategies
    )
    return Table(title, ("strategy", "sentences", *found.languages), rows)


def _curve(found: _Scores) -> Iterator[Part]:
    sizes = sorted({size for strategy, size, *_ in found.f1 if strategy == CURVE})
    line = found.sample(LINE, found.target)
    curve = {size: found.f1[CURVE, size, found.target, "all"] for size in sizes}
    if not curve or not line:
        return
    at = find_crossover(curve, line)
    means = [fmean(curve[size]) for size in sizes]
    reach = [max(curve[size]) - min(curve[size]) for size in sizes]
    traces = [
        go.Scatter(
            x=sizes,
            y=means,
            mode="lines+markers",
            line={"color": BLUE, "width": 2},
            marker=mark(BLUE, size=9),
            error_y={"type": "data", "array": [each / 2 for each in reach], "color": BLUE},
            name=f"few-shot, {found.target} sentences alone",
        ),
        go.Scatter(
            x=[sizes[0], sizes[-1]],
            y=[fmean(line)] * 2,
            mode="lines",
            line={"color": ORANGE, "width": 2, "dash": "dash"},
            name="zero-shot",
        ),
    ]
    drawn = figure(traces, f"{found.target} sentences (logarithmic)", f"F1 on {found.target}, test")
    drawn.update_xaxes(type="log", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes])
    if sizes[0] <= at.at <= sizes[-1]:
        drawn.add_vline(x=at.at, line={"color": INK, "width": 1, "dash": "dot"})
    rows = tuple(
        (f"{size:,}", str(len(curve[size])), format_mean_std(curve[size])) for size in sizes
    )
    yield Part(
        "few-shot",
        f"Few-shot against zero-shot on {found.target}: {at}",
        "The curve grows in sentences of the language itself; bars span the seeds. The dashed line is "
        "zero-shot, which has seen none of them.",
        (Picture(drawn),),
        (Table("Few-shot's curve", ("sentences", "seeds", "F1"), rows),),
    )


def _types(found: _Scores) -> Part:
    kinds = [kind for kind in dict.fromkeys(kind for *_, kind in found.f1) if kind != "all"]
    pictures, rows = [], []
    for language in found.languages:
        values = [
            [_mean(found.sample(name, language, kind)) for kind in kinds]
            for name in found.strategies
        ]
        pictures.append(
            Picture(_heat(found.strategies, kinds, values, "type", "trained as"), language)
        )
        for name in found.strategies:
            cells = (found.sample(name, language, kind) for kind in kinds)
            rows.append(
                (name, language, *(format_mean_std(each) if each else "" for each in cells))
            )
    means = {
        kind: fmean(
            value
            for name in found.strategies
            for language in found.languages
            for value in found.sample(name, language, kind) or [0.0]
        )
        for kind in kinds
    }
    hardest = min(means, key=lambda kind: means[kind])
    return Part(
        "types",
        f"{hardest} is the hardest type for all strategies together",
        "F1 on the test set by type of entity, per cent, mean over seeds.",
        pictures,
        (Table("F1 by type, test", ("strategy", "language", *kinds), tuple(rows)),),
    )


def _confusion(found: _Scores) -> Part:
    kinds = sorted({kind for _, *both in found.words for kind in both}, key=lambda k: (k != "O", k))
    pictures, rows, worst = [], [], ("", "", "", 0.0)
    for name in found.strategies:
        values: list[list[float | None]] = []
        for expected in kinds:
            counts = [found.words.get((name, expected, each), 0) for each in kinds]
            shares = [100 * count / max(1, sum(counts)) for count in counts]
            values.append([*shares])
            rows.append((name, expected, *(f"{share:.1f}" for share in shares)))
            for each, share in zip(kinds, shares, strict=True):
                if each != expected and share > worst[3]:
                    worst = name, expected, each, share
        drawn = _heat(kinds, kinds, values, "found", "expected")
        pictures.append(Picture(drawn, name))
    name, expected, each, share = worst
    return Part(
        "confusion",
        f"Most often confused: {share:.0f} % of {expected} taken for {each}, by {name}",
        "Of the words of each type (rows), the share that was given which type, per cent, on the test "
        "set, all languages and seeds together. O is no entity.",
        pictures,
        (Table("Words by type", ("strategy", "expected", *kinds), tuple(rows)),),
    )
