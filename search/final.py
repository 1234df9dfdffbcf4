"""The final: the winner at full length, then the test set, once; the model and its export."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from xlt.objectives.objective import Diverged, Evaluation, Progress
from xlt.search import events, export
from xlt.search.store import Standing, Store, scores
from xlt.search.workers import Description, Finish, Finished, Job, Notice, Workers
from xlt.spaces.errors import XltError
from xlt.studies.study import Study


def run(
    study: Study,
    store: Store,
    workers: Workers,
    description: Description,
    folder: Path,
    display: events.Display,
) -> None:
    """Train the leader to the end, test it, write `folder/final` and `folder/best.toml`.

    A winner that was tested before is answered from the record: each opening of the test set is
    one more look at it. Raises `InputError` if nothing has been scored, `XltError` if the winner
    diverges on its way to the end.
    """
