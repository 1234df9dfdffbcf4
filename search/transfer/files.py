"""Writes the comparison's files: transfer.md for people, scores.csv and confusion.csv for programs."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xlt.search.results.export import write_file
from xlt.search.tables import format_table
from xlt.search.transfer.tables import (
    MEASURES,
    WITHOUT_LEAKS,
    TestedRun,
    TransferTables,
    entity_types,
    languages,
)
from xlt.search.wording import SYNTHETIC_WARNING


def write_files(tables: TransferTables, folder: Path) -> Iterator[Path]:
    """Write all files into a folder, and yield their paths."""
    for name, text in (
        ("transfer.md", _markdown(tables)),
        ("scores.csv", _csv(tables.data, _score_rows(tables.runs))),
        ("confusion.csv", _csv(tables.data, _confusion_rows(tables.runs))),
    ):
        write_file(text, folder / name)
        yield folder / name


def _markdown(tables: TransferTables) -> str:
    data, versus = tables.data, f"against zero-shot on {tables.target}"
    paragraphs = [f"Data: {data['description']} (fingerprint {data['fingerprint'][:12]})"]
    if data["synthetic"]:
        paragraphs.append(f"**{SYNTHETIC_WARNING}**")
    paragraphs += map(format_table, tables.main)
    paragraphs += [f"{name} {versus}: {where}" for name, where in tables.crossovers.items()]
    if tables.diverged:
        runs = "\n".join(f"- {run}" for run in tables.diverged)
        paragraphs.append(f"Left out, because they diverged:\n\n{runs}")
    if tables.leak_notice:
        paragraphs += [tables.leak_notice, *map(format_table, tables.unseen)]
        for name, where in tables.crossovers_unseen.items():
            paragraphs.append(f"{name} {versus}, {WITHOUT_LEAKS}: {where}")
    return "\n\n".join([*paragraphs, *map(format_table, tables.details), tables.examples])


def _csv(data: Mapping[str, Any], rows: Iterator[Sequence[object]]) -> str:
    """Format rows, the header first, each with the data and the encoder in front."""
    origin = data["source"], data["settings"]["encoder"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["data", "encoder", *next(rows)])
    writer.writerows([*origin, *row] for row in rows)
    return text.getvalue()


def _score_rows(runs: Sequence[TestedRun]) -> Iterator[Sequence[object]]:
    """Every score of every run, by language and entity type; "all" is over all types.

    Columns that end in "_unseen" are without leaked sentences.
    """
    unseen = (f"{measure}_unseen" for measure in MEASURES)
    yield "strategy", "sentences", "shots", "seed", "language", "type", *MEASURES, *unseen
    for run in runs:
        for language in languages(runs[0].test):
            for kind in ("", *entity_types(run.test, language)):
                names = [f"{language}_{measure}" + f"_{kind}" * bool(kind) for measure in MEASURES]
                scores = [run.test.metrics[name] for name in names]
                without = [run.test.unseen.get(name, "") for name in names]
                row = run.strategy, run.sentences, run.shots, run.seed, language, kind or "all"
                yield *row, *scores, *without


def _confusion_rows(runs: Sequence[TestedRun]) -> Iterator[Sequence[object]]:
    yield "strategy", "sentences", "shots", "seed", "language", "expected", "found", "words"
    for run in runs:
        for key, words in run.test.counts.items():
            language, expected, predicted = key.split("\t")
            row = run.strategy, run.sentences, run.shots, run.seed
            yield *row, language, expected, predicted, words
