"""The report: it tells what the record holds, needs nothing beside it, and names what it shows."""

import csv
import io
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import optuna
import pytest
import toy_ner
import toy_objective
from hypothesis import given
from hypothesis import strategies as st
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import TrialState, create_trial
from records import searched

from xlt.search import events
from xlt.search.cli.display import format_event
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import runner
from xlt.search.pipeline.session import Options, open_session
from xlt.search.report.dashboard_notes import of_study
from xlt.search.report.examples import pieces
from xlt.search.report.facts import Facts, read
from xlt.search.report.human_ratings import put_up
from xlt.search.report.outcome import outcome
from xlt.search.report.page import parts, write
from xlt.search.report.parameters import importance
from xlt.search.report.parts import Part
from xlt.search.report.strategies import strategies
from xlt.search.report.trust import trust
from xlt.search.results import export
from xlt.search.results.export import REPORT
from xlt.search.results.notebook import as_notebook
from xlt.search.storage.store import Store
from xlt.search.storage.studies import load_study
from xlt.search.suggest.distributions import distributions
from xlt.spaces.errors import InputError
from xlt.studies.study import load

CONFIGURATIONS = 24


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "runs"


@pytest.fixture(scope="module")
def store(runs: Path) -> Store:
    return searched(runs, f"search.n_trials={CONFIGURATIONS}", "search.sampler=random")


@pytest.fixture(scope="module")
def facts(store: Store) -> Facts:
    return read(store)


class Page(HTMLParser):
    """What of a page matters here."""

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


def test_without_a_final_it_has_one_too(tmp_path: Path) -> None:
    searched(tmp_path / "runs", "search.n_trials=3", final=False)
    assert "no final yet" in (tmp_path / "runs" / "league" / REPORT).read_text(encoding="utf-8")


def test_a_comparison_that_was_altered_costs_no_study_its_end(tmp_path: Path) -> None:
    """The score is there all the same; asked for by itself, the report says what is wrong."""
    runs = tmp_path / "runs"
    (runs / "transfer").mkdir(parents=True)
    (runs / "transfer" / "scores.csv").write_text("nonsense\n1\n", encoding="utf-8")
    seen: list[object] = []
    study = load("ner-multilingual", ["data.source=toy", "search.n_trials=2", "confirm.seeds=0"])
    options = Options(runs=runs, device="cpu", workers=1, objective_factory=toy_ner.build)
    runner.run_study(study, study.name, options, seen.append, threading.Event())
    assert isinstance(seen[-1], events.TestScore)
    assert any("no report was written" in str(event) for event in seen)
    with pytest.raises(InputError, match=r"scores\.csv"):
        write([load_study(None, runs, study.name)], runs, tmp_path / REPORT)


def test_a_zero_shot_study_shows_every_language_and_what_to_know_of_its_data(
    tmp_path: Path,
) -> None:
    """On the page, on the terminal and in what is exported; each says what its headline is of.

    That scores of the encoder tiny mean nothing is such a notice.
    """
    runs, seen = tmp_path / "runs", list[events.Event]()
    changes = ["data.source=toy", "search.n_trials=2", "confirm.seeds=0"]
    study = load("ner-zero-shot", changes)
    options = Options(runs=runs, device="cpu", workers=1, objective_factory=toy_ner.build)
    runner.run_study(study, study.name, options, seen.append, threading.Event())
    store = load_study(None, runs, study.name)
    record = store.attributes["final"]["test"]["metrics"]

    page = (runs / study.name / REPORT).read_text(encoding="utf-8")
    terminal = "\n".join(filter(None, map(format_event, seen)))
    best = export.read_export(runs / study.name / "best.toml")
    card = (runs / study.name / "final" / "README.md").read_text(encoding="utf-8")
    dashboard = of_study(read(store), None)
    for text in (page, terminal, as_notebook(best), card, dashboard):
        assert "F1 of de, the language it was trained and chosen on (" in text
        for name in ("de_f1", "fr_f1"):
            assert f"{name[:2]} {record[name]:.2f}" in text
        assert "a notice" in text
    assert "F1 in de on the test set; not confirmed" in page
    # As prominent as that the data are synthetic: above the scores.
    assert page.index("a notice") < page.index('class="headline"')


