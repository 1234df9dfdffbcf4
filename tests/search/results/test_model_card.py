"""The model card of a final model: its text, and the code in it, which is run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from records import RECORD

from xlt.objectives.folders import verified_folder
from xlt.objectives.translation.league import League
from xlt.search.results.export import Export
from xlt.search.results.model_card import write_card
from xlt.studies.resolved import resolved
from xlt.studies.study import load

NER = load("ner-zero-shot")
CONFIG = {**load("league").space.baseline, "d_model": 32, "num_layers": 1, "nhead": 2, "d_ff": 64}
F1 = {"de_f1": 74.05, "fr_f1": 61.5, "en_f1": 0.0, "de_precision": 80.0}


def ner(**changes: Any) -> Export:
    record = RECORD | {"task": "ner", "study": resolved(NER), "study_name": NER.name}
    record |= {"configuration": dict(NER.space.baseline)}
    record |= {"test": {"step": 800, "metric": "F1", "score": 74.05, "metrics": F1}}
    return Export.model_validate(record | changes)


@pytest.mark.parametrize("sentences", [1, 40])
def test_the_code_in_the_card_translates_a_sentence(sentences: int, tmp_path: Path) -> None:
    """It runs unchanged in the model's folder, whose hashes include the card.

    Texts that are too long for the model are truncated.
    """
    folder = tmp_path / "final"
    league = League("synthetic", tmp_path / "data", "cpu")
    league.run(CONFIG, 1).export(folder)
    write_card(Export.model_validate(RECORD), folder)

    text = (folder / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code
    example = "Ein Mann sitzt auf einer Bank."
    assert example in code[1]
    program = code[1].replace(example, " ".join([example] * sentences))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )

    assert done.stdout.endswith("\n")
    assert verified_folder(folder)
    write_card(Export.model_validate(RECORD), folder)
    assert (folder / "README.md").read_text(encoding="utf-8") == text


def test_a_card_names_configuration_data_scores_and_how_to_reproduce_them(tmp_path: Path) -> None:
    notices = ["talks/train: 16,000 pairs where the protocol takes 50,000; all are used"]
    data = {**RECORD["data"], "synthetic": True, "notices": notices}
    write_card(Export.model_validate(RECORD | {"data": data}), tmp_path)

    text = (tmp_path / "README.md").read_text(encoding="utf-8")

    header = ModelCard.load(tmp_path / "README.md").data
    assert header.library_name == "transformers"
    assert header.language == ["de", "en"]
    for name, value in RECORD["configuration"].items():
        assert f"| {name} | {value} |" in text
    for part in ("synthetic data", notices[0], "xlt-search reproduce best.toml", "Not proven"):
        assert part in text
    assert "| test | BLEU | 29.90 | 1,100 |" in text


@pytest.mark.parametrize("language", ["de 74.05", "fr 61.50", "en 0.00"])
def test_a_card_has_the_score_of_every_language(language: str, tmp_path: Path) -> None:
    """Languages that score 0 included; it says which of them the test score is of."""
    write_card(ner(), tmp_path)

    text = (tmp_path / "README.md").read_text(encoding="utf-8")

    assert "F1 of de, the language it was trained and chosen on (" in text
    assert language in text
