"""What the search itself costs: asking for configurations and telling their scores.

    python benchmarks/search_cost.py [--study league] [--sampler tpe] [--workers 64]

Nothing is trained: a formula answers at once, in this process, through the very loop, store and
sampler of `xlt-search`. A study is filled up with random configurations; at each of some sizes the
last hundred are asked for and told, with as many running as there are workers. Printed are the
median and the 95th percentile of asking (until there is a new configuration) and of telling (from
an answer to the next job or the trial's end), in milliseconds.
"""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import optuna
import typer
from optuna.trial import TrialState
from rich import box
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from xlt.objectives.objective import Configuration, Evaluation, Example
from xlt.objectives.tasks import TASKS
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.execution.jobs import Job, JobResult, ObjectiveInfo
from xlt.search.execution.local import LocalExecutor
from xlt.search.pipeline.session import FinishedMarker, Options, Session
from xlt.search.pipeline.trial_loop import TrialLoop
from xlt.search.scheduling.schedulers import make_scheduler
from xlt.search.storage.store import create_study, evaluation_record, open_storage
from xlt.search.suggest.distributions import distributions
from xlt.search.suggest.proposer import Defer
from xlt.studies.study import Study, load

console = Console(highlight=False, soft_wrap=True)


def worth(config: Configuration, step: int) -> float:
    """A score for any space: each value counts a little, by its own name; later rungs more."""
    shares = [random.Random(f"{name}={value}").random() for name, value in config.items()]
    return 100 * sum(shares) / len(shares) * step / (step + 100)


class Instant(LocalExecutor):
    """Workers whose jobs are done at once, and answered in random order."""

    def __init__(self, limit: int, setup: Any) -> None:
        super().__init__(setup, threading.Event(), lambda _: None)
        self.max_workers = limit
        self.jobs: list[Job] = []
        self.random = random.Random(0)

    def has_capacity(self) -> bool:
        return len(self.jobs) < self.max_workers

    def submit(self, job: Job) -> None:
        self.jobs.append(job)

    def completed(self) -> Iterator[tuple[int, JobResult]]:
        job = self.jobs.pop(self.random.randrange(len(self.jobs)))
        yield job.trial, evaluated(job.config, job.step)


def evaluated(config: Configuration, step: int) -> Evaluation:
    """With as much to write down as the league has within Stage A."""
    score = worth(config, step)
    example = Example("Ein Satz von zehn oder mehr Wörtern.", "A sentence.", "A sentence.")
    return Evaluation(
        step,
        score,
        metrics={"log_likelihood": score, "perplexity": 2.0},
        examples=(example,) * 3,
        seconds={"stage_a": 1.0, "stage_b": 0.0, "scoring": 1.0},
        tokens={"stage_a": 1000},
    )


class Timed(TrialLoop):
    """The loop of `xlt-search`, with a stopwatch."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.asking: list[float] = []
        self.telling: list[float] = []
        ask = self.proposer.propose

        def timed(*given: Any, **options: Any) -> tuple[int, Configuration] | Defer | None:
            begun = time.perf_counter()
            asked = ask(*given, **options)
            self.asking.append(time.perf_counter() - begun)
            return asked

        self.proposer.propose = timed  # type: ignore[method-assign]

    def _on_result(self, running: Any, answer: JobResult) -> None:
        begun = time.perf_counter()
        super()._on_result(running, answer)
        self.telling.append(time.perf_counter() - begun)


def session(study: Study, folder: Path, workers: int) -> Session:
    steps = study.budget.rungs[-1]
    data: Mapping[str, Any] = {
        "fingerprint": "0" * 64,
        "source": "none",
        "description": "none",
        "synthetic": True,
    }
    description = ObjectiveInfo(steps, {"all": steps}, {"code": "none", "device": "cpu"}, data)
    store = create_study(open_storage(None, folder), study.name, study, data)
    instant = Instant(workers, Options(folder).worker_config(study))
    costs = RuntimeModel(TASKS[study.task].cost, study.settings, study.budget.rungs, "cpu")
    return Session(
        study,
        store,
        instant,
        description,
        1,
        folder,
        lambda _: None,
        costs,
        None,
        FinishedMarker(lambda: None),
    )


def row(name: str, asking: list[float], telling: list[float]) -> list[str]:
    cells = [name]
    for seconds in (asking, telling):
        cells += [f"{1000 * median(seconds):.1f}", f"{1000 * quantiles(seconds, n=20)[-1]:.1f}"]
    return cells


def filled(trials: Timed, total: int, seed: int) -> None:
    """Have `total` configurations in the study without asking: random ones, a quarter of them going
    on at each rung."""
    store, study, space = trials.store, trials.study, distributions(trials.study.space)
    draw = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    chance = random.Random(seed)
    while len(store.latest_by_config()) < total:
        params = draw.ask(space).params
        config = study.space.from_parameters(params)
        rungs = study.budget.rungs
        last = next((rung for rung in rungs[:-1] if chance.random() > 1 / 4), rungs[-1])
        seen = [evaluated(config, rung) for rung in rungs if rung <= last]
        complete = last == rungs[-1]
        trial = optuna.trial.create_trial(
            state=TrialState.COMPLETE if complete else TrialState.PRUNED,
            value=seen[-1].score if complete else None,
            params=params,
            distributions=space,
            intermediate_values={each.step: each.score for each in seen},
            user_attrs={"configuration": dict(config)},
            system_attrs={"evaluations": [evaluation_record(each) for each in seen]},
        )
        number = len(store.study.get_trials(deepcopy=False))
        store.study.add_trial(trial)
        store._note_created(number)
        store._note_finished(store.study.get_trials(deepcopy=False)[number])
    trials.scheduler = make_scheduler(
        study.search.pruner, study.budget.rungs, study.space, store, trials.prefixes
    )


def main(
    study: Annotated[str, typer.Option(help="A study by its name or file.")] = "league",
    points: Annotated[str, typer.Option(help="Configurations.")] = "100,300,1000,3000,10000",
    asked: Annotated[int, typer.Option(min=2, help="How many are asked for at each.")] = 100,
    workers: Annotated[int, typer.Option(min=1)] = 64,
    sampler: Annotated[str | None, typer.Option(help="Another one than the study's.")] = None,
) -> None:
    """Print the cost of asking and telling along a study."""
    threadpool_limits(1)  # as the command has it
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    chosen = load(study, [f'search.sampler="{sampler}"'] if sampler else [])
    table = Table(
        "configurations", "ask, median ms", "95 %", "tell, median ms", "95 %", box=box.MARKDOWN
    )
    with TemporaryDirectory() as folder:
        trials = Timed(session(chosen, Path(folder) / chosen.name, workers))
        for point in map(int, points.split(",")):
            # The last of them are asked for, and so are in the study when the next ones are.
            filled(trials, point - asked, seed=point)
            before = len(trials.asking), len(trials.telling)
            trials.run(point)
            table.add_row(
                *row(f"{point:,}", trials.asking[before[0] :], trials.telling[before[1] :])
            )
            console.print(f"{point:,} done", style="dim")
    console.print(f"{chosen.name}, {chosen.search.sampler}, {workers} workers")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
