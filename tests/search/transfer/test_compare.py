"""The comparison of strategies on an objective whose F1 scores are known."""

import csv
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import toy_ner

from xlt.search import events
from xlt.search.cli import display
from xlt.search.pipeline import runner
from xlt.search.pipeline.options import Options
from xlt.search.transfer.compare import compare_strategies
from xlt.spaces.errors import InputError, XltError
from xlt.studies.study import STRATEGIES, Study, load

SIZES = (250, 1000, 2000, 4000)
Compare = Callable[..., list[events.Event]]


def toy(name: str) -> Study:
    return load(name, ["data.source=toy", "search.n_trials=2"])


@pytest.fixture
def compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compare:
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "toy.log"))

    def run(
        seeds: int = 3,
        sizes: Sequence[int] = SIZES,
        given: Sequence[Path] = (),
        load: Callable[[str], Study] = toy,
        options: Options | None = None,
        equal: Path | None = None,
    ) -> list[events.Event]:
        seen: list[events.Event] = []
        compare_strategies(
            load,
            options or Options(tmp_path / "runs", workers=1, objective_factory=toy_ner.build),
            seen.append,
            threading.Event(),
            n_seeds=seeds,
            sizes=sizes,
            best_exports=given,
            shared_export=equal,
        )
        return seen

    return run


def trained(folder: Path) -> list[str]:
    log = folder / "toy.log"
    return sorted(set(log.read_text().splitlines())) if log.exists() else []


def test_tables(compare: Compare) -> None:
    """Five strategies by two languages, with their spread; curves at their studies' own size."""
    seen = compare()
    strategies, differences, curve = (e.table for e in seen if isinstance(e, events.TableReady))
    assert [row[0] for row in strategies.rows] == list(STRATEGIES.values())
    assert strategies.header == ("strategy", "sentences", "steps", "seeds", "de", "fr")
    rows = ["zero-shot 12,580 800 3 85.10 70.10", "few-shot 1,000 320 3 60.10 60.10"]
    assert [tuple(row.split()) for row in rows] == [
        tuple(cell.removesuffix(" ± 0.10") for cell in row) for row in strategies.rows[:2]
    ]
    better = next(row for row in differences.rows if row[:2] == ("zero-shot -> few-shot", "fr"))
    assert better[2] == "-10.00"
    # The toy's differences are equal on all seeds: a sign test on three seeds proves nothing.
    assert better[4:] == ("1.000", "not significant")
    assert [row[0] for row in curve.rows] == ["250", "1,000", "2,000", "4,000"]
    assert "70.10 ± 0.10" in curve.title


def test_crossover(compare: Compare) -> None:
    """40 at 250 sentences and 10 more for each doubling reach 70 at 2,000."""
    crossing, joint = (e for e in compare() if isinstance(e, events.Crossover))
    assert (crossing.strategy, joint.strategy) == ("few-shot", "joint")
    # It has German sentences, so it is never worse than zero-shot.
    assert joint.text.startswith("crossover at fewer than 250 sentences")
    assert crossing.text.startswith("crossover at 2,000 sentences; ")
    assert crossing.language == "fr"
    assert crossing.at == pytest.approx(2000)
    assert crossing.low is not None
    assert crossing.high is not None
    assert crossing.low <= 2000 <= crossing.high
    short, _ = (e for e in compare(sizes=(250, 500)) if isinstance(e, events.Crossover))
    assert "no crossover up to 1,000 sentences" in short.text
    assert short.at is None