@pytest.mark.parametrize(
    ("other", "title"),
    [
        ("ner-few-shot", "2 studies side by side; their scores do not all compare"),
        ("ner-zero-shot", "has the best score on the test set, 85.00 F1"),
    ],
)
def test_studies_that_were_chosen_on_other_languages_have_no_best_one(
    other: str, title: str, tmp_path: Path
) -> None:
    """A score on German and one on French are of two tests; each language's is in the table."""
    stores = []
    for name, study_name in (("first", "ner-zero-shot"), ("second", other)):
        study = load(study_name, ["data.source=toy", "search.n_trials=2", "confirm.seeds=0"])
        options = Options(runs=tmp_path, device="cpu", workers=1, objective_factory=toy_ner.build)
        runner.run_study(study, name, options, lambda _: None, threading.Event())
        stores.append(load_study(None, tmp_path, name))
    tests = [store.attributes["final"]["test"]["metrics"] for store in stores]
    cells = [f"(de {test['de_f1']:.2f}, fr {test['fr_f1']:.2f})" for test in tests]

    write(stores, tmp_path, tmp_path / REPORT)

    text = (tmp_path / REPORT).read_text(encoding="utf-8")
    compared = text[text.index('id="together"') :]
    assert title in compared
    assert all(cell in compared for cell in cells)


@pytest.mark.parametrize(
    ("seeds", "left_out", "why"),
    [
        ([], [], "No runs on new seeds were asked for."),
        ([], ["trial 1 on seed 7"], "There was no time for 1 of the runs on new seeds."),
        ([7], [], "1 of its 1 runs on new seeds came to nothing."),
    ],
)
def test_a_winner_that_is_not_confirmed_says_why(
    facts: Facts, seeds: list[int], left_out: list[str], why: str
) -> None:
    """Time, the study's own wish, or runs that diverged: the one that was so."""
    found = facts.confirmation
    assert found
    lost = [each.model_copy(update={"runs": []}) for each in found.candidates]
    update = {"confirmed": False, "seeds": seeds, "left_out": left_out, "candidates": lost}
    (part,) = trust(replace(facts, confirmation=found.model_copy(update=update)))
    assert part.note.startswith(why)


def test_a_mean_of_exactly_zero_is_drawn(facts: Facts) -> None:
    """Zero is a score: losses and differences may have it as their mean."""
    found = facts.confirmation
    assert found
    zero = [each.model_copy(update={"mean": 0.0}) for each in found.candidates]
    (part,) = trust(replace(facts, confirmation=found.model_copy(update={"candidates": zero})))
    (means,) = (t for t in part.pictures[0].figure.data if t.name == "mean")
    assert list(means.x) == [0.0] * len(found.ranking)


def test_a_study_without_scores_has_no_report_but_a_sentence_that_says_so(tmp_path: Path) -> None:
    """A page of "none" would help nobody."""
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
    """An old page in its place would look like this command's."""
    runs = tmp_path / "runs"
    searched(runs, "search.n_trials=2", "budget.time=2h", final=False)
    report = runs / "league" / REPORT
    assert report.exists()
    monkeypatch.setattr("xlt.search.pipeline.runner.REPORTED", 1e9)
    searched(runs, "search.n_trials=3", "budget.time=2h", final=False)
    assert not report.exists()


def test_a_command_that_is_interrupted_leaves_no_older_report(tmp_path: Path) -> None:
    """It has no report of its own, and the study is not any more what the old one tells of."""
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


def test_pandas_reads_every_training_from_trials_csv(store: Store, runs: Path) -> None:
    """Trials, runs on new seeds and the final, in columns that can be named in code."""
    text = (runs / "league" / "trials.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(name.isidentifier() for name in rows[0])
    kinds = Counter(row["kind"] for row in rows)
    found = export.current_confirmation(store)
    assert found
    assert kinds == {
        "search": len(store.study.trials),
        "confirmation": sum(len(each.runs) for each in found.candidates),
        "final": 1,
    }
    (final,) = (row for row in rows if row["kind"] == "final")
    assert float(final["test_score"]) == store.attributes["final"]["test"]["score"]
    assert int(final["trial"]) == found.winner
    scores = {
        (int(row["trial"]), int(row["seed"])): float(row["score"])
        for row in rows
        if row["kind"] == "confirmation"
    }
    for each in found.candidates:
        for run in each.runs:
            assert scores[each.trial, run.seed] == run.score
    # The full length of the league's protocol.
    assert {row["step"] for row in rows if row["kind"] != "search"} == {"1100"}


def test_nothing_is_loaded_from_elsewhere(store: Store, runs: Path, tmp_path: Path) -> None:
    """Addresses lead to the page's own parts, all of which are there; it is small enough to send."""
    text = page(store, runs, tmp_path)
    found = Page(text)
    outside = [each for each in found.addresses if not each.startswith("#")]
    assert outside == ["data:,"]
    assert {each.removeprefix("#") for each in found.addresses} - {"data:,"} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))
    assert not re.search(r"@import|url\(", text[: text.index("</style>")])
    assert len(text.encode()) < 6e6


