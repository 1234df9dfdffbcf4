"""Sends the events of a search to trackers, in the background."""

import queue
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from numbers import Real
from pathlib import Path
from typing import Any, TypeAlias

from xlt.objectives.objective import Configuration
from xlt.search import events
from xlt.search.trackers.names import TrackerName
from xlt.search.trackers.tracker import Destination, Tracker
from xlt.spaces.errors import InputError

# At the end of a command, trackers are waited for this long.
LAST_SECONDS = 60.0
_FINAL_RUN = "final run"
# The class of each tracker, and how to install its client.
_CLIENTS = {
    TrackerName.TENSORBOARD: ("TensorBoard", "pip install 'tensorboard>=2.19'"),
    TrackerName.MLFLOW: ("MLflow", "pip install 'mlflow-skinny>=3.3'"),
    TrackerName.WANDB: ("WandB", "pip install 'wandb>=0.20'"),
}
_Call: TypeAlias = Callable[[Tracker], None]


@contextmanager
def tracked(
    names: Sequence[TrackerName], study: str, folder: Path, display: events.EventSink
) -> Iterator[events.EventSink]:
    """Send events to trackers as well, until the end of the `with` block.

    Args:
        names: The trackers.
        study: The name of the study.
        folder: The folder of the study.
        display: Receives the events, and notices about the trackers.

    Yields:
        What receives the events instead of `display`.

    Raises:
        InputError: The client of a tracker is not installed.
    """
    destination = Destination(study, _study_id(folder), folder) if names else None
    senders = [_Sender(name, _client(name), destination) for name in names if destination]
    runs = _Runs()

    def sink(event: events.Event) -> None:
        calls = runs.calls(event) if senders else []
        for sender in senders:
            for call in calls:
                sender.calls.put(call)
            sender.show_notices(display)
        display(event)

    try:
        yield sink
    finally:
        for sender in senders:
            sender.finish(display)


def _study_id(folder: Path) -> str:
    """The identifier in the study's folder, which is written at the first call."""
    file = folder / "tracking.id"
    if not file.exists():
        file.write_text(secrets.token_hex(4))
    return file.read_text()


def _client(name: TrackerName) -> Callable[[Destination], Tracker]:
    class_name, install = _CLIENTS[name]
    try:
        module = import_module(f"xlt.search.trackers.{name}")
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] != name:
            raise
        raise InputError(f"--track {name}: its client is not installed: {install}") from error
    client: Callable[[Destination], Tracker] = getattr(module, class_name)
    return client


class _Sender:
    """Calls one tracker, in a thread of its own.

    Attributes:
        calls: What is still to be called.
    """

    def __init__(
        self, name: TrackerName, client: Callable[[Destination], Tracker], destination: Destination
    ) -> None:
        self.calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._name, self._client, self._destination = name, client, destination
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            tracker = self._client(self._destination)
            while call := self.calls.get():
                call(tracker)
            tracker.close()
        except Exception as error:  # noqa: BLE001 - clients raise all kinds, which a search survives
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            self._notices.put(f"--track {self._name} has stopped ({reason}); the search continues")

    def show_notices(self, display: events.EventSink) -> None:
        """Show what has happened in the thread since the last call."""
        while not self._notices.empty():
            display(events.Notice(self._notices.get()))

    def finish(self, display: events.EventSink) -> None:
        """Wait until all is sent, but not for ever."""
        self.calls.put(None)
        self._thread.join(LAST_SECONDS)
        self.show_notices(display)
        if self._thread.is_alive():
            text = f"--track {self._name}: not everything was sent within {LAST_SECONDS:.0f} s"
            display(events.Notice(text))


class _Runs:
    """Translates events into calls of a tracker. Remembers the configurations of trainings."""

    def __init__(self) -> None:
        self._configs: dict[str, Configuration] = {}
        self._steps: dict[str, int] = {}  # of full runs

    def calls(self, event: events.Event) -> list[_Call]:
        """What each tracker is to be called with because of an event."""
        match event:
            case events.TrialStarted() | events.TrialPromoted():
                self._configs[f"trial {event.trial}"] = event.configuration
            case events.SeedRunStarted():
                self._configs[event.job] = event.configuration
                self._steps[event.job] = event.step
            case events.FinalStarted():
                self._configs[_FINAL_RUN] = event.winner.configuration
            case events.TrialEvaluated():
                result = event.evaluation
                scores = {result.metric: result.score, **result.metrics}
                return [self._log(f"trial {event.trial}", scores, result.step)]
            case events.TrialFinished():
                return [_end(f"trial {event.trial}")]
            case events.SeedRunFinished() if event.score is not None:
                scores = {event.metric: event.score}
                return [self._log(event.job, scores, self._steps[event.job]), _end(event.job)]
            case events.TestScore() if _FINAL_RUN in self._configs:
                scores = {event.metric: event.score, **event.metrics}
                on_test = {f"test {name}": score for name, score in scores.items()}
                return [self._log(_FINAL_RUN, on_test, event.step), _end(_FINAL_RUN)]
        return []

    def _log(self, run: str, scores: Mapping[str, Any], step: int) -> _Call:
        config = self._configs[run]
        numbers = {name: float(score) for name, score in scores.items() if isinstance(score, Real)}
        return lambda tracker: tracker.log(run, config, numbers, step)


def _end(run: str) -> _Call:
    return lambda tracker: tracker.end(run)
