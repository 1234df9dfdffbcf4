"""The code for notebooks runs, and has the values of the export."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from records import RECORD
from transformers import TrainingArguments

from xlt.search.results.export import Export
from xlt.search.results.notebook import as_notebook
from xlt.studies.resolved import resolved
from xlt.studies.study import load

NER = load("ner-zero-shot")
Pasted = Callable[..., dict[str, Any]]


@pytest.fixture
def pasted(tmp_path: Path) -> Pasted:
    return lambda **changes: run(tmp_path / "pasted.py", changes)


def run(file: Path, changes: dict[str, Any]) -> dict[str, Any]:
    space = NER.space
    config = space.canonical(space.active({**space.baseline, **changes}))
    record = RECORD | {"task": "ner", "study": resolved(NER), "configuration": config}
    file.write_text(as_notebook(Export.model_validate(record)))
    return runpy.run_path(str(file))


def test_training_arguments(pasted: Pasted) -> None:
    """The baseline has the published values, and `max_steps` counts optimizer updates."""
    arguments = pasted()["arguments"]
    assert isinstance(arguments, TrainingArguments)
    assert arguments.learning_rate == 5e-5
    assert arguments.per_device_train_batch_size == 16
    assert arguments.weight_decay == 0.05
    assert arguments.max_steps == NER.settings["steps"] * 2  # two updates make 32 sentences
    assert arguments.lr_scheduler_type == "linear"
    assert arguments.seed == 42
    assert arguments.load_best_model_at_end
    assert arguments.eval_steps == arguments.save_steps == arguments.max_steps / 4


def test_the_learning_rate_of_lora(pasted: Pasted) -> None:
    """LoRA has its own; parameters that the Trainer does not have are in `settings`."""
    names = pasted(tuning_method="lora", lora_learning_rate=1e-3, batch_size=8, warmup_ratio=0.1)
    assert names["arguments"].learning_rate == 1e-3
    assert names["arguments"].warmup_steps == round(0.1 * NER.settings["steps"] * 4)
    assert names["settings"]["lora_rank"] == 8
    assert names["settings"]["train"] == {"de": 12580}
    assert "learning_rate" not in names["settings"]


def test_an_unproven_score_is_pasted_with_its_measure_its_test_score_and_that_it_is_unproven() -> (
    None
):
    """Whoever reads the notebook sees what the figure is of, and how far it can be believed."""
    scores = {"step": 1100, "metric": "BLEU", "score": 58.0, "metrics": {}}
    test = {**scores, "score": 57.25}
    record = RECORD | {"validation": [scores], "test": test}
    text = as_notebook(Export.model_validate(record))
    assert "# Validation: BLEU 58.00 at step 1,100, seed 42." in text
    assert "# Test set: BLEU 57.25 at step 1,100." in text
    assert "# Not proven: the best of many scores on one seed is usually too high." in text


def test_synthetic_data_are_named() -> None:
    data = RECORD["data"] | {"synthetic": True}
    assert "synthetic data" in as_notebook(Export.model_validate(RECORD | {"data": data}))
