"""The outcome of a study and of several studies, on the page and elsewhere."""

import re
import threading
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest
import toy_ner

from xlt.search import events
from xlt.search.cli.display import format_event
from xlt.search.pipeline import runner
from xlt.search.pipeline.options import Options
from xlt.search.report.dashboard import study_note
from xlt.search.report.facts import Facts, read
from xlt.search.report.outcome import outcome
from xlt.search.report.page import write
from xlt.search.report.sections.proof import seeds as seeds_section
from xlt.search.results import export
from xlt.search.results.export import REPORT
from xlt.search.results.notebook import as_notebook
from xlt.search.storage.store import Store
from xlt.search.storage.studies import load_store
from xlt.studies.study import load


def test_every_output_shows_the_score_of_each_language_and_the_notices(tmp_path: Path) -> None:
    """The page, the terminal, the exports and the dashboard say which languages the score is of."""
    runs, seen = tmp_path / "runs", list[events.Event]()
    changes = ["data.source=toy", "search.n_trials=2", "proof.seeds=0"]
    study = load("ner-zero-shot", changes)
    options = Options(runs=runs, device="cpu", workers=1, objective_factory=toy_ner.build)
    runner.run_study(study, study.name, options, seen.append, threading.Event())
    store = load_store(None, runs, study.name)
    record = store.attributes["final"]["test"]["metrics"]

    page = (runs / study.name / REPORT).read_text(encoding="utf-8")
    terminal = "\n".join(filter(None, map(format_event, seen)))
    best = export.read_export(runs / study.name / "best.toml")
    card = (runs / study.name / "final" / "README.md").read_text(encoding="utf-8")
    facts = read(store)
    dashboard = study_note(facts, None)
    for text in (page, terminal, as_notebook(best), card, dashboard):
        assert "F1 of de, the language it was trained and chosen on (" in text
        for name in ("de_f1", "fr_f1"):
            assert f"{name[:2]} {record[name]:.2f}" in text
        assert "a notice" in text
    assert re.search(r"F1 in de on the test set; (not proven|the baseline is the winner)", page)
    # The scores come first, then the notices, then everything else.
    places = ('class="headline"', 'class="figures"', "a notice", "Baseline and winner; a dot")
    assert list(map(page.index, places)) == sorted(map(page.index, places))


@pytest.mark.parametrize(
    ("other", "title"),
    [
        ("ner-few-shot", "2 studies side by side; not all of their scores can be compared"),
        (
            "ner-zero-shot",
            "Highest score on the test set: first, 85.00 F1 (one run; it may be luck)",
        ),
    ],
)
def test_only_studies_with_the_same_languages_have_a_best_one(
    other: str, title: str, tmp_path: Path
) -> None:
    """The table has the score of each language in any case."""
    stores = []
    for name, study_name in (("first", "ner-zero-shot"), ("second", other)):
        study = load(study_name, ["data.source=toy", "search.n_trials=2", "proof.seeds=0"])
        options = Options(runs=tmp_path, device="cpu", workers=1, objective_factory=toy_ner.build)
        runner.run_study(study, name, options, lambda _: None, threading.Event())
        stores.append(load_store(None, tmp_path, name))
    tests = [store.attributes["final"]["test"]["metrics"] for store in stores]
    cells = [f"(de {test['de_f1']:.2f}, fr {test['fr_f1']:.2f})" for test in tests]

    write(stores, tmp_path, tmp_path / REPORT)

    text = (tmp_path / REPORT).read_text(encoding="utf-8")
    compared = text[text.index('id="together"') :]
    assert title in compared
    assert all(cell in compared for cell in cells)


def test_baseline_and_winner_have_their_means_over_new_seeds(facts: Facts, store: Store) -> None:
    result, proof = outcome(facts), export.current_proof(store)
    assert proof is not None
    winner = proof.candidate(proof.winner)
    assert result.winner.text.startswith(f"{fmean(winner.scores.values()):.2f} ±")
    baseline = next(row for row in proof.candidates if row.baseline)
    assert result.baseline.text.startswith(f"{fmean(baseline.scores.values()):.2f} ±")
    shared = winner.scores.keys() & baseline.scores.keys()
    gain = fmean(winner.scores[seed] - baseline.scores[seed] for seed in shared)
    assert result.difference.text == f"{gain:+.2f}"
    winners = {row.name: row.winner for row in result.parameters}
    assert winners["d_model"] == str(winner.configuration["d_model"])


def test_a_baseline_that_wins_is_named_as_the_winner(facts: Facts) -> None:
    """Its difference to itself is not shown."""
    assert facts.proof is not None
    baseline = next(row for row in facts.proof.candidates if row.baseline)
    won = facts.proof.model_copy(
        update={
            "winner": baseline.trial,
            "ranking": [baseline.trial],
            "comparisons": [],
        }
    )
    changed = replace(facts, winner=facts.baseline, proof=won)
    assert outcome(changed).difference == ("none", "the baseline is the winner")
    assert next(iter(seeds_section(changed))).title.startswith("The baseline is the winner")
