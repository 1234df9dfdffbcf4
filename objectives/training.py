"""The training loop of all tasks: AdamW, clipping, a schedule, and a state to resume bit for bit.

The task defines batches and their loss; see `Trainable`.
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

# A `GradScaler` halves its scale at each overflow, from 2**16. Below 1, gradients overflow although
# the loss is not scaled up any more, and will do so at every later step.
MIN_LOSS_SCALE = 1.0


@dataclass(frozen=True)
class StageConfig:
    """How one stage is optimised."""

    steps: int  # the schedule's full length, also of a run that stops earlier
    learning_rate: float
    schedule: str  # linear, cosine, inverse_sqrt
    warmup: int  # steps
    weight_decay: float
    label_smoothing: float
    betas: tuple[float, float]
    epsilon: float
    clip: float  # maximum norm of the gradient of all parameters


class Trainable(Protocol):
    """What the loop needs: a model, its data and its loss."""

    @property
    def model(self) -> nn.Module: ...

    @property
    def divergence_loss(self) -> float:
        """Training has diverged if the loss exceeds this."""

    def batches(self, start: int) -> Iterator[object]:
        """One batch for each optimiser step from `start` on, the same after any pause."""

    def loss(self, batch: object) -> tuple[Tensor, int]:
        """Mean loss over the tokens of the batch, and the number of tokens without padding."""


class TrainLoop:
    """One stage of training, which can be paused and resumed at any step."""

    def __init__(
        self,
        task: Trainable,
        config: StageConfig,
        generator: torch.Generator,
        lr_scale: Callable[[str], float] = lambda name: 1.0,
        precision: torch.dtype = torch.float32,
    ) -> None:
        """Set up the optimiser.

        Args:
            task: What is trained, and on what.
            config: How it is optimised.
            generator: The only source of randomness in `task.loss`; saved with the state.
            lr_scale: The factor on a parameter's learning rate, by its name.
            precision: See `xlt.objectives.identity.resolve_precision`.
        """
        self.task, self.config, self.generator = task, config, generator
        self.step, self.tokens, self.seconds = 0, 0, 0.0
        self.updates = 0  # steps that the scaler did not skip; the schedule counts these
        device = next(task.model.parameters()).device
        self.device, self.precision = device, precision
        # Small gradients vanish in float16, but not in bfloat16, which has the range of float32.
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision == torch.float16)
        self.optimiser = torch.optim.AdamW(
            decay_groups(task.model, config.weight_decay, lr_scale),
            lr=config.learning_rate,
            betas=config.betas,
            eps=config.epsilon,
            fused=True,
        )

    def train_to(self, step: int, on_step: Callable[[int, float], None]) -> None:
        """Train to `step`, calling `on_step(step, tokens a second)` after every step.

        Raises:
            Diverged: Training diverged; the weights are useless afterwards.
        """
        self.task.model.train()
        batches = self.task.batches(self.step)
        while self.step < step:
            started_at = time.perf_counter()
            tokens = self._one_step(next(batches))
            self.step += 1
            self.tokens += tokens
            seconds = time.perf_counter() - started_at
            self.seconds += seconds
            on_step(self.step, tokens / seconds)

    def _one_step(self, batch: object) -> int:
        """Train on one batch. Returns the tokens in it.

        In float16, a step whose loss or gradients overflow is skipped: it counts as a step, but the
        schedule does not advance, as in the `Trainer` of `transformers`.
        """
        config, parameters = self.config, list(self.task.model.parameters())
        factor = lr_factor(config.schedule, self.updates, config.warmup, config.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate * factor * group["lr_scale"]
        self.optimiser.zero_grad(set_to_none=True)
        mixed = self.precision != torch.float32
        with torch.autocast(self.device.type, self.precision, enabled=mixed):
            loss, tokens = self.task.loss(batch)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        grad_norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        # The host waits for a GPU only here.
        value, norm = read(torch.stack([loss.detach().to(grad_norm.dtype), grad_norm]))
        if math.isfinite(value) and value > self.task.divergence_loss:
            values = {"loss": value, "limit": self.task.divergence_loss}
            raise Diverged(self.step + 1, "the loss exploded", values)
        overflowed = not (math.isfinite(value) and math.isfinite(norm))
        if overflowed and not self.scaler.is_enabled():
            what = "gradient" if math.isfinite(value) else "loss"
            values = {"loss": value, "norm": norm}
            raise Diverged(self.step + 1, f"the {what} is not finite", values)
        if norm > config.clip and not overflowed:
            nn.utils.clip_grads_with_norm_(parameters, config.clip, grad_norm)
        if not overflowed:
            self.scaler.step(self.optimiser)
        self.scaler.update()
        if overflowed and self.scaler.get_scale() < MIN_LOSS_SCALE:
            raise Diverged(
                self.step + 1, "loss or gradients overflow float16 at any scale", {"loss": value}
            )
        self.updates += not overflowed
        return tokens

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, except for the weights."""
        state = {"generator": self.generator.get_state()}
        for name, parameter in self.task.model.named_parameters():
            for key, value in self.optimiser.state[parameter].items():
                state[f"{key}.{name}"] = value
        scaler = self.scaler.state_dict()  # empty unless the precision is float16
        growth = scaler.get("_growth_tracker", 0)
        scale = self.scaler.get_scale()
        counters = [self.step, self.tokens, self.seconds, scale, growth, self.updates]
        state["counters"] = torch.tensor(counters, dtype=torch.float64)
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Continue from what `state` returned."""
        step, tokens, seconds, scale, growth, updates = state["counters"].tolist()
        self.step, self.updates = int(step), int(updates)
        self.tokens, self.seconds = int(tokens), seconds
        if self.scaler.is_enabled():
            scaler = {**self.scaler.state_dict(), "scale": scale, "_growth_tracker": int(growth)}
            self.scaler.load_state_dict(scaler)
        self.generator.set_state(state["generator"])
        for name, parameter in self.task.model.named_parameters():
            # Fused AdamW keeps `step` on the parameters' device, too.
            self.optimiser.state[parameter] = {
                key: state[f"{key}.{name}"].to(parameter.device)
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"{key}.{name}" in state
            }


def decay_groups(
    model: nn.Module, weight_decay: float, lr_scale: Callable[[str], float] = lambda name: 1.0
) -> list[dict[str, Any]]:
    """Trainable parameters, grouped by weight decay (none for biases and layer norms) and scale.

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
            groups.setdefault((decay, lr_scale(name)), []).append(parameter)
    return [
        {"params": parameters, "weight_decay": decay, "lr_scale": scale}
        for (decay, scale), parameters in groups.items()
    ]
