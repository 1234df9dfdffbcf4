"""`xlt-search` on a toy objective in this process, which tests can patch."""

import os
import threading
from pathlib import Path
from typing import Any

import toy_objective
from optuna.trial import TrialState

from xlt.search import events
from xlt.search.evidence.record import ProofRecord
from xlt.search.execution.jobs import ObjectiveFactory
from xlt.search.pipeline import runner
from xlt.search.pipeline.options import Options
from xlt.search.results.export import read_export
from xlt.search.storage.store import Store, config_key
from xlt.search.storage.studies import load_store
from xlt.search.trackers.names import TrackerName
from xlt.studies.study import Study, load


class Command:
    """`xlt-search --study league` on a toy objective.

    Attributes:
        folder: The folder of all studies.
        build: Makes the toy objective.
        overrides: Overrides of the study that every call has.
        final: Whether calls prove the winner and do the final run, unless they say otherwise.
        seen: The events of all calls.
        stop: Interrupts the call.
        stop_at: Interrupts it once there were so many events of this type.
        job_timeout_seconds: Seconds after which a job is ended.
        typed: The command on record.
        cache_size: The maximum size of all checkpoints, in bytes.
        mirror: The folder to which `folder` is copied.
        track: The trackers.
    """

    def __init__(
        self,
        folder: Path,
        build: ObjectiveFactory = toy_objective.build,
        overrides: tuple[str, ...] = (),
        *,
        final: bool = False,
    ) -> None:
        self.folder, self.build = folder, build
        self.overrides, self.final = overrides, final
        self.seen: list[events.Event] = []
        self.stop = threading.Event()
        self.stop_at: tuple[type[events.Event], int] | None = None
        self.job_timeout_seconds: float | None = None
        self.typed = "first"
        self.cache_size = 10**9
        self.mirror: Path | None = None
        self.track: tuple[TrackerName, ...] = ()

    def __call__(
        self,
        *overrides: str,
        name: str = "league",
        workers: int = 1,
        build: ObjectiveFactory | None = None,
        final: bool | None = None,
    ) -> Store:
        """Run the command; `build` replaces the toy objective for this call."""
        study, options = self.study(*overrides), self.options(workers, build)
        with_final = self.final if final is None else final
        runner.run_study(study, name, options, self.show, self.stop, with_final=with_final)
        return self.store(name)

    def finish(self, *overrides: str, source: str | None = None) -> None:
        """`xlt-search final league`."""
        options = self.options()
        runner.finish_study("league", options, self.show, self.stop, overrides, source=source)

    def study(self, *overrides: str) -> Study:
        return load("league", ["data.source=toy", *self.overrides, *overrides])

    def options(self, workers: int = 1, build: ObjectiveFactory | None = None) -> Options:
        return Options(
            runs=self.folder,
            device="cpu",
            workers=workers,
            objective_factory=build or self.build,
            job_timeout_seconds=self.job_timeout_seconds,
            cache_size=self.cache_size,
            mirror=self.mirror,
            track=self.track,
            command=self.typed,
        )

    def store(self, name: str = "league") -> Store:
        return load_store(None, self.folder, name)

    def result(self) -> ProofRecord:
        """The proof in `best.toml`."""
        proof = read_export(self.folder / "league/best.toml").proof
        assert proof
        return proof

    def done(self) -> list[str]:
        """The toy's log: a line for each job of all commands of this test."""
        log = Path(os.environ["TOY_LOG"])
        return log.read_text().splitlines() if log.exists() else []

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of a type."""
        return [event for event in self.seen if isinstance(event, kind)]

    def notices(self) -> list[str]:
        return [notice.text for notice in self.of(events.Notice)]

    def show(self, event: events.Event) -> None:
        self.seen.append(event)
        if self.stop_at is not None and len(self.of(self.stop_at[0])) >= self.stop_at[1]:
            self.stop.set()


def story(store: Store) -> list[tuple[str, str, dict[int, float], float | None]]:
    """The results of all trials of a study, without times."""
    return [
        (
            config_key(trial.user_attrs["configuration"]),
            trial.state.name,
            trial.intermediate_values,
            trial.value,
        )
        for trial in store.study.trials
        if trial.state != TrialState.FAIL
    ]
