"""The training loop against a plain one, and paused against not paused."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from samples import TINY, bart, layout, padded, sentences, shifted
from torch import Tensor, nn
from transformers import Trainer, get_scheduler
from transformers.trainer_pt_utils import LabelSmoother

from xlt.objectives.objective import Diverged, Evaluation, Example
from xlt.objectives.training import StageConfig, TrainLoop, decay_groups
from xlt.objectives.translation.fused import tied_cross_entropy
from xlt.objectives.translation.model import Translator

RECIPE = StageConfig(
    steps=12,
    learning_rate=3e-3,
    schedule="cosine",
    warmup=3,
    weight_decay=0.1,
    label_smoothing=0.1,
    betas=(0.9, 0.999),
    epsilon=1e-8,
    clip=1.0,
)
GPU = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a GPU: mixed precision runs there only"
)


class Reversing:
    """Learn to reverse random sentences; batches follow from the step alone."""

    divergence_loss = 20.0

    def __init__(self, dropout: float, generator: torch.Generator, device: str = "cpu") -> None:
        self.model = Translator(replace(TINY, dropout=dropout), 1).to(device)
        self.generator, self.device = generator, device

    def pairs(self, step: int) -> tuple[list[Tensor], list[Tensor]]:
        sources = sentences(6, TINY.vocabulary, 9, step)
        labels = [torch.cat((s[:1], s[1:-1].flip(0), s[-1:])) for s in sources]
        return sources, labels

    def batches(self, start: int) -> Iterator[Any]:
        while True:
            yield self.pairs(start)
            start += 1

    def loss(self, batch: Any) -> tuple[Tensor, int]:
        sources, labels = ([row.to(self.device) for row in side] for side in batch)
        inputs = [shifted(row.cpu()).to(self.device) for row in labels]
        source_layout, target_layout = layout_on(sources), layout_on(labels)
        memory = self.model.encode(torch.cat(sources), source_layout, self.generator)
        hidden = self.model.decode(
            torch.cat(inputs), target_layout, memory, source_layout, self.generator
        )
        weight = self.model.shared.weight
        loss = tied_cross_entropy(hidden, weight, torch.cat(labels), RECIPE.label_smoothing)
        return loss, sum(map(len, sources)) + sum(map(len, labels))


def layout_on(rows: list[Tensor]) -> Any:
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    return type(layout(rows))(lengths)


def loop(
    dropout: float = 0.2,
    recipe: StageConfig = RECIPE,
    device: str = "cpu",
    precision: torch.dtype = torch.float32,
) -> TrainLoop:
    generator = torch.Generator(device).manual_seed(3)
    return TrainLoop(Reversing(dropout, generator, device), recipe, generator, precision=precision)


def silent(step: int, rate: float) -> None: ...


def weights(of: TrainLoop) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in of.task.model.state_dict().items()}


@pytest.mark.parametrize("schedule", ["linear", "cosine", "inverse_sqrt"])
@pytest.mark.parametrize("clip", [0.4, 1000.0])
def test_loop_is_the_trainers(schedule: str, clip: float) -> None:
    """Six steps equal six plain ones: BART, label smoother, clipping, AdamW, scheduler."""
    recipe = replace(RECIPE, schedule=schedule, clip=clip)
    ours = loop(0.0, recipe)
    reference = bart(ours.task.model).train()  # type: ignore[arg-type]
    decaying = set(Trainer.get_decay_parameter_names(None, reference))  # type: ignore[arg-type]
    named = list(reference.named_parameters())
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for n, p in named if n in decaying], "weight_decay": 0.1},
            {"params": [p for n, p in named if n not in decaying], "weight_decay": 0.0},
        ],
        lr=recipe.learning_rate,
        betas=recipe.betas,
        eps=recipe.epsilon,
        foreach=False,
    )
    # The Trainer counts warm-up and length likewise.
    scheduler = get_scheduler(schedule, optimiser, recipe.warmup, recipe.steps)
    clipped = 0
    for step in range(6):
        sources, labels = ours.task.pairs(step)  # type: ignore[attr-defined]
        wanted = padded(labels, -100)
        output = reference(
            input_ids=padded(sources),
            attention_mask=(padded(sources, -1) >= 0).long(),
            labels=wanted,
        )
        optimiser.zero_grad()
        LabelSmoother(epsilon=recipe.label_smoothing)(output, wanted).backward()
        norm = torch.nn.utils.clip_grad_norm_(reference.parameters(), clip)
        clipped += float(norm) > clip
        optimiser.step()
        scheduler.step()
    ours.train_to(6, silent)
    assert clipped == (6 if clip < 1 else 0)
    theirs = dict(named)
    for name, parameter in ours.task.model.named_parameters():
        expected = theirs[f"model.{name}"]
        torch.testing.assert_close(parameter, expected, atol=1e-5, rtol=0, msg=name)


def test_training_learns() -> None:
    """The loss falls: 40 steps of reversing sentences."""
    losses = []
    trained = loop(0.0, replace(RECIPE, steps=40))
    for step in (1, 20, 40):
        trained.train_to(step, silent)
        with torch.no_grad():
            losses.append(float(trained.task.loss(next(trained.task.batches(0)))[0]))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.3


@pytest.mark.parametrize("pause", range(1, 8))
def test_pausing_changes_nothing(pause: int, tmp_path: Path) -> None:
    """Saved at any step, restored elsewhere and trained on: every bit equals the unpaused run."""
    whole = loop()
    whole.train_to(8, silent)
    first = loop()
    first.train_to(pause, silent)
    save_file(first.state(), tmp_path / "loop.safetensors")
    save_file(weights(first), tmp_path / "weights.safetensors")
    first.train_to(8, silent)  # What happens after saving must not matter.
    second = loop()
    second.task.model.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    second.restore(load_file(tmp_path / "loop.safetensors"))
    assert second.step == pause
    second.train_to(8, silent)
    assert_same(second, whole)


def assert_same(actual: TrainLoop, expected: TrainLoop) -> None:
    expected_weights = weights(expected)
    for name, value in weights(actual).items():
        assert torch.equal(value, expected_weights[name]), name
    expected_state = expected.state()
    actual_state = actual.state()
    assert actual_state.keys() == expected_state.keys()
    for name, value in actual_state.items():
        if name == "counters":  # The third is seconds.
            value[2] = expected_state[name][2] = 0.0
        assert torch.equal(value, expected_state[name]), name
    assert any(name.startswith("exp_avg_sq.") for name in actual_state)


def test_state_is_complete_before_the_first_step() -> None:
    """A state saved at step 0 starts the same run."""
    whole, other = loop(), loop()
    state, start = whole.state(), weights(whole)
    other.train_to(1, silent)
    fresh = loop()
    fresh.task.model.load_state_dict(start)
    fresh.restore(state)
    for one in (whole, fresh):
        one.train_to(3, silent)
    assert_same(fresh, whole)


def test_progress_and_tokens() -> None:
    """`on_step` is called for every step; tokens are counted without padding."""
    one, beats = loop(), []
    one.train_to(3, lambda step, rate: beats.append((step, rate)))
    assert [step for step, _ in beats] == [1, 2, 3]
    assert all(rate > 0 for _, rate in beats)
    batches = [one.task.pairs(step) for step in range(3)]  # type: ignore[attr-defined]
    assert one.tokens == sum(len(row) for batch in batches for side in batch for row in side)
    assert one.seconds > 0


def test_loss_that_is_not_finite() -> None:
    """`Diverged` names the step that failed, counted from 1, and the value."""
    one = loop()
    one.train_to(2, silent)
    with torch.no_grad():
        one.task.model.shared.weight[5] = math.nan  # type: ignore[union-attr, operator]
    with pytest.raises(Diverged, match="diverged at step 3: the loss is not finite") as caught:
        one.train_to(4, silent)
    assert caught.value.step == 3
    assert math.isnan(caught.value.values["loss"])


def test_loss_that_exploded() -> None:
    """Far too high a learning rate raises `Diverged` with the loss and its limit."""
    one = loop(recipe=replace(RECIPE, learning_rate=30.0, warmup=0, steps=200))
    one.task.divergence_loss = 8.0  # type: ignore[misc]
    with pytest.raises(Diverged, match="exploded") as caught:
        one.train_to(200, silent)
    assert caught.value.values["loss"] > caught.value.values["limit"] == 8.0
    assert 1 <= caught.value.step <= 200


def test_gradient_that_is_not_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finite loss with an infinite gradient is detected before weights change."""
    one = loop()
    before = weights(one)
    task = one.task
    plain = task.loss

    def loss(batch: object) -> tuple[Tensor, int]:
        value, tokens = plain(batch)
        # The root of zero: finite itself, its slope is not.
        first = next(task.model.parameters())
        return value + 0 * (first.sum() * 0).sqrt(), tokens

    monkeypatch.setattr(task, "loss", loss)
    with pytest.raises(Diverged, match="step 1: the gradient is not finite"):
        one.train_to(1, silent)
    for name, value in weights(one).items():
        assert torch.equal(value, before[name])


