"""The comparison of the NER strategies agrees with its files."""

from pathlib import Path

from report.tables import rows_of
from xlt.search.report.sections.ner_transfer import transfer_sections

SCORES = """\
data,encoder,strategy,sentences,shots,seed,language,type,precision,recall,f1
x,tiny,zero-shot,12580,0,1,fr,all,1,1,60
x,tiny,zero-shot,12580,0,2,fr,all,1,1,62
x,tiny,zero-shot,12580,0,1,fr,LOC,1,1,50
x,tiny,few-shot,250,250,1,fr,all,1,1,40
x,tiny,few-shot,250,250,2,fr,all,1,1,42
x,tiny,few-shot,1000,1000,1,fr,all,1,1,70
x,tiny,few-shot,1000,1000,2,fr,all,1,1,72
x,tiny,few-shot,1000,1000,1,fr,LOC,1,1,80
"""
CONFUSION = """\
data,encoder,strategy,sentences,shots,seed,language,expected,found,words
x,tiny,zero-shot,12580,0,1,fr,LOC,LOC,75
x,tiny,zero-shot,12580,0,1,fr,LOC,O,25
x,tiny,zero-shot,12580,0,1,fr,O,O,10
x,tiny,few-shot,1000,1000,1,fr,LOC,LOC,9
x,tiny,few-shot,1000,1000,1,fr,LOC,O,1
x,tiny,few-shot,1000,1000,1,fr,O,O,10
"""


def test_a_second_table_leaves_out_leaked_sentences(tmp_path: Path) -> None:
    """It is there only if its scores differ."""
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
        whole, *others = next(iter(transfer_sections(tmp_path))).tables
        assert whole.rows[0][2] == "61.00 ± 1.41"
        scores = [{row[0]: row[2] for row in table.rows} for table in others]
        assert scores == ([expected] if expected else [])


def test_every_section_shows_the_scores_of_the_files(tmp_path: Path) -> None:
    """Strategies by language, few-shot against zero-shot, types, and confusions."""
    folder = tmp_path / "transfer"
    folder.mkdir()
    (folder / "scores.csv").write_text(SCORES, encoding="utf-8")
    (folder / "confusion.csv").write_text(CONFUSION, encoding="utf-8")
    sections = list(transfer_sections(tmp_path))
    assert [section.anchor for section in sections] == [
        "transfer",
        "learning-curves",
        "types",
        "confusion",
    ]
    matrix = {row["strategy"]: row["fr"] for row in rows_of(sections, "transfer", "Test F1")}
    assert matrix == {"zero-shot": "61.00 ± 1.41", "few-shot": "71.00 ± 1.41"}
    # From 41 at 250 to 71 at 1,000, on a logarithmic scale: 61 is two thirds of the way.
    assert "crossover at 630 sentences" in sections[1].title
    assert sections[3].title.startswith(
        "Most frequent confusion: zero-shot predicts O for 25 % of LOC"
    )
    assert not list(transfer_sections(tmp_path / "elsewhere"))


def test_joint_training_has_a_curve_of_its_own(tmp_path: Path) -> None:
    """By French sentences, while the table of strategies counts all sentences."""
    folder = tmp_path / "transfer"
    folder.mkdir()
    joint = [f"x,tiny,joint,{12580 + n},{n},1,fr,all,1,1,{f1}" for n, f1 in ((250, 63), (1000, 73))]
    (folder / "scores.csv").write_text(SCORES + "\n".join(joint) + "\n", encoding="utf-8")
    (folder / "confusion.csv").write_text(CONFUSION, encoding="utf-8")
    sections = list(transfer_sections(tmp_path))
    curve = rows_of(sections, "learning-curves", "F1 by training sentences")
    assert [(row["sentences"], row["few-shot"], row["joint"]) for row in curve] == [
        ("250", "41.00 ± 1.41", "63.00"),
        ("1,000", "71.00 ± 1.41", "73.00"),
    ]
    matrix = rows_of(sections, "transfer", "Test F1")
    assert {row["strategy"]: row["sentences"] for row in matrix}["joint"] == "13,580"
    assert "joint against zero-shot on fr: crossover at fewer than 250" in sections[1].title


def test_the_title_names_a_best_strategy_only_if_its_lead_is_significant(tmp_path: Path) -> None:
    """A lead on one seed, or within the spread of the seeds, is no finding."""
    folder = tmp_path / "transfer"
    folder.mkdir()
    (folder / "confusion.csv").write_text(CONFUSION, encoding="utf-8")
    head, *_ = SCORES.splitlines()
    for first, second, start in (
        (
            [6.65],
            [6.71],
            "No strategy is significantly best on fr: few-shot 6.71, zero-shot 6.65 F1",
        ),
        ([60, 70, 80], [61, 71, 81], "No strategy is significantly best on fr"),
        ([60, 61, 62], [80, 81.5, 82], "Best on fr: few-shot 81.17 ± 1.04"),
    ):
        rows = [f"x,tiny,zero-shot,12580,0,{seed},fr,all,1,1,{f1}" for seed, f1 in enumerate(first)]
        rows += [
            f"x,tiny,few-shot,1000,1000,{seed},fr,all,1,1,{f1}" for seed, f1 in enumerate(second)
        ]
        (folder / "scores.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        assert next(iter(transfer_sections(tmp_path))).title.startswith(start)
