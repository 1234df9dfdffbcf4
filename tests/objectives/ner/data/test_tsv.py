"""Files of tagged words: faults are reported, not repaired."""

from pathlib import Path

from xlt.objectives.ner.data import tsv


def test_faults_are_reported_and_not_repaired(tmp_path: Path) -> None:
    file = tmp_path / "train.tsv"
    file.write_text(
        "Anna\tB-PER\nsah\tO\n\n\nBonn\tX-LOC\n\nRom\tI-LOC\nist\tO\n\nzu viel\tO\tO\nda\tO\n\nGut\tO\n"
        + "\nWien\tB-LOC\n" * 20
    )
    notices: list[str] = []
    found = tsv.read(file, notices)
    assert found.words[:3] == (("Anna", "sah"), ("Rom", "ist"), ("Gut",))
    assert found.tags[1] == ("I-LOC", "O")
    assert len(notices) == 4
    for part, line in (("empty", 4), ("neither O nor", 5), ("continue nothing", 7), ("3 col", 10)):
        assert any(part in notice and f"(line {line})" in notice for notice in notices)
        assert all(str(file) in notice for notice in notices)