def test_diverged_and_evaluation_survive_json() -> None:
    """A checkpoint gives back the error or evaluation that was written."""
    values = {"loss": 12.5, "limit": 8.0}
    error = Diverged(**json.loads(json.dumps({"step": 3, "reason": "r", "values": values})))
    assert (error.step, error.reason, error.values) == (3, "r", values)
    assert str(error) == "diverged at step 3: r (loss 12.5, limit 8)"
    whole = Evaluation(
        4, 1.5, {"b": 2.0}, (Example("a", "b", "c"),), {"a": 1.0}, {"a": 3}, {"sig": "x"}
    )
    whole = replace(whole, earlier_scores=((2, 0.5), (3, 1.0)))
    assert Evaluation.from_json(json.loads(json.dumps(whole.to_json()))) == whole


def test_bfloat16_trains_and_resumes() -> None:
    """The loss falls as in float32 but for rounding, and a restored loop is the same bit for bit."""
    exact, whole = loop(0.2), loop(0.2, precision=torch.bfloat16)
    batch = next(whole.task.batches(0))
    for one in (exact, whole):
        one.train_to(4, silent)
    kept, state = weights(whole), {n: value.clone() for n, value in whole.state().items()}
    for one in (exact, whole):
        one.train_to(9, silent)
    losses = [float(one.task.loss(batch)[0].detach()) for one in (exact, whole)]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert any((weights(whole)[name] != value).any() for name, value in weights(exact).items())
    second = loop(0.2, precision=torch.bfloat16)
    second.task.model.load_state_dict(kept)
    second.restore(state)
    second.train_to(9, silent)
    assert all(torch.equal(weights(second)[n], value) for n, value in weights(whole).items())