def axes(layout: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, axis) for name, axis in layout.items() if re.match(r"[xy]axis", name))


def test_every_axis_has_a_name(store: Store, runs: Path, tmp_path: Path) -> None:
    """But for those that only repeat the one below, in rows that share it."""
    figures = [each for each in Page(page(store, runs, tmp_path)).figures if "layout" in each]
    assert len(figures) > 10
    for figure in figures:
        if figure["data"][0]["type"] == "parcoords":
            assert all(each["label"] for each in figure["data"][0]["dimensions"])
            continue
        for _, axis in axes(figure["layout"]):
            assert axis.get("title", {}).get("text") or axis.get("showticklabels") is False


def test_every_picture_has_its_numbers(store: Store, runs: Path, tmp_path: Path) -> None:
    pictured = [each for each in Page(page(store, runs, tmp_path)).sections if each.get("figure")]
    assert pictured
    assert all(each.get("table") and each.get("details") for each in pictured)


def test_the_parts_that_were_promised(facts: Facts) -> None:
    """Score over configurations and time, curves, importance, slices, and so on."""
    anchors = [part.anchor for part in parts(facts)]
    for anchor in ("seeds", "course", "curves", "importance", "slices", "coordinates", "map"):
        assert anchor in anchors
    assert {"cost", "samples"} <= set(anchors)


def test_what_the_final_wrote_is_shown(facts: Facts) -> None:
    """Of the test set, beside the winner's validation sentences."""
    part = next(part for part in parts(facts) if part.anchor == "handed-over")
    assert part.title.startswith("0 of 1 ")
    assert "step 1,100" in part.note
    (sample,) = part.samples
    found = [(label, "".join(piece.text for piece in line)) for label, line in sample.lines]
    assert found == [("source", "zwei"), ("expected", "two"), ("final", "too")]


def table(found: list[Part], anchor: str, title: str) -> list[dict[str, str]]:
    part = next(part for part in found if part.anchor == anchor)
    one = next(each for each in part.tables if each.title.startswith(title))
    return [dict(zip(one.header, row, strict=True)) for row in one.rows]


def test_its_figures_are_those_of_the_record(facts: Facts, store: Store) -> None:
    """Counted once more, from Optuna's trials alone."""
    found = list(parts(facts))
    trials = [each for each in store.study.trials if each.state != TrialState.FAIL]
    scored = table(found, "course", "What each trial")
    assert sorted(int(row["trial"]) for row in scored) == [each.number for each in trials]
    for row in scored:
        trial = store.study.trials[int(row["trial"])]
        step = max(trial.intermediate_values)
        assert row["step"] == f"{step:,}"
        assert row["score"] == f"{trial.intermediate_values[step]:.2f}"
    furthest: dict[str, int] = {}
    for trial in trials:
        config = json.dumps(trial.user_attrs["configuration"], sort_keys=True)
        step = max(trial.intermediate_values)
        furthest[config] = max(furthest.get(config, 0), step)
    steps = {row["way"]: row["steps"] for row in table(found, "cost", "Steps")}
    assert steps["asked for"] == f"{sum(furthest.values()):,}"
    assert steps["full runs"] == f"{1100 * len(furthest):,}"
    assert len(table(found, "coordinates", "Configurations")) == len(furthest) == CONFIGURATIONS


def test_before_and_after_are_the_confirmed_means(facts: Facts, store: Store) -> None:
    told, found = outcome(facts), export.current_confirmation(store)
    assert found is not None
    winner = found.candidate(found.winner)
    assert winner.mean is not None
    assert told.after[0].startswith(f"{winner.mean:.2f} ±")
    baseline = next(each for each in found.candidates if each.baseline)
    assert baseline.mean is not None
    assert told.before[0].startswith(f"{baseline.mean:.2f} ±")
    assert told.change[0] == f"{winner.mean - baseline.mean:+.2f}"
    shown = {name: value for name, _, value, _ in told.configurations}
    assert shown["d_model"] == str(winner.configuration["d_model"])


