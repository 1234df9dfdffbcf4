"""Overhead of the search: the time to ask for a configuration and to tell its score.

    python benchmarks/search_cost.py [--study league] [--sampler tpe] [--storage journal]

Nothing is trained. A formula returns the scores, and everything else is the code of `xlt-search`:
its loop, store, storage and sampler. The study is filled with random configurations. At each of
several sizes, the last hundred configurations are asked for and told while all workers are busy.
The table shows the median and the 95th percentile, in milliseconds, of asking (until the new trial
is stored) and of telling (from a result until the next job is submitted or the trial ends).
"""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import optuna
import typer
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from rich import box
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from xlt.objectives.objective import Configuration, Evaluation, Example
from xlt.objectives.tasks import TASKS
from xlt.search.budget.cost_model import RuntimeModel
from xlt.search.execution.jobs import Job, JobResult, ObjectiveDescription
from xlt.search.execution.local import LocalExecutor
from xlt.search.pipeline.options import Options
from xlt.search.pipeline.search_loop.loop import SearchLoop
from xlt.search.pipeline.session import Session, StartMarker
from xlt.search.scheduling.schedulers import make_scheduler
from xlt.search.storage.database import open_storage
from xlt.search.storage.keys import CONFIGURATION, END_REASON, EVALUATIONS
from xlt.search.storage.store import Store, evaluation_record
from xlt.search.storage.studies import open_store
from xlt.search.suggest.distributions import distributions
from xlt.search.suggest.proposer import Defer
from xlt.studies.study import Study, load

console = Console(highlight=False, soft_wrap=True)


class StorageName(StrEnum):
    """Storages to compare: ours, and Optuna's two that keep a study in a file."""

    SINGLE_WRITER = "single-writer"
    RDB = "rdb"
    JOURNAL = "journal"


def toy_score(config: Configuration, step: int) -> float:
    """A score for any space: a mean over the values, which increases with the step."""
    shares = [random.Random(f"{name}={value}").random() for name, value in config.items()]
    return 100 * sum(shares) / len(shares) * step / (step + 100)


class InstantExecutor(LocalExecutor):
    """Finishes jobs at once, in random order."""

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
        yield job.job_id, make_evaluation(job.config, job.step)


def make_evaluation(config: Configuration, step: int) -> Evaluation:
    """An evaluation with as many attributes as one of the league in Stage A."""
    score = toy_score(config, step)
    example = Example("Ein Satz von zehn oder mehr Wörtern.", "A sentence.", "A sentence.")
    return Evaluation(
        step,
        score,
        metrics={"log_likelihood": score, "perplexity": 2.0},
        examples=(example,) * 3,
        seconds={"stage_a": 1.0, "stage_b": 0.0, "scoring": 1.0},
        tokens={"stage_a": 1000},
    )