@GPU
def test_mixed_precision_trains_and_resumes() -> None:
    """On a GPU: the loss falls, and a restored loop has the same scaler and stays close."""
    whole = loop(0.0, replace(RECIPE, steps=60), "cuda", torch.float16)
    batch = next(whole.task.batches(0))
    with torch.no_grad():
        before = float(whole.task.loss(batch)[0])
    whole.train_to(20, silent)
    state = {name: value.clone() for name, value in whole.state().items()}
    kept = weights(whole)
    whole.train_to(30, silent)
    with torch.no_grad():
        assert float(whole.task.loss(batch)[0]) < before - 0.3
    second = loop(0.0, replace(RECIPE, steps=60), "cuda", torch.float16)
    second.task.model.load_state_dict(kept)
    second.restore({name: value.cpu() for name, value in state.items()})
    assert torch.equal(second.state()["counters"], state["counters"])
    second.train_to(30, silent)
    expected = weights(whole)
    for name, value in weights(second).items():
        torch.testing.assert_close(value, expected[name], atol=2e-2, rtol=0)


# So small that no gradient overflows by itself.
INITIAL_SCALE = 2.0**10


class Regression:
    """Plain layers, which 16-bit arithmetic has on a CPU as well."""

    divergence_loss = 1e9

    def __init__(self) -> None:
        torch.manual_seed(1)
        self.model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))

    def batches(self, start: int) -> Iterator[Any]:
        while True:
            yield torch.randn(6, 4, generator=torch.Generator().manual_seed(start))
            start += 1

    def loss(self, batch: Any) -> tuple[Tensor, int]:
        wanted = batch.sum(1, keepdim=True)
        return nn.functional.mse_loss(self.model(batch).float(), wanted), len(batch)


