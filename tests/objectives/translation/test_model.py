"""The model against `transformers`' BART, weight for weight."""

from dataclasses import replace

import pytest
import torch
from samples import PAD, bart, layout, padded, sentences, shifted
from torch import nn
from transformers.trainer_pt_utils import LabelSmoother

from xlt.objectives.translation.fused import tied_cross_entropy
from xlt.objectives.translation.model import Architecture, Translator
from xlt.spaces.league import PROTOCOL

#                      V, D, heads, layers, d_ff
STRUCTURES = [
    (50, 16, 1, 1, 24),
    (97, 24, 3, 2, 48),
    (64, 32, 8, 3, 96),
    (101, 48, 2, 2, 50),
    (33, 64, 4, 4, 128),
    (300, 128, 16, 2, 256),
]


def made(shape: tuple[int, int, int, int, int], seed: int) -> Translator:
    """With weights so large that attention is far from uniform, and nonzero biases."""
    model = Translator(Architecture(*shape, dropout=0.0), seed)
    rnd = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=rnd), alpha=0.15)
        model.shared.weight[PAD] = 0.0
    return model


@pytest.mark.parametrize("shape", STRUCTURES)
@pytest.mark.parametrize("seed", [0, 1])
def test_logits_are_barts(shape: tuple[int, int, int, int, int], seed: int) -> None:
    """On sentences of unequal lengths the logits at all tokens agree within 1e-4."""
    model = made(shape, seed)
    sources = sentences(5, shape[0], 4 + 6 * seed, seed)
    inputs = sentences(5, shape[0], 14, seed + 100)
    with torch.no_grad():
        memory = model.encode(torch.cat(sources), layout(sources))
        hidden = model.decode(torch.cat(inputs), layout(inputs), memory, layout(sources))
        actual = model.logits(hidden)
        expected = (
            bart(model)
            .eval()(
                input_ids=padded(sources),
                attention_mask=(padded(sources, -1) >= 0).long(),
                decoder_input_ids=padded(inputs),
                decoder_attention_mask=(padded(inputs, -1) >= 0).long(),
            )
            .logits
        )
    expected = expected[padded(inputs, -1) >= 0]
    assert float(expected.std()) > 0.3  # The comparison means something.
    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("shape", STRUCTURES[1:3])
def test_gradients_are_barts(shape: tuple[int, int, int, int, int], smoothing: float) -> None:
    """Loss and every gradient equal BART's with the Trainer's label smoother."""
    model = made(shape, 5)
    sources, labels = sentences(6, shape[0], 9, 1), sentences(6, shape[0], 12, 2)
    inputs = [shifted(row) for row in labels]
    generator = torch.Generator()
    memory = model.encode(torch.cat(sources), layout(sources), generator)
    hidden = model.decode(torch.cat(inputs), layout(inputs), memory, layout(sources), generator)
    loss = tied_cross_entropy(hidden, model.shared.weight, torch.cat(labels), smoothing)
    loss.backward()

    reference = bart(model).train()
    wanted = padded(labels, -100)
    output = reference(
        input_ids=padded(sources),
        attention_mask=(padded(sources, -1) >= 0).long(),
        labels=wanted,
    )
    expected = LabelSmoother(epsilon=smoothing)(output, wanted)
    expected.backward()

    torch.testing.assert_close(loss, expected, atol=1e-5, rtol=1e-5)
    theirs = dict(reference.named_parameters())
    for name, parameter in model.named_parameters():
        gradient = theirs[f"model.{name}"].grad
        assert gradient is not None
        assert parameter.grad is not None
        if name == "shared.weight":
            # Padding is looked up by BART alone; its vector gets no gradient from there.
            assert not gradient[PAD].isnan().any()
        torch.testing.assert_close(parameter.grad, gradient, atol=2e-5, rtol=1e-3, msg=name)


def test_dropout_acts_where_barts_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """With dropout replaced by a scaling in both, outputs agree: same places, same rates."""
    model = made(STRUCTURES[1], 2)
    model = Translator(replace(model.architecture, dropout=0.3), 2)
    for stack in (model.encoder, model.decoder):
        assert stack.rate == 0.3
    sources, inputs = sentences(4, 97, 9, 1), sentences(4, 97, 9, 2)
    reference = bart(model).train()
    reference.set_attn_implementation("eager")

    def scaled(x: torch.Tensor, p: float = 0.5, training: bool = True, *_: object) -> torch.Tensor:
        return x * (1 - p) if training else x

    monkeypatch.setattr(
        "xlt.objectives.translation.model.dropout", lambda x, rate, generator: scaled(x, rate)
    )
    monkeypatch.setattr(torch.nn.functional, "dropout", scaled)
    generator = torch.Generator()
    memory = model.encode(torch.cat(sources), layout(sources), generator)
    hidden = model.decode(torch.cat(inputs), layout(inputs), memory, layout(sources), generator)
    expected = reference(
        input_ids=padded(sources),
        attention_mask=(padded(sources, -1) >= 0).long(),
        decoder_input_ids=padded(inputs),
    ).logits[padded(inputs, -1) >= 0]
    torch.testing.assert_close(model.logits(hidden), expected, atol=1e-4, rtol=0)
    plain = model.decode(torch.cat(inputs), layout(inputs), memory, layout(sources))
    assert not torch.allclose(plain, hidden, atol=1e-3)


def test_dropout_follows_its_generator() -> None:
    """With a generator, outputs vary from draw to draw and are the same for the same draws."""
    model = Translator(Architecture(50, 32, 2, 1, 64, dropout=0.3), 0)
    rows = sentences(3, 50, 8, 0)

    def encoded(seed: int) -> torch.Tensor:
        return model.encode(torch.cat(rows), layout(rows), torch.Generator().manual_seed(seed))

    torch.testing.assert_close(encoded(1), encoded(1), atol=0, rtol=0)
    assert not torch.allclose(encoded(1), encoded(2))
    assert not torch.allclose(encoded(1), model.encode(torch.cat(rows), layout(rows)))


def test_initial_weights() -> None:
    """BART's: normal with deviation 0.02, zero biases, unit norms, no vector for padding."""
    model = Translator(Architecture(2000, 128, 4, 2, 512, dropout=0.1), 3)
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            assert not module.bias.any(), name
        if isinstance(module, nn.Linear | nn.Embedding):
            weights = module.weight.detach()[1:]  # The first row of `shared` is padding's.
            spread = PROTOCOL.initial_std / (2 * weights.numel()) ** 0.5
            assert abs(float(weights.std()) - PROTOCOL.initial_std) < 5 * spread, name
            assert abs(float(weights.mean())) < 5 * PROTOCOL.initial_std / weights.numel() ** 0.5
        if isinstance(module, nn.LayerNorm):
            assert bool((module.weight == 1).all()), name
            assert not module.bias.any(), name
    assert not model.shared.weight[PAD].any()


def test_initial_weights_depend_on_the_seed_only() -> None:
    """Not on PyTorch's global generator."""
    structure = Architecture(50, 16, 2, 1, 32, dropout=0.1)
    torch.manual_seed(1)
    first = Translator(structure, 3).state_dict()
    torch.manual_seed(2)
    again, other = Translator(structure, 3).state_dict(), Translator(structure, 4).state_dict()
    for name, weight in first.items():
        torch.testing.assert_close(again[name], weight, atol=0, rtol=0)
    assert not torch.equal(other["shared.weight"], first["shared.weight"])
