"""Sends the events of a search to trackers, in the background."""

import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from numbers import Real
from typing import Any, TypeAlias

from xlt.objectives.objective import Configuration
from xlt.search import events
from xlt.search.background import Background
from xlt.search.trackers.names import TrackerName
from xlt.search.trackers.tracker import Destination, Tracker
from xlt.spaces.errors import InputError

# At the end of a command, all trackers together are waited for this long.
LAST_SECONDS = 60.0
# The class of each tracker, and how to install its client.
_CLIENTS = {
    TrackerName.TENSORBOARD: ("TensorBoard", "pip install 'tensorboard>=2.19'"),
    TrackerName.MLFLOW: ("MLflow", "pip install 'mlflow-skinny>=3.3'"),
    TrackerName.WANDB: ("WandB", "pip install 'wandb>=0.20'"),
}
Client: TypeAlias = Callable[[Destination], Tracker]
_Call: TypeAlias = Callable[[Tracker], None]


def load_clients(names: Sequence[TrackerName]) -> dict[TrackerName, Client]:
    """Import the clients of trackers.

    Raises:
        InputError: One is not installed.
    """
    return {name: _load_client(name) for name in names}


def _load_client(name: TrackerName) -> Client:
    class_name, install = _CLIENTS[name]
    try:
        module = import_module(f"xlt.search.trackers.{name}")
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] != name:
            raise
        raise InputError(f"--track {name}: its client is not installed: {install}") from error
    client: Client = getattr(module, class_name)
    return client


@contextmanager
def tracked(
    clients: Mapping[TrackerName, Client], destination: Destination, display: events.EventSink
) -> Iterator[events.EventSink]:
    """Send events to trackers as well, until the end of the `with` block.

    Args:
        clients: The trackers.
        destination: Where they write.
        display: Receives the events, and notices about the trackers.

    Yields:
        What receives the events instead of `display`.
    """
    senders = [_Sender(name, client, destination) for name, client in clients.items()]
    translator = _EventTranslator()

    def sink(event: events.Event) -> None:
        for call in translator.calls(event) if senders else []:
            for sender in senders:
                sender.calls.put(call)
        for sender in senders:
            sender.background.show_notices(display)
        display(event)

    try:
        yield sink
    finally:
        until = time.monotonic() + LAST_SECONDS
        for sender in senders:
            for call in [*translator.last_calls(), None]:
                sender.calls.put(call)
        for sender in senders:
            sender.finish(display, until)


class _Sender:
    """Calls one tracker, in a thread of its own.

    Attributes:
        calls: The calls that are not made yet. None ends the thread.
        background: The thread.
    """

    def __init__(self, name: TrackerName, client: Client, destination: Destination) -> None:
        self.calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._option, self._client, self._destination = f"--track {name}", client, destination
        self.background = Background(self._option, self._work)
        self.background.start()

    def _work(self) -> None:
        tracker = self._client(self._destination)
        while call := self.calls.get():
            call(tracker)

    def finish(self, display: events.EventSink, until: float) -> None:
        """Wait until all is sent, or until a moment on the monotonic clock."""
        self.background.finish(
            display,
            max(0.0, until - time.monotonic()),
            f"{self._option}: the last scores are being sent",
            f"{self._option}: not all scores were sent within {LAST_SECONDS:.0f} s",
        )


class _EventTranslator:
    """Translates events into calls of a tracker. Remembers the configurations of trainings."""

    def __init__(self) -> None:
        self._configs: dict[str, Configuration] = {}
        self._steps: dict[str, int] = {}  # of runs on new seeds
        self._open: set[str] = set()  # what has scores and has not ended

    def calls(self, event: events.Event) -> list[_Call]:
        """What each tracker is to be called with because of an event."""
        match event:
            case events.TrialStarted() | events.TrialPromoted():
                self._configs[f"trial {event.trial}"] = event.configuration
            case events.SeedRunStarted():
                self._configs[event.job] = event.configuration
                self._steps[event.job] = event.step
            case events.TrialEvaluated():
                name, result = f"trial {event.trial}", event.evaluation
                scores = {result.metric: result.score, **result.metrics}
                self._open.add(name)
                return [_log(name, self._configs[name], scores, result.step)]
            case events.TrialFinished() if (name := f"trial {event.trial}") in self._open:
                self._open.remove(name)
                return [_end(name)]
            case events.SeedRunFinished() if event.score is not None:
                config, step = self._configs[event.job], self._steps[event.job]
                scores = {event.metric: event.score}
                return [_log(event.job, config, scores, step), _end(event.job)]
            case events.TestScore() if event.opened_now:
                name = f"final run of trial {event.trial}"
                scores = {event.metric: event.score, **event.metrics}
                on_test = {f"test {metric}": score for metric, score in scores.items()}
                return [_log(name, event.configuration, on_test, event.step), _end(name)]
        return []

    def last_calls(self) -> list[_Call]:
        """What each tracker is to be called with at the end."""
        return [_end(name) for name in sorted(self._open)]


def _log(run: str, config: Configuration, scores: Mapping[str, Any], step: int) -> _Call:
    numbers = {name: float(score) for name, score in scores.items() if isinstance(score, Real)}
    return lambda tracker: tracker.log(run, config, numbers, step)


def _end(run: str) -> _Call:
    return lambda tracker: tracker.end(run)