def test_scores_without_leaked_sentences(compare: Compare, tmp_path: Path) -> None:
    """Few-shot loses 10, so that its curve crosses zero-shot's score later, at 4,000."""
    seen = compare(
        sizes=(250, 2000, 8000),
        options=Options(tmp_path / "runs", workers=1, objective_factory=toy_ner.build_leaking),
    )
    tables = [e.table for e in seen if isinstance(e, events.TableReady)]
    assert len(tables) == 6
    for table in tables[3:]:
        assert "without leaked sentences" in table.title
    few_shot = [table.rows[1][-1] for table in (tables[0], tables[3])]
    assert few_shot == ["60.10 ± 0.10", "50.10 ± 0.10"]
    french = [table.rows[1][2] for table in (tables[1], tables[4])]
    assert french == ["-10.00", "-20.00"]
    assert [row[1][:5] for row in tables[5].rows] == ["30.10", "50.10", "60.10", "80.10"]
    whole, _, without, _ = (e for e in seen if isinstance(e, events.Crossover))
    assert (whole.unseen, without.unseen) == (False, True)
    assert whole.at == pytest.approx(2000)
    assert without.at == pytest.approx(4000)
    assert display.format_event(without) == (
        f"few-shot against zero-shot on fr, without leaked sentences: {without.text}"
    )
    notices = [e.text for e in seen if isinstance(e, events.Notice) and "fr 1,000 of" in e.text]
    assert len(notices) == 1
    text = (tmp_path / "runs/transfer/transfer.md").read_text()
    assert notices[0] in text
    assert f"few-shot against zero-shot on fr, without leaked sentences: {without.text}" in text
    with open(tmp_path / "runs/transfer/scores.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["type"] == "all"]
    for row in rows:
        lost = 10 * (row["language"] == "fr" and row["strategy"] != "zero-shot")
        assert float(row["f1_unseen"]) == pytest.approx(float(row["f1"]) - lost)


def test_no_leak_notice_without_leaks(compare: Compare, tmp_path: Path) -> None:
    seen = compare(sizes=(), seeds=1)
    assert not any("leaked" in e.text for e in seen if isinstance(e, events.Notice))
    assert "leaked" not in (tmp_path / "runs/transfer/transfer.md").read_text()


def test_learning_curve_ends_with_the_corpus(
    compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Larger sizes would repeat its last point."""
    seen = compare(sizes=(250, 20_000, 30_000), seeds=1)
    curve = [e.table for e in seen if isinstance(e, events.TableReady)][-1]
    assert [row[0] for row in curve.rows] == ["250", "1,000", "15,000"]
    notices = [e.text for e in seen if isinstance(e, events.Notice)]
    assert "few-shot: there are no 20,000 sentences; skipped" in notices
    assert notices.count("a notice") == 1


def test_diverged_seed_is_left_out(compare: Compare, tmp_path: Path) -> None:
    options = Options(tmp_path / "runs", workers=1, objective_factory=toy_ner.build_diverging_once)
    for _ in range(2):  # the second time from the record
        seen = compare(sizes=(), options=options)
        strategies = next(e.table for e in seen if isinstance(e, events.TableReady))
        assert strategies.rows[4][3:5] == ("2", "85.10 ± 0.14")  # seeds 44 and 45
        (lost,) = (e for e in seen if isinstance(e, events.TransferRunTested) and e.diverged)
        assert lost.job.endswith("seed 43")
        text = (tmp_path / "runs/transfer/transfer.md").read_text()
        assert f"- {lost.job}: diverged at step 1" in text


def test_files(compare: Compare, tmp_path: Path) -> None:
    """The CSV files have every run's scores; the text has all tables, and sentences with mistakes."""
    compare()
    folder = tmp_path / "runs" / "transfer"
    with open(folder / "scores.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["data"], row["encoder"]) for row in rows} == {("toy", "toy")}
    few_shot, others = len(SIZES), len(SIZES) + 3  # entries; the others have a type more
    assert len(rows) == (few_shot * 2 + others * 3) * 3 * 2  # types, seeds, languages
    for row in rows:
        shots = {"fr": int(row["shots"])}
        train = {"zero-shot": {"de": 1}, "few-shot": shots, "joint": {"de": 1, **shots}}
        assert int(row["sentences"]) >= shots["fr"]
        if row["strategy"] in train:
            expected = toy_ner.f1(train[row["strategy"]], row["language"], int(row["seed"]))
            assert float(row["f1"]) == expected
    with open(folder / "confusion.csv", encoding="utf-8") as file:
        missed = [row for row in csv.DictReader(file) if row["found"] != row["expected"]]
    assert {row["words"] for row in missed} == {"1"}
    text = (folder / "transfer.md").read_text()
    lines = ["".join(line.split()) for line in text.splitlines()]
    assert "|zero-shot|de|LOC|10.0|90.0|" in lines
    assert not any("RARE" in line for line in lines)  # no test has one
    assert any(line.startswith("|full|") and "thebaseline" in line for line in lines)
    assert "de expected:  [*Rom LOC]" in text
    assert "SYNTHETIC DATA" in text
    assert sorted(path.name for path in folder.iterdir() if path.name != ".lock") == [
        "confusion.csv",
        "results.json",
        "scores.csv",
        "transfer.md",
    ]


def test_same_command_resumes(compare: Compare, tmp_path: Path) -> None:
    """No run is tested twice; another seed adds its own runs."""
    first = compare(seeds=1)
    once = (tmp_path / "toy.log").read_text()
    assert [e for e in compare(seeds=1) if isinstance(e, events.TableReady)] == [
        e for e in first if isinstance(e, events.TableReady)
    ]
    assert (tmp_path / "toy.log").read_text() == once
    compare(seeds=2)
    assert {line.split()[-2] for line in trained(tmp_path)} == {"43", "44"}
    record = json.loads((tmp_path / "runs/transfer/results.json").read_text())
    assert len(record) == 2 * (3 + 2 * len(SIZES))
    assert all(one["test_accesses"] for one in record.values())


def test_winner_of_a_study_or_export_is_compared(compare: Compare, tmp_path: Path) -> None:
    """Else the baseline. A notice says which."""
    options = Options(tmp_path / "runs", workers=1, objective_factory=toy_ner.build)
    study = load("ner-full", ["data.source=toy", "search.n_trials=1", 'space.tuning_method="lora"'])
    runner.run_study(study, "ner-full", options, lambda _: None, threading.Event())
    (tmp_path / "toy.log").unlink()
    seen = compare(seeds=1, sizes=())
    assert [line for line in trained(tmp_path) if line.endswith("lora")] == [
        line for line in trained(tmp_path) if '"en"' in line
    ]
    texts = [e.text for e in seen if isinstance(e, events.Notice)]
    assert any("full" in text and "trial 0 of the study" in text for text in texts)
    assert any("zero-shot" in text and "the baseline" in text for text in texts)

    other = Options(tmp_path / "other", workers=1, objective_factory=toy_ner.build)
    study = load(
        "ner-full",
        ["data.source=toy", "search.n_trials=1", "search.seed=50", 'space.tuning_method="head"'],
    )
    runner.run_study(study, "ner-full", other, lambda _: None, threading.Event())
    (tmp_path / "toy.log").unlink()
    compare(given=[tmp_path / "other/ner-full/best.toml"], seeds=1, sizes=())
    heads = [line for line in trained(tmp_path) if line.endswith("head")]
    assert len(heads) == 1
    assert '"en"' in heads[0]
    # No seed that any of them was chosen on.
    assert {line.split()[-2] for line in trained(tmp_path)} == {"51"}


def test_equal_configuration_for_all_strategies(compare: Compare, tmp_path: Path) -> None:
    """Strategies differ only in their training data."""
    options = Options(tmp_path / "runs", workers=1, objective_factory=toy_ner.build)
    study = load("ner-full", ["data.source=toy", "search.n_trials=1", 'space.tuning_method="lora"'])
    runner.run_study(study, "ner-full", options, lambda _: None, threading.Event())
    (tmp_path / "toy.log").unlink()
    best = tmp_path / "runs/ner-full/best.toml"
    compare(equal=best, seeds=1, sizes=())
    assert len(trained(tmp_path)) == 5
    assert all(line.endswith("lora") for line in trained(tmp_path))
    with pytest.raises(InputError, match="--best and --equal exclude each other"):
        compare(equal=best, given=[best])


def test_experiments_overlap(compare: Compare, tmp_path: Path) -> None:
    """Two workers give the results of one, though experiments overlap."""
    alone = compare(sizes=(250,))
    together = compare(
        sizes=(250,),
        options=Options(tmp_path / "other", workers=2, objective_factory=toy_ner.build_slow),
    )
    assert [e for e in alone if isinstance(e, events.TableReady)] == [
        e for e in together if isinstance(e, events.TableReady)
    ]
    runs = [e.job for e in together if isinstance(e, events.TransferRunTested)]
    assert len(runs) == len(set(runs)) == (3 + 2 * 2) * 3
    said = [e.text if isinstance(e, events.Notice) else getattr(e, "job", "") for e in together]
    slow = said.index("few-shot (1,000 fr), seed 45")
    following = next(text for text in said if text.startswith("few-shot (250 fr): "))
    assert said.index(following) < slow
    text = (tmp_path / "other/transfer/transfer.md").read_text()
    assert text == (tmp_path / "runs/transfer/transfer.md").read_text()


def test_errors(compare: Compare, tmp_path: Path) -> None:
    """Another study's export, an unreadable record, two languages to grow in, a divergence."""
    league = tmp_path / "league.toml"
    options = Options(tmp_path / "others", workers=1, objective_factory=toy_ner.build)
    other = replace(toy("ner-full"), name="mine")
    runner.run_study(other, "mine", options, lambda _: None, threading.Event())
    league.write_text((tmp_path / "others/mine/best.toml").read_text())
    with pytest.raises(InputError, match='"mine" is not a strategy\'s study'):
        compare(given=[league])

    def two(name: str) -> Study:
        study = toy(name)
        return replace(study, settings={**study.settings, "train": {"de": 1, "fr": 1}})

    with pytest.raises(InputError, match="de, fr: expected one language"):
        compare(load=two)
    diverging = Options(tmp_path / "bad", workers=1, objective_factory=toy_ner.build_diverging)
    with pytest.raises(XltError, match=r"few-shot \(4,000 fr\), seed 43: diverged at step 1"):
        compare(options=diverging)
    # The other experiments are recorded all the same.
    record = json.loads((tmp_path / "bad/transfer/results.json").read_text())
    assert sum("test" in result for result in record.values()) == 3
    (tmp_path / "runs/transfer").mkdir(parents=True, exist_ok=True)
    for text in ("{", "[1]", '{"a": 1}', '{"a": {}}', '{"a": {"test": {"examples": 1}}}'):
        (tmp_path / "runs/transfer/results.json").write_text(text)
        with pytest.raises(InputError, match=r"results\.json: not as it was written"):
            compare()
