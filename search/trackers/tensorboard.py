"""TensorBoard: event files in the study's folder, with the configurations in its page HPARAMS."""

import time
from collections.abc import Mapping

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from xlt.objectives.objective import Configuration
from xlt.search.trackers.tracker import Destination


class TensorBoard:
    """Writes event files to `tensorboard/` in the study's folder, one folder for each training."""

    def __init__(self, destination: Destination) -> None:
        self._folder = destination.folder / "tensorboard"
        self._writers: dict[str, EventFileWriter] = {}

    def log(self, run: str, config: Configuration, scores: Mapping[str, float], step: int) -> None:
        if run not in self._writers:
            self._writers[run] = EventFileWriter(str(self._folder / run))
            self._write(run, hparams_pb(dict(config), trial_id=run), 0)
        values = [Summary.Value(tag=name, simple_value=score) for name, score in scores.items()]
        self._write(run, Summary(value=values), step)

    def _write(self, run: str, summary: Summary, step: int) -> None:
        self._writers[run].add_event(Event(wall_time=time.time(), step=step, summary=summary))

    def end(self, run: str) -> None:
        self._writers.pop(run).close()
