"""An export gives what the model gave, in `transformers` and its pipeline."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from seqeval.metrics.sequence_labeling import get_entities
from transfers import STEPS, config, silent
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

from xlt.objectives.ner.task import NER_TASK
from xlt.objectives.ner.transfer import Transfer, TransferRun
from xlt.objectives.ner.weights import swapped_weights
from xlt.spaces.ner import TUNING_METHODS


# Of `pipeline`, for every tokenizer that marks words' beginnings; and of peft when it loads.
@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
@pytest.mark.parametrize("trained", TUNING_METHODS)
def test_export(
    small: Transfer, trained: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`transformers` loads it with all embeddings, and predicts the same."""
    run = small.run(config(trained, lora_learning_rate=5e-3), 7)
    run.train_to(STEPS, silent)
    first, second = run.export(tmp_path / "final"), run.export(tmp_path / "again")
    assert first == second
    assert "Writing" not in capfd.readouterr().err  # the display is the command's own
    model: Any = AutoModelForTokenClassification.from_pretrained(tmp_path / "final").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "final")
    assert model.config.vocab_size == len(tokenizer) > len(small.vocabulary.kept) - 1
    if trained in ("prefix", "prompt"):
        model = PeftModel.from_pretrained(model, tmp_path / "final" / "adapter").eval()
    windows = small.windows["fr/test"]
    with torch.no_grad(), swapped_weights(run.model, run.best.weights):
        run.model.eval()
        for place, words in enumerate(small.corpus.parts["fr/test"].words[:20]):
            encoded = tokenizer(list(words), is_split_into_words=True, return_tensors="pt")
            assert encoded["input_ids"][0].tolist() == windows.input_ids[place].tolist()
            inputs = {name: encoded[name] for name in ("input_ids", "attention_mask")}
            logits = model(**inputs).logits[:, -len(encoded["input_ids"][0]) :]
            expected = small.tagger.logits(run.model, windows, [place])
            torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    if trained in ("prefix", "prompt"):
        assert (tmp_path / "final" / "adapter").is_dir()


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
@pytest.mark.parametrize("trained", ["full", "prefix"])
def test_code_of_the_model_card_runs(small: Transfer, trained: str, tmp_path: Path) -> None:
    """In the model's folder; the entity types are where it says."""
    folder = tmp_path / "final"
    small.run(config(trained), 7).export(folder)
    text = NER_TASK.usage(folder)
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code

    command = [sys.executable, "-c", code[1]]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)

    assert ran.stdout.startswith("[")
    assert "`id2label` in `config.json`" in text
    labels = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id2label"]
    assert set(labels.values()) == set(small.corpus.labels)


# Of `pipeline`, for every tokenizer that marks words' beginnings.
@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
def test_the_pipeline_finds_entities(learned: TransferRun, tmp_path: Path) -> None:
    """The same entities as our own prediction, as text."""
    run, longer = learned, learned.transfer
    run.export(tmp_path / "final")
    finder = pipeline("token-classification", str(tmp_path / "final"), aggregation_strategy="first")
    with swapped_weights(run.model, run.best.weights):
        tagged = longer.evaluator.predict(run.model, "de/train")
    part = longer.corpus.parts["de/train"]
    compared = 0
    for words, tags in zip(part.words[:50], tagged, strict=False):
        entities = get_entities(tags)
        found = finder(" ".join(words))
        texts = [" ".join(words[start : end + 1]) for _, start, end in entities]
        assert [(each["entity_group"], each["word"].strip()) for each in found] == [
            (kind, text) for (kind, _, _), text in zip(entities, texts, strict=True)
        ]
        compared += len(texts)
    assert compared > 20
