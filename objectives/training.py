"""The one training loop: AdamW, clipping, a schedule, and a state that goes on bit for bit.

What a batch is and what it costs is the task's business; see `Task`.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from xlt.objectives.device import read
from xlt.objectives.objective import Diverged
from xlt.objectives.schedules import lr_factor

# A `GradScaler` halves its scale at each overflow, from 2**16. Below this, gradients overflow though
# the loss is no longer scaled up: no later step can help.
SMALLEST_SCALE = 1.0


@dataclass(frozen=True)
class Recipe:
    """How one stage is optimised."""

    steps: int  # the schedule's full length, however far a run gets
    learning_rate: float
    schedule: str  # linear, cosine, inverse_sqrt
    warmup: int  # steps
    weight_decay: float
    label_smoothing: float
    betas: tuple[float, float]
    epsilon: float
    clip: float  # largest norm of the whole gradient


class Task(Protocol):
    """What the loop asks of a model and its data."""

    @property
    def model(self) -> nn.Module: ...

    @property
    def worst_loss(self) -> float:
        """A loss above this means that training has exploded."""
        ...

    def batches(self, start: int) -> Iterator[object]:
        """Effective batches from step `start` on: the same ones however training was cut up."""
        ...

    def loss(self, batch: object) -> tuple[Tensor, int]:
        """Mean loss over the tokens of the whole batch, and tokens in it (padding not counted)."""
        ...


class Loop:
    """One stage of training, paused and resumed at any step."""

    def __init__(
        self,
        task: Task,
        recipe: Recipe,
        generator: torch.Generator,
        scale: Callable[[str], float] = lambda name: 1.0,
    ) -> None:
        """`generator`: the only source of randomness in `task.loss`; saved with the state.

        `scale`: what a parameter's learning rate is multiplied by, by its name.
        """
        self.task, self.recipe, self.generator = task, recipe, generator
        self.step, self.tokens, self.seconds = 0, 0, 0.0
        self.updates = 0  # steps that the scaler did not skip: those that the schedule counts
        device = next(task.model.parameters()).device
        # fp16 on a GPU, 32-bit elsewhere: the league's protocol, and NER's.
        self.mixed = device.type == "cuda"
        self.device = device
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.mixed)
        self.optimiser = torch.optim.AdamW(
            decay_groups(task.model, recipe.weight_decay, scale),
            lr=recipe.learning_rate,
            betas=recipe.betas,
            eps=recipe.epsilon,
            fused=True,
        )

    def train_to(self, step: int, beat: Callable[[int, float], None]) -> None:
        """Train on to `step`. `beat(step, tokens a second)` is called once a step or so.

        Raises `Diverged`, after which the weights are worth nothing.
        """
        self.task.model.train()
        batches = self.task.batches(self.step)
        while self.step < step:
            begun = time.perf_counter()
            tokens = self._one_step(next(batches))
            self.step += 1
            self.tokens += tokens
            seconds = time.perf_counter() - begun
            self.seconds += seconds
            beat(self.step, tokens / seconds)

    def _one_step(self, batch: object) -> int:
        """Train on one batch; the tokens in it.

        As the `Trainer` of `transformers` does, a step whose 16-bit gradients overflow is skipped and
        counted, and the schedule stays where it is.
        """
        recipe, parameters = self.recipe, list(self.task.model.parameters())
        rate = lr_factor(recipe.schedule, self.updates, recipe.warmup, recipe.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.learning_rate * rate * group["scale"]
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.float16, enabled=self.mixed):
            loss, tokens = self.task.loss(batch)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        total = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        # The one place where a GPU's host waits in a step.
        value, norm = read(torch.stack([loss.detach().to(total.dtype), total]))
        if not math.isfinite(value):
            raise Diverged(self.step + 1, "the loss is not finite", {"loss": value})
        if value > self.task.worst_loss:
            worst = self.task.worst_loss
            raise Diverged(self.step + 1, "the loss exploded", {"loss": value, "limit": worst})
        overflowed = not math.isfinite(norm)
        if overflowed and not self.mixed:
            raise Diverged(
                self.step + 1, "the gradient is not finite", {"loss": value, "norm": norm}
            )
        if norm > recipe.clip and not overflowed:
            nn.utils.clip_grads_with_norm_(parameters, recipe.clip, total)
        self.scaler.step(self.optimiser)  # does nothing where gradients overflowed
        self.scaler.update()
        if overflowed and self.scaler.get_scale() < SMALLEST_SCALE:
            raise Diverged(
                self.step + 1, "gradients overflow 16 bits at any scale", {"loss": value}
            )
        self.updates += not overflowed
        return tokens

    def state(self) -> dict[str, Tensor]:
        """Everything beside the weights that the next step depends on."""
        state = {"generator": self.generator.get_state()}
        names = [name for name, _ in self.task.model.named_parameters()]
        parameters = dict(self.task.model.named_parameters())
        for name in names:
            for key, value in self.optimiser.state[parameters[name]].items():
                state[f"{key}.{name}"] = value
        scaler = self.scaler.state_dict()  # empty without mixed precision
        growth = scaler.get("_growth_tracker", 0)
        scale = self.scaler.get_scale()
        counters = [self.step, self.tokens, self.seconds, scale, growth, self.updates]
        state["counters"] = torch.tensor(counters, dtype=torch.float64)
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        step, tokens, seconds, scale, growth, updates = state["counters"].tolist()
        self.step, self.updates = int(step), int(updates)
        self.tokens, self.seconds = int(tokens), seconds
        if self.mixed:
            scaler = {**self.scaler.state_dict(), "scale": scale, "_growth_tracker": int(growth)}
            self.scaler.load_state_dict(scaler)
        self.generator.set_state(state["generator"])
        for name, parameter in self.task.model.named_parameters():
            # `step` counts on the CPU unless the fused optimiser wants it beside the weights.
            self.optimiser.state[parameter] = {
                key: state[f"{key}.{name}"].to(parameter.device)
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"{key}.{name}" in state
            }


def decay_groups(
    model: nn.Module, weight_decay: float, scale: Callable[[str], float] = lambda name: 1.0
) -> list[dict[str, Any]]:
    """What is trained, with and without decay (biases and layer norms have none), by scale.

    Source: `Trainer.get_decay_parameter_names` of `transformers`.
    """
    without = {
        f"{prefix}.{name}" if prefix else name
        for prefix, module in model.named_modules()
        for name, _ in module.named_parameters(recurse=False)
        if isinstance(module, nn.LayerNorm) or name == "bias"
    }
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            decay = 0.0 if name in without else weight_decay
            groups.setdefault((decay, scale(name)), []).append(parameter)
    return [
        {"params": parameters, "weight_decay": decay, "scale": factor}
        for (decay, factor), parameters in groups.items()
    ]
