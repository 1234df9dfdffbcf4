"""The page is self-contained, names what it shows, and agrees with the database."""

import json
import re
import threading
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import toy_ner
import toy_objective
from optuna.trial import TrialState
from records import searched

from report.tables import rows_of
from xlt.search import events
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import runner
from xlt.search.pipeline.options import Options
from xlt.search.pipeline.session import open_session
from xlt.search.report.facts import Facts
from xlt.search.report.page import study_sections, write
from xlt.search.results.export import REPORT
from xlt.search.storage.store import Store
from xlt.search.storage.studies import load_store
from xlt.spaces.errors import InputError
from xlt.studies.study import load


class Page(HTMLParser):
    """The elements of a page that tests look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.scripts: list[str] = []
        self.figures: list[Any] = []
        self.words: list[str] = []
        self.sections: list[dict[str, int]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.open.append((tag, given))
        self.addresses += [given[name] or "" for name in ("src", "href") if name in given]
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag == "section":
            self.sections.append({})
        elif self.sections:
            self.sections[-1][tag] = self.sections[-1].get(tag, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] == "script":
            if self.open[-1][1].get("type") == "application/json":
                self.figures.append(json.loads(data))
            else:
                self.scripts.append(data)
        else:
            self.words.append(data)


def page(store: Store, runs: Path, folder: Path) -> str:
    path = folder / REPORT
    write([store], runs, path)
    return path.read_text(encoding="utf-8")


def test_a_study_ends_with_its_report(store: Store, runs: Path) -> None:
    text = (runs / "league" / REPORT).read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert f"{store.attributes['final']['test']['score']:.2f}" in text


def test_a_study_without_a_final_run_has_a_report(tmp_path: Path) -> None:
    searched(tmp_path / "runs", "search.n_trials=3", final=False)
    assert "no final run yet" in (tmp_path / "runs" / "league" / REPORT).read_text(encoding="utf-8")


def test_a_study_ends_even_if_the_files_of_the_comparison_were_changed(tmp_path: Path) -> None:
    """Its score is shown. The command `report` names the file."""
    runs = tmp_path / "runs"
    (runs / "transfer").mkdir(parents=True)
    (runs / "transfer" / "scores.csv").write_text("nonsense\n1\n", encoding="utf-8")
    seen: list[object] = []
    study = load("ner-multilingual", ["data.source=toy", "search.n_trials=2", "proof.seeds=0"])
    options = Options(runs=runs, device="cpu", workers=1, objective_factory=toy_ner.build)
    runner.run_study(study, study.name, options, seen.append, threading.Event())
    assert isinstance(seen[-1], events.TestScore)
    assert any("no report was written" in str(event) for event in seen)
    with pytest.raises(InputError, match=r"scores\.csv"):
        write([load_store(None, runs, study.name)], runs, tmp_path / REPORT)


def test_a_study_without_scores_has_no_report(tmp_path: Path) -> None:
    study = load("league", ["data.source=toy"])
    options = Options(runs=tmp_path, device="cpu", workers=1, objective_factory=toy_objective.build)
    with (
        open_session(study, "league", options, lambda _: None, threading.Event()) as session,
        pytest.raises(InputError, match="has no scored configuration: there is nothing to"),
    ):
        write([session.store], tmp_path, tmp_path / REPORT)
    assert not (tmp_path / REPORT).exists()


def test_a_command_without_time_for_a_report_leaves_no_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older report would look like this command's."""
    runs = tmp_path / "runs"
    searched(runs, "search.n_trials=2", "budget.time_limit=2h", final=False)
    report = runs / "league" / REPORT
    assert report.exists()
    monkeypatch.setattr("xlt.search.pipeline.runner.REPORT_SECONDS", 1e9)
    searched(runs, "search.n_trials=3", "budget.time_limit=2h", final=False)
    assert not report.exists()


def test_a_command_that_is_interrupted_leaves_no_older_report(tmp_path: Path) -> None:
    """The older report would not agree with the study any more."""
    runs, stop = tmp_path / "runs", threading.Event()
    searched(runs, "search.n_trials=2", final=False)
    report = runs / "league" / REPORT
    assert report.exists()

    def interrupt(event: events.Event) -> None:
        if isinstance(event, events.TrialEvaluated):
            stop.set()

    study = load("league", ["data.source=toy", "search.n_trials=6"])
    options = Options(
        runs=runs, device="cpu", workers=1, objective_factory=toy_objective.build_noisy
    )
    with pytest.raises(Interrupted):
        runner.run_study(study, "league", options, interrupt, stop)
    assert not report.exists()


