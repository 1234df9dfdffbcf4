"""Searches on a simulated clock, in this process: trainings take as long as a function says."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import toy_objective

from xlt.objectives.objective import Configuration, Diverged, Evaluation, Paused, Progress
from xlt.search import events
from xlt.search.budget.time_budget import TimeBudget
from xlt.search.budget.time_plan import TimePlan
from xlt.search.evidence.record import ProofRecord
from xlt.search.execution.executor import Executor
from xlt.search.execution.jobs import Job, JobResult, ObjectiveDescription, Train, describe
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import winner
from xlt.search.pipeline.options import Options
from xlt.search.pipeline.search_loop.loop import SearchLoop
from xlt.search.pipeline.session import Session, StartMarker, prior_runtime_model
from xlt.search.results.export import current_proof
from xlt.search.storage.database import open_storage
from xlt.search.storage.store import config_key
from xlt.search.storage.studies import open_store
from xlt.studies.study import Study, load

# Simulated seconds between two reports of what runs.
POLL_SECONDS = 20.0
# Seconds of a training: a configuration, the step that it has reached, and the one to reach.
Seconds = Callable[[Configuration, int, int], float]


class Clock(TimeBudget):
    """A budget whose time passes only as a test says."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.spent = 0.0

    @property
    def elapsed(self) -> float:
        return self.spent


class SimulatedExecutor(Executor):
    """Trains in no time, and lets the clock advance by what each training takes.

    Attributes:
        done: Every training that was finished: configuration, seed and step.
        interrupt_at: The number of finished trainings at which the command is interrupted.
    """

    supports_pause = True

    def __init__(self, objective: toy_objective.Toy, clock: Clock, seconds: Seconds) -> None:
        config = Options().worker_config(load("league"))
        super().__init__(config, threading.Event(), lambda _: None)
        self.objective, self.clock, self.seconds = objective, clock, seconds
        self.done: list[tuple[str, int, int]] = []
        self.interrupt_at: int | None = None
        self._running: dict[int, tuple[float, Train]] = {}  # by number, with the time of its end
        self._begun: dict[int, tuple[float, int]] = {}  # by number, time and step of its begin
        self._reached: dict[tuple[str, int], int] = {}

    def close(self) -> None:
        self._running.clear()

    def pause_all(self) -> list[tuple[int, JobResult]]:
        paused: list[tuple[int, JobResult]] = [(number, Paused()) for number in self._running]
        self._running.clear()
        return paused

    def describe(self, on_poll: Callable[[], None] = lambda: None) -> ObjectiveDescription:
        objective: Any = self.objective
        return describe(objective)

    @property
    def max_parallel_jobs(self) -> int:
        return 2

    @property
    def max_threads_per_job(self) -> int:
        return 2

    def has_capacity(self) -> bool:
        return len(self._running) < self.max_workers

    def submit(self, job: Job) -> None:
        assert isinstance(job, Train)
        begin = max(self._reached.get((name, job.seed), 0) for name in self._names(job))
        seconds = self.seconds(job.config, begin, job.step) if begin < job.step else 0.0
        self._running[job.job_id] = self.clock.spent + seconds, job
        self._begun[job.job_id] = self.clock.spent, begin

    def completed(self) -> Iterator[tuple[int, JobResult]]:
        if len(self.done) == self.interrupt_at:
            raise Interrupted
        number = min(self._running, key=lambda number: self._running[number][0])
        if self._running[number][0] > self.clock.spent + POLL_SECONDS:
            self.clock.spent += POLL_SECONDS
            self._report()
            return
        end, job = self._running.pop(number)
        self.clock.spent = max(self.clock.spent, end)
        run = self.objective.run(job.config, job.seed)
        try:
            result: Evaluation | Diverged = run.train_to(job.step, lambda _: None)
        except Diverged as error:
            result = error
        for name, end in zip(self._names(job), (job.step, toy_objective.END_OF_A), strict=True):
            reached = self._reached.get((name, job.seed), 0)
            self._reached[name, job.seed] = max(reached, min(job.step, end))
        self.done.append((config_key(job.config), job.seed, job.step))
        yield number, result

    def _report(self) -> None:
        """Report the progress of what runs; a step takes as long as any other."""
        for number, (end, job) in self._running.items():
            started_at, begin = self._begun[number]
            share = (self.clock.spent - started_at) / (end - started_at)
            step = begin + int(share * (job.step - begin))
            stage = "A" if step <= toy_objective.END_OF_A else "B"
            self.progress_by_job[number] = Progress(stage, step, job.step, 0.0)

    def _names(self, job: Train) -> tuple[str, str]:
        """The training, and its Stage A, which configurations of one architecture share."""
        shared = self.objective.prefix_config(job.config, toy_objective.END_OF_A)
        return config_key(job.config), f"Stage A of {config_key(shared)}"


class Simulation:
    """A study that is searched on a simulated clock.

    Attributes:
        shown: All events.
    """

    def __init__(
        self,
        folder: Path,
        *overrides: str,
        objective: toy_objective.Toy | None = None,
        seconds: Seconds | None = None,
        workers: int = 1,
        timed: bool = False,
    ) -> None:
        """Open the study in `folder`.

        Args:
            folder: The folder of all studies.
            overrides: Overrides of the study `league`.
            objective: The objective; by default one without noise.
            seconds: How long trainings take; by default as predicted before any measurement.
            workers: Simultaneous trainings.
            timed: Whether the study's time budget applies.
        """
        self.study: Study = load("league", ["data.source=toy", *overrides])
        clock = Clock(self.study.budget.seconds or 0.0)
        self.clock = clock
        self.executor = SimulatedExecutor(
            objective or toy_objective.Toy("toy", timed=False),
            clock,
            seconds or (lambda *job: self.runtimes.predict_run(*job)),
        )
        self.executor.max_workers = workers
        description = self.executor.describe()
        self.runtimes = prior_runtime_model(self.study, description)
        self.store = open_store(open_storage(None, folder), "league", self.study, description.data)
        self.shown: list[events.Event] = []
        plan = None
        if timed:
            plan = TimePlan(
                clock,
                self.runtimes,
                description.steps,
                workers,
                self.study.budget.rungs[-1],
                self.study.space.baseline_config,
                self.study.proof.seeds,
                workers,
            )
        self.session = Session(
            self.study,
            self.store,
            self.executor,
            description,
            workers,
            folder / "league",
            self.shown.append,
            self.runtimes,
            plan,
            StartMarker(lambda: None),
        )

    def search(self, *, with_proof: bool = True) -> SearchLoop:
        """Search, and choose the winner."""
        loop = SearchLoop(self.session, with_proof=with_proof)
        loop.search(self.study.search.n_trials)
        if with_proof:
            winner.decide(self.session)
        return loop

    def prove(self) -> None:
        """Train on new seeds without searching, as `xlt-search final` does."""
        SearchLoop(self.session).prove()
        winner.decide(self.session)

    def result(self) -> ProofRecord:
        proof = current_proof(self.store)
        assert proof
        return proof

    def notices(self) -> list[str]:
        return [event.text for event in self.shown if isinstance(event, events.Notice)]

    def seeds_of(self, config: Configuration) -> list[int]:
        """The new seeds on which a configuration was trained to the end, in order."""
        return [
            seed
            for key, seed, step in self.executor.done
            if key == config_key(config)
            and seed != self.study.search.seed
            and step == toy_objective.STEPS
        ]
