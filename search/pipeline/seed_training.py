"""Trainings of known configurations on new seeds."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from xlt.objectives.objective import Configuration, Paused
from xlt.search.execution.jobs import CheckpointRef, JobResult, Train
from xlt.search.pipeline.session import Session

# The branch of the study's seed that confirmation draws its seeds from.
_SEED_BRANCH = 1


@dataclass(frozen=True)
class SeedTraining:
    """One training that a confirmation needs. `trial` is the configuration's trial in the search."""

    trial: int
    configuration: Configuration
    seed: int
    step: int

    @property
    def name(self) -> str:
        return f"trial {self.trial} on seed {self.seed}"

    @property
    def label(self) -> str:
        return f"confirmation, {self.name}"


def fresh_seeds(seed: int, count: int) -> list[int]:
    """Seeds derived from a study's own seed, and different from it.

    A longer list begins with the shorter ones.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(_SEED_BRANCH,))
    drawn = sequence.generate_state(2 * count + 1).tolist()  # once in billions two are equal
    return [new for new in dict.fromkeys(drawn) if new != seed][:count]


def train_runs(
    session: Session,
    runs: Sequence[SeedTraining],
    may_start: Callable[[SeedTraining], bool],
    must_stop: Callable[[], bool],
    pinned: tuple[CheckpointRef, ...],
) -> Iterator[tuple[SeedTraining, JobResult]]:
    """Train runs, as many at once as there are workers.

    Args:
        session: The study.
        runs: The trainings, in the order in which they start.
        may_start: Called before each training: whether it may start.
        must_stop: Called while trainings run: whether they must pause now.
        pinned: Checkpoints to keep.

    Yields:
        Each finished training and its result.
    """
    executor, waiting = session.executor, deque(runs)
    running: dict[int, SeedTraining] = {}
    while waiting or running:
        while waiting and executor.has_capacity():
            run = waiting.popleft()
            if may_start(run):
                number = len(runs) - len(waiting)
                running[number] = run
                session.work.begin()
                executor.submit(_job(session, number, run, pinned))
        if not running:
            continue
        stopping = must_stop()
        for number, result in executor.pause_all() if stopping else executor.completed():
            run = running.pop(number)
            if not isinstance(result, Paused):
                yield run, result
        if stopping:
            return


def _job(
    session: Session, number: int, run: SeedTraining, pinned: tuple[CheckpointRef, ...]
) -> Train:
    return Train(
        job_id=number,
        config=run.configuration,
        seed=run.seed,
        step=run.step,
        checkpoint_steps=tuple(step for step in session.study.budget.rungs if step < run.step),
        label=run.label,
        pinned=pinned,
    )