def test_a_baseline_that_wins_is_told(facts: Facts) -> None:
    """As that, and not as a gain of nothing."""
    assert facts.confirmation is not None
    baseline = next(each for each in facts.confirmation.candidates if each.baseline)
    won = facts.confirmation.model_copy(
        update={
            "winner": baseline.trial,
            "ranking": [baseline.trial],
            "comparisons": [],
        }
    )
    told = replace(facts, winner=facts.baseline, confirmation=won)
    assert outcome(told).change == ("none", "nothing that was found is better than the baseline")
    assert next(iter(trust(told))).title.startswith("Nothing that was found is better")


def test_importances_are_optunas(facts: Facts) -> None:
    """Asked for all trials in a study of their own, whose values are places."""
    space = facts.study.space
    study = optuna.create_study()
    for each in facts.ranked:
        params = space.to_parameters(each.configuration)
        trial = create_trial(
            params=params, distributions=distributions(space), value=float(each.place or 0)
        )
        study.add_trial(trial)
    evaluator = PedAnovaImportanceEvaluator(target_quantile=3 / len(facts.ranked))
    expected = get_param_importances(study, evaluator=evaluator)
    actual = importance(space.searched, facts.ranked, facts)
    names = {parameter.name: parameter.trial_name for parameter in space.searched}
    assert {names[name]: share for name, share in actual.items()} == pytest.approx(expected)
    assert sum(actual.values()) == pytest.approx(1)


def test_minutes_leave_out_the_night(tmp_path: Path) -> None:
    """Between two commands nothing is trained, and no minute passes."""
    runs = tmp_path / "runs"
    searched(runs, "search.n_trials=2", final=False)
    first = read(load_study(None, runs, "league")).minutes
    threading.Event().wait(1.5)
    facts = read(searched(runs, "search.n_trials=4", final=False))
    spans = [(t.datetime_start, t.datetime_complete) for t in facts_trials(runs)]
    whole = max(end for _, end in spans) - min(start for start, _ in spans)
    assert first < facts.minutes < whole.total_seconds() / 60 - 1.4 / 60
    assert [point.minutes for point in facts.points] == sorted(p.minutes for p in facts.points)


def facts_trials(runs: Path) -> list[Any]:
    return load_study(None, runs, "league").study.trials


def test_synthetic_data_are_named(tmp_path: Path, store: Store, runs: Path) -> None:
    """On the first screen; and nowhere where they are real."""
    assert "Synthetic data." not in "".join(Page(page(store, runs, tmp_path)).words)
    store.study.set_user_attr("data", {**store.attributes["data"], "synthetic": True})
    try:
        assert "Synthetic data." in "".join(Page(page(store, runs, tmp_path)).words)
    finally:
        store.study.set_user_attr("data", {**store.attributes["data"], "synthetic": False})


def test_what_models_write_stays_text(tmp_path: Path) -> None:
    """An output that looks like HTML is shown, and never is any."""
    runs = tmp_path / "runs"
    store = searched(runs, "search.n_trials=3", final=False)
    bad = "</script><script>alert(1)</script><img src=x>"
    store.study.set_user_attr("provenance", {**store.attributes["provenance"], "command": bad})
    found = Page(page(store, runs, tmp_path))
    assert bad in "".join(found.words)
    assert "x" not in found.addresses
    assert not any("alert(1)" in script for script in found.scripts)


