"""The display of a working command: live, plain lines, JSON lines, or quiet."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
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
from xlt.studies.durations import format_duration

# Seconds between two plain progress lines of a job. A guess, not measured.
PLAIN_SECONDS = 30.0


def _is_live(console: Console) -> bool:
    """Whether a console is a terminal whose lines can be redrawn.

    Rich also takes a file for a terminal if FORCE_COLOR is set. A command in a notebook's cell has
    a pseudo terminal, but its output is appended to the page.
    """
    return (
        console.file.isatty()
        and console.is_interactive
        and not console.is_dumb_terminal
        and "JPY_PARENT_PID" not in os.environ  # set by ipykernel for child processes
    )


@contextmanager
def open_display(*, as_json: bool, quiet: bool, errors: bool = False) -> Iterator[events.EventSink]:
    """Open the display: live on a terminal, plain lines elsewhere.

    Args:
        as_json: Print JSON lines to stdout, and unless `quiet` the display to stderr.
        quiet: Print only the data and the results.
        errors: Print to stderr, because stdout is for something else.

    Yields:
        The function that shows an event.
    """
    if as_json and not quiet:
        stdout = sys.stdout  # the inner display redirects it
        with open_display(as_json=False, quiet=False, errors=True) as show:

            def show_both(event: events.Event) -> None:
                _json(stdout, event)
                show(event)

            yield show_both
        return
    console = Console(highlight=False, stderr=errors)
    if _is_live(console) and not (as_json or quiet):
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield LiveText(lambda text: console.print(Text(text)), live.update).show
        return
    output = sys.stderr if errors else sys.stdout
    # Lines that libraries print, such as Ray's about a lost machine, must not mix with ours.
    with redirect_stdout(sys.stderr):
        if as_json:
            yield partial(_json, output)
        elif quiet:
            yield partial(_quiet, output)
        else:
            yield _Plain(output).show


def format_event(event: events.Event) -> str | None:
    """Format an event as a line of text; None for `JobProgress`."""
    match event:
        case events.DataLoaded():
            banner = f"\n*** {SYNTHETIC_WARNING} ***" if event.synthetic else ""
            short = event.fingerprint[:12]
            return f"data: {event.source}: {event.description} (fingerprint {short}){banner}"
        case events.Notice():
            return f"notice: {event.text}"
        case events.StudyOpened():
            return (
                f"study {event.study}: {_tried(event.tried, event.total)}; "
                f"{event.workers} worker{'s' * (event.workers != 1)}{_best_so_far(event.best)}"
                f"{_budget(event.elapsed_seconds, event.budget_seconds)}"
            )
        case events.TrialStarted():
            return f"trial {event.trial}: {format_config(event.configuration)}"
        case events.TrialPromoted():
            return f"trial {event.trial}: resumed at step {event.step}"
        case events.TrialEvaluated():
            result = event.evaluation
            return f"trial {event.trial}: {result.metric} {result.score:.2f} at step {result.step}"
        case events.TrialFinished():
            return (
                f"trial {event.trial}: {event.reason}; {event.tried} tried, "
                f"{event.paused} of them paused"
                f"{_best_so_far(event.best)}"
            )
        case events.SeedRunStarted():
            return f"{event.job}: starts"
        case events.SeedRunFinished():
            if event.score is None:
                return f"{event.job}: {event.reason}"
            return f"{event.job}: {event.metric} {event.score:.2f}"
        case events.ProofFinished():
            return event.text
        case events.SearchFinished():
            whole = event.configurations * event.full_steps
            return (
                f"search finished after {event.configurations} configurations: {event.reason}\n"
                f"{event.steps_trained:,} steps trained "
                f"({event.steps_trained / max(1, whole):.0%} of {event.configurations} full runs); "
                f"{event.steps_without_sharing:,} without shared trainings"
            )
        case events.FinalStarted():
            config = format_config(event.winner.configuration)
            limit = "up to " * event.bounded
            return f"final run: trial {event.winner.trial}, {limit}{event.step} steps: {config}"
        case events.TestScore():
            note = (
                ""
                if event.opened_now
                else "this test score is from an earlier command; nothing was tested again\n"
            )
            if event.languages:
                note += f"on the test set: {event.languages}\n"
            note += "".join(f"{line}\n" for line in event.summary)
            remark = f" ({event.score_note})" if event.score_note else ""
            return f"{note}FINAL_TEST_{event.metric} = {event.score:.2f}{remark}"
        case events.Reproduced():
            return f"reproduced: {event.what} are equal bit for bit"
        case events.TransferRunTested():
            if event.diverged is not None:
                return f"{event.job}: {event.diverged}"
            scores = ", ".join(f"{name} {score:.2f}" for name, score in event.scores.items())
            return f"{event.job}: {event.metric} on the test set: {scores}"
        case events.TableReady():
            return f"\n{format_table(event.table)}\n"
        case events.Crossover():
            where = ", without leaked sentences" if event.unseen else ""
            versus = f"{event.strategy} against zero-shot on {event.language}"
            return f"{versus}{where}: {event.text}"
        case events.FileWritten():
            return f"{event.what}: {event.path}"
        case events.JobProgress():
            return None


def _tried(tried: int, total: int) -> str:
    if tried > total:  # an earlier command had a larger --n-trials
        return f"{tried} configurations tried, {total} requested"
    return f"{tried} of {total} configurations tried"


def _best_so_far(best: RankedConfig | None) -> str:
    if best is None:
        return ""
    metric = best.evaluations[-1]["metric"]
    return f"; best {metric} {best.score:.2f} at step {best.step} (trial {best.trial})"


def _budget(elapsed: float | None, budget: float | None) -> str:
    if elapsed is None or budget is None:
        return ""
    left = format_duration(max(0.0, budget - elapsed))
    return f"; time budget: {format_duration(elapsed)} used, {left} left"


def _json(output: TextIO, event: events.Event) -> None:
    if isinstance(event, events.JobProgress) and event.job == events.PREPARATION:
        return  # the first line for programs is `DataLoaded`
    record = {"event": type(event).__name__, **asdict(event)}
    print(json.dumps(record, default=str), file=output, flush=True)


def _quiet(output: TextIO, event: events.Event) -> None:
    # `DataLoaded` as well: a synthetic score must never be taken for a real one.
    printed = (
        events.DataLoaded
        | events.TableReady
        | events.Crossover
        | events.Reproduced
        | events.TestScore
    )
    if isinstance(event, printed):
        print(format_event(event), file=output, flush=True)


class _Plain:
    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._jobs = _Jobs()
        self._printed_at: dict[str, float] = {}  # by job, on the monotonic clock
        self._preparation_stage = ""

    def show(self, event: events.Event) -> None:
        self._jobs.note(event)
        text = format_event(event)
        if isinstance(event, events.JobProgress):
            now = time.monotonic()
            stage = event.progress.stage
            if event.job == events.PREPARATION and stage != self._preparation_stage:
                self._preparation_stage = stage  # printed at once, as nothing else happens
                self._printed_at[event.job] = -PLAIN_SECONDS
            if now - self._printed_at.setdefault(event.job, now) < PLAIN_SECONDS:
                return
            self._printed_at[event.job] = now
            text = f"{event.job}: {' '.join(filter(None, self._jobs.cells(event.job)))}"
        print(text, file=self._output, flush=True)


class LiveText:
    """The running jobs below a head, which says how far the study is."""

    def __init__(
        self, write: Callable[[str], None], update: Callable[[RenderableType], None]
    ) -> None:
        """`write` adds a line; `update` replaces the running jobs."""
        self._write, self._update, self._jobs = write, update, _Jobs()
        self._total, self._head = 0, ""
        self._budget_seconds: float | None = None
        self._started_at = 0.0  # of the time budget, on the monotonic clock

    def show(self, event: events.Event) -> None:
        self._jobs.note(event)
        match event:
            case events.StudyOpened():
                self._total, self._budget_seconds = event.total, event.budget_seconds
                self._started_at = time.monotonic() - (event.elapsed_seconds or 0.0)
                self._update_head(event.tried, None, event.best)
            case events.TrialFinished():
                self._update_head(event.tried, event.paused, event.best)
        if not isinstance(event, events.JobProgress | events.TrialStarted | events.TrialEvaluated):
            self._write(format_event(event) or "")
        self._update(self._render())

    def _update_head(self, tried: int, paused: int | None, best: RankedConfig | None) -> None:
        self._head = _tried(tried, self._total)
        if paused is not None:
            self._head += f", {paused} of them paused"
        if best:
            self._head += f"{_best_so_far(best)}:\n  {format_config(best.configuration)}"

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for job in self._jobs.running:
            table.add_row(job, *self._jobs.cells(job))
        used = time.monotonic() - self._started_at
        budget = _budget(used, self._budget_seconds).removeprefix("; ")
        return Group(*(Text(line) for line in (self._head, budget) if line), table)


@dataclass
class _Job:
    started: float  # this stage, on the monotonic clock
    first: Progress
    latest: Progress


class _Jobs:
    """The running jobs, with their progress and speed in the current stage."""

    def __init__(self) -> None:
        self.running: dict[str, _Job] = {}

    def note(self, event: events.Event) -> None:
        match event:
            case events.JobProgress():
                job, progress = self.running.get(event.job), event.progress
                # A new stage, or the same one again, as for the next language.
                if (
                    job is None
                    or job.latest.stage != progress.stage
                    or job.latest.step > progress.step
                ):
                    job = _Job(time.monotonic(), progress, progress)
                    self.running[event.job] = job
                job.latest = progress
            case events.TrialEvaluated() | events.TrialFinished():
                self.running.pop(f"trial {event.trial}", None)
            case events.TransferRunTested() | events.SeedRunFinished():
                self.running.pop(event.job, None)
            case events.TestScore():
                self.running.clear()
            case events.DataLoaded():
                self.running.pop(events.PREPARATION, None)

    def cells(self, job: str) -> tuple[str, str, str, str]:
        """Format a job's stage, step, speed and remaining time."""
        running = self.running[job]
        first, latest = running.first, running.latest
        if not latest.target:
            return latest.stage, "", "", ""
        remaining = ""
        if latest.step > first.step:
            pace = (time.monotonic() - running.started) / (latest.step - first.step)
            seconds = round(pace * (latest.target - latest.step))
            remaining = f"{seconds // 60}:{seconds % 60:02} left"
        step = f"step {latest.step} of {latest.target}"
        if job == events.PREPARATION:
            return latest.stage, step, f"{latest.speed:,.1f} steps/s", remaining
        unit = "tokens/s"
        if latest.stage == "decode":  # its steps are sentences
            step, unit = f"sentence {latest.step} of {latest.target}", "sentences/s"
        return f"stage {latest.stage}", step, f"{latest.speed:,.0f} {unit}", remaining
