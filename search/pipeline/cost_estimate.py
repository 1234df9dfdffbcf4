"""What a study will cost here, before anything of it is trained."""

import math
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import fmean

import optuna

from xlt.objectives.folders import make_folder
from xlt.objectives.objective import Configuration, Evaluation, TestTime
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.budget.time_plan import thread_speedup
from xlt.search.execution.executor import MAX_THREADS_PER_JOB, Executor
from xlt.search.execution.jobs import Train
from xlt.search.pipeline.session import Options, prior_runtime_model, show_data, start_executor
from xlt.search.scheduling.schedulers import promotion_rate
from xlt.search.storage.store import config_key
from xlt.search.suggest.samplers import random_params
from xlt.spaces.errors import XltError
from xlt.studies.durations import format_duration
from xlt.studies.study import Study

# Configurations that stand for the space, and steps that are trained of some of them.
N_SAMPLED, MEASURED_STEPS = 200, 5


@dataclass(frozen=True)
class CostEstimate:
    """Seconds, with so many workers."""

    workers: int
    how: str  # where the figures come from
    smallest: float  # a full run alone on a core
    middle: float
    largest: float
    search: float
    confirmation: float
    final: float

    def lines(self, study: Study) -> Iterator[str]:
        """In words."""
        workers = f"{self.workers} worker{'s' * (self.workers > 1)}"
        yield f"estimated cost with {workers} ({self.how}):"
        runs = ", ".join(map(format_duration, (self.smallest, self.middle, self.largest)))
        yield f"one full run of a small, a medium and a large configuration: {runs}"
        parts = {
            f"{study.search.n_trials} configurations": self.search,
            "confirmation": self.confirmation,
            "final": self.final,
        }
        each = ", ".join(f"{name} {format_duration(seconds)}" for name, seconds in parts.items())
        yield f"{each}: {format_duration(sum(parts.values()))}"
        if study.budget.time_limit:
            yield f"budget.time_limit = {study.budget.time_limit}: trials that do not fit are skipped"


def describe_prior(study: Study, device: str) -> str:
    """What to say of figures that nobody has measured here."""
    known = TASKS[study.task].cost.scale(study.settings) is not None
    parts = [
        "a guess",
        "" if known else "as for the encoder multilingual-e5-small",
        "" if device == "cpu" else "for a GPU, which nobody has measured yet",
        "" if device == "cpu" or _has_gpu() else "and this machine has none",
    ]
    text = " ".join(filter(None, parts))
    return f"{text}; --measure trains a few steps"


def estimate(study: Study, costs: RuntimeModel, workers: int, *, how: str) -> CostEstimate:
    """Of a search as random as its space, whose winner is like most."""
    search, confirm, rungs = study.search, study.confirm, study.budget.rungs
    configs = sorted(
        sample_configs(study), key=lambda config: costs.predict_run(config, 0, study.steps)
    )
    middle = configs[len(configs) // 2]
    full = [
        costs.predict_run(config, 0, study.steps) for config in (configs[0], middle, configs[-1])
    ]
    rate = promotion_rate(search.pruner)
    ways = list(zip((0, *rungs), rungs, strict=False))
    tried = fmean(
        sum(rate**place * costs.predict_run(config, *way) for place, way in enumerate(ways))
        for config in configs
    )
    count = search.n_trials
    if not study.space.continuous:
        count = min(count, study.space.size)
    runs = (confirm.top_k + 1) * confirm.seeds  # the baseline runs beside them
    alone = thread_speedup(min(workers, MAX_THREADS_PER_JOB))
    rest = costs.predict_run(middle, rungs[-1], study.steps) if rungs[-1] < study.steps else 0.0
    return CostEstimate(
        workers,
        how,
        smallest=full[0],
        middle=full[1],
        largest=full[2],
        search=math.ceil(count / workers) * tried,
        confirmation=math.ceil(runs / workers) * full[1],
        final=(rest + costs.predict_test(middle, study.steps)) / alone,
    )


def prior(study: Study, device: str) -> RuntimeModel:
    """Before anything was measured, on a device as `likely` names it."""
    return RuntimeModel(TASKS[study.task].cost, study.settings, study.budget.rungs, device)


def likely_device(device: str) -> str:
    """What "auto" will come to, without PyTorch, which could tell but is slow to import."""
    return "cpu" if device == "auto" and not _has_gpu() else device


def _has_gpu() -> bool:
    return shutil.which("nvidia-smi") is not None


def measure(
    study: Study, options: Options, display: events.EventSink, stop: threading.Event
) -> tuple[RuntimeModel, int]:
    """After some steps of a small, a middle and a large configuration; and with how many workers.

    Nothing is kept but the prepared data. Raises `InputError` where the data cannot be had.
    """
    make_folder(options.runs)
    with tempfile.TemporaryDirectory(dir=options.runs, prefix=".measured-") as empty:
        setup = replace(options.worker_config(study), checkpoints=Path(empty))
        with start_executor(options, setup, stop, display) as engine:
            description = engine.describe()
            show_data(description, display)
            costs = prior_runtime_model(study, description)
            some = sorted(
                sample_configs(study), key=lambda config: costs.predict_run(config, 0, study.steps)
            )
            engine.set_max_workers(options.workers)
            _time_steps(engine, study, costs, [some[0], some[len(some) // 2], some[-1]])
            return costs, engine.max_workers


def _time_steps(
    engine: Executor, study: Study, costs: RuntimeModel, configs: Sequence[Configuration]
) -> None:
    """As many at once as there are workers: they share the machine then as they will."""
    waiting = list(enumerate(configs))
    running = 0
    while waiting or running:
        while waiting and engine.has_capacity():
            number, config = waiting.pop(0)
            engine.submit(Train(number, config, study.search.seed, MEASURED_STEPS))
            running += 1
        for number, answer in engine.completed():
            running -= 1
            if not isinstance(answer, Evaluation):
                raise XltError(f"configuration {dict(configs[number])} could not be run: {answer}")
            costs.observe(
                config_key(configs[number]), configs[number], MEASURED_STEPS, answer.seconds
            )
    config = configs[len(configs) // 2]
    test = engine.run(Train(0, config, study.search.seed, MEASURED_STEPS, time_test=True))
    assert isinstance(test, TestTime)
    costs.observe_test(config_key(config), config, MEASURED_STEPS, test.expected)


def sample_configs(study: Study) -> list[Configuration]:
    """At random, the same each time."""
    each = random_params(study.space, study.search.seed, optuna.create_study())
    return [config for _, config in islice(each, N_SAMPLED)]
