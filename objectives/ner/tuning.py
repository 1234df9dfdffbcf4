"""Which parameters of a model are trained, and their learning rates."""

import re
import warnings
from collections.abc import Callable
from inspect import signature
from typing import Any, cast

from peft import (
    LoraConfig,
    PeftConfig,
    PeftModel,
    PrefixTuningConfig,
    PromptTuningConfig,
    get_peft_model,
)
from torch import nn
from transformers import PreTrainedModel

from xlt.objectives.objective import Configuration
from xlt.spaces.errors import InputError

_TASK = "TOKEN_CLS"
_LAYER = re.compile(r"\.layers?\.(\d+)\.")


def apply_peft(model: PreTrainedModel, config: Configuration) -> nn.Module:
    """Freeze parameters, or add an adapter, as the configuration says.

    New parameters are drawn from PyTorch's global generator.

    Raises:
        InputError: The encoder cannot be trained that way.
    """
    values: Any = config
    match values["tuning_method"]:
        case "full":
            _reinitialise(model, values["reinitialised_layers"])
            return model
        case "partial":
            frozen = frozen_layers(depth(model), values["frozen_layer_fraction"])
            # Frozen layers must not be random.
            _reinitialise(model, min(values["reinitialised_layers"], depth(model) - frozen))
            _freeze(model, frozen)
            return model
        case "head":
            model.base_model.requires_grad_(False)
            return model
        case "lora":
            rank = values["lora_rank"]
            return _adapted(
                model,
                LoraConfig(
                    task_type=_TASK,
                    r=rank,
                    lora_alpha=values["lora_scaling"] * rank,
                    target_modules="all-linear",
                    exclude_modules=["classifier"],
                ),
            )
        case "prefix":
            if "past_key_values" not in signature(type(model.base_model).forward).parameters:
                raise InputError(
                    f'tuning_method = "prefix": a {type(model.base_model).__name__} takes none; leave '
                    f'it out: --set \'space.tuning_method=["full", "partial", "head", "lora"]\''
                )
            tokens = values["virtual_tokens"]
            return _adapted(model, PrefixTuningConfig(task_type=_TASK, num_virtual_tokens=tokens))
        case "prompt":
            tokens = values["virtual_tokens"]
            return _adapted(model, PromptTuningConfig(task_type=_TASK, num_virtual_tokens=tokens))
        case unknown:
            raise ValueError(unknown)


def _adapted(model: PreTrainedModel, config: PeftConfig) -> nn.Module:
    with warnings.catch_warnings():
        # peft uses a deprecated name of transformers.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated")
        return get_peft_model(model, config)


def learning_rate(config: Configuration) -> float:
    """The learning rate of the tuning method."""
    names = {
        "head": "head_learning_rate",
        "lora": "lora_learning_rate",
        "prefix": "virtual_token_learning_rate",
        "prompt": "virtual_token_learning_rate",
    }
    return float(config[names.get(str(config["tuning_method"]), "learning_rate")])


def lr_scale(model: nn.Module, config: Configuration) -> Callable[[str], float]:
    """Layer-wise learning-rate decay: the factor on a parameter's learning rate, by its name.

    It is 1 for the classifier, `layer_decay` for the top layer, its square for the one below.
    """
    decay = float(config.get("layerwise_lr_decay", 1.0))
    layers = depth(model)

    def factor(name: str) -> float:
        if "classifier" in name:
            return 1.0
        match = _LAYER.search(name)
        below = layers - int(match[1]) if match else layers + 1
        return decay**below

    return factor


def depth(model: nn.Module) -> int:
    return int(model.config.num_hidden_layers)  # type: ignore[union-attr, arg-type]


def layers(body: nn.Module) -> set[int]:
    """The numbers of its layers in the names of its parameters."""
    matches = (_LAYER.search(f".{name}") for name, _ in body.named_parameters())
    return {int(match[1]) for match in matches if match}


def frozen_layers(layers: int, share: float) -> int:
    """The number of frozen layers, rounded down."""
    return int(layers * share)


def merge(model: nn.Module) -> PreTrainedModel | PeftModel:
    """Merge LoRA into the weights. Prefixes and prompts stay adapters."""
    if isinstance(model, PeftModel) and not model.peft_config["default"].is_prompt_learning:
        return cast("PreTrainedModel", model.merge_and_unload())
    return cast("PreTrainedModel | PeftModel", model)


def _freeze(model: PreTrainedModel, layers: int) -> None:
    for name, parameter in model.base_model.named_parameters():
        match = _LAYER.search(f".{name}")
        if match is None or int(match[1]) < layers:
            parameter.requires_grad_(False)


def _reinitialise(model: PreTrainedModel, layers: int) -> None:
    top = depth(model) - layers
    for name, module in model.base_model.named_modules():
        match = _LAYER.search(f".{name}.")
        if match and int(match[1]) >= top:
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0.0, model.config.initializer_range)
            elif isinstance(module, nn.LayerNorm):
                nn.init.ones_(module.weight)
            else:
                continue
            if module.bias is not None:
                nn.init.zeros_(module.bias)
