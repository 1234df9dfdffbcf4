"""The export translates like the model."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from samples import CONFIG, SHORT, assert_same_weights, padded, silent

from xlt.objectives.translation.decoding import translate
from xlt.objectives.translation.league import League


def test_export(league: League, tmp_path: Path) -> None:
    """`transformers` loads it without a missing or unexpected key, and translates alike."""
    from transformers import AutoTokenizer, BartForConditionalGeneration, PreTrainedTokenizerFast

    run = league.run({**CONFIG, "d_model": 32, "num_layers": 2, "dropout": 0.0}, 1)
    run.train_to(10, silent)
    with torch.no_grad():  # A model this young says the same to everything.
        rnd = torch.Generator().manual_seed(0)
        for parameter in run.model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=rnd), alpha=0.3)
    digest = run.export(tmp_path / "final")
    assert run.export(tmp_path / "again") == digest

    loaded: Any = BartForConditionalGeneration.from_pretrained(
        tmp_path / "final", output_loading_info=True
    )
    model, info = loaded
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert not info["mismatched_keys"]
    assert_same_weights(
        load_file(tmp_path / "final/model.safetensors"), dict(run.model.bart_state())
    )
    fast = AutoTokenizer.from_pretrained(tmp_path / "final")
    assert isinstance(fast, PreTrainedTokenizerFast)

    german = league.corpus.parts["captions/test"].german
    batch = fast(list(german), padding=True, return_tensors="pt")
    sources = league.tokens["captions/test.de"].sentences
    assert torch.equal(batch["input_ids"], padded(sources))
    # Nothing but the mask is passed: beams and length are the export's own.
    rows = model.eval().generate(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
    )
    expected = [[token for token in row if token > 2] for row in rows.tolist()]
    actual = translate(run.model, sources, SHORT.beams, SHORT.decode_tokens)
    assert actual == expected
    assert len({tuple(row) for row in actual}) > 1
    texts = fast.batch_decode(rows, skip_special_tokens=True)
    assert texts == [league.tokenizer.decode(row) for row in actual]
