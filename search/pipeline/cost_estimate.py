"""Estimate how long a study takes on this machine, before anything of it is trained."""

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
from xlt.search.pipeline.options import Options, start_executor
from xlt.search.pipeline.session import prior_runtime_model, show_data
from xlt.search.scheduling.schedulers import promotion_rate
from xlt.search.storage.store import config_key
from xlt.search.suggest.samplers import random_params
from xlt.spaces.errors import XltError
from xlt.studies.durations import format_duration
from xlt.studies.study import Study

# Random configurations that represent the space, and steps of the three that are measured.
N_SAMPLED, MEASURED_STEPS = 200, 5


@dataclass(frozen=True)
class CostEstimate:
    """The cost of a study in seconds.

    Attributes:
        workers: The number of workers.
        how: Where the figures come from, such as "a guess".
        smallest: A full run of the cheapest sampled configuration, alone on one core.
        middle: The same for the median configuration.
        largest: The same for the most expensive one.
        search: The search.
        proof: The runs on new seeds.
        final: The final run with its test.
    """

    workers: int
    how: str
    smallest: float
    middle: float
    largest: float
    search: float
    proof: float
    final: float

    def lines(self, study: Study) -> Iterator[str]:
        """The estimate as text."""
        workers = f"{self.workers} worker{'s' * (self.workers > 1)}"
        yield f"estimated cost with {workers} ({self.how}):"
        runs = ", ".join(map(format_duration, (self.smallest, self.middle, self.largest)))
        yield f"one full run of a small, a medium and a large configuration: {runs}"
        parts = {
            f"{study.search.n_trials} configurations": self.search,
            "proof on new seeds": self.proof,
            "final": self.final,
        }
        terms = ", ".join(f"{name} {format_duration(cost)}" for name, cost in parts.items())
        yield f"{terms}: {format_duration(sum(parts.values()))}"
        if study.budget.time_limit:
            yield f"budget.time_limit = {study.budget.time_limit}: trials that do not fit are skipped"


def describe_prior(study: Study, device: str) -> str:
    """Say what an estimate without measurement is based on."""
    calibrated = TASKS[study.task].cost.scale(study.settings) is not None
    parts = [
        "a guess",
        "" if calibrated else "as for the encoder multilingual-e5-small",
        "" if device == "cpu" else "for a GPU, which nobody has measured yet",
        "" if device == "cpu" or _has_gpu() else "and this machine has none",
    ]
    text = " ".join(filter(None, parts))
    return f"{text}; --measure trains a few steps"


def estimate(study: Study, costs: RuntimeModel, workers: int, *, how: str) -> CostEstimate:
    """Estimate a search that samples its space at random, with the median configuration as winner.

    Args:
        study: The study.
        costs: The runtime model.
        workers: The number of workers.
        how: Where the runtime model comes from, in words.
    """
    proof, rungs = study.proof, study.budget.rungs
    configs = _by_cost(study, costs)
    middle = configs[len(configs) // 2]
    rate = promotion_rate(study.search.pruner)
    stretches = list(zip((0, *rungs), rungs, strict=False))
    search_seconds = fmean(
        sum(rate**rung * costs.predict_run(config, *steps) for rung, steps in enumerate(stretches))
        for config in configs
    )
    n_configs = study.search.n_trials
    if not study.space.continuous:
        n_configs = min(n_configs, study.space.size)
    n_proof_runs = 2 * proof.seeds  # of the winner and the baseline
    speedup = thread_speedup(min(workers, MAX_THREADS_PER_JOB))
    rest = costs.predict_run(middle, rungs[-1], study.steps) if rungs[-1] < study.steps else 0.0
    full_run = costs.predict_run(middle, 0, study.steps)
    return CostEstimate(
        workers,
        how,
        smallest=costs.predict_run(configs[0], 0, study.steps),
        middle=full_run,
        largest=costs.predict_run(configs[-1], 0, study.steps),
        search=math.ceil(n_configs / workers) * search_seconds,
        proof=math.ceil(n_proof_runs / workers) * full_run,
        final=(rest + costs.predict_test(middle, study.steps)) / speedup,
    )


def prior(study: Study, device: str) -> RuntimeModel:
    """The runtime model before anything was measured, for a device as `likely_device` names it."""
    return RuntimeModel(TASKS[study.task].cost, study.settings, study.budget.rungs, device)


def likely_device(device: str) -> str:
    """What a device of "auto" means here, without PyTorch, which is slow to import."""
    return "cpu" if device == "auto" and not _has_gpu() else device


def _has_gpu() -> bool:
    return shutil.which("nvidia-smi") is not None


def measure(
    study: Study, options: Options, display: events.EventSink, stop: threading.Event
) -> tuple[RuntimeModel, int]:
    """Measure a few steps of the cheapest, the median and the most expensive configuration.

    Only the prepared data are kept.

    Returns:
        The runtime model after the measurement, and the number of workers that were used.

    Raises:
        InputError: The data are missing.
    """
    make_folder(options.runs)
    with tempfile.TemporaryDirectory(dir=options.runs, prefix=".measured-") as empty:
        setup = replace(options.worker_config(study), checkpoints=Path(empty))
        with start_executor(options, setup, stop, display) as executor:
            description = executor.describe()
            show_data(description, display)
            costs = prior_runtime_model(study, description)
            configs = _by_cost(study, costs)
            executor.set_max_workers(options.workers)
            measured = [configs[0], configs[len(configs) // 2], configs[-1]]
            _time_steps(executor, study, costs, measured)
            return costs, executor.max_workers


def _time_steps(
    executor: Executor, study: Study, costs: RuntimeModel, configs: Sequence[Configuration]
) -> None:
    """Train on all workers at once, so that they share the machine as in the search."""
    waiting = list(enumerate(configs))
    n_running = 0
    while waiting or n_running:
        while waiting and executor.has_capacity():
            number, config = waiting.pop(0)
            executor.submit(Train(number, config, study.search.seed, MEASURED_STEPS))
            n_running += 1
        for number, result in executor.completed():
            n_running -= 1
            config = configs[number]
            if not isinstance(result, Evaluation):
                raise XltError(f"configuration {dict(config)} could not be trained: {result}")
            costs.observe(config_key(config), config, MEASURED_STEPS, result.seconds)
    config = configs[len(configs) // 2]
    test = executor.run(Train(0, config, study.search.seed, MEASURED_STEPS, time_test=True))
    assert isinstance(test, TestTime)
    costs.observe_test(config_key(config), config, MEASURED_STEPS, test.expected)


def sample_configs(study: Study) -> list[Configuration]:
    """Random configurations of a study's space, which depend only on its seed."""
    samples = random_params(study.space, study.search.seed, optuna.create_study())
    return [config for _, config in islice(samples, N_SAMPLED)]


def _by_cost(study: Study, costs: RuntimeModel) -> list[Configuration]:
    """Sampled configurations, the cheapest full run first."""
    return sorted(
        sample_configs(study), key=lambda config: costs.predict_run(config, 0, study.steps)
    )
