"""What a command shows while it works: live, as plain lines, as JSON lines, or next to nothing."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from functools import partial
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from xlt.objectives.objective import Progress
from xlt.search import events
from xlt.search.storage.store import RankedConfig
from xlt.search.tables import format_table
from xlt.search.wording import SYNTHETIC_WARNING, format_config

# A plain line a trial this often, while nothing else happens.
PLAIN_SECONDS = 30.0


def _is_live(console: Console) -> bool:
    """Whether a console is a terminal that lines can be drawn over in.

    rich also takes FORCE_COLOR for a terminal, in a file as well. A command in a notebook's cell
    has a pseudo terminal with a good name, whose output is appended to the page.
    """
    return (
        console.file.isatty()
        and console.is_interactive
        and not console.is_dumb_terminal
        and "JPY_PARENT_PID" not in os.environ  # what a notebook's kernel gives to its children
    )


@contextmanager
def open_display(*, as_json: bool, quiet: bool, errors: bool = False) -> Iterator[events.EventSink]:
    """The display for this output: live on a terminal, plain lines elsewhere.

    `errors`: on the error stream, where the output is for something else. With `as_json` the lines
    for programs go to the output, and what is for people, unless `quiet`, to the error stream.
    """
    if as_json and not quiet:
        lines = partial(_json, sys.stdout)
        with open_display(as_json=False, quiet=False, errors=True) as shown:

            def both(event: events.Event) -> None:
                lines(event)
                shown(event)

            yield both
        return
    console = Console(highlight=False, stderr=errors)
    if _is_live(console) and not (as_json or quiet):
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield _Live(live).show
        return
    output = sys.stderr if errors else sys.stdout
    # Whoever reads our lines shall find no library's among them (Ray's, of a lost machine).
    with redirect_stdout(sys.stderr):
        if as_json:
            yield partial(_json, output)
        elif quiet:
            yield partial(_quiet, output)
        else:
            yield _Plain(output).show


def format_event(event: events.Event) -> str | None:
    """An event as a line of text; None for one that is no news."""
    match event:
        case events.DataLoaded():
            banner = f"\n*** {SYNTHETIC_WARNING} ***" if event.synthetic else ""
            short = event.fingerprint[:12]
            return f"data: {event.source}: {event.description} (fingerprint {short}){banner}"
        case events.Notice():
            return f"notice: {event.text}"
        case events.StudyOpened():
            return (
                f"study {event.study}: {_finished(event.finished, event.total)}; "
                f"{event.workers} worker{'s' * (event.workers != 1)}{_leader(event.best)}"
            )
        case events.TrialStarted():
            return f"trial {event.trial}: {format_config(event.configuration)}"
        case events.TrialPromoted():
            return f"trial {event.trial}: trial {event.paused} goes on from step {event.step}"
        case events.TrialEvaluated():
            found = event.evaluation
            return f"trial {event.trial}: {found.measure} {found.score:.2f} at step {found.step}"
        case events.TrialFinished():
            return (
                f"trial {event.trial}: {event.reason}; {event.finished} finished"
                f"{_leader(event.best)}"
            )
        case events.ConfirmationStarted():
            return (
                f"confirmation: {_count(event.configurations, 'configuration')} on "
                f"{_count(event.seeds, 'fresh seed')}, {event.step} steps; "
                f"{_count(event.runs, 'run')} to do"
            )
        case events.ConfirmationRun():
            if event.score is None:
                return f"{event.job}: {event.reason}"
            return f"{event.job}: {event.measure} {event.score:.2f}"
        case events.Confirmed():
            return event.text
        case events.SearchFinished():
            whole = event.configurations * event.full
            return (
                f"searched: {event.configurations} configurations of {event.full:,} steps would be "
                f"{whole:,}; {event.asked:,} were asked for, {event.trained:,} trained "
                f"({event.trained / max(1, whole):.0%})"
            )
        case events.FinalStarted():
            config = format_config(event.winner.configuration)
            most = "up to " * event.bounded
            return f"final: trial {event.winner.trial}, {most}{event.step} steps: {config}"
        case events.TestScore():
            note = "" if event.opened_now else "from the record; the test set stays closed\n"
            if event.languages:
                note += f"on the test set: {event.languages}\n"
            return f"{note}FINAL_TEST_{event.measure} = {event.score:.2f}"
        case events.Reproduced():
            return f"reproduced: {event.what} are bit for bit the same"
        case events.TransferRunTested():
            if event.diverged is not None:
                return f"{event.job}: {event.diverged}"
            scores = ", ".join(f"{name} {score:.2f}" for name, score in event.scores.items())
            return f"{event.job}: {event.measure} on test {scores}"
        case events.TableReady():
            return f"\n{format_table(event.table)}\n"
        case events.Crossover():
            where = ", without leaked sentences" if event.unseen else ""
            return f"few-shot against zero-shot on {event.language}{where}: {event.text}"
        case events.FileWritten():
            return f"{event.what}: {event.path}"
        case events.JobProgress():
            return None


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _finished(finished: int, total: int) -> str:
    """How many configurations are finished; an earlier command may have asked for more."""
    if finished > total:
        return f"{finished} configurations finished, {total} asked for"
    return f"{finished} of {total} configurations finished"


def _leader(best: RankedConfig | None) -> str:
    return f"; best {best.score:.2f} (trial {best.trial})" if best else ""


def _json(output: TextIO, event: events.Event) -> None:
    if isinstance(event, events.JobProgress) and event.job == events.PREPARATION:
        return  # for people; a program finds the data first
    record = {"event": type(event).__name__, **asdict(event)}
    if isinstance(event, events.TrialEvaluated):
        del record["evaluation"]["sentences"]  # a thousand of them
    print(json.dumps(record, default=str), file=output, flush=True)


def _quiet(output: TextIO, event: events.Event) -> None:
    # The data's name stays: a synthetic score must never pass for a real one.
    kept = (
        events.DataLoaded
        | events.TableReady
        | events.Crossover
        | events.Reproduced
        | events.TestScore
    )
    if isinstance(event, kept):
        print(format_event(event), file=output, flush=True)


class _Plain:
    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._jobs = _Jobs()
        self._said: dict[str, float] = {}
        self._preparing = ""

    def show(self, event: events.Event) -> None:
        self._jobs.note(event)
        text = format_event(event)
        if isinstance(event, events.JobProgress):
            now = time.monotonic()
            if event.job == events.PREPARATION and event.progress.stage != self._preparing:
                self._preparing = event.progress.stage  # at once, as nothing else is there to see
                self._said[event.job] = -PLAIN_SECONDS
            if now - self._said.setdefault(event.job, now) < PLAIN_SECONDS:
                return
            self._said[event.job] = now
            text = f"{event.job}: {' '.join(filter(None, self._jobs.cells(event.job)))}"
        print(text, file=self._output, flush=True)


class _Live:
    def __init__(self, live: Live) -> None:
        self._live, self._jobs = live, _Jobs()
        self._head = ""
        self._total = 0

    def show(self, event: events.Event) -> None:
        self._jobs.note(event)
        match event:
            case events.StudyOpened():
                self._total = event.total
                self._lead(event.finished, event.best)
            case events.TrialFinished():
                self._lead(event.finished, event.best)
        if not isinstance(event, events.JobProgress | events.TrialStarted | events.TrialEvaluated):
            self._live.console.print(Text(format_event(event) or ""))
        self._live.update(self._picture())

    def _lead(self, finished: int, best: RankedConfig | None) -> None:
        self._head = _finished(finished, self._total)
        if best:
            self._head += f"; best {best.score:.2f}, trial {best.trial}:\n  "
            self._head += format_config(best.configuration)

    def _picture(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for job in self._jobs.running:
            table.add_row(job, *self._jobs.cells(job))
        return Group(Text(self._head), table)


@dataclass
class _Job:
    begun: float
    first: Progress
    latest: Progress


class _Jobs:
    """What each running job is at, and when it will be done."""

    def __init__(self) -> None:
        self.running: dict[str, _Job] = {}

    def note(self, event: events.Event) -> None:
        match event:
            case events.JobProgress():
                job = self.running.get(event.job)
                at = event.progress
                # Another stage, or the same one from its beginning, as for the next language.
                if job is None or job.latest.stage != at.stage or job.latest.step > at.step:
                    job = _Job(time.monotonic(), at, at)
                    self.running[event.job] = job
                job.latest = at
            case events.TrialEvaluated() | events.TrialFinished():
                self.running.pop(f"trial {event.trial}", None)
            case events.TransferRunTested() | events.ConfirmationRun():
                self.running.pop(event.job, None)
            case events.TestScore():
                self.running.clear()
            case events.DataLoaded():
                self.running.pop(events.PREPARATION, None)

    def cells(self, job: str) -> tuple[str, str, str, str]:
        """Stage, step, speed, time left."""
        running = self.running[job]
        at = running.latest
        left = ""
        if not at.target:
            return at.stage, "", "", ""
        if at.step > running.first.step:
            pace = (time.monotonic() - running.begun) / (at.step - running.first.step)
            seconds = round(pace * (at.target - at.step))
            left = f"{seconds // 60}:{seconds % 60:02} left"
        if job == events.PREPARATION:
            return at.stage, f"step {at.step} of {at.target}", f"{at.speed:,.1f} steps/s", left
        if at.stage == "decode":  # what is counted are sentences
            done, speed = f"sentence {at.step} of {at.target}", "sentences/s"
        else:
            done, speed = f"step {at.step} of {at.target}", "tokens/s"
        return f"stage {at.stage}", done, f"{at.speed:,.0f} {speed}", left
