"""What each tuning method trains, and how fast."""

import pytest
import torch
from transfers import config, silent, weights

from xlt.objectives.ner import tuning
from xlt.objectives.ner.transfer import Transfer
from xlt.spaces.ner import TUNING_METHODS


@pytest.mark.parametrize("trained", TUNING_METHODS)
def test_only_the_methods_parameters_change(small: Transfer, trained: str) -> None:
    """All others stay bit-identical."""
    run = small.run(config(trained, weight_decay=0.0), 7)
    before = weights(run)
    names = {name for name, p in run.model.named_parameters() if p.requires_grad}
    run.train_to(2, silent)
    after = weights(run)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved <= names
    assert any("classifier" in name for name in moved)
    body = {name for name in moved if "classifier" not in name}
    if trained == "head":
        assert not body
    if trained == "lora":
        assert body
        assert all("lora_" in name for name in body)
    if trained in ("prefix", "prompt"):
        assert {"prompt_encoder.default.embedding.weight"} == body
    if trained == "partial":  # half of three layers, rounded down, and the embeddings are frozen
        assert {name.partition("layer.")[2][0] for name in body} == {"1", "2"}
    if trained == "full":
        assert names - moved <= {"roberta.embeddings.token_type_embeddings.weight"}


def test_frozen_layers_are_not_reinitialised(small: Transfer) -> None:
    """Layers that are both frozen and reinitialised stay pretrained."""
    run = small.run(config("partial", frozen_layer_fraction=0.75, reinitialised_layers=2), 7)
    for layer in (0, 1):  # three quarters of three layers, rounded down
        name = f"encoder.layer.{layer}.attention.self.query.weight"
        assert torch.equal(run.model.get_parameter(f"roberta.{name}"), small.encoder.weights[name])
    top = "encoder.layer.2.attention.self.query.weight"
    assert not torch.equal(run.model.get_parameter(f"roberta.{top}"), small.encoder.weights[top])


def test_lower_layers_have_lower_learning_rates(small: Transfer) -> None:
    run = small.run(config("full", layerwise_lr_decay=0.7), 7)
    scale = tuning.lr_scale(run.model, run.config)
    names = ("classifier.weight", "encoder.layer.2.x", "encoder.layer.0.x", "embeddings.x")
    found = [scale(f"roberta.{name}") for name in names]
    assert found == pytest.approx([1, 0.7, 0.7**3, 0.7**4])