def test_several_studies_on_one_page(store: Store, runs: Path, tmp_path: Path) -> None:
    """Side by side, and each with all its parts under addresses of its own."""
    other = searched(runs, "search.n_trials=4", name="other")
    path = tmp_path / "both.html"
    write([store, other], runs, path)
    found = Page(path.read_text(encoding="utf-8"))
    assert {"league-name", "other-name", "together-studies"} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_ratings_are_told(runs: Path, store: Store) -> None:
    """What people answered in the dashboard, per question."""
    winner = read(store).winner
    assert winner is not None
    storage = store.study._storage
    space = load("league").space
    put_up(storage, "league", space, winner.trial, winner.configuration, winner.examples)
    put_up(storage, "league", space, winner.trial, winner.configuration, winner.examples)
    rating = optuna.load_study(study_name="league (ratings)", storage=storage)
    (asked,) = rating.get_trials(states=(TrialState.RUNNING,))
    rating.tell(asked.number, [1.0, 0.5])
    rows = table(list(parts(read(store))), "samples", "What people say")
    assert rows == [
        {
            "rated": f"trial {winner.trial}",
            "answers": "1",
            "sensible": "100%",
            "specific": "50%",
        }
    ]


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="[]"), max_size=8),
            st.text(st.characters(categories=["L"]), min_size=1, max_size=8),
            st.sampled_from(["PER", "LOC", "ORG"]),
            st.booleans(),
        )
    )
)
def test_entities_are_cut_out(parts: list[tuple[str, str, str, bool]]) -> None:
    """All of a sentence's text, and each entity with its type and whether it is wrong."""
    text = "".join(
        f"{before}[{'*' * wrong}{entity} {kind}]" for before, entity, kind, wrong in parts
    )
    found = pieces(text)
    assert "".join(piece.text for piece in found) == "".join(b + e for b, e, _, _ in parts)
    marked = [(piece.text, piece.kind, piece.wrong) for piece in found if piece.kind]
    assert marked == [(entity, kind, wrong) for _, entity, kind, wrong in parts]


SCORES = """\
data,encoder,strategy,sentences,seed,language,type,precision,recall,f1
x,tiny,zero-shot,12580,1,fr,all,1,1,60
x,tiny,zero-shot,12580,2,fr,all,1,1,62
x,tiny,zero-shot,12580,1,fr,LOC,1,1,50
x,tiny,few-shot,250,1,fr,all,1,1,40
x,tiny,few-shot,250,2,fr,all,1,1,42
x,tiny,few-shot,1000,1,fr,all,1,1,70
x,tiny,few-shot,1000,2,fr,all,1,1,72
x,tiny,few-shot,1000,1,fr,LOC,1,1,80
"""
CONFUSION = """\
data,encoder,strategy,sentences,seed,language,expected,found,words
x,tiny,zero-shot,12580,1,fr,LOC,LOC,75
x,tiny,zero-shot,12580,1,fr,LOC,O,25
x,tiny,zero-shot,12580,1,fr,O,O,10
x,tiny,few-shot,1000,1,fr,LOC,LOC,9
x,tiny,few-shot,1000,1,fr,LOC,O,1
x,tiny,few-shot,1000,1,fr,O,O,10
"""


def test_strategies_are_told_without_leaked_sentences_as_well(tmp_path: Path) -> None:
    """Where their scores differ: a second table, from the same file."""
    folder = tmp_path / "transfer"
    folder.mkdir()
    head, *rows = SCORES.splitlines()
    for lost, expected in (
        (0, None),
        (5, {"zero-shot": "56.00 ± 1.41", "few-shot": "66.00 ± 1.41"}),
    ):
        unseen = [f"{row},1,1,{float(row.rpartition(',')[2]) - lost}" for row in rows]
        names = f"{head},precision_unseen,recall_unseen,f1_unseen"
        (folder / "scores.csv").write_text("\n".join([names, *unseen]) + "\n", encoding="utf-8")
        (folder / "confusion.csv").write_text(CONFUSION, encoding="utf-8")
        whole, *others = next(iter(strategies(tmp_path))).tables
        assert whole.rows[0][2] == "61.00 ± 1.41"
        found = [{row[0]: row[2] for row in table.rows} for table in others]
        assert found == ([expected] if expected else [])


def test_strategies_are_told(tmp_path: Path) -> None:
    """The matrix, the curve and its crossing, types and confusions, from the comparison's files."""
    folder = tmp_path / "transfer"
    folder.mkdir()
    (folder / "scores.csv").write_text(SCORES, encoding="utf-8")
    (folder / "confusion.csv").write_text(CONFUSION, encoding="utf-8")
    found = list(strategies(tmp_path))
    assert [part.anchor for part in found] == ["transfer", "few-shot", "types", "confusion"]
    matrix = {row["strategy"]: row["fr"] for row in table(found, "transfer", "F1 on test")}
    assert matrix == {"zero-shot": "61.00 ± 1.41", "few-shot": "71.00 ± 1.41"}
    # From 41 at 250 to 71 at 1,000, on a logarithmic scale: 61 is two thirds of the way.
    assert "crossing at 630 sentences" in found[1].title
    assert found[3].title.startswith("Most often confused: 25 % of LOC taken for O, by zero-shot")
    assert not list(strategies(tmp_path / "elsewhere"))
