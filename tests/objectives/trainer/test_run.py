"""Runs of a user's `Trainer`: paused and resumed as if never interrupted, scored, exported."""

import gc
import json
import socket
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tiny_task
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers import (
    BertForSequenceClassification,
    EarlyStoppingCallback,
    Trainer,
    TrainerCallback,
    set_seed,
)
from transformers.trainer_callback import ExportableState

from xlt.objectives.objective import Configuration, Diverged, Paused, Progress
from xlt.objectives.trainer.fingerprint import fingerprint
from xlt.objectives.trainer.objective import TrainerObjective
from xlt.objectives.trainer.run import TrainerRun
from xlt.spaces.errors import InputError

FILE = Path(tiny_task.__file__)
CONFIG = dict(tiny_task.SPACE.baseline_config)


def silent(_: Progress) -> None: ...


def objective(folder: Path, precision: str = "auto", **changes: Any) -> TrainerObjective:
    task = replace(tiny_task.TASK, **changes)
    return TrainerObjective(task, FILE, "auto", folder, "cpu", precision)


def weights(run: TrainerRun) -> dict[str, Tensor]:
    model = run.scorer().model
    assert model is not None
    return {name: value.clone() for name, value in model.state_dict().items()}


def copy(run: TrainerRun, folder: Path) -> TrainerRun:
    """Save a run, and restore it in another one."""
    folder.mkdir()
    run.save(folder)
    restored = TrainerRun(run.objective, run.config, run.seed)
    restored.restore(folder)
    return restored


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tensor]:
    """The weights that the `Trainer` alone reaches, without xlt-search."""
    set_seed(7)
    folder = tmp_path_factory.mktemp("alone")
    trainer = tiny_task.build(CONFIG, 7, {"output_dir": str(folder), "save_strategy": "no"})
    trainer.train()
    assert trainer.model is not None
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_resumes_bit_for_bit(
    whole: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Wherever it is paused, in the process or by a checkpoint: the weights of the `Trainer` alone."""
    folder = tmp_path_factory.mktemp("run")
    run = objective(folder).run(CONFIG, 7)
    for step in sorted(data.draw(st.sets(st.integers(1, 19), max_size=3))):
        assert run.train_to(step, silent).step == step
        if data.draw(st.booleans()):
            run = copy(run, folder / str(step))
    assert run.train_to(20, silent).step == 20
    for name, value in weights(run).items():
        assert torch.equal(value, whole[name]), name


def test_heartbeat_pauses(whole: dict[str, Tensor], tmp_path: Path) -> None:
    """It stops at the next step that a checkpoint can have, and goes on from there."""
    run = objective(tmp_path).run(CONFIG, 7)

    def pause(progress: Progress) -> None:
        if progress.step >= 6:
            raise Paused

    with pytest.raises(Paused):
        run.train_to(20, pause)
    assert 6 <= run.step <= 8
    assert run.updates == run.updates_at(run.step)
    run = copy(run, tmp_path / "paused")
    run.train_to(20, silent)
    assert all(torch.equal(value, whole[name]) for name, value in weights(run).items())


class Damping(TrainerCallback, ExportableState):
    """Damps the classifier's bias, the more the more steps it has seen."""

    def __init__(self) -> None:
        self.seen = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.seen += 1
        with torch.no_grad():
            kwargs["model"].classifier.bias.mul_(1 - 0.01 * self.seen)

    def state(self) -> dict[str, Any]:
        return {"args": {}, "attributes": {"seen": self.seen}}


def test_a_callback_that_can_export_its_state_goes_on_with_it(tmp_path: Path) -> None:
    def build(config: Configuration, seed: int) -> Trainer:
        trainer = tiny_task.build(config, seed)
        trainer.add_callback(Damping())
        return trainer

    once = objective(tmp_path, build=build).run(CONFIG, 7)
    once.train_to(20, silent)
    parts = objective(tmp_path, build=build).run(CONFIG, 7)
    parts.train_to(8, silent)
    parts = copy(parts, tmp_path / "paused")
    parts.train_to(20, silent)
    assert all(torch.equal(value, weights(once)[name]) for name, value in weights(parts).items())


def test_scores(tmp_path: Path) -> None:
    """In points, by the metric that decides; a loss is negated; the test set is another one."""
    run = objective(tmp_path).run(CONFIG, 7)
    found = run.train_to(20, silent)
    assert found.metric == "accuracy"
    assert found.score == pytest.approx(100 * found.metrics["accuracy"])
    assert found.score > 90
    assert set(found.metrics) == {"accuracy", "loss"}
    restored = copy(run, tmp_path / "saved")
    trainer = restored.scorer()
    again = trainer.evaluate(tiny_task.Sentences(50, 3), metric_key_prefix="test")
    assert restored.test(silent).metrics["loss"] == again["test_loss"] != found.metrics["loss"]
    estimate = restored.time_test(silent)
    assert 0 < estimate.expected < estimate.upper_bound
    by_loss = objective(tmp_path / "loss", metric="loss", maximize=False, percent=False)
    other = by_loss.run(CONFIG, 7).train_to(20, silent)
    assert (other.score, other.metric) == (-other.metrics["loss"], "-loss")


def test_export_and_checkpoint_have_no_pickled_arguments(tmp_path: Path) -> None:
    """The export loads with `from_pretrained`, and computes the same."""
    run = objective(tmp_path).run(CONFIG, 7)
    run.train_to(5, silent)
    (tmp_path / "model").mkdir()
    digest = run.export(tmp_path / "model")
    restored = copy(run, tmp_path / "saved")
    (tmp_path / "again").mkdir()
    assert restored.export(tmp_path / "again") == digest
    model = BertForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    ids = tiny_task.Sentences(5, 3).ids
    own = run.scorer().model
    assert own is not None
    torch.testing.assert_close(model(ids).logits, own.eval()(ids).logits)
    files = [file.name for file in tmp_path.rglob("*") if file.is_file()]
    assert not [name for name in files if name.endswith((".bin", ".pkl"))]


def test_divergence(tmp_path: Path) -> None:
    run = objective(tmp_path).run(CONFIG | {"learning_rate": 1e30}, 7)
    with pytest.raises(Diverged, match="not finite"):
        run.train_to(20, silent)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 3}, "TrainingArguments.seed is 3, but build was given 0: pass seed=seed"),
        (
            {"load_best_model_at_end": True, "eval_strategy": "epoch", "save_strategy": "epoch"},
            "load_best_model_at_end is true",
        ),
        ({"auto_find_batch_size": True}, "auto_find_batch_size is true"),
        ({"ignore_data_skip": True}, "ignore_data_skip is true"),
        (
            {"lr_scheduler_type": "greedy", "eval_strategy": "steps", "eval_steps": 5},
            "lr_scheduler_type is greedy",
        ),
        ({"dataloader_num_workers": 1}, "dataloader_num_workers is above 0"),
        ({"bf16_full_eval": True}, "bf16_full_eval is true"),
    ],
)
def test_refused_arguments(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        objective(tmp_path, build=partial(tiny_task.build, changes=changes))


def test_refused_callbacks_and_results(tmp_path: Path) -> None:
    def stopping(config: Any, seed: int) -> Trainer:
        trainer = tiny_task.build(config, seed, {"metric_for_best_model": "accuracy"})
        trainer.add_callback(EarlyStoppingCallback())
        return trainer

    with pytest.raises(InputError, match="EarlyStoppingCallback"):
        objective(tmp_path, build=stopping)
    with pytest.raises(InputError, match="build returned str; expected"):
        objective(tmp_path, build=lambda config, seed: "a trainer")
    with pytest.raises(InputError, match="--precision bfloat16: tiny_task"):
        objective(tmp_path, "bfloat16")
    with pytest.raises(InputError, match="test_data: expected one data set with a length"):
        objective(tmp_path, test_data=lambda: None)
    run = objective(tmp_path, metric="f1").run(CONFIG, 1)
    with pytest.raises(InputError, match=r"'f1' is not among the metrics; .* accuracy, loss"):
        run.train_to(1, silent)


def test_random_batches_are_refused(tmp_path: Path) -> None:
    """A collator that masks at random would give a resumed training other data."""

    def masking(config: Any, seed: int) -> Trainer:
        trainer = tiny_task.build(config, seed)
        collate = trainer.data_collator

        def masked(rows: list[Any]) -> dict[str, Any]:
            batch = collate(rows)
            return batch | {"input_ids": batch["input_ids"] * (torch.rand(6) > 0.5)}

        trainer.data_collator = masked
        return trainer

    with pytest.raises(InputError, match="batches depend on global random numbers"):
        objective(tmp_path, build=masking)


def test_a_callback_that_stops_is_named(tmp_path: Path) -> None:
    class Stop(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            control.should_training_stop = control.should_save = state.global_step >= 2

    def stopping(config: Any, seed: int) -> Trainer:
        trainer = tiny_task.build(config, seed)
        trainer.add_callback(Stop())
        return trainer

    with pytest.raises(InputError, match="a callback stopped the training after 2 of 27 optimizer"):
        objective(tmp_path, build=stopping).run(CONFIG, 1).train_to(20, silent)


def test_fewer_optimizer_steps_than_steps(tmp_path: Path) -> None:
    """15 of them for 20 steps: no step is reported beyond the one that was asked for."""
    steps = []
    run = objective(tmp_path).run(CONFIG | {"batch_size": 8}, 7)
    assert run.train_to(5, lambda progress: steps.append(progress.step)).step == 5
    assert max(steps) == 5
    assert (run.updates, run.max_updates) == (4, 15)


def test_data_that_cannot_be_fingerprinted() -> None:
    for data, message in (([], "test_data: is empty"), ([{"a": object()}], "of the type object")):
        with pytest.raises(InputError, match=message):
            fingerprint([{"a": 1}], [{"a": 2}], data)


def test_identity(tmp_path: Path) -> None:
    """It changes with the data and with the file, and is plain JSON."""
    plain = objective(tmp_path)
    assert json.loads(json.dumps(plain.identity)) == plain.identity
    assert plain.identity == objective(tmp_path).identity
    other_data = objective(tmp_path, test_data=lambda: tiny_task.Sentences(50, 4))
    assert other_data.data["fingerprint"] != plain.data["fingerprint"]
    changed = tmp_path / "changed.py"
    changed.write_text(FILE.read_text() + "# changed\n")
    other = TrainerObjective(tiny_task.TASK, changed, "auto", tmp_path, "cpu", "auto")
    assert other.identity["code"] != plain.identity["code"]
    code = (
        "from xlt.objectives.tasks import build; from pathlib import Path; "
        f"print(build({str(changed)!r}, source='auto', cache=Path('.'), device='cpu').identity)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(other.identity)


def test_leaves_no_files(tmp_path: Path) -> None:
    """Neither a run that ended nor a process that was killed."""
    (tmp_path / f".trainer-{socket.gethostname()}@{2**22 + 1}@killed").mkdir()
    run = objective(tmp_path).run(CONFIG, 7)
    run.train_to(3, silent)
    assert len(list(tmp_path.iterdir())) == 1
    del run
    gc.collect()
    assert not list(tmp_path.iterdir())