class TimedLoop(SearchLoop):
    """The loop of `xlt-search`, which records the seconds of each ask and tell."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.ask_seconds: list[float] = []
        self.tell_seconds: list[float] = []
        propose = self.proposer.propose

        def timed_propose(*args: Any, **kwargs: Any) -> tuple[int, Configuration] | Defer | None:
            start = time.perf_counter()
            proposed = propose(*args, **kwargs)
            self.ask_seconds.append(time.perf_counter() - start)
            return proposed

        self.proposer.propose = timed_propose  # type: ignore[method-assign]
        on_result = self.trials.on_result

        def timed_on_result(number: int, result: JobResult) -> None:
            start = time.perf_counter()
            on_result(number, result)
            self.tell_seconds.append(time.perf_counter() - start)

        self.trials.on_result = timed_on_result  # type: ignore[method-assign]


def new_store(study: Study, data: Mapping[str, Any], folder: Path, storage: StorageName) -> Store:
    """Create the study in one of the storages."""
    backend = open_storage(None, folder)
    store = open_store(backend, study.name, study, data)
    match storage:
        case StorageName.SINGLE_WRITER:
            return store
        case StorageName.RDB:
            opened = optuna.load_study(study_name=study.name, storage=backend)
        case StorageName.JOURNAL:
            journal = JournalStorage(JournalFileBackend(str(folder / "journal.log")))
            opened = optuna.create_study(
                study_name=study.name, storage=journal, direction="maximize"
            )
            for name, value in store.attributes.items():
                opened.set_user_attr(name, value)
    return Store(opened, opened._storage)  # Optuna puts a cache before its RDBStorage


def session(
    study: Study, folder: Path, workers: int, storage: StorageName = StorageName.SINGLE_WRITER
) -> Session:
    steps = study.budget.rungs[-1]
    data: Mapping[str, Any] = {
        "fingerprint": "0" * 64,
        "source": "none",
        "description": "none",
        "synthetic": True,
    }
    description = ObjectiveDescription(
        steps, {"all": steps}, {"code": "none", "device": "cpu"}, data
    )
    store = new_store(study, data, folder, storage)
    instant = InstantExecutor(workers, Options(folder).worker_config(study))
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
        StartMarker(lambda: None),
    )


def table_row(name: str, ask_seconds: list[float], tell_seconds: list[float]) -> list[str]:
    cells = [name]
    for seconds in (ask_seconds, tell_seconds):
        cells += [f"{1000 * median(seconds):.1f}", f"{1000 * quantiles(seconds, n=20)[-1]:.1f}"]
    return cells


def fill(loop: TimedLoop, total: int, seed: int) -> None:
    """Add random configurations until there are `total`. A quarter continues at each rung."""
    store, study, space = loop.store, loop.study, distributions(loop.study.space)
    draw = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    chance = random.Random(seed)
    while len(store.results_by_config()) < total:
        params = draw.ask(space).params
        config = study.space.from_trial_params(params)
        rungs = study.budget.rungs
        last = next((rung for rung in rungs[:-1] if chance.random() > 1 / 4), rungs[-1])
        evaluations = [make_evaluation(config, rung) for rung in rungs if rung <= last]
        complete = last == rungs[-1]
        trial = optuna.trial.create_trial(
            state=TrialState.COMPLETE if complete else TrialState.PRUNED,
            value=evaluations[-1].score if complete else None,
            params=params,
            distributions=space,
            intermediate_values={row.step: row.score for row in evaluations},
            user_attrs={CONFIGURATION: dict(config), END_REASON: "filled"},
            system_attrs={EVALUATIONS: [evaluation_record(row) for row in evaluations]},
        )
        trial_id = store.storage.create_new_trial(store.study._study_id, trial)
        stored = store.storage.get_trial(trial_id)
        store.note_created(stored.number)
        store._index.add(stored)
    loop.trials.scheduler = make_scheduler(
        study.search.pruner, study.budget.rungs, study.space, store, loop.prefixes
    )


def main(
    study: Annotated[str, typer.Option(help="A study by its name or file.")] = "league",
    points: Annotated[str, typer.Option(help="Configurations.")] = "100,300,1000,3000,10000",
    asked: Annotated[int, typer.Option(min=2, help="How many are asked for at each.")] = 100,
    workers: Annotated[int, typer.Option(min=1)] = 64,
    sampler: Annotated[str | None, typer.Option(help="Another one than the study's.")] = None,
    storage: Annotated[StorageName, typer.Option()] = StorageName.SINGLE_WRITER,
) -> None:
    """Print the cost of asking and telling along a study."""
    threadpool_limits(1)  # as the command has it
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    chosen = load(study, [f'search.sampler="{sampler}"'] if sampler else [])
    table = Table(
        "configurations", "ask, median ms", "95 %", "tell, median ms", "95 %", box=box.MARKDOWN
    )
    with TemporaryDirectory() as folder:
        loop = TimedLoop(session(chosen, Path(folder) / chosen.name, workers, storage))
        for point in map(int, points.split(",")):
            # The last of them are asked for, and so are in the study when the next ones are.
            fill(loop, point - asked, seed=point)
            before = len(loop.ask_seconds), len(loop.tell_seconds)
            loop.search(point)
            table.add_row(
                *table_row(
                    f"{point:,}", loop.ask_seconds[before[0] :], loop.tell_seconds[before[1] :]
                )
            )
            console.print(f"{point:,} done", style="dim")
    console.print(f"{chosen.name}, {chosen.search.sampler}, {storage}, {workers} workers")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