def mixed_loop(overflows: Callable[[int], bool]) -> TrainLoop:
    """A loop with a real scaler on the CPU; gradients overflow at the steps that `overflows` names."""
    one = TrainLoop(Regression(), RECIPE, torch.Generator(), precision=torch.float16)
    one.scaler = torch.amp.GradScaler("cpu", init_scale=INITIAL_SCALE)
    overflow_in(one.task.model, lambda: overflows(one.step))
    return one


def overflow_in(model: nn.Module, now: Callable[[], bool]) -> None:
    next(model.parameters()).register_hook(lambda grad: grad * (math.inf if now() else 1.0))


def test_schedule_skips_overflows_like_the_trainers() -> None:
    """Skipped steps change no weight and no learning rate, and count as steps."""
    skipped = {1, 4, 5}
    one = mixed_loop(skipped.__contains__)
    one.train_to(9, silent)

    # The same by torch's and transformers' own parts, as `Trainer` puts them together.
    other, at = Regression(), [0]
    overflow_in(other.model, lambda: at[0] in skipped)
    optimiser = torch.optim.AdamW(
        decay_groups(other.model, RECIPE.weight_decay), lr=RECIPE.learning_rate, fused=True
    )
    scheduler = get_scheduler(RECIPE.schedule, optimiser, RECIPE.warmup, RECIPE.steps)
    scaler = torch.amp.GradScaler("cpu", init_scale=INITIAL_SCALE)
    batches = other.batches(0)
    for step in range(9):
        at[0] = step
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.float16):
            loss, _ = other.loss(next(batches))
        scaler.scale(loss).backward()
        scaler.unscale_(optimiser)
        before = scaler.get_scale()
        nn.utils.clip_grad_norm_(other.model.parameters(), RECIPE.clip)
        scaler.step(optimiser)
        scaler.update()
        if scaler.get_scale() >= before:
            scheduler.step()

    assert (one.step, one.updates) == (9, 9 - len(skipped))
    assert one.scaler.get_scale() == scaler.get_scale()
    for name, value in other.model.state_dict().items():
        torch.testing.assert_close(weights(one)[name], value)
    resumed = mixed_loop(skipped.__contains__)
    resumed.task.model.load_state_dict(weights(one))
    resumed.restore(one.state())
    assert resumed.updates == one.updates


def test_gradients_that_overflow_at_any_scale_end_as_diverged() -> None:
    """From 2**10 the scale is halved 11 times before it is below 1."""
    one = mixed_loop(lambda step: step >= 3)
    with pytest.raises(Diverged, match="gradients overflow float16 at any scale") as caught:
        one.train_to(100, silent)
    assert caught.value.step == 3 + 11


def test_a_loss_that_overflows_is_skipped_like_its_gradients() -> None:
    one, skipped = mixed_loop(lambda _: False), {1, 4}
    one.task.model.register_forward_hook(
        lambda model, inputs, output: output * (math.inf if one.step in skipped else 1.0)
    )
    one.train_to(9, silent)
    assert one.updates == 9 - len(skipped)
    assert one.scaler.get_scale() == INITIAL_SCALE / 2 ** len(skipped)
    assert all(weight.isfinite().all() for weight in weights(one).values())


def test_a_training_step_waits_for_the_gpu_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All values that a step depends on are read together."""
    one = loop(0.0)
    one.train_to(1, silent)
    batch = next(one.task.batches(1))
    tokens = one.task.loss(batch)[1]
    loss = torch.tensor(1.0, requires_grad=True)
    monkeypatch.setattr(one.task, "loss", lambda _: (loss * 1.0, tokens))
    reads: list[str] = []
    for name in ("item", "tolist", "__float__", "__bool__", "__int__", "nonzero", "cpu", "numpy"):
        plain = getattr(Tensor, name)

        def counted(
            self: Tensor, *given: Any, name: str = name, plain: Any = plain, **more: Any
        ) -> Any:
            reads.append(name)
            return plain(self, *given, **more)

        monkeypatch.setattr(Tensor, name, counted)

    for parameter in one.task.model.parameters():
        parameter.grad = torch.ones_like(parameter)
    monkeypatch.setattr(one.optimiser, "zero_grad", lambda **_: None)
    one._one_step(batch)

    assert reads == ["tolist"]
