"""An export as Python code, to paste into a notebook that trains by `transformers`."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.results.export import Export, Scores, languages_text
from xlt.spaces.catalogue import TASKS
from xlt.spaces.ner import NER_PROTOCOL


def as_notebook(export: Export) -> str:
    lines = [f"# xlt-search, study {export.study_name}, trial {export.trial}"]
    if export.validation:
        lines.append(
            f"# Validation: {_scores(export, export.validation[-1])}, the search's own seed."
        )
    if export.test:
        lines.append(f"# Test set: {_scores(export, export.test)}.")
    confirmation = export.confirmation
    if confirmation and confirmation.confirmed:
        found = format_mean_std(
            confirmation.candidate(confirmation.winner).scores(confirmation.seeds)
        )
        lines.append(f"# Confirmed: {confirmation.measure} {found} on {confirmation.seeds_text}.")
        lines += [f"# {each}." for each in confirmation.comparisons if each.against == "baseline"]
    else:
        lines.append(
            "# Not confirmed: the best of many scores on one seed is usually too high. Expect less."
        )
    if export.test and (text := languages_text(export.task, export.study, export.test.metrics)):
        lines.append(f"# The test score is the {text}.")
    lines += [f"# Notice: {notice}" for notice in export.data.notices]
    if export.data.synthetic:
        lines.append("# Tuned on synthetic data: this score says nothing about real data.")
    return "\n".join([*lines, *WRITERS[export.task](export)])


def _scores(export: Export, found: Scores) -> str:
    measure = found.measure or TASKS[export.task].measure
    return f"{measure} {found.score:.2f} at step {found.step:,}"


def _translation(export: Export) -> Iterator[str]:
    """The contest's two groups as dictionaries."""
    for group, names in TASKS[export.task].space.groups.items():
        yield from _dictionary(group, {name: export.configuration[name] for name in names})


def _ner(export: Export) -> Iterator[str]:
    """What the `Trainer` takes as its arguments, the rest as a dictionary."""
    config: dict[str, Any] = dict(export.configuration)
    settings = export.study["settings"]
    batch = config.pop("batch_size")
    steps = settings["steps"] * NER_PROTOCOL.updates_a_step(batch)
    rate = next(name for name in config if name.endswith("learning_rate"))
    arguments = {
        "output_dir": "ner",
        "max_steps": steps,
        "per_device_train_batch_size": batch,
        "learning_rate": config.pop(rate),
        "lr_scheduler_type": config.pop("lr_scheduler_type"),
        "warmup_steps": round(config.pop("warmup_ratio") * steps),
        "weight_decay": config.pop("weight_decay"),
        "label_smoothing_factor": config.pop("label_smoothing"),
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
        "seed": export.seed,
    }
    yield "from transformers import TrainingArguments"
    yield ""
    yield "arguments = TrainingArguments("
    yield from (f"    {name}={_python(value)}," for name, value in arguments.items())
    yield ")"
    yield "# The best weights are those of the best F1: compute_metrics has to return it as f1."
    yield "# What the Trainer has no argument for."
    yield from _dictionary("settings", {**settings, **config})


def _dictionary(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name} = {{"
    yield from (f'    "{key}": {_python(value)},' for key, value in values.items())
    yield "}"


def _python(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


WRITERS: Mapping[str, Callable[[Export], Iterator[str]]] = {
    "translation": _translation,
    "ner": _ner,
}
