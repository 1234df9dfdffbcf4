"""The tree of checkpoints: what has been trained once is never trained again.

What a run is at a step depends only on the settings that have acted until then, so runs share
trunks. A node is addressed by that content and carries its evaluation; an edge (from one node to
the next) is locked while it is trained. Deleting nodes costs time, never results.

Sharing trunks between trials: Shin et al., Hippo (arXiv:2006.11972).
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from xlt.objectives.folders import (
    Altered,
    check_file_locks,
    drop_folder,
    replace_folder,
    sweep,
    verified_folder,
)
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Heartbeat,
    Objective,
    Paused,
    Progress,
    Run,
)
from xlt.objectives.threads import SINGLE, Threads, computing

# A node is up to two folders: `KEY` holds what it was worth, `KEY.state` what is needed to go on.
_STATE = ".state"
# A sign of life this often while another process trains what is wanted.
_LOCK_SECONDS = 5.0


class Tree:
    """Nodes of any number of studies below one folder."""

    def __init__(self, folder: Path, limit: int) -> None:
        """`limit`: bytes; states used longest ago are dropped above it."""
        self.folder, self.limit = folder, limit
        self.notices: list[str] = []  # what was found altered, and what was done about it
        self.trained: int = 0  # steps trained by this object, for accounting
        check_file_locks(folder)
        sweep(folder)

    def evaluate(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        *,
        through: Sequence[int] = (),
        threads: Threads = SINGLE,
        heartbeat: Heartbeat,
    ) -> Evaluation:
        """What the run is worth at `step`, from its node, or trained from the deepest one.

        Nodes are left at each step of `through` on the way and at each stage's end. Raises
        `Diverged`; that too is remembered.
        """
        key = self._key(objective, config, seed, step, threads)
        known = self._evaluation(key)
        if known is not None:
            return known
        _Path(self, objective, config, seed, step, through, threads).train(heartbeat)
        return self._evaluated(key)

    def open(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        *,
        through: Sequence[int] = (),
        threads: Threads = SINGLE,
        heartbeat: Heartbeat,
    ) -> Run:
        """A live run at `step`, restored or trained as in `evaluate`.

        One that has paused there need not have been scored.
        """
        path = _Path(self, objective, config, seed, step, through, threads, scored=False)
        return path.live(heartbeat)

    def keep(self, objective: Objective, config: Configuration, seed: int, step: int) -> None:
        """Have a run's state count as used just now, so that others are dropped before it."""
        self._used(self._state_folder(self._key(objective, config, seed, step)))

    def way(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        *,
        through: Sequence[int] = (),
        threads: Threads = SINGLE,
    ) -> list[str]:
        """The keys of the nodes on a run's way to `step`, from the first on."""
        return _Path(self, objective, config, seed, step, through, threads).keys

    def folders(self, key: str) -> list[str]:
        """The names of what a node consists of, whether it is there or not."""
        return [key, f"{key}{_STATE}"]

    def _key(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        threads: Threads = SINGLE,
    ) -> str:
        content = {
            "identity": objective.identity,
            "lineage": dict(objective.lineage(config, step)),
            "seed": seed,
            "step": step,
        }
        if threads.at(step) > 1:
            content["threads"] = [threads.count, threads.after]
        text = json.dumps(content, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    def _evaluation(self, key: str) -> Evaluation | None:
        """Raises the `Diverged` that the node remembers."""
        record = self._record(key)
        if record is None:
            return None
        if "diverged" in record:
            raise Diverged(**record["diverged"])
        return Evaluation.from_json(record["evaluation"])

    def _evaluated(self, key: str) -> Evaluation:
        evaluation = self._evaluation(key)
        if evaluation is None:
            raise RuntimeError(f"{self.folder / key} vanished while it was in use")
        return evaluation

    def _record(self, key: str) -> Mapping[str, Any] | None:
        if not self._intact(self.folder / key):
            return None
        record: Mapping[str, Any] = json.loads((self.folder / key / "node.json").read_text())
        return record

    def _write(self, key: str, about: Mapping[str, Any]) -> None:
        with replace_folder(self.folder / key) as new:
            (new / "node.json").write_text(json.dumps(about, indent=1))

    def _intact(self, folder: Path) -> bool:
        """Whether the folder is there as it was written. An altered one is dropped, and noted."""
        try:
            return verified_folder(folder)
        except Altered as error:
            drop_folder(folder)
            self.notices.append(f"checkpoint {error}; it was dropped and is trained again")
            return False

    def _state(self, key: str) -> Path | None:
        folder = self._state_folder(key)
        if not self._intact(folder):
            return None
        self._used(folder)
        return folder

    def _used(self, state: Path) -> None:
        now = time.time_ns()  # finer than the file system's own clock
        with suppress(FileNotFoundError):  # Another process dropped it; `restore` will notice.
            os.utime(state, ns=(now, now))

    def _state_folder(self, key: str) -> Path:
        return self.folder / f"{key}{_STATE}"

    def make_room(self) -> None:
        """Drop the states used longest ago until the rest fit the limit."""
        states = []
        for folder in self.folder.glob(f"*{_STATE}"):
            try:
                size = sum(file.stat().st_size for file in folder.iterdir())
                states.append((folder.stat().st_mtime, size, folder))
            except OSError:  # Another process dropped it; or it is no folder, as `_intact` finds.
                continue
        excess = sum(size for _, size, _ in states) - self.limit
        # The one just written stays: it is about to be used.
        for _, size, folder in sorted(states)[:-1]:
            if excess <= 0:
                break
            drop_folder(folder)
            excess -= size

    @contextmanager
    def _locked(self, key: str, waiting: Callable[[], None]) -> Iterator[None]:
        """`waiting` is called now and then while another process has the lock."""
        lock = FileLock(self.folder / f"{key}.lock")
        while True:
            try:
                lock.acquire(timeout=_LOCK_SECONDS)
                break
            except Timeout:
                waiting()
        try:
            yield
        finally:
            lock.release()


class _Path:
    """The way of one run through the tree, from its root to the last milestone."""

    def __init__(
        self,
        tree: Tree,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        through: Sequence[int],
        threads: Threads,
        *,
        scored: bool = True,
    ) -> None:
        """`scored`: whether the last milestone has to be."""
        self.tree, self.objective, self.config, self.seed = tree, objective, config, seed
        self.threads = threads
        ends = set(objective.stages.values())
        self.passing = set(through) - ends  # their states are of no use from the next one on
        keys = {at: tree._key(objective, config, seed, at, threads) for at in range(1, step + 1)}
        # Whoever has paused on this way before, at whatever step, spares us the training.
        lying = {at for at, key in keys.items() if tree._state_folder(key).exists()}
        wanted = {*through, *ends, threads.after}
        self.milestones = sorted({at for at in wanted | lying if 0 < at < step} | {step})
        # Where somebody has paused, and nobody wants a score.
        self.bare = lying - wanted - {step} if scored else lying - (wanted - {step})
        self.keys = [keys[at] for at in self.milestones]
        self.run: Run | None = None  # live, at one of the milestones

    def train(self, heartbeat: Heartbeat) -> None:
        """Until the last milestone's node is there, edge by edge. Raises `Diverged`."""
        while (done := self._deepest()) < len(self.milestones):
            self._edge(done, heartbeat)

    def live(self, heartbeat: Heartbeat) -> Run:
        """The run at the last milestone, trained if need be."""
        while True:
            self.train(heartbeat)
            run = self._standing_at(len(self.milestones))
            if run is not None:
                return run

    def _deepest(self) -> int:
        """How many milestones from the start need no training."""
        for place in reversed(range(len(self.milestones))):
            if self._there(place):
                return place + 1
        return 0

    def _there(self, place: int) -> bool:
        key = self.keys[place]
        if not self.tree._state_folder(key).exists():
            return False
        return self.milestones[place] in self.bare or self.tree._evaluation(key) is not None

    def _edge(self, place: int, heartbeat: Heartbeat) -> None:
        """Train to one milestone, unless somebody has done so by the time the lock is ours."""
        tree, key, step = self.tree, self.keys[place], self.milestones[place]
        # Whoever waits for another to train this is alive.
        waiting = partial(heartbeat, Progress("waiting for another worker", 0, step, 0.0))
        with tree._locked(key, waiting):
            known = tree._evaluation(key)  # What diverged once will diverge again.
            run = None if self._there(place) else self._unscored(place) or self._standing_at(place)
            if run is None:  # Nothing to do any more, or nowhere to start from: look again.
                return
            self.run, before = run, run.step
            try:
                with computing(self.threads, step):
                    evaluation = run.advance(step, heartbeat)
            except Paused:
                tree.trained += run.step - before
                self._pause(run)
                raise Paused(run.step) from None
            except Diverged as error:
                about = {"step": error.step, "reason": error.reason, "values": error.values}
                tree._write(key, {"diverged": about})
                raise
            tree.trained += step - before
            with replace_folder(tree._state_folder(key)) as new:
                run.save(new)
            tree._used(tree._state_folder(key))
            if known is None:
                tree._write(key, {"evaluation": evaluation.to_json()})
            if place + 1 == len(self.milestones):
                # Within a stage, whoever passed there comes here: nothing else goes on from it. Not
                # before: who is broken off on the way is still known by the last step it passed.
                for at, passed in zip(self.milestones[:place], self.keys, strict=False):
                    if at in self.passing:
                        drop_folder(tree._state_folder(passed))
        tree.make_room()

    def _unscored(self, place: int) -> Run | None:
        """The run at a milestone where it has paused before it was scored."""
        if self.tree._evaluation(self.keys[place]) is not None:
            return None
        return self._restored(self.keys[place])

    def _pause(self, run: Run) -> None:
        """Keep the state of a run that stands between two milestones, or on one unscored."""
        key = self.tree._key(self.objective, self.config, self.seed, run.step, self.threads)
        if run.step and not self.tree._state_folder(key).exists():
            with replace_folder(self.tree._state_folder(key)) as new:
                run.save(new)

    def _standing_at(self, done: int) -> Run | None:
        """A run that has passed `done` milestones; None if the state to restore is gone."""
        step = self.milestones[done - 1] if done else 0
        if self.run is not None and self.run.step == step:
            return self.run
        if not done:
            return self.objective.run(self.config, self.seed)
        return self._restored(self.keys[done - 1])

    def _restored(self, key: str) -> Run | None:
        """The run from a node's state; None if that is gone."""
        state = self.tree._state(key)
        if state is None:
            return None
        run = self.objective.run(self.config, self.seed)
        try:
            run.restore(state)
        except FileNotFoundError:
            if state.exists():
                raise
            return None  # Another process dropped it meanwhile.
        return run