def test_the_page_is_self_contained(store: Store, runs: Path, tmp_path: Path) -> None:
    """All links lead to sections of the page, and it is small enough to send."""
    text = page(store, runs, tmp_path)
    parsed = Page(text)
    outside = [address for address in parsed.addresses if not address.startswith("#")]
    assert outside == ["data:,"]
    targets = {address.removeprefix("#") for address in parsed.addresses} - {"data:,"}
    assert targets <= set(parsed.ids)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert not re.search(r"@import|url\(", text[: text.index("</style>")])
    assert len(text.encode()) < 6e6


def test_every_axis_has_a_name(store: Store, runs: Path, tmp_path: Path) -> None:
    """An axis without one shares the axis of the row below."""
    figures = [data for data in Page(page(store, runs, tmp_path)).figures if "layout" in data]
    assert len(figures) > 10
    for figure in figures:
        if figure["data"][0]["type"] == "parcoords":
            assert all(axis["label"] for axis in figure["data"][0]["dimensions"])
            continue
        layout = figure["layout"]
        for axis in (layout[name] for name in layout if re.match(r"[xy]axis", name)):
            assert axis.get("title", {}).get("text") or axis.get("showticklabels") is False


def test_every_section_with_figures_has_a_table(store: Store, runs: Path, tmp_path: Path) -> None:
    sections = Page(page(store, runs, tmp_path)).sections
    with_figures = [tags for tags in sections if tags.get("figure")]
    assert with_figures
    assert all(tags.get("table") and tags.get("details") for tags in with_figures)


def test_the_sections_register_in_the_order_of_the_page(facts: Facts) -> None:
    assert [section.anchor for section in study_sections(facts)] == [
        "seeds",
        "progress",
        "expected",
        "luck",
        "curves",
        "importance",
        "slices",
        "coordinates",
        "architectures",
        "cost",
        "test-sentences",
        "validation-sentences",
    ]


def test_its_numbers_agree_with_the_trials(facts: Facts, store: Store) -> None:
    """They are counted again, from Optuna's trials alone."""
    sections = list(study_sections(facts))
    trials = [trial for trial in store.study.trials if trial.state != TrialState.FAIL]
    numbers: dict[str, int] = {}  # of configurations, in the order in which they began
    expected = []
    for trial in trials:
        config = json.dumps(trial.user_attrs["configuration"], sort_keys=True)
        step = max(trial.intermediate_values)
        score = f"{trial.intermediate_values[step]:.2f}"
        expected.append((str(numbers.setdefault(config, len(numbers))), f"{step:,}", score))
    scored = rows_of(sections, "progress", "Scores of the trials")
    assert sorted((row["trial"], row["step"], row["score"]) for row in scored) == sorted(expected)
    configs = {
        json.dumps(trial.user_attrs["configuration"], sort_keys=True): trial.user_attrs
        for trial in trials
    }
    assert len(rows_of(sections, "coordinates", "Configurations")) == len(configs) == 24
    heads = [row for row in rows_of(sections, "slices", "BLEU by") if row["parameter"] == "nhead"]
    tried = Counter(str(attributes["configuration"]["nhead"]) for attributes in configs.values())
    assert {row["values"]: int(row["tried"]) for row in heads} == {
        value: tried[value] for value in ("2", "4", "8", "16")
    }


def test_synthetic_data_are_named(tmp_path: Path, store: Store, runs: Path) -> None:
    """The page says so, and only then."""
    assert "Synthetic data." not in "".join(Page(page(store, runs, tmp_path)).words)
    store.study.set_user_attr("data", {**store.attributes["data"], "synthetic": True})
    try:
        assert "Synthetic data." in "".join(Page(page(store, runs, tmp_path)).words)
    finally:
        store.study.set_user_attr("data", {**store.attributes["data"], "synthetic": False})


def test_html_in_values_is_escaped(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    store = searched(runs, "search.n_trials=3", final=False)
    bad = "</script><script>alert(1)</script><img src=x>"
    store.study.set_user_attr("provenance", {**store.attributes["provenance"], "command": bad})
    parsed = Page(page(store, runs, tmp_path))
    assert bad in "".join(parsed.words)
    assert "x" not in parsed.addresses
    assert not any("alert(1)" in script for script in parsed.scripts)


def test_several_studies_on_one_page(store: Store, runs: Path, tmp_path: Path) -> None:
    """They are compared, and every section has its own address."""
    other = searched(runs, "search.n_trials=4", name="other")
    path = tmp_path / "both.html"
    write([store, other], runs, path)
    ids = Page(path.read_text(encoding="utf-8")).ids
    assert {"league-name", "other-name", "together-studies"} <= set(ids)
    assert len(ids) == len(set(ids))
