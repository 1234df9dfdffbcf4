"""The NER task: cross-lingual transfer on PAN-X."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlt.objectives.cost_profile import CostProfile, Speed
from xlt.objectives.ner import work
from xlt.objectives.notebook_code import dictionary, python_literal
from xlt.objectives.objective import Configuration, Objective
from xlt.objectives.task import Settings, TaskSpec
from xlt.spaces.ner import NER, NER_PROTOCOL, NerSettings, settings_errors

_USAGE = """\
Run this in this folder:

```python
from transformers import pipeline

tagger = pipeline("token-classification", ".", aggregation_strategy="first")
print(tagger("Angela Merkel wohnt in Berlin ."))
```"""
_ADAPTER_USAGE = """\
This classifier was trained with a prefix or prompt, and finds nothing without it. Run this in this
folder:

```python
from peft import PeftModel
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

model = AutoModelForTokenClassification.from_pretrained(".")
model = PeftModel.from_pretrained(model, "adapter")
tokenizer = AutoTokenizer.from_pretrained(".")
tagger = pipeline("token-classification", model, tokenizer=tokenizer, aggregation_strategy="first")
print(tagger("Angela Merkel wohnt in Berlin ."))
```"""
_INPUT = """
It was trained on text whose words and punctuation are separated by blanks. `id2label` in `config.json`
has the types of its entities."""


def _make_objective(
    source: str, cache: Path, device: str, precision: str, settings: Settings
) -> Objective:
    # Importing PyTorch takes seconds, which commands that only list studies need not wait for.
    from xlt.objectives.ner.transfer import Transfer

    return Transfer(source, cache, device, NerSettings(**settings), precision=precision)


def _usage(folder: Path) -> str:
    usage = _ADAPTER_USAGE if (folder / "adapter").is_dir() else _USAGE
    return f"{usage}\n{_INPUT}"


def _notebook(config: Configuration, settings: Settings, seed: int) -> Iterator[str]:
    """The arguments of the `Trainer`, the rest as a dictionary."""
    rest: dict[str, Any] = dict(config)
    batch = rest.pop("batch_size")
    steps = settings["steps"] * NER_PROTOCOL.updates_a_step(batch)
    rate = next(name for name in rest if name.endswith("learning_rate"))
    arguments = {
        "output_dir": "ner",
        "max_steps": steps,
        "per_device_train_batch_size": batch,
        "learning_rate": rest.pop(rate),
        "lr_scheduler_type": rest.pop("lr_scheduler_type"),
        "warmup_steps": round(rest.pop("warmup_ratio") * steps),
        "weight_decay": rest.pop("weight_decay"),
        "label_smoothing_factor": rest.pop("label_smoothing"),
        "adam_beta1": NER_PROTOCOL.adam_betas[0],
        "adam_beta2": NER_PROTOCOL.adam_betas[1],
        "adam_epsilon": NER_PROTOCOL.adam_epsilon,
        "max_grad_norm": NER_PROTOCOL.clip,
        "eval_strategy": "steps",
        "eval_steps": steps // NER_PROTOCOL.checkpoints,
        "save_strategy": "steps",
        "save_steps": steps // NER_PROTOCOL.checkpoints,
        "load_best_model_at_end": True,
        "metric_for_best_model": "f1",
        "seed": seed,
    }
    yield "from transformers import TrainingArguments"
    yield ""
    yield "arguments = TrainingArguments("
    yield from (f"    {name}={python_literal(value)}," for name, value in arguments.items())
    yield ")"
    yield "# The best weights are those of the best F1: compute_metrics has to return it as f1."
    yield "# What the Trainer has no argument for."
    yield from dictionary("settings", {**settings, **rest})


NER_TASK = TaskSpec(
    name="ner",
    space=NER,
    protocol=NER_PROTOCOL,
    metric="F1",
    steps=lambda settings: int(settings["steps"]),
    make_objective=_make_objective,
    # multilingual-e5-small on one core; xlm-roberta-base on a small GPU.
    cost=CostProfile(
        run_units=work.units_of_run,
        test_units=work.units_of_test,
        speed={"cpu": Speed(0.4, power=0.0), "cuda": Speed(0.05, power=0.0)},
        size=3.0,
        scale=work.scale,
    ),
    card_header=("pipeline_tag: token-classification",),
    usage=_usage,
    notebook=_notebook,
    settings=NerSettings,
    settings_example='a table, like train = { de = 12580 }, selection_languages = ["de"]',
    settings_errors=settings_errors,
    language_suffix="_f1",
    examples="tags",
    has_strategies=True,
)
